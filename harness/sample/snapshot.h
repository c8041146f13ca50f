/* Snapshot formats, one row each. */
#ifndef SEEP_SAMPLE_SNAPSHOT_H
#define SEEP_SAMPLE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "model/result.h"
#include "model/snapshot.h"

struct snapshot_format {
    const char *name; /* NULL ends the table */
    const char *help;
    bool (*detect)(const char *bytes, size_t length);
    int (*parse)(const char *bytes, size_t length, const char *name, struct snapshot *snapshot,
                 struct err *err);
    /* What the allocator takes for blocks of `bytes` in `objects`: slot rounding of
     * that runtime; NULL: as asked. */
    double (*allocated)(double bytes, double objects);
};

extern const struct snapshot_format snapshot_formats[];
const struct snapshot_format *snapshot_format_find(const char *name);

/* Parses by the format of that name, or the one detected (NULL). An empty text, or one of comments only, is
 * an empty snapshot when the format is given. Lines that are not understood are counted in `skipped`; where
 * there is nothing else, that is an error: ERR_USAGE "NAME:LINE: what". */
int snapshot_parse(const char *bytes, size_t length, const char *name, const char *format,
                   struct snapshot *snapshot, struct err *err);

/* For the formats: a new site at the end of the list, its name copied. */
struct site *snapshot_add_site(struct snapshot *snapshot, const char *name, size_t length);

/* Takes out the sites that are the snapshotter's own frames; returns how many. */
size_t snapshot_drop_own(struct snapshot *snapshot);

/* Whose code a site is, by its path (site-packages and dist-packages, node_modules: dependency; the standard
 * library and <frozen ...>: runtime; else yours), and whether it is the snapshotter's own frame. */
enum whose site_whose(const char *site);
bool site_is_snapshotters(const char *site);

/* The formats, one file each. */
bool tracemalloc_detect(const char *bytes, size_t length);
int tracemalloc_parse(const char *bytes, size_t length, const char *name, struct snapshot *snapshot,
                      struct err *err);
double tracemalloc_allocated(double bytes, double objects);
bool go_heap_detect(const char *bytes, size_t length);
int go_heap_parse(const char *bytes, size_t length, const char *name, struct snapshot *snapshot,
                  struct err *err);

#endif
