/* Ranks the allocation sites between two snapshots. Pure. */
#ifndef SEEP_ANALYSIS_SITES_H
#define SEEP_ANALYSIS_SITES_H

#include <stdbool.h>
#include <stddef.h>

#include "model/snapshot.h"

enum growth_shape {
    SHAPE_MORE_OBJECTS,  /* each of a size, more and more of them */
    SHAPE_LONGER_OBJECT, /* the same objects, getting longer: a list, a dict, a buffer */
    SHAPE_FLAT,          /* what was gained or lost is within what the snapshots leave unknown */
    SHAPE_SHRANK,
};
const char *
growth_shape_name(enum growth_shape shape); /* "more_objects", "longer_object", "flat", "shrank" */

struct site_rank {
    const char *name; /* borrowed from the snapshots */
    enum growth_shape shape;
    double bytes;         /* what the program asks for, after - before, bytes */
    double allocated;     /* what the allocator takes for it, bytes */
    double objects;       /* after - before; NaN where the format does not count them */
    double objects_after; /* NaN likewise */
    double bytes_after;   /* what it holds now */
    /* What is not known of `bytes`: rounding, and for a site that only one snapshot lists, the smallest site
     * that the other lists (it may have been below that). */
    double quantum;
    bool only_after, only_before;
    double bytes_per_request; /* `allocated` / requests; the three are NaN when requests is 0 */
    double requested_bytes_per_request;
    double objects_per_request;
};

/* Compares the absolute sizes of the two; sites of the same name within one snapshot are added up.
 * requests: how many were sent in between; 0: unknown.
 * allocated: what the allocator takes for `bytes` in `objects` new blocks; NULL: as asked.
 * *ranked: every site of either, those that grew first, by what the allocator takes; the caller frees it.
 * Returns the length of *ranked. Cost: linear, and a sort. */
size_t sites_rank(const struct snapshot *before, const struct snapshot *after, double requests,
                  double (*allocated)(double bytes, double objects), struct site_rank **ranked);

#endif
