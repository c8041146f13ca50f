/* What a server without a leak keeps over its requests: the shapes that verdicts are scored on.
 *
 * For scoring only. No threshold of seep may be chosen on these shapes or their seeds; those that thresholds
 * are chosen on are in tests/unit/shapes.h, and share nothing with these.
 *
 * The truth. Every shape but `logarithm` is bounded, so it keeps nothing per request in the long run, and
 * "growth" of it is a false alarm, whatever it looked like. Of one that fills (`fills`) this is asked only of
 * a series that shows it: where the shape gained more than the signal's floor per request over the last eighth of
 * the requests, it was still filling, and "growth" is true as far as it goes: it is counted apart as "so far".
 * One that comes and goes is asked it of no less than one whole period (asked early, a series may have shown less).
 * `logarithm` grows for ever, and ever slower; by the same rule "growth" is "so far" while it is steeper than the
 * floor, and a false alarm after. No single slope is true of it, so intervals are not scored on it. Leaks that are
 * laid on top are the only growth per request that lasts.
 */
#ifndef VERDICT_SCORING_SHAPES_H
#define VERDICT_SCORING_SHAPES_H

#include <stdbool.h>
#include <stddef.h>

#include "chance.h"

enum { COURSE_LEAST = 16, COURSE_MOST = 96, COURSE_CUTS = 5 };

/* One run: what the shape keeps when it is read, without noise and without a leak. */
struct course {
    size_t count;
    double requests[COURSE_MOST]; /* rising */
    double since[COURSE_MOST];    /* requests since the process began */
    double kept[COURSE_MOST];     /* bytes */
    double object_bytes;          /* mean size of what is kept */
    double period;                /* requests after which it comes again; 0: never */
    size_t cuts[COURSE_CUTS];     /* readings before which the process was replaced */
    size_t cut_count;
    bool cuts_told; /* the one who judges knows of them */
};

/* What a server is like, and what comes over it in one run: two runs of one server share the first only. */
struct fortune {
    struct chance server, run;
};

struct scoring_shape {
    const char *name;
    bool fills;
    bool curved; /* to the end: it has no slope that an interval could hold */
    void (*draw)(struct course *course, struct fortune *fortune);
};

size_t scoring_shape_count(void);
const struct scoring_shape *scoring_shape_at(size_t index);

/* 16 to 96 readings over 2,000 to 50,000 requests, both even in their logarithm. */
void scoring_shape_draw(const struct scoring_shape *shape, struct course *course, struct fortune *fortune);

/* Bytes per request gained over the last eighth of the requests of the first `count` readings; 0 for shapes
 * that do not fill; INFINITY before a whole period was seen. */
double scoring_shape_filling(const struct scoring_shape *shape, const struct course *course, size_t count);

#endif
