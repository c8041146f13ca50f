/* Does memory grow? Three answers, in units per request, with an interval.
 *
 * The question is asked of levels read at rising request counts: one per
 * window of equal length. Straight lines and rank tests alone call bounded
 * growth a leak (a cache that fills, a ring, a session store), so growth is
 * only what does not slow down:
 *
 *   s1: slope over [T/4, T/2), s2: over [T/2, T], s3: over [3T/4, T]
 *   growth     lower(s2) > floor, s2 >= 0.5 s1, s3 >= 0.6 s2, and for signals that are not read
 *              after a collection the minima of 8 super-blocks all rise
 *   no growth  upper(s2) < floor, or the last quarter has stopped: |s3| within the floor
 *   else       inconclusive: too short, slowing down, or too noisy
 *
 * Source: the doubling rule and the sign rule, measured in tests/unit/test_growth.c
 * by seeded simulation; slopes by robust_slope().
 */
#ifndef SEEP_ANALYSIS_GROWTH_H
#define SEEP_ANALYSIS_GROWTH_H

#include <stdbool.h>
#include <stddef.h>

#include "model/result.h"

enum trend_shape {
    TREND_FLAT,
    TREND_LINEAR,
    TREND_STOPPED, /* grew, then stopped: bounded */
    TREND_SLOWING, /* still grows, but slower and slower: more requests would tell */
    TREND_NOISY,   /* the interval holds both answers */
    TREND_SHORT,   /* fewer than 8 windows */
};

struct growth_question {
    const double *requests; /* count rising values */
    const double *levels;   /* count values; bytes or objects; NaN (gaps) are left out */
    size_t count;
    double floor;   /* units per request; growth below it is none (a limit, or the signal's own noise) */
    bool collected; /* read after a forced collection, to a fixed point */
    double
        dead_zone; /* units that may be taken before the signal shows any (RSS: free room in the heap); 0 */
};

struct growth_answer {
    enum verdict verdict;
    enum trend_shape shape;
    double per_request;         /* over [T/4, T]; NaN when too short */
    struct interval interval;   /* at 95 % */
    double smallest_detectable; /* units per request that would have been called growth */
    double stopped_after;       /* TREND_STOPPED: requests after which 95 % of the growth was there */
};

struct growth_answer growth_judge(const struct growth_question *question);

/* "stopped growing after 2,000 requests", "grows as fast at the end as before", ...; at most 128 bytes. */
const char *growth_describe(const struct growth_answer *answer, char out[128]);

#endif
