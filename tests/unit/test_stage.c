/* The hidden directory of an import: who is alive keeps it, what a dead one left goes, and nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "flow/ingest_stage.h"

static char home[64];

static int setup(void **state)
{
    (void)state;
    snprintf(home, sizeof home, "/tmp/seep-stage-XXXXXX");
    return mkdtemp(home) != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    return rmdir(home);
}

static const char *at(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", home, name);
    return path;
}

static void put(const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    close(file);
}

static void begin(struct stage *stage)
{
    struct err err;
    assert_int_equal(stage_open(stage, home, &err), 0);
    assert_int_equal(stage_begin(stage, &err), 0);
}

static void put_into(const struct stage *stage, const char *name)
{
    char *path = xasprintf("%s/%s", stage->path, name);
    put(path);
    free(path);
}

/* One that is killed with its files half written. */
static void leave_one(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct stage stage;
        begin(&stage);
        put_into(&stage, "half.jsonl");
        _exit(7);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 7);
}

static void assert_hidden(int expected)
{
    char *command = xasprintf("exit $(ls -A %s | grep -c '^[.]import[.]')", home);
    int status = system(command);
    assert_int_equal(WEXITSTATUS(status), expected);
    free(command);
}

static void what_a_dead_one_left_goes(void **state)
{
    (void)state;
    struct stage stage;
    leave_one();
    assert_hidden(1);
    begin(&stage);
    assert_hidden(1);
    put_into(&stage, "whole.jsonl");
    struct err err;
    assert_int_equal(stage_commit(&stage, &err), 0);
    stage_release(&stage);
    assert_hidden(0);
    assert_int_equal(unlink(at("whole.jsonl")), 0);
}

static void who_is_alive_keeps_its_own(void **state)
{
    (void)state;
    struct stage one, other;
    struct err err;
    begin(&one);
    put_into(&one, "one.jsonl");
    leave_one();
    begin(&other);
    assert_hidden(2);
    put_into(&other, "other.jsonl");
    assert_int_equal(stage_commit(&other, &err), 0);
    assert_int_equal(stage_commit(&one, &err), 0);
    stage_release(&one);
    stage_release(&other);
    assert_hidden(0);
    assert_int_equal(unlink(at("one.jsonl")), 0);
    assert_int_equal(unlink(at("other.jsonl")), 0);
}

/* Names that are nearly one, a file, a link, and what somebody else put into one. */
static void what_is_no_import_s_stays(void **state)
{
    (void)state;
    static const char *const directories[] = {".import.", ".import.abcde", ".import.abcdefg",
                                              ".import.ab-def", "import.abcdef"};
    struct stage stage;
    struct err err;
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
        assert_int_equal(mkdir(at(directories[i]), 0700), 0);
    assert_int_equal(mkdir(at(".import.within"), 0700), 0);
    assert_int_equal(mkdir(at(".import.within/deeper"), 0700), 0);
    put(at(".import.within/deeper/file"));
    put(at(".import.afile0"));
    assert_int_equal(mkdir(at("elsewhere"), 0700), 0);
    put(at("elsewhere/file"));
    assert_int_equal(symlink("elsewhere", at(".import.alink0")), 0);
    assert_int_equal(stage_open(&stage, home, &err), 0);
    stage_release(&stage);
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
        assert_int_equal(rmdir(at(directories[i])), 0);
    assert_int_equal(unlink(at(".import.within/deeper/file")), 0);
    assert_int_equal(rmdir(at(".import.within/deeper")), 0);
    assert_int_equal(rmdir(at(".import.within")), 0);
    assert_int_equal(unlink(at(".import.afile0")), 0);
    assert_int_equal(unlink(at(".import.alink0")), 0);
    assert_int_equal(unlink(at("elsewhere/file")), 0);
    assert_int_equal(rmdir(at("elsewhere")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_a_dead_one_left_goes, setup, teardown),
        cmocka_unit_test_setup_teardown(who_is_alive_keeps_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_import_s_stays, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
