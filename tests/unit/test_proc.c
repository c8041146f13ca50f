/* What /proc says, on awkward texts and on real processes. */
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
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sample/prometheus.h"
#include "sample/proc.h"
#include "sample/status_files.h"

static void assert_near(double got, double wanted)
{
    if (!(fabs(got - wanted) <= 1e-9 * fmax(1, fabs(wanted))))
        fail_msg("%.17g is not %.17g", got, wanted);
}

static void status_in_bytes(void **state)
{
    (void)state;
    struct proc_status status;
    proc_parse_status("Name:\tRssAnon: 7 kB\nState:\tS (sleeping)\nVmHWM:\t   2048 kB\nVmRSS:\t 1500 kB\n"
                      "RssAnon:\t    1000 kB\nRssFile:\t 500 kB\nVmSwap:\t      24 kB\nThreads:\t3\n",
                      &status);
    assert_near(status.anon_bytes, 1024 * 1024);
    assert_near(status.peak_bytes, 2048 * 1024);
    assert_near(status.resident_bytes, 1500 * 1024);
    assert_near(status.threads, 3);
}

static void zombie_has_no_memory(void **state)
{
    (void)state;
    struct proc_status status;
    proc_parse_status("Name:\tx\nState:\tZ (zombie)\nThreads:\t1\n", &status);
    assert_true(isnan(status.anon_bytes));
    assert_true(isnan(status.peak_bytes) && isnan(status.resident_bytes));
    proc_parse_status("", &status);
    assert_true(isnan(status.threads));
    proc_parse_status("RssAnon:\tmany kB\n", &status);
    assert_true(isnan(status.anon_bytes));
}

static void stat_with_awkward_names(void **state)
{
    (void)state;
    static const char *const names[] = {"cat", "a b", "x) S 1 (", "((()", ") (", ""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[512];
        snprintf(
            text, sizeof text,
            "4711 (%s) R 99 4711 4711 34816 4711 4194304 100 0 0 0 5 6 7 8 20 0 1 0 123456789012 99 88\n",
            names[i]);
        struct proc_stat stat;
        assert_int_equal(proc_parse_stat(text, &stat), 0);
        assert_int_equal(stat.pid, 4711);
        assert_int_equal(stat.parent, 99);
        assert_int_equal(stat.state, 'R');
        assert_true(stat.start_time == UINT64_C(123456789012));
    }
}

static void stat_cut_short(void **state)
{
    (void)state;
    struct proc_stat stat;
    assert_int_equal(proc_parse_stat("", &stat), -1);
    assert_int_equal(proc_parse_stat("12 (cat", &stat), -1);
    assert_int_equal(proc_parse_stat("12 (cat) R 1 2 3", &stat), -1);
}

static void rollup(void **state)
{
    (void)state;
    struct proc_rollup read;
    proc_parse_rollup("5581-7ffe ---p 00000000 00:00 0    [rollup]\nRss:  3000 kB\nPss:  1500 kB\n"
                      "Pss_Dirty: 900 kB\nPss_Anon: 800 kB\nPrivate_Clean: 1 kB\nPrivate_Dirty:   700 kB\n",
                      &read);
    assert_near(read.pss_bytes, 1500 * 1024);
    assert_near(read.private_dirty_bytes, 700 * 1024);
}

/* A child that waits, with a child of its own; the pipe says when both are there. */
static pid_t family(int *keep)
{
    int ready[2], hold[2];
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(hold), 0);
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        prctl(PR_SET_NAME, ") R 1 (");
        close(hold[1]);
        char byte;
        if (fork() == 0)
            prctl(PR_SET_PDEATHSIG, SIGKILL);
        else if (write(ready[1], "!", 1) != 1)
            _exit(1);
        _exit(read(hold[0], &byte, 1) < 0); /* until the parent lets go */
    }
    char byte;
    close(ready[1]);
    close(hold[0]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    *keep = hold[1];
    return child;
}

static void tree_of_real_processes(void **state)
{
    (void)state;
    int keep;
    pid_t child = family(&keep);
    struct proc_tree tree = {NULL, 0};
    proc_tree_read(&tree, child);
    assert_int_equal(tree.count, 2);
    assert_int_equal(tree.processes[0].pid, child);
    assert_int_equal(tree.processes[0].parent, getpid());
    assert_int_equal(tree.processes[1].parent, child);
    assert_true(tree.processes[0].start_time > 0);
    struct proc_status status;
    assert_int_equal(proc_read_status(child, &status), 0);
    assert_true(status.anon_bytes > 0 && status.peak_bytes >= status.anon_bytes / 2);
    assert_near(status.threads, 1);
    close(keep);
    assert_int_equal(waitpid(child, NULL, 0), child);
    proc_tree_read(&tree, child);
    assert_int_equal(tree.count, 0);
    assert_int_equal(proc_read_status(child, &status), -1);
    assert_true(isnan(proc_count_descriptors(child)));
    proc_tree_release(&tree);
}

static double anon_of(const struct status_files *files, size_t index)
{
    struct proc_status status;
    return status_files_read(files, index, &status) == 0 ? status.anon_bytes : (double)NAN;
}

static void status_is_kept_open(void **state)
{
    (void)state;
    int keep;
    pid_t child = family(&keep);
    struct proc_tree tree = {NULL, 0};
    struct status_files files = {NULL, 0};
    double before = proc_count_descriptors(getpid());
    proc_tree_read(&tree, child);
    status_files_follow(&files, &tree);
    assert_near(proc_count_descriptors(getpid()), before + 2);
    int first = files.items[0].descriptor;
    assert_true(anon_of(&files, 0) > 0 && anon_of(&files, 1) > 0);
    struct proc_tree alone = {tree.processes, 1};
    status_files_follow(&files, &alone); /* the other is closed, this one is the same file still */
    assert_int_equal(files.items[0].descriptor, first);
    assert_near(proc_count_descriptors(getpid()), before + 1);
    close(keep);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(isnan(anon_of(&files, 0))); /* gone: an open file tells nothing of it */
    struct proc_stat other = {.pid = getpid(), .start_time = 1};
    status_files_follow(&files, &(struct proc_tree){&other, 1});
    assert_true(anon_of(&files, 0) > 0);
    status_files_release(&files);
    proc_tree_release(&tree);
}

static void zombie_is_no_member(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    struct proc_tree tree = {NULL, 0};
    proc_tree_read(&tree, child);
    assert_int_equal(tree.count, 0);
    proc_tree_release(&tree);
    waitpid(child, NULL, 0);
}

static void descriptors_are_counted(void **state)
{
    (void)state;
    double before = proc_count_descriptors(getpid());
    int extra[2];
    assert_int_equal(pipe(extra), 0);
    assert_near(proc_count_descriptors(getpid()), before + 2);
    close(extra[0]);
    close(extra[1]);
}

static void sockets_are_told_from_others(void **state)
{
    (void)state;
    struct proc_descriptors before, after;
    int sockets[2], pipes[2];
    assert_int_equal(proc_read_descriptors(getpid(), &before), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(proc_read_descriptors(getpid(), &after), 0);
    assert_near(after.count, before.count + 4);
    assert_near(after.sockets, before.sockets + 2);
    assert_near(after.count, proc_count_descriptors(getpid()));
    for (int i = 0; i < 2; i++) {
        close(sockets[i]);
        close(pipes[i]);
    }
    assert_int_equal(proc_read_descriptors(1 << 23, &after), -1);
}

static const char exposition[] = "# HELP up Is it up\n# TYPE up gauge\n"
                                 "up_total 9\n"
                                 "up{job=\"a,b\",path=\"C:\\\\x \\\"y\\\"\\n}\"} 1.5e3 1395066363000\n"
                                 "up{job=\"other\"} -2\n"
                                 "not a line of any kind {\n"
                                 "process_resident_memory_bytes 2.7230208e+07\n"
                                 "nan_one NaN\n"
                                 "big +Inf\n"
                                 "broken{x=\"1\" 4\n"
                                 "  spaced   { a = \"1\" , }   7\n"
                                 "whole 3\n"
                                 "cut 2.72";

static double found(const char *wanted)
{
    struct prometheus_selector selector;
    struct err err;
    assert_int_equal(prometheus_selector_parse(&selector, wanted, &err), 0);
    double value = prometheus_find(&selector, exposition, sizeof exposition - 1);
    prometheus_selector_release(&selector);
    return value;
}

static void series_are_found(void **state)
{
    (void)state;
    assert_near(found("process_resident_memory_bytes"), 27230208);
    assert_near(found("up"), 1500);
    assert_near(found("up{job=\"other\"}"), -2);
    assert_near(found("up{path=\"C:\\\\x \\\"y\\\"\\n}\"}"), 1500);
    assert_near(found("up{instance=\"\",job=\"other\"}"), -2);
    assert_near(found("spaced{a=\"1\"}"), 7);
    assert_near(found("whole"), 3);
    assert_true(isinf(found("big")));
}

static void absent_series_are_nan(void **state)
{
    (void)state;
    assert_true(isnan(found("up{job=\"none\"}")));
    assert_true(isnan(found("up{JOB=\"other\"}")));
    assert_true(isnan(found("u")));
    assert_true(isnan(found("broken")));
    assert_true(isnan(found("nan_one")));
    assert_true(isnan(found("HELP")));
    assert_true(isnan(found("cut"))); /* 2.72 of 2.7230208e+07? */
}

static void bad_selectors(void **state)
{
    (void)state;
    static const char *const bad[] = {"",           "1up",           "up{",       "up{a}",  "up{a=1}",
                                      "up{a=\"1\"", "up{a=\"1\"} x", "up{a=\"1}", "up down"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct prometheus_selector selector;
        struct err err = {0};
        assert_int_equal(prometheus_selector_parse(&selector, bad[i], &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        assert_non_null(strstr(err.message, "metric '"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_in_bytes),
        cmocka_unit_test(zombie_has_no_memory),
        cmocka_unit_test(stat_with_awkward_names),
        cmocka_unit_test(stat_cut_short),
        cmocka_unit_test(rollup),
        cmocka_unit_test(tree_of_real_processes),
        cmocka_unit_test(status_is_kept_open),
        cmocka_unit_test(zombie_is_no_member),
        cmocka_unit_test(descriptors_are_counted),
        cmocka_unit_test(sockets_are_told_from_others),
        cmocka_unit_test(series_are_found),
        cmocka_unit_test(absent_series_are_nan),
        cmocka_unit_test(bad_selectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
