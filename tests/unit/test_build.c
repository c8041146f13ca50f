/* What changes a digest of a service, and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "flow/build.h"
#include "scenario/load.h"

static char root[64];

static int remove_one(const char *name, const struct stat *status, int flag, struct FTW *walk)
{
    (void)status, (void)flag, (void)walk;
    return remove(name);
}

static void write_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        fail_msg("%s", path);
    fputs(text, file);
    fclose(file);
}

static void make_directory(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", root, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

#define SERVICE                                                                                              \
    "target: http://127.0.0.1:${PORT}\n"                                                                     \
    "start:\n  command: [./serve, --config=../other/config, -p, \"${PORT}\"]\n  directory: ../app\n"
#define ONE "endpoint: GET /one\nrecording: one.jsonl\nrate: 1/s\n"
#define TWO "endpoint: GET /two\nrecording: two.jsonl\nafter: [GET /one]\nrate: 1/s\n"

static int setup(void **state)
{
    (void)state;
    snprintf(root, sizeof root, "/tmp/seep-build-XXXXXX");
    if (mkdtemp(root) == NULL)
        return -1;
    make_directory("service"), make_directory("app"), make_directory("app/lib"), make_directory("other");
    write_file("service/service.yaml", SERVICE);
    write_file("service/one.yaml", ONE);
    write_file("service/one.jsonl", "{\"seep\":1}\n");
    write_file("service/two.yaml", TWO);
    write_file("service/two.jsonl", "{\"seep\":1}\n");
    write_file("app/serve", "#!/bin/sh\nexec true\n");
    write_file("app/lib/cache.py", "limit = 10\n");
    write_file("other/config", "workers 1\n");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void load(struct service *service)
{
    struct err err = {0};
    char path[128];
    snprintf(path, sizeof path, "%s/service", root);
    if (scenario_load(path, service, &err) != 0)
        fail_msg("%s", err.message);
}

enum { SERVER, FIRST, SECOND, WHOLE, DIGESTS };

static void take(char *digests[DIGESTS])
{
    struct err err = {0};
    struct service service;
    load(&service);
    digests[SERVER] = build_digest(&service, &err);
    if (digests[SERVER] == NULL)
        fail_msg("%s", err.message);
    digests[FIRST] = endpoint_digest(&service, &service.endpoints[0]);
    digests[SECOND] = endpoint_digest(&service, &service.endpoints[1]);
    digests[WHOLE] = build_whole(&service, digests[SERVER], &err);
    for (int i = 0; i < DIGESTS; i++)
        assert_int_equal(strlen(digests[i]), 64);
    service_release(&service);
}

/* Which digests differ from those of before: a letter each. */
static void expect_change(char *before[DIGESTS], const char *letters)
{
    char *after[DIGESTS], changed[DIGESTS + 1] = "";
    size_t count = 0;
    take(after);
    for (int i = 0; i < DIGESTS; i++) {
        if (strcmp(before[i], after[i]) != 0)
            changed[count++] = "S12W"[i];
        free(before[i]);
        before[i] = after[i];
    }
    assert_string_equal(changed, letters);
}

static void give_back(char *digests[DIGESTS])
{
    for (int i = 0; i < DIGESTS; i++)
        free(digests[i]);
}

static void what_matters_changes_them(void **state)
{
    (void)state;
    char *digests[DIGESTS];
    take(digests);
    expect_change(digests, "");
    write_file("app/lib/cache.py", "limit = 11\n");
    expect_change(digests, "SW");
    write_file("app/lib/more.py", "");
    expect_change(digests, "SW");
    write_file("other/config", "workers 2\n"); /* named by a word of the command */
    expect_change(digests, "SW");
    write_file("service/service.yaml", SERVICE "reuse: never\n");
    expect_change(digests, "SW");
    write_file("service/one.jsonl", "{\"seep\":2}\n");
    expect_change(digests, "12W"); /* it is sent before the second */
    write_file("service/two.yaml", TWO "weight: 2\n");
    expect_change(digests, "2W");
    setenv("SEEP_TEST_LEAK", "on", 1);
    expect_change(digests, "SW");
    setenv("SEEP_TEST_LEAK", "off", 1);
    expect_change(digests, "SW");
    unsetenv("SEEP_TEST_LEAK");
    expect_change(digests, "SW");
    struct stat status;
    char program[128];
    snprintf(program, sizeof program, "%s/app/serve", root);
    assert_int_equal(stat(program, &status), 0);
    struct timespec times[2] = {{0, UTIME_OMIT}, {status.st_mtim.tv_sec - 9, 0}};
    assert_int_equal(utimensat(AT_FDCWD, program, times, 0), 0);
    expect_change(digests, "SW");
    give_back(digests);
}

static void what_a_run_leaves_does_not(void **state)
{
    (void)state;
    char *digests[DIGESTS], link[128];
    take(digests);
    make_directory("app/__pycache__"), make_directory("app/.git"), make_directory("app/results");
    write_file("app/__pycache__/cache.cpython-311.pyc", "x");
    write_file("app/.git/index", "x");
    write_file("app/access.log", "GET /one\n");
    write_file("app/state.db-wal", "x");
    write_file("app/results/seep.db", "x");
    write_file("app/results/shop.html", "x");
    setenv("SHLVL", "77", 1);
    setenv("SSH_CONNECTION", "a b c", 1);
    setenv("TERM", "seep-test", 1);
    snprintf(link, sizeof link, "%s/app/pipe.x", root);
    assert_int_equal(mkfifo(link, 0600), 0); /* must not be waited for */
    expect_change(digests, "");
    snprintf(link, sizeof link, "%s/app/self", root);
    assert_int_equal(symlink("../app", link), 0); /* must not be followed for ever */
    expect_change(digests, "SW");
    give_back(digests);
}

static void weights_of_the_command_line_count(void **state)
{
    (void)state;
    struct service service;
    load(&service);
    char *before = endpoint_digest(&service, &service.endpoints[0]);
    service.endpoints[0].weight = 3;
    char *after = endpoint_digest(&service, &service.endpoints[0]);
    assert_string_not_equal(before, after);
    free(before), free(after);
    free(service.endpoints[0].recording_path);
    service.endpoints[0].recording_path = xstrdup("/nowhere/one.jsonl");
    assert_null(endpoint_digest(&service, &service.endpoints[0]));
    service_release(&service);
}

static void endpoints_below_the_build_are_their_own(void **state)
{
    (void)state;
    char *digests[DIGESTS];
    write_file("service/service.yaml",
               "target: http://127.0.0.1:${PORT}\nstart: {command: [./serve]}\n"); /* it runs beside them */
    write_file("service/serve", "#!/bin/sh\n");
    take(digests);
    write_file("service/two.jsonl", "{\"seep\":2}\n");
    expect_change(digests, "2W");
    write_file("service/serve", "#!/bin/sh\nexit\n");
    expect_change(digests, "SW");
    write_file("service/service.yaml",
               "target: http://127.0.0.1:${PORT}\nstart: {command: [./serve]}\nagent: none\n");
    expect_change(digests, "SW");
    give_back(digests);
}

/* An order of attack measures nothing else: what was measured before may be reused, and a hunt may go on. */
static void what_production_suspects_does_not(void **state)
{
    (void)state;
    static const char beside[] = "target: http://127.0.0.1:${PORT}\nstart: {command: [./serve]}\n";
    static const char *const services[] = {SERVICE, beside};
    write_file("service/serve", "#!/bin/sh\n");
    for (size_t i = 0; i < 2; i++) {
        char *digests[DIGESTS], *told;
        write_file("service/service.yaml", services[i]);
        take(digests);
        told = xasprintf("%s\n# of production\nmemory_limit: 512 MiB\nsuspects:\n  - {endpoints: [GET /two], "
                         "probability: 93%%}\n",
                         services[i]);
        write_file("service/service.yaml", told);
        expect_change(digests, "");
        free(told);
        give_back(digests);
    }
}

static void what_cannot_be_told_has_none(void **state)
{
    (void)state;
    struct err err = {0};
    struct service service;
    write_file("service/service.yaml", "target: http://127.0.0.1:8080\n");
    load(&service);
    assert_null(build_digest(&service, &err));
    assert_non_null(strstr(err.message, "did not start"));
    char *whole = build_whole(&service, NULL, &err);
    assert_int_equal(strlen(whole), 64);
    free(whole);
    service_release(&service);
    write_file("service/service.yaml", SERVICE);
    char large[128];
    snprintf(large, sizeof large, "%s/app/large", root);
    int file = open(large, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(ftruncate(file, BUILD_BYTES_MOST + 1), 0);
    close(file);
    load(&service);
    assert_null(build_digest(&service, &err));
    assert_non_null(strstr(err.message, "/app is too large to tell whether it changed: more than 256 MiB"));
    service_release(&service);
}

static void keys_are_of_all_their_parts(void **state)
{
    (void)state;
    char one[] = "1", two[] = "2", both[] = "12";
    char *const list[] = {one, two}, *const joined[] = {both};
    char *keys[] = {build_key("s", list, 2, "alone"), build_key("s", joined, 1, "alone"),
                    build_key("s", list, 1, "alone"), build_key("t", list, 2, "alone"),
                    build_key("s", list, 2, "after"), build_key("s", list, 2, "alone")};
    for (int i = 1; i < 5; i++)
        assert_string_not_equal(keys[0], keys[i]);
    assert_string_equal(keys[0], keys[5]);
    for (int i = 0; i < 6; i++)
        free(keys[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_matters_changes_them, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_run_leaves_does_not, setup, teardown),
        cmocka_unit_test_setup_teardown(weights_of_the_command_line_count, setup, teardown),
        cmocka_unit_test_setup_teardown(endpoints_below_the_build_are_their_own, setup, teardown),
        cmocka_unit_test_setup_teardown(what_production_suspects_does_not, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_told_has_none, setup, teardown),
        cmocka_unit_test(keys_are_of_all_their_parts),
    };
    return cmocka_run_group_tests_name("build", tests, NULL, NULL);
}
