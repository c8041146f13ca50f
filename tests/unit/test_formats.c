/* Snapshot formats on what real programs wrote (tests/data/snapshots), and on what is broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/sites.h"
#include "base/text.h"
#include "format/snapshot.h"

#define DIRECTORY "tests/data/snapshots/"

static struct snapshot read_sample(const char *file)
{
    struct snapshot snapshot;
    struct err err = {0};
    char *path = xasprintf(DIRECTORY "%s", file);
    if (snapshot_read(path, NULL, &snapshot, &err) != 0)
        fail_msg("%s", err.message);
    free(path);
    return snapshot;
}

static const struct site *find(const struct snapshot *snapshot, const char *name)
{
    for (size_t i = 0; i < snapshot->count; i++)
        if (strcmp(snapshot->sites[i].name, name) == 0)
            return &snapshot->sites[i];
    fail_msg("no site '%s'", name);
    return NULL;
}

/* The first of what `a` to `b` gained. */
static const struct {
    const char *format, *a, *b, *first;
    enum growth_shape shape;
    double objects_least, objects_most; /* 0: not looked at */
} pairs[] = {
    {"tracemalloc", "python-a.txt", "python-b.txt", "/app/leak.py:9", SHAPE_MORE_OBJECTS, 19990, 20010},
    {"tracemalloc_json", "python-a.json", "python-b.json", "/app/leak.py:9", SHAPE_MORE_OBJECTS, 19990,
     20010},
    {"go_heap", "go-a.txt", "go-b.txt", "main.keepQuote /app/leak.go:24", SHAPE_LONGER_OBJECT, 0, 0},
    {"pprof", "go-a.pb.gz", "go-b.pb.gz", "main.keepQuote /app/leak.go:24", SHAPE_LONGER_OBJECT, 0, 0},
    {"v8_heap", "v8-a.heapprofile.gz", "v8-b.heapprofile.gz", "keepQuote /app/leak.js:7", SHAPE_MORE_BYTES, 0,
     0},
    {"jvm_histogram", "jvm-a.txt.gz", "jvm-b.txt.gz", "int[]", SHAPE_MORE_OBJECTS, 19900, 20100},
    {"jemalloc_stats", "jemalloc-a.json.gz", "jemalloc-b.json.gz", "large blocks of 524288 B", SHAPE_NEW, 64,
     64},
    {"jemalloc_heap", "jeprof-a.heap", "jeprof-b.heap", "keep_buffer", SHAPE_BIGGER_OBJECTS, 0, 64},
    {"massif", "massif-a.out", "massif-b.out", "keep_buffer leak.c:21", SHAPE_MORE_BYTES, 0, 0},
    {"ruby_objects", "ruby-a.json", "ruby-b.json", "T_STRING", SHAPE_MORE_OBJECTS, 9900, 10200},
    {"prometheus", "prometheus-a.txt", "prometheus-b.txt", "cache_bytes{cache=\"quotes\"}", SHAPE_MORE_BYTES,
     0, 0},
    {"dotnet_gcdump", "dotnet-a.txt", "dotnet-b.txt", "Contoso.Pricing.Quote", SHAPE_MORE_OBJECTS, 10000,
     10000},
};

static void samples_of_real_programs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct snapshot a = read_sample(pairs[i].a), b = read_sample(pairs[i].b);
        struct site_rank *ranked;
        assert_string_equal(a.format, pairs[i].format);
        assert_string_equal(b.format, pairs[i].format);
        assert_int_equal(a.skipped + b.skipped, 0);
        size_t count = sites_rank(&a, &b, 0, snapshot_format_find(a.format)->allocated, &ranked);
        assert_true(count > 0);
        if (strcmp(ranked[0].name, pairs[i].first) != 0 || ranked[0].shape != pairs[i].shape)
            fail_msg("%s: %s, %s", pairs[i].format, ranked[0].name, growth_shape_name(ranked[0].shape));
        if (pairs[i].objects_most > 0 &&
            !(ranked[0].objects >= pairs[i].objects_least && ranked[0].objects <= pairs[i].objects_most))
            fail_msg("%s: %g objects", pairs[i].format, ranked[0].objects);
        free(ranked);
        snapshot_release(&a);
        snapshot_release(&b);
    }
}

/* What is not yours is a site for each of your frames that called it. */
static void callers_are_in_the_name(void **state)
{
    (void)state;
    static const char profile[] =
        "{\"head\":{\"callFrame\":{\"functionName\":\"(root)\",\"url\":\"\",\"lineNumber\":-1},\"selfSize\":"
        "0,\"id\":1,"
        "\"children\":[{\"callFrame\":{\"functionName\":\"keep\",\"url\":\"file:///app/"
        "a.js\",\"lineNumber\":6},"
        "\"selfSize\":10,\"id\":2,\"children\":[{\"callFrame\":{\"functionName\":\"on\",\"url\":\"node:"
        "events\","
        "\"lineNumber\":4},\"selfSize\":20,\"id\":3,\"children\":[]}]},{\"callFrame\":{\"functionName\":"
        "\"on\","
        "\"url\":\"node:events\",\"lineNumber\":4},\"selfSize\":30,\"id\":4,\"children\":[]}]},"
        "\"samples\":[{\"size\":20,\"nodeId\":3,\"ordinal\":1}]}";
    static const char sites[] =
        "{\"seep_sites\":1,\"source\":\"tracemalloc\",\"sites\":[{\"site\":\"/usr/lib/python3.11/json/"
        "x.py:7\","
        "\"called_from\":\"/app/a.py:1\",\"bytes\":48,\"allocated\":64,\"longest\":32,\"objects\":2}]}";
    struct snapshot snapshot;
    struct err err = {0};
    assert_int_equal(snapshot_parse(profile, strlen(profile), "x", NULL, &snapshot, &err), 0);
    assert_int_equal(snapshot.count, 3);
    assert_true(find(&snapshot, "keep file:///app/a.js:7")->bytes == 10);
    assert_true(find(&snapshot, "on node:events:5 < keep file:///app/a.js:7")->bytes == 20);
    assert_true(find(&snapshot, "on node:events:5 < keep file:///app/a.js:7")->longest == 20);
    assert_true(find(&snapshot, "on node:events:5")->bytes == 30);
    snapshot_release(&snapshot);
    assert_int_equal(snapshot_parse(sites, strlen(sites), "x", NULL, &snapshot, &err), 0);
    const struct site *site = find(&snapshot, "/usr/lib/python3.11/json/x.py:7 < /app/a.py:1");
    assert_true(site->bytes == 48 && site->allocated == 64 && site->longest == 32 && site->objects == 2);
    snapshot_release(&snapshot);
}

/* The two encodings of one heap; the protobuf cuts estimates to whole numbers, for each of a site's samples. */
static void go_says_the_same_twice(void **state)
{
    (void)state;
    struct snapshot text = read_sample("go-b.txt"), proto = read_sample("go-b.pb.gz");
    assert_true(text.count > 5);
    assert_int_equal(text.count, proto.count);
    for (size_t i = 0; i < text.count; i++) {
        const struct site *site = &text.sites[i], *same = find(&proto, site->name);
        assert_true(fabs(site->bytes - same->bytes) < 50);
        assert_true(fabs(site->objects - same->objects) < 50);
        if (!(fabs(site->quantum - same->quantum) < 0.1 * site->quantum))
            fail_msg("%s: %.0f of %.0f, %.0f", site->name, site->quantum, site->bytes, same->quantum);
    }
    snapshot_release(&text);
    snapshot_release(&proto);
}

static void jemalloc_names_without_symbols(void **state)
{
    (void)state;
    struct snapshot raw = read_sample("jemalloc-b.heap"), named = read_sample("jeprof-b.heap");
    double bytes = find(&named, "keep_node")->bytes;
    /* 5,000 nodes of 48 B; one allocated byte in 1,024 was looked at */
    assert_true(fabs(bytes - 5000 * 48) < 3 * sqrt(5000 * 48 * 1024.0));
    for (size_t i = 0; i < raw.count; i++)
        if (fabs(raw.sites[i].bytes - bytes) < 1)
            assert_true(text_starts_with(raw.sites[i].name, "leak+0x"));
    assert_int_equal(raw.count, named.count);
    snapshot_release(&raw);
    snapshot_release(&named);
}

static void dotnet_bytes_that_are_known(void **state)
{
    (void)state;
    struct snapshot snapshot = read_sample("dotnet-a.txt");
    assert_true(find(&snapshot, "Contoso.Pricing.Quote")->bytes == 48000);
    assert_true(isnan(find(&snapshot, "System.String")->bytes));
    assert_true(find(&snapshot, "System.String")->objects == 1204);
    snapshot_release(&snapshot);
}

/* Every sample cut at every byte: it is read as far as it goes, with no site that the whole does not have, nor more of
 * it; or it is refused in one line that names it. Under the sanitizers this also sees reads beyond the end. */
static void check_cut(const char *file, const char *bytes, size_t length, const char *format,
                      const struct snapshot *whole)
{
    struct snapshot cut;
    struct err err = {0};
    char *copy = test_malloc(length + 1); /* not ended by a NUL */
    memcpy(copy, bytes, length);
    if (snapshot_parse(copy, length, "cut", format, &cut, &err) != 0) {
        assert_int_equal(err.code, ERR_USAGE);
        if (!text_starts_with(err.message, "cut:"))
            fail_msg("%s cut at %zu: %s", file, length, err.message);
    } else {
        /* massif's are snapshots of a whole run: what is left is an earlier one */
        for (size_t i = 0; i < cut.count && strcmp(format, "massif") != 0; i++) {
            const struct site *site = find(whole, cut.sites[i].name);
            if (site->bytes < cut.sites[i].bytes || site->objects < cut.sites[i].objects)
                fail_msg("%s cut at %zu: %s holds more than in the whole", file, length, site->name);
        }
        snapshot_release(&cut);
    }
    test_free(copy);
}

static void cut_anywhere(void **state)
{
    (void)state;
    static const char *const files[] = {
        "python-b.txt",    "python-b.json",    "go-b.pb.gz",   "go-a.txt",
        "jemalloc-a.heap", "jeprof-a.heap",    "massif-a.out", "ruby-a.json",
        "dotnet-a.txt",    "prometheus-a.txt", "jvm-a.txt.gz", "v8-a.heapprofile.gz",
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct snapshot whole = read_sample(files[i]);
        struct text text = TEXT_EMPTY;
        char *path = xasprintf(DIRECTORY "%s", files[i]);
        assert_int_equal(text_read_file(&text, path, 1 << 20, NULL), 0);
        for (size_t length = 1; length < text.length; length++)
            check_cut(files[i], text.bytes, length, whole.format, &whole);
        text_release(&text);
        free(path);
        snapshot_release(&whole);
    }
}

static const struct {
    const char *format, *text, *fault;
} broken[] = {
    {"tracemalloc_json", "{\"seep_sites\":1,\"sites\":[{\"site\":\"a:1\",\"bytes\":\"7\",\"objects\":1}]}",
     "x:1:48: expected a number"},
    {"tracemalloc_json", "{\"seep_sites\":1,\n\"sites\":[{\"site\":\"a:1\",\"bytes\":7}]}",
     "x:2:34: a site needs"},
    {"tracemalloc_json", "{\"seep_sites\":2,\"sites\":[]}", "x:1:16: expected version 1"},
    {"malloc_json", "{\"seep_sites\":1}", "x:1: expected {\"seep_sites\":1"},
    {"malloc_json", "{\"seep_sites\":1,\"sites\":[]} {}", "x:1:29: more than one JSON value"},
    {"v8_heap", "{\"head\":{\"selfSize\":1}}", "x:1:23: a node needs 'callFrame' and 'selfSize'"},
    {"v8_heap", "{}", "x:1: no heap profile of V8"},
    {"v8_heap", "[1]", "x:1:1: expected an object"},
    {"ruby_objects", "{\"TOTAL\":1}", "x:1: no count of Ruby's objects"},
    {"ruby_objects", "{\"T_STRING\":\"many\"}", "x:1:13: expected a number"},
    {"jemalloc_stats", "{\"jemalloc\":{}}", "x:1: no statistics of jemalloc"},
    {"jemalloc_heap", "heap_v1/1\n", "x:1: no heap dump of jemalloc (expected 'heap_v2/RATE')"},
    {"massif", "desc: \ncmd: a\ntime_unit: i\nheap_tree=empty\n", "x:1: no snapshot of massif with a tree"},
    {"jvm_histogram", " num #instances #bytes class\nnonsense\n", "x:2: no line of a class histogram"},
    {"dotnet_gcdump", "  1  GC Heap bytes\nnonsense\n", "x:2: no line of a gcdump report"},
    {"prometheus", "# TYPE a gauge\n<html>\n", "x:2: no line of a Prometheus page"},
    {"pprof", "\x0a\x04\x08\x01", "x: byte 1: no field of a pprof profile"},
    {"pprof", "\x0a\x04\x08\x01\x10\x02\x32\x00", "x: no heap profile: it has no sample type 'inuse_space'"},
    {NULL, "\x1f\x8b\x08", "x: its gzip is cut short"},
    {NULL, "\x1f\x8bnonsense", "x: its gzip is not gzip or deflate"},
    {NULL, "{\"a\":1}", "x:1: no known snapshot format"},
};

static void faults_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct snapshot snapshot;
        struct err err = {0};
        /* \x00 in a pprof case is its last byte */
        size_t length = strlen(broken[i].text) + (text_ends_with(broken[i].text, "\x02\x32") ? 1 : 0);
        assert_int_equal(snapshot_parse(broken[i].text, length, "x", broken[i].format, &snapshot, &err), -1);
        if (!text_starts_with(err.message, broken[i].fault))
            fail_msg("'%s' is not '%s'", err.message, broken[i].fault);
    }
}

/* Numbers that no heap has. */
static void impossible_numbers_are_skipped(void **state)
{
    (void)state;
    static const char *const numbers[] = {"-1", "1e999", "-1e999", "1e300", "9223372036854775809000"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct snapshot snapshot;
        struct err err = {0};
        char *text =
            xasprintf("{\"seep_sites\":1,\"source\":\"malloc\",\"sites\":[{\"site\":\"a\",\"bytes\":%s,"
                      "\"objects\":1},{\"site\":\"b\",\"bytes\":8,\"objects\":1}]}",
                      numbers[i]);
        assert_int_equal(snapshot_parse(text, strlen(text), "x", NULL, &snapshot, &err), 0);
        assert_int_equal(snapshot.count, 1);
        assert_int_equal(snapshot.skipped, 1);
        snapshot_release(&snapshot);
        free(text);
    }
}

static void names_are_printable(void **state)
{
    (void)state;
    struct snapshot snapshot;
    struct err err = {0};
    static const char text[] =
        "{\"seep_sites\":1,\"source\":\"malloc\",\"sites\":[{\"site\":\"a\\u001b[31m\\u0000b\xff\xc3\xa9\","
        "\"bytes\":1,\"objects\":1}]}";
    assert_int_equal(snapshot_parse(text, sizeof text - 1, "x", NULL, &snapshot, &err), 0);
    assert_string_equal(snapshot.sites[0].name, "a?[31m\xef\xbf\xbd"
                                                "b?\xc3\xa9");
    snapshot_release(&snapshot);
    static const char symbol[] = "--- symbol\n0x1 \n---\nheap_v2/1\n@ 0x1\n  t*: 1: 8 [0: 0]\n";
    assert_int_equal(snapshot_parse(symbol, sizeof symbol - 1, "x", NULL, &snapshot, &err), 0);
    assert_string_equal(snapshot.sites[0].name, "?");
    snapshot_release(&snapshot);
}

static void depth_is_bounded(void **state)
{
    (void)state;
    for (size_t depth = 1000; depth <= 1000000; depth *= 1000) {
        struct text text = TEXT_EMPTY;
        struct snapshot snapshot;
        struct err err = {0};
        text_add_string(&text, "{\"head\":");
        for (size_t i = 0; i < depth; i++)
            text_add_string(&text, "{\"children\":[");
        assert_int_equal(snapshot_parse(text.bytes, text.length, "x", "v8_heap", &snapshot, &err), -1);
        assert_non_null(strstr(err.message, depth == 1000 ? "the JSON ends here" : "deeper than"));
        text_clear(&text);
        text_add_string(&text, "{\"seep_sites\":1,\"other\":");
        for (size_t i = 0; i < depth; i++)
            text_add_char(&text, '[');
        assert_int_equal(snapshot_parse(text.bytes, text.length, "x", "malloc_json", &snapshot, &err), -1);
        assert_non_null(
            strstr(err.message, depth == 1000 ? "the JSON ends here" : "nested deeper than 4096"));
        text_release(&text);
    }
}

static void sites_are_bounded(void **state)
{
    (void)state;
    struct text text = TEXT_EMPTY;
    struct snapshot snapshot;
    struct err err = {0};
    text_add_string(&text, "# TYPE a_bytes gauge\n");
    for (size_t i = 0; i <= 1 << 20; i++)
        text_addf(&text, "a_bytes{i=\"%zu\"} 1\n", i);
    assert_int_equal(snapshot_parse(text.bytes, text.length, "x", NULL, &snapshot, &err), -1);
    assert_string_equal(err.message, "x: more than 1048576 sites, the most that are read");
    text_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_of_real_programs),
        cmocka_unit_test(callers_are_in_the_name),
        cmocka_unit_test(go_says_the_same_twice),
        cmocka_unit_test(jemalloc_names_without_symbols),
        cmocka_unit_test(dotnet_bytes_that_are_known),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(faults_are_named),
        cmocka_unit_test(impossible_numbers_are_skipped),
        cmocka_unit_test(names_are_printable),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(sites_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
