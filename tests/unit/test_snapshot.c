/* Snapshot formats: lines as programs print them and as people paste them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "format/formats.h"

static void assert_near(double got, double wanted)
{
    if (!(fabs(got - wanted) <= 1e-9 * fmax(1, fabs(wanted))))
        fail_msg("%.17g is not %.17g", got, wanted);
}

static struct snapshot parsed(const char *text, const char *format)
{
    struct snapshot snapshot;
    struct err err = {0};
    if (snapshot_parse(text, strlen(text), "shot.txt", format, &snapshot, &err) != 0)
        fail_msg("%s", err.message);
    return snapshot;
}

struct line_case {
    const char *line, *site;
    double bytes, objects, quantum;
};

static const struct line_case line_cases[] = {
    {"/app/log.py:128: size=7252 KiB, count=309391, average=24 B", "/app/log.py:128", 7252.0 * 1024, 309391,
     1024},
    {"/app/log.py:128: size=7252 KiB (+7251 KiB), count=309391 (+309362), average=24 B", "/app/log.py:128",
     7252.0 * 1024, 309391, 1024},
    {"'/app/t.py:26: size=1131 KiB (+1130 KiB), count=4 (+0), average=283 KiB\\n',", "/app/t.py:26",
     1131.0 * 1024, 4, 1024},
    {"  [\"/app/x y.py:1: size=57.5 KiB (-57.4 KiB), count=1149 (-1148), average=51 B\\n\",", "/app/x y.py:1",
     57.5 * 1024, 1149, 102.4},
    {"'/a.py:2: size=24 B, count=1, average=24 B']", "/a.py:2", 24, 1, 0},
    {"<frozen importlib._bootstrap>:241: size=12.5 MiB, count=3, average=4267 KiB",
     "<frozen importlib._bootstrap>:241", 12.5 * 0x1p20, 3, 0.1 * 0x1p20},
    {"/odd: size=1/b.py:9: size=2 GiB, count=5, average=410 MiB\r", "/odd: size=1/b.py:9", 0x1p31, 5, 0x1p30},
    {"big.py:3: size=99.9 TiB, count=2\n", "big.py:3", 99.9 * 0x1p40, 2, 0.1 * 0x1p40},
    {"gone.py:3: size=0 B (-24 B), count=0 (-1)", "gone.py:3", 0, 0, 0},
};

static void lines_of_tracemalloc(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof line_cases / sizeof *line_cases; i++) {
        const struct line_case *wanted = &line_cases[i];
        struct snapshot snapshot = parsed(wanted->line, NULL);
        assert_string_equal(snapshot.format, "tracemalloc");
        assert_int_equal(snapshot.count, 1);
        assert_int_equal(snapshot.skipped, 0);
        assert_string_equal(snapshot.sites[0].name, wanted->site);
        assert_near(snapshot.sites[0].bytes, wanted->bytes);
        assert_near(snapshot.sites[0].objects, wanted->objects);
        assert_near(snapshot.sites[0].quantum, wanted->quantum);
        snapshot_release(&snapshot);
    }
}

static void a_list_on_one_line(void **state)
{
    (void)state;
    struct snapshot snapshot = parsed("['a.py:1: size=24 B, count=1, average=24 B\\n', "
                                      "\"b'.py:2: size=48 B, count=2, average=24 B\\n\", "
                                      "'c.py:3: size=72 B, count=3, average=24 B\\n']",
                                      NULL);
    assert_int_equal(snapshot.count, 3);
    assert_int_equal(snapshot.skipped, 0);
    assert_string_equal(snapshot.sites[1].name, "b'.py:2");
    assert_near(snapshot.sites[2].objects, 3);
    snapshot_release(&snapshot);
}

static void bad_lines_are_counted(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "x.py: size=1 KiB, count=1",       "x.py:1: size=KiB, count=1",
        "x.py:1: size=1 kB, count=1",      "x.py:1: size=1 KiB",
        "x.py:1: size=1 KiB, count=",      "x.py:1: size=1 KiB, count=1 more",
        "x.py:1: size=1 KiB (1), count=1", "x.py:1: size=1 KiB (+1 KiB, count=1",
        ":1: size=1 KiB, count=1",         "#1: x.py:7: 4.1 KiB",
        "x.py:1: size=nan B, count=1",     "x.py:1: size=1e999 B, count=1",
        "x.py:1: size=-1 B, count=1",      "x.py:1: size=99999999999 TiB, count=1",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[256];
        snprintf(text, sizeof text, "# note\n\na.py:1: size=24 B, count=1\n%s\n", bad[i]);
        struct snapshot snapshot = parsed(text, "tracemalloc");
        if (snapshot.count != 1 || snapshot.skipped != 1)
            fail_msg("'%s': %zu sites, %zu skipped", bad[i], snapshot.count, snapshot.skipped);
        snapshot_release(&snapshot);
    }
}

static void nothing_understood_is_an_error(void **state)
{
    (void)state;
    struct snapshot snapshot;
    struct err err = {0};
    const char *text = "# head\n\n<html>busy</html>\n";
    assert_int_equal(snapshot_parse(text, strlen(text), "a.txt", "tracemalloc", &snapshot, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_non_null(strstr(err.message, "a.txt:3: no line of tracemalloc"));
    assert_int_equal(snapshot_parse(text, strlen(text), "a.txt", NULL, &snapshot, &err), -1);
    assert_non_null(strstr(err.message, "a.txt:1: no known snapshot format"));
    assert_int_equal(snapshot_parse(text, strlen(text), "a.txt", "gcdump", &snapshot, &err), -1);
    assert_non_null(strstr(err.message, "'gcdump' is no snapshot format; known are go_heap, "));
}

static void empty_snapshots(void **state)
{
    (void)state;
    for (const struct snapshot_format *format = snapshot_formats; format->name != NULL; format++) {
        struct snapshot snapshot = parsed("", format->name);
        assert_int_equal(snapshot.count, 0);
        snapshot_release(&snapshot);
    }
    struct snapshot started = parsed("# tracemalloc: started; ask again\n", NULL);
    assert_int_equal(started.count + started.skipped, 0);
    snapshot_release(&started);
}

static void bytes_that_end_anywhere(void **state)
{
    (void)state;
    const char *text = "a.py:1: size=7252 KiB (+7251 KiB), count=309391 (+309362), average=24 B\n";
    for (size_t length = 0; length <= strlen(text); length++) {
        struct snapshot snapshot;
        struct err err = {0};
        /* Not NUL-terminated at its end: the sanitizer would see a read beyond. */
        char *cut = test_malloc(length + 1);
        memcpy(cut, text, length);
        if (snapshot_parse(cut, length, "cut", "tracemalloc", &snapshot, &err) == 0) {
            /* no number that was cut */
            for (size_t i = 0; i < snapshot.count; i++)
                assert_true(snapshot.sites[i].objects == 309391);
            snapshot_release(&snapshot);
        } else
            assert_int_equal(err.code, ERR_USAGE);
        test_free(cut);
    }
}

static void slots(void **state)
{
    (void)state;
    assert_near(tracemalloc_allocated(24 * 1000, 1000), 32 * 1000);
    assert_near(tracemalloc_allocated(32 * 1000, 1000), 32 * 1000);
    assert_near(tracemalloc_allocated(512, 1), 512);
    assert_near(tracemalloc_allocated(513, 1), 513);
    assert_near(tracemalloc_allocated(1483776, 0), 1483776);
    assert_near(tracemalloc_allocated(1000, (double)NAN), 1000);
}

static void own_frames_are_dropped(void **state)
{
    (void)state;
    struct snapshot snapshot = parsed("/usr/lib/python3.11/tracemalloc.py:558: size=53.3 KiB, count=9\n"
                                      "/app/tracemalloc.py:7: size=1 KiB, count=1\n"
                                      "tracemalloc.py:7: size=1 KiB, count=1\n"
                                      "/usr/lib/python3.11/mytracemalloc.py:7: size=1 KiB, count=1\n",
                                      NULL);
    assert_int_equal(snapshot_drop_own(&snapshot), 2);
    assert_int_equal(snapshot.count, 2);
    assert_string_equal(snapshot.sites[0].name, "/app/tracemalloc.py:7");
    snapshot_release(&snapshot);
}

static const char go_text[] = "heap profile: 3: 1060000 [9: 2000000] @ heap/1048576\n"
                              "2: 48 [4: 96] @ 0x4a1b2c 0x4a1b2d\n"
                              "#\t0x4a1b2b\truntime.mallocgc+0x1\t\t/usr/local/go/src/runtime/malloc.go:9\n"
                              "#\t0x4a1b2c\tmain.handler+0x6c\t\t/app/main.go:31\n"
                              "#\t0x4a1b2d\tmain.main+0x9\t\t\t/app/main.go:50\n"
                              "\n"
                              "1: 1059952 [1: 1059952] @ 0x5\n"
                              "#\t0x5\truntime.makeslice+0x1\t/usr/local/go/src/runtime/slice.go:9\n"
                              "\n"
                              "0: 0 [4: 999] @ 0x6\n"
                              "#\t0x6\tmain.freed+0x1\t/app/main.go:77\n"
                              "\n"
                              "# runtime.MemStats\n# Alloc = 123\n";

static void go_heap_is_unsampled(void **state)
{
    (void)state;
    struct snapshot snapshot = parsed(go_text, NULL);
    assert_string_equal(snapshot.format, "go_heap");
    assert_int_equal(snapshot.count, 2);
    assert_int_equal(snapshot.skipped, 0);
    assert_string_equal(snapshot.sites[0].name, "main.handler /app/main.go:31");
    /* python3 -c 'import math; print(48 / -math.expm1(-24 / 524288))' */
    assert_near(snapshot.sites[0].bytes, 1048600.0001831055);
    assert_near(snapshot.sites[0].objects, 1048600.0001831055 / 24);
    assert_string_equal(snapshot.sites[1].name, "runtime.makeslice /usr/local/go/src/runtime/slice.go:9");
    /* python3 -c 'from math import *; e = 1059952; b = e / -expm1(-e / 524288); print(3 * sqrt(b * e / expm1(e / 524288)))' */
    assert_near(snapshot.sites[1].quantum, 1333819.2748436271);
    snapshot_release(&snapshot);
}

static void go_heap_cut_anywhere(void **state)
{
    (void)state;
    for (size_t length = 0; length < sizeof go_text; length++) {
        struct snapshot snapshot;
        struct err err = {0};
        char *cut = test_malloc(length + 1);
        memcpy(cut, go_text, length);
        if (snapshot_parse(cut, length, "cut", "go_heap", &snapshot, &err) == 0)
            snapshot_release(&snapshot);
        else
            assert_non_null(strstr(err.message, "cut:1: no heap profile of Go"));
        test_free(cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_tracemalloc),
        cmocka_unit_test(a_list_on_one_line),
        cmocka_unit_test(bad_lines_are_counted),
        cmocka_unit_test(nothing_understood_is_an_error),
        cmocka_unit_test(empty_snapshots),
        cmocka_unit_test(bytes_that_end_anywhere),
        cmocka_unit_test(slots),
        cmocka_unit_test(own_frames_are_dropped),
        cmocka_unit_test(go_heap_is_unsampled),
        cmocka_unit_test(go_heap_cut_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
