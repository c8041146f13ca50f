#include "sample/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

const struct snapshot_format snapshot_formats[] = {
    {"tracemalloc",
     "Python's tracemalloc: Statistic and StatisticDiff lines, as printed or as logged in a list",
     tracemalloc_detect, tracemalloc_parse, tracemalloc_allocated},
    {"go_heap", "Go's /debug/pprof/heap?debug=1&gc=1: heap profile as text", go_heap_detect, go_heap_parse,
     NULL},
    {NULL, NULL, NULL, NULL, NULL},
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

static const struct snapshot_format *detect(const char *bytes, size_t length)
{
    for (const struct snapshot_format *format = snapshot_formats; format->name != NULL; format++)
        if (format->detect(bytes, length))
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

int snapshot_parse(const char *bytes, size_t length, const char *name, const char *format,
                   struct snapshot *snapshot, struct err *err)
{
    *snapshot = (struct snapshot){0};
    const struct snapshot_format *row = format != NULL ? snapshot_format_find(format) : detect(bytes, length);
    if (row == NULL)
        return fail_unknown(name, format, err);
    snapshot->format = row->name;
    if (row->parse(bytes, length, name, snapshot, err) == 0)
        return 0;
    snapshot_release(snapshot);
    return -1;
}

struct site *snapshot_add_site(struct snapshot *snapshot, const char *name, size_t length)
{
    /* doubles at each power of two, so that no capacity need be kept */
    if ((snapshot->count & (snapshot->count - 1)) == 0) {
        size_t capacity = snapshot->count == 0 ? 1 : 2 * snapshot->count;
        snapshot->sites = xrealloc(snapshot->sites, capacity * sizeof *snapshot->sites);
    }
    struct site *site = &snapshot->sites[snapshot->count++];
    *site = (struct site){.name = xstrndup(name, length)};
    return site;
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
