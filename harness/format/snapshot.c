#include "format/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/gzip.h"
#include "base/text.h"
#include "format/formats.h"
#include "format/site.h"

#define PAST_PYTHON "what C code takes past Python's allocators has no site"

/* Those that are known by their first bytes stand first. */
const struct snapshot_format snapshot_formats[] = {
    {"go_heap", "Go: /debug/pprof/heap?debug=1&gc=1, as text", "function file:line",
     "bytes and objects, estimated from samples", true, go_heap_detect, go_heap_parse, NULL, NULL},
    {"jemalloc_heap", "jemalloc: a heap dump (prof:true), raw or with jeprof's symbols",
     "function, or library+0xoffset", "bytes and objects, estimated from samples", true, jemalloc_heap_detect,
     jemalloc_heap_parse, NULL, NULL},
    {"massif", "valgrind --tool=massif: massif.out, its last detailed snapshot", "function file:line",
     "bytes as asked for, without the places below massif's threshold; no objects", true, massif_detect,
     massif_parse, NULL, NULL},
    {"jvm_histogram", "Java: jcmd PID GC.class_histogram, jmap -histo:live", "class",
     "bytes and objects, exact", true, jvm_histogram_detect, jvm_histogram_parse, NULL, NULL},
    {"dotnet_gcdump", ".NET: dotnet-gcdump report", "type",
     "objects, exact; bytes too where all objects of a type are as long", true, dotnet_gcdump_detect,
     dotnet_gcdump_parse, NULL, NULL},
    {"tracemalloc_json", "seep's agent in Python: tracemalloc as JSON", "file:line",
     "bytes as asked for and objects, exact", true, tracemalloc_json_detect, tracemalloc_json_parse,
     PAST_PYTHON, tracemalloc_allocated},
    {"malloc_json", "seep's agent in malloc: its call sites as JSON",
     "function file:line or library+0xoffset", "bytes and objects", true, malloc_json_detect,
     malloc_json_parse, NULL, NULL},
    {"jemalloc_stats", "jemalloc: stats_print:true,stats_print_opts:J or malloc_stats_print", "size class",
     "bytes and objects as allocated, exact", false, jemalloc_stats_detect, jemalloc_stats_parse, NULL, NULL},
    {"v8_heap", "Node, Chromium: a sampling heap profile, .heapprofile", "function file:line",
     "bytes, estimated from samples; no objects", true, v8_heap_detect, v8_heap_parse,
     "what V8 compiles has no site", NULL},
    {"ruby_objects", "Ruby: ObjectSpace.count_objects as JSON", "type of object", "objects, exact; no bytes",
     false, ruby_objects_detect, ruby_objects_parse, NULL, NULL},
    {"tracemalloc",
     "Python's tracemalloc: Statistic and StatisticDiff lines, as printed or as logged in a list",
     "file:line", "bytes as asked for, rounded as printed; objects, exact", true, tracemalloc_detect,
     tracemalloc_parse, PAST_PYTHON, tracemalloc_allocated},
    {"prometheus", "a Prometheus page: gauges named *_bytes, and of objects, handles, threads, descriptors",
     "series", "bytes or objects, as the page says", false, prometheus_detect, prometheus_parse, NULL, NULL},
    {"pprof", "a heap profile of Go or another runtime as pprof's protobuf", "function file:line",
     "bytes and objects, estimated from samples", true, pprof_detect, pprof_parse, NULL, NULL},
    {NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL},
};

const struct snapshot_format *snapshot_format_find(const char *name)
{
    for (const struct snapshot_format *format = snapshot_formats; format->name != NULL; format++)
        if (strcmp(format->name, name) == 0)
            return format;
    return NULL;
}

static char *known_names(void)
{
    struct text names = TEXT_EMPTY;
    for (const struct snapshot_format *format = snapshot_formats; format->name != NULL; format++)
        text_addf(&names, "%s%s", names.length > 0 ? ", " : "", format->name);
    return text_take(&names);
}

static const struct snapshot_format *detect(const struct snapshot_text *text)
{
    for (const struct snapshot_format *format = snapshot_formats; format->name != NULL; format++)
        if (format->detect(text))
            return format;
    return NULL;
}

static int fail_unknown(const char *name, const char *format, struct err *err)
{
    char *known = known_names();
    if (format != NULL)
        err_set(err, ERR_USAGE, "'%s' is no snapshot format; known are %s", format, known);
    else
        err_set(err, ERR_USAGE, "%s:1: no known snapshot format (%s)", name, known);
    free(known);
    return -1;
}

static int parse_plain(const struct snapshot_text *text, const char *format, struct snapshot *snapshot,
                       struct err *err)
{
    const struct snapshot_format *row = format != NULL ? snapshot_format_find(format) : detect(text);
    if (row == NULL)
        return fail_unknown(text->name, format, err);
    struct gather gather;
    gather_init(&gather, snapshot);
    snapshot->format = row->name;
    int failed = text->length > 0 ? row->parse(text, &gather, err) : 0;
    if (gather_end(&gather, text->name, failed ? NULL : err) != 0)
        failed = -1;
    if (failed)
        snapshot_release(snapshot);
    return failed;
}

static bool is_gzip(const char *bytes, size_t length)
{
    return length >= 2 && memcmp(bytes, "\x1f\x8b", 2) == 0;
}

int snapshot_parse(const char *bytes, size_t length, const char *name, const char *format,
                   struct snapshot *snapshot, struct err *err)
{
    struct text plain = TEXT_EMPTY;
    struct snapshot_text text = {bytes, length, name};
    int failed = 0;
    *snapshot = (struct snapshot){0};
    if (is_gzip(bytes, length)) {
        failed = gzip_unpack(bytes, length, name, SNAPSHOT_BYTES_MOST, &plain, err);
        text.bytes = text_string(&plain);
        text.length = plain.length;
    }
    failed = failed || parse_plain(&text, format, snapshot, err) != 0;
    text_release(&plain);
    return failed ? -1 : 0;
}

int snapshot_read(const char *path, const char *format, struct snapshot *snapshot, struct err *err)
{
    struct text text = TEXT_EMPTY;
    *snapshot = (struct snapshot){0};
    int failed = text_read_file(&text, path, SNAPSHOT_BYTES_MOST, err);
    if (!failed)
        failed = snapshot_parse(text_string(&text), text.length,
                                strcmp(path, "-") == 0 ? "standard input" : path, format, snapshot, err);
    text_release(&text);
    return failed;
}

size_t snapshot_drop_own(struct snapshot *snapshot)
{
    size_t kept = 0;
    for (size_t i = 0; i < snapshot->count; i++) {
        if (site_is_snapshotters(snapshot->sites[i].name))
            free(snapshot->sites[i].name);
        else
            snapshot->sites[kept++] = snapshot->sites[i];
    }
    size_t dropped = snapshot->count - kept;
    snapshot->count = kept;
    return dropped;
}
