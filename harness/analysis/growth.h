/* Does memory grow? Three answers, in units per request, with an interval.
 *
 * The question is asked of levels read at rising request counts: one per window of about equal length.
 * Straight lines and rank tests alone call bounded growth a leak (a cache that fills, a ring, a session
 * store), so growth is only what is shown not to slow down, and no growth only what is shown to be quiet:
 *
 *   growth        an end of the curve grows (analysis/curve.h): it rises, at least 3/4 as steep in its second
 *                 half as in its first, in many steps, to the last reading; no shape that comes to an end
 *                 explains it as well (analysis/rate.h); and the median of all pairs' slopes agrees
 *   no growth     else, the last half or the last quarter is quiet: the upper end of its slope is below the
 *                 floor and what the dead zone hides in so many requests; after growth, for 2.5 times as long
 *                 as any pause in it
 *   inconclusive  else: too short, slowing down, or too uneven
 *
 * Simulated on 12 shapes in three signals (tests/unit/test_growth_shapes.c, on seeds that no constant was
 * chosen on; `make bench-verdict` scores on shapes of its own): false alarms 0 but for random walks, 0.8 % of
 * 250; a leak of smallest_detectable is never called "no growth"; one of twice that is growth in 96 to 100 %,
 * else inconclusive (86 to 91 % on random walks, 94 % where single steps come at random times: the next run's own
 * moves cannot be foreseen from this one's).
 *
 * What is linear so far is growth so far. Asked again and again as readings come in, with the first answer
 * taken, a cache that fills later than the first look is growth, as it would be in a run that ends there. Take
 * "no growth" early, "growth" only at the number of requests promised: growth_confidence().
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
    TREND_NOISY,   /* the interval holds both answers, or it rises in a few steps */
    TREND_SHORT,   /* fewer than 9 readings */
};

struct growth_question {
    const double *requests; /* count rising values */
    const double *levels;   /* count values; bytes or objects; NaN (gaps) are left out */
    size_t count;
    double floor;   /* units per request; growth below it is none (a limit, or the signal's own noise) */
    bool collected; /* read after a forced collection, to a fixed point */
    /* Units that may be taken before the signal shows any (RSS: free room in the heap); 0. */
    double dead_zone;
    /* Readings that cannot be compared with the one before them, rising: a process was replaced between. */
    const size_t *cuts;
    size_t cut_count;
    /* 0: asked once. k: the k-th time that a series is asked that goes on, the first answer taken: the k-th
     * answer then rests on 1/(k (k + 1)) of the chance to err, so that all together err no more often. */
    size_t look;
};

struct growth_answer {
    enum verdict verdict;
    enum trend_shape shape;
    double
        per_request; /* what it rises by for ever, warming up taken off (rate_find()); NaN when too short */
    /* At 95 %. Covered, simulated, where growth was found, leaks laid on all 12 shapes: objects 96.1 %, bytes
     * 96.4 %, RSS 94.2 %. By shape from 100 % (flat) down to 80 % where single coarse steps make up the growth, or
     * where in RSS something fills through the whole run. */
    struct interval interval;
    /* Units per request that would have been called growth: found by laying leaks on top of these very levels
     * and asking again. NaN: no leak would have. Never below the floor and 2 dead zones over the requests. */
    double smallest_detectable;
    double stopped_after; /* TREND_STOPPED: requests after which 95 % of the growth was there */
    double largest_step;  /* of the whole rise, the share that one window carries; NaN where nothing rises */
};

struct growth_answer growth_judge(const struct growth_question *question);

/* How sure growth is that was linear through so many requests: that it is a leak and no buffer that is still
 * being filled. A judgement of what is usual, not a measurement: a buffer of more than N entries is taken to be 300 / N times as
 * likely as a leak (caches of some hundreds are everywhere, of ten thousand rare). 0.77 after 1,000, 0.97 after
 * 10,000; 0.99 at most, for the chance that noise alone looks so. */
double growth_confidence(double linear_requests);

/* "stopped growing after 2,000 requests", "grows as fast at the end as before", ...; at most 128 bytes. */
const char *growth_describe(const struct growth_answer *answer, char out[128]);

#endif
