/* Control groups of both versions: on awkward texts, and a group that is a directory of ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "sample/cgroup.h"
#include "sample/watch.h"

static bool is(double got, double wanted)
{
    return !(got < wanted) && !(got > wanted);
}

static void place_of_both_versions(void **state)
{
    (void)state;
    static const struct {
        const char *text, *path;
        bool v1;
    } cases[] = {
        {"0::/system.slice/shop.service\n", "/system.slice/shop.service", false},
        {"9:name=systemd:/a\n4:cpu,memory:/docker/47\n0::/b\n", "/docker/47", true},
        {"0::/b\n4:memory:/docker/47\n", "/docker/47", true},
        {"4:memory_x,cpu:/a\n0::/with:colon and blank\n", "/with:colon and blank", false},
        {"0::/../sibling\n", "/../sibling", false},
        {"0::/cut", "/cut", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cgroup_place place;
        assert_true(cgroup_parse_place(cases[i].text, &place));
        assert_string_equal(place.path, cases[i].path);
        assert_int_equal(place.v1, cases[i].v1);
    }
    static const char *const none[] = {"", "\n\n", "0:", "0::", "0::relative\n", "1:cpu:/a\n", "x\n"};
    struct cgroup_place place;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(cgroup_parse_place(none[i], &place));
}

static bool holds(const char *outer, const char *inner)
{
    struct cgroup_place one = {false, ""}, other = {false, ""};
    snprintf(one.path, sizeof one.path, "%s", outer);
    snprintf(other.path, sizeof other.path, "%s", inner);
    return cgroup_holds(&one, &other);
}

static void groups_hold_those_below(void **state)
{
    (void)state;
    assert_true(holds("/", "/a") && holds("/", "/") && holds("/a", "/a") && holds("/a", "/a/b"));
    assert_false(holds("/a", "/ab") || holds("/a/b", "/a") || holds("/a", "/b"));
}

static const char mounts[] =
    "30 22 0:27 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "31 30 0:28 / /sys/fs/cgroup/cpu rw,relatime shared:4 - cgroup cgroup rw,cpu\n"
    "34 30 0:31 /docker/47 /sys/fs/cgroup/mem\\040ory rw shared:5 master:1 - cgroup cgroup rw,memory\n"
    "40 30 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n";

static void mounts_of_both_versions(void **state)
{
    (void)state;
    struct cgroup_mount mount;
    char directory[CGROUP_PATH];
    assert_true(cgroup_parse_mount(mounts, true, &mount));
    assert_string_equal(mount.point, "/sys/fs/cgroup/mem ory");
    assert_true(cgroup_directory(&mount, "/docker/47/shop", directory));
    assert_string_equal(directory, "/sys/fs/cgroup/mem ory/shop");
    assert_true(cgroup_directory(&mount, "/docker/47", directory));
    assert_string_equal(directory, "/sys/fs/cgroup/mem ory");
    assert_false(cgroup_directory(&mount, "/docker/4711", directory));
    assert_true(cgroup_parse_mount(mounts, false, &mount));
    assert_true(cgroup_directory(&mount, "/a", directory));
    assert_string_equal(directory, "/sys/fs/cgroup/unified/a");
    assert_false(cgroup_directory(&mount, "/../a", directory));
    assert_false(cgroup_parse_mount("", true, &mount));
    assert_false(cgroup_parse_mount("34 30 0:31 / /x rw - cgroup\n", true, &mount));
}

static void anon_of_both_versions(void **state)
{
    (void)state;
    assert_true(is(cgroup_parse_anon("anon 4096\nfile 9\ninactive_anon 7\n"), 4096));
    assert_true(
        is(cgroup_parse_anon("cache 1\nrss 5\nrss_huge 0\nswap 2\ntotal_rss 50\ntotal_swap 20\n"), 70));
    assert_true(is(cgroup_parse_anon("cache 1\nrss 5\nswap 2\n"), 7));
    assert_true(is(cgroup_parse_anon("rss 5\n"), 5));
    assert_true(is(cgroup_parse_anon("file 9\nanon 4096\n"), 4096));
    assert_true(isnan(cgroup_parse_anon("file 9\nanon 40"))); /* cut */
    assert_true(isnan(cgroup_parse_anon("")) && isnan(cgroup_parse_anon("active_anon 7\nanon_thp 3\n")));
    assert_true(isnan(cgroup_parse_anon("anon many\n")));
}

static void put(const char *directory, const char *words)
{
    char *path = xasprintf("%s/memory.stat", directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(words, file);
    fclose(file);
    free(path);
}

static void assert_why(const struct watch *watch, size_t index, const char *wanted)
{
    const char *why = watch_complaint(watch, index);
    if (why == NULL || strstr(why, wanted) == NULL)
        fail_msg("'%s' lacks '%s'", why != NULL ? why : "(null)", wanted);
}

static size_t find(const struct watch *watch)
{
    size_t index = 0;
    while (strcmp(watch_signal(watch, index)->name, "cgroup_anon") != 0)
        index++;
    return index;
}

static void a_named_group(void **state)
{
    (void)state;
    char directory[] = "/tmp/seep-cgroup-XXXXXX";
    struct err err = {0};
    assert_non_null(mkdtemp(directory));
    put(directory, "anon 4096\n");
    struct service service = {
        .file = (char[]){"x"}, .agent = AGENT_NONE, .watch = {.kind = WATCH_CGROUP, .path = directory}};
    struct loop *loop = loop_new(&err);
    struct watch *watch = watch_new(&service, loop, &err);
    size_t index = find(watch);
    double values[16];
    assert_true(watch_count(watch) <= 16 && watch_signal(watch, index)->promised);
    watch_attach(watch, &(struct watched){.pid = -1});
    watch_read(watch, values);
    assert_true(is(values[index], 4096));
    put(directory, "anon 8192\n"); /* the same file: it is kept open */
    watch_read_cheap(watch, values);
    assert_true(is(values[index], 8192));
    put(directory, "file 1\n");
    watch_read(watch, values);
    assert_true(isnan(values[index]));
    assert_why(watch, index, "/memory.stat says neither anon nor rss");
    char *path = xasprintf("%s/memory.stat", directory);
    unlink(path);
    watch_attach(watch, &(struct watched){.pid = -1});
    watch_read(watch, values);
    assert_why(watch, index, "/memory.stat: No such file");
    watch_free(watch);
    loop_free(loop);
    rmdir(directory);
    free(path);
}

static void what_holds_seep_is_no_signal(void **state)
{
    (void)state;
    struct err err = {0};
    struct service service = {.file = (char[]){"x"}, .agent = AGENT_NONE};
    struct loop *loop = loop_new(&err);
    struct watch *watch = watch_new(&service, loop, &err);
    size_t index = find(watch);
    double values[16];
    watch_attach(watch, &(struct watched){.pid = getpid()});
    watch_read(watch, values);
    assert_true(isnan(values[index]) && !watch_signal(watch, index)->promised);
    if (access("/proc/self/cgroup", R_OK) == 0)
        assert_non_null(watch_complaint(watch, index));
    size_t count = watch_count(watch);
    watch_free(watch);
    service.start.kind = START_COMMAND;
    watch = watch_new(&service, loop, &err);
    assert_int_equal(watch_count(watch), count - 1);
    watch_free(watch);
    loop_free(loop);
}

/* A group of our own below the mount; false where we may not make one. */
static bool make_group(char directory[CGROUP_PATH])
{
    struct text text = TEXT_EMPTY;
    struct cgroup_mount mount;
    bool found = text_read_file(&text, "/proc/self/mountinfo", 1 << 22, NULL) == 0 &&
                 (cgroup_parse_mount(text_string(&text), true, &mount) ||
                  cgroup_parse_mount(text_string(&text), false, &mount));
    text_release(&text);
    return found && snprintf(directory, CGROUP_PATH, "%.900s/seep-test-%d", mount.point, (int)getpid()) > 0 &&
           mkdir(directory, 0755) == 0;
}

static bool join_group(const char *directory, pid_t pid)
{
    char *path = xasprintf("%s/cgroup.procs", directory);
    FILE *file = fopen(path, "we");
    bool joined = file != NULL && fprintf(file, "%d", (int)pid) > 0 && fflush(file) == 0;
    if (file != NULL)
        fclose(file);
    free(path);
    return joined;
}

/* Holds 8 MiB from the byte that it is given on. */
static void hold(int from, int to)
{
    char byte;
    size_t size = 8 << 20;
    if (read(from, &byte, 1) != 1)
        _exit(1);
    char *memory = xmalloc(size);
    memset(memory, 1, size);
    if (write(to, memory, 1) != 1)
        _exit(1);
    pause();
    _exit(0);
}

static void a_group_of_the_kernel(void **state)
{
    (void)state;
    char directory[CGROUP_PATH], byte = 1;
    int go[2], done[2];
    struct err err = {0};
    if (!make_group(directory))
        skip(); /* no control groups, or not ours to make */
    assert_int_equal(pipe(go) + pipe(done), 0);
    pid_t child = fork();
    if (child == 0)
        hold(go[0], done[1]);
    bool joined = join_group(directory, child), told = false;
    double values[16] = {0}, before = 0;
    char *why = NULL;
    if (joined) {
        struct service service = {.file = (char[]){"x"}, .agent = AGENT_NONE};
        struct loop *loop = loop_new(&err);
        struct watch *watch = watch_new(&service, loop, &err);
        size_t index = find(watch);
        watch_attach(watch, &(struct watched){.pid = child});
        watch_read(watch, values);
        before = values[index];
        told = write(go[1], &byte, 1) == 1 && read(done[0], &byte, 1) == 1;
        watch_read(watch, values);
        why = watch_complaint(watch, index) != NULL ? xstrdup(watch_complaint(watch, index)) : NULL;
        values[0] = values[index];
        watch_free(watch);
        loop_free(loop);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    for (int i = 0; i < 100 && rmdir(directory) != 0; i++)
        usleep(10000); /* until the kernel has let go of the child */
    if (!joined)
        skip();
    if (why != NULL)
        fail_msg("%s", why);
    assert_true(told && before < 8e6 && values[0] - before > 7e6 && values[0] - before < 12e6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(place_of_both_versions),  cmocka_unit_test(groups_hold_those_below),
        cmocka_unit_test(mounts_of_both_versions), cmocka_unit_test(anon_of_both_versions),
        cmocka_unit_test(a_named_group),           cmocka_unit_test(what_holds_seep_is_no_signal),
        cmocka_unit_test(a_group_of_the_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
