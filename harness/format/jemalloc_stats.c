/* jemalloc's statistics as JSON (malloc_stats_print with "J"): what is in use by size class.
 *
 * A document with no size classes (option "b" or "l" left out) has one site, stats.allocated. The classes are summed
 * over the arenas where there is no "merged", which jemalloc leaves out when there is only one arena.
 * Source: jemalloc 5.3 src/stats.c stats_general_print, stats_arena_bins_print, stats_arena_lextents_print. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_walk.h"
#include "format/formats.h"

#define CLASSES_MOST 1024 /* there are some 230 */

struct classes {
    double size[CLASSES_MOST], live[CLASSES_MOST];
    size_t count; /* of sizes */
};

struct stats {
    struct json_walk scan;
    struct classes bins, extents;
    double allocated; /* NaN: not said */
    bool merged;      /* the sums of all arenas are there: no other counts */
};

/* Of each object in the array its number at `key`: added to values[place]. Returns how many objects. */
static size_t take_numbers(struct json_walk *scan, const char *key, double *values)
{
    size_t place = 0;
    json_walk_array(scan);
    for (; json_walk_element(scan); place++) {
        if (place == CLASSES_MOST)
            json_walk_fail(scan, "more than 1024 size classes");
        json_walk_object(scan);
        while (json_walk_member(scan))
            if (json_walk_key_is(scan, key))
                values[place] += json_walk_number(scan);
            else
                json_walk_skip(scan);
    }
    return place;
}

static void take_sizes(struct stats *stats)
{
    struct json_walk *scan = &stats->scan;
    json_walk_object(scan);
    while (json_walk_member(scan))
        if (json_walk_key_is(scan, "bin"))
            stats->bins.count = take_numbers(scan, "size", stats->bins.size);
        else if (json_walk_key_is(scan, "lextent"))
            stats->extents.count = take_numbers(scan, "size", stats->extents.size);
        else
            json_walk_skip(scan);
}

static void take_arena(struct stats *stats)
{
    struct json_walk *scan = &stats->scan;
    json_walk_object(scan);
    while (json_walk_member(scan))
        if (json_walk_key_is(scan, "bins"))
            take_numbers(scan, "curregs", stats->bins.live);
        else if (json_walk_key_is(scan, "lextents"))
            take_numbers(scan, "curlextents", stats->extents.live);
        else
            json_walk_skip(scan);
}

static void take_arenas(struct stats *stats)
{
    struct json_walk *scan = &stats->scan;
    json_walk_object(scan);
    while (json_walk_member(scan)) {
        bool merged = json_walk_key_is(scan, "merged");
        if (merged) {
            memset(stats->bins.live, 0, sizeof stats->bins.live);
            memset(stats->extents.live, 0, sizeof stats->extents.live);
        }
        if (stats->merged || json_walk_key_is(scan, "destroyed")) {
            json_walk_skip(scan);
        } else {
            stats->merged = merged;
            take_arena(stats);
        }
    }
}

static void take_totals(struct stats *stats)
{
    struct json_walk *scan = &stats->scan;
    json_walk_object(scan);
    while (json_walk_member(scan))
        if (json_walk_key_is(scan, "allocated"))
            stats->allocated = json_walk_number(scan);
        else
            json_walk_skip(scan);
}

static const struct {
    const char *key;
    void (*take)(struct stats *stats);
} parts[] = {{"arenas", take_sizes}, {"stats", take_totals}, {"stats.arenas", take_arenas}};

static void take_document(struct stats *stats)
{
    struct json_walk *scan = &stats->scan;
    json_walk_object(scan);
    while (json_walk_member(scan)) {
        size_t part = 0;
        while (part < sizeof parts / sizeof *parts && !json_walk_key_is(scan, parts[part].key))
            part++;
        if (part < sizeof parts / sizeof *parts)
            parts[part].take(stats);
        else
            json_walk_skip(scan);
    }
}

static void add_classes(const struct classes *classes, const char *kind, struct gather *gather)
{
    char name[64];
    for (size_t i = 0; i < classes->count; i++) {
        if (classes->live[i] <= 0)
            continue;
        int length = snprintf(name, sizeof name, "%s of %.0f B", kind, classes->size[i]);
        gather_rounded(gather, name, (size_t)length, classes->size[i] * classes->live[i], classes->live[i],
                       0);
    }
}

static int gather_stats(struct stats *stats, const char *name, struct gather *gather, struct err *err)
{
    static const char total[] = "stats.allocated";
    add_classes(&stats->bins, "blocks", gather);
    add_classes(&stats->extents, "large blocks", gather);
    if (gather->snapshot->count > 0)
        return 0;
    if (isnan(stats->allocated))
        return err_set(err, ERR_USAGE,
                       "%s:1: no statistics of jemalloc (expected stats.allocated, or size classes)", name);
    gather_rounded(gather, total, sizeof total - 1, stats->allocated, (double)NAN, 0);
    return 0;
}

bool jemalloc_stats_detect(const struct snapshot_text *text)
{
    struct json_walk scan;
    json_walk_init(&scan, text->bytes, text->length, text->name);
    bool found = json_walk_is(&scan, '{') && json_walk_object(&scan) && json_walk_member(&scan) &&
                 json_walk_key_is(&scan, "jemalloc");
    json_walk_release(&scan);
    return found;
}

int jemalloc_stats_parse(const struct snapshot_text *text, struct gather *gather, struct err *err)
{
    struct stats *stats = xcalloc(1, sizeof *stats);
    stats->allocated = (double)NAN;
    json_walk_init(&stats->scan, text->bytes, text->length, text->name);
    json_walk_object(&stats->scan);
    while (json_walk_member(&stats->scan))
        if (json_walk_key_is(&stats->scan, "jemalloc"))
            take_document(stats);
        else
            json_walk_skip(&stats->scan);
    int failed = json_walk_end(&stats->scan, err);
    if (!failed)
        failed = gather_stats(stats, text->name, gather, err);
    free(stats);
    return failed;
}
