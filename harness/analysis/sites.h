/* Ranks the allocation sites over the snapshots of a run. Pure. */
#ifndef SEEP_ANALYSIS_SITES_H
#define SEEP_ANALYSIS_SITES_H

#include <stdbool.h>
#include <stddef.h>

#include "model/snapshot.h"

/* How a site changed. Those before SHAPE_FLAT grew. */
enum growth_shape {
    SHAPE_MORE_OBJECTS,   /* each of a size, more and more of them */
    SHAPE_LONGER_OBJECT,  /* a few objects, and no new one: a list, a dict, a buffer is getting longer */
    SHAPE_BIGGER_OBJECTS, /* many objects that get bigger, with none or few new ones */
    SHAPE_NEW,            /* not listed at first */
    SHAPE_MORE_BYTES,     /* objects are not counted */
    SHAPE_FLAT,           /* the same, where the format is exact */
    SHAPE_UNRESOLVED, /* what was gained or lost is within what the snapshots leave unknown: neither shown to have
                             grown nor not to have */
    SHAPE_FEWER_OBJECTS,
    SHAPE_SHRANK, /* as many objects, or uncounted ones, of fewer bytes */
    SHAPE_GONE,   /* not listed at last */
    SHAPE_EMPTIED /* fell to near nothing: the process was started anew, or the site cleared */
};
/* "more_objects", "longer_object", "bigger_objects", "new", "more_bytes", "flat", "unresolved", "fewer_objects",
 * "shrank", "gone", "emptied" */
const char *growth_shape_name(enum growth_shape shape);
bool growth_shape_grew(enum growth_shape shape);

struct site_rank {
    const char *name; /* borrowed from the snapshots */
    enum growth_shape shape;
    /* Gained from the first snapshot to the last at the slope of all: Theil and Sen's, the median of the slopes
     * between each two. NaN where the format does not count it. */
    double bytes;     /* what the program asks for */
    double allocated; /* what the allocator takes for it, bytes */
    double objects;
    double bytes_before, objects_before; /* in the first snapshot; 0 where it does not list the site */
    double bytes_after, objects_after;   /* in the last */
    /* What is not known of `bytes`: rounding or sampling, and for a site that a snapshot does not list, the smallest
     * site that it lists (it may have been below that). */
    double quantum;
    bool only_after, only_before;
    /* It gained in both halves of the way, at least 0.15 of the whole in each: one-time growth is no leak. Of two
     * snapshots, which have no halves: true. */
    bool steady;
    size_t emptied;           /* how often it fell to near nothing; slopes do not cross that */
    double bytes_per_request; /* `allocated` / requests; the three are NaN when requests are unknown */
    double requested_bytes_per_request;
    double objects_per_request;
};

/* snapshots: n >= 2, in order; sites of the same name within one are added up.
 * requests: n counts, rising: how many had been sent since the program was started, as far as that is known; NULL, or all alike: unknown (the snapshots then count as evenly
 * spaced).
 * allocated: what the allocator takes for `bytes` in `objects` new blocks, where the snapshot does not tell it; NULL: as
 * given. The largest block of a site is looked at apart, where it is told (site_gain_of_longest).
 * *ranked: every site of any, those that grew first, by what the allocator takes, those of unknown bytes by their
 * objects; the caller frees it. Returns the length of *ranked. Cost: linear in the sites, and a sort; n^2 log n each.
 * Source of the slope: Sen, J. Am. Stat. Assoc. 63:1379 (1968). */
size_t sites_slopes(const struct snapshot *snapshots, const double *requests, size_t n,
                    double (*allocated)(double bytes, double objects), struct site_rank **ranked);

/* Of two snapshots, `requests` of 0 being unknown. */
size_t sites_rank(const struct snapshot *before, const struct snapshot *after, double requests,
                  double (*allocated)(double bytes, double objects), struct site_rank **ranked);

#endif
