/* Levels over requests, and what the end of them shows: the evidence that growth_judge() weighs. Pure.
 *
 * The end of a curve (all of it, the last three quarters, the last half) grows when four things hold:
 *   - a line in two pieces, with errors as autocorrelated as so few readings could hide, has a second half
 *     that rises faster than the floor (99 %);
 *   - that second half is at least 3/4 as steep as the first (97.5 %). The logarithm keeps 0.51 of its slope
 *     from half to half of [T/4, T], 1 - exp(-t/T) 0.69, a line all of it;
 *   - it did not stop in the last third of its readings, and it is above all that was before it;
 *   - it rises in many steps: three or four could be tables that doubled.
 * Where it does not, it is asked again without what each step has above two usual ones: what is left never rises
 * where the readings do not, and a table that is laid out anew, early and large, does not make it look slower since.
 *
 * Where a process was replaced a new segment begins, with a level of its own: steps into it count for nothing,
 * and halves are those of each segment, so that what every new process fills again is seen to slow down.
 */
#ifndef SEEP_ANALYSIS_CURVE_H
#define SEEP_ANALYSIS_CURVE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/result.h"

struct curve {
    const double *x, *y; /* count requests, rising, and levels */
    const bool *begins;  /* count values: a segment begins with this reading */
    size_t count;        /* at least 9; curve_stopped(): at least 1 */
    double floor;        /* units per request; growth below it is none */
    double limit; /* units per request that can be told from none: the floor, and what a dead zone hides */
    double dead_zone; /* units */
    bool collected;   /* read after a collection: little noise, no coarse steps */
    double caution;   /* 1, or how many times rarer than that an answer may err */
};

enum curve_end { CURVE_UNCLEAR, CURVE_BENDS, CURVE_GROWS };

/* Whether any end of the curve grows; CURVE_BENDS: one rises, but slows down, or makes up for a fall. */
enum curve_end curve_grows(const struct curve *curve);

/* True when the upper end (97.5 %) of the slope of the readings from the share `from` of the requests on is
 * below the limit, and it is not shown to fall faster than that: what is being freed hides what is kept. Needs 5 readings
 * there. */
bool curve_quiet(const struct curve *curve, double from);

/* True when the quiet at the end is longer than 2.5 times every pause before it: a table that doubles pauses
 * twice as long each time and has not stopped. */
bool curve_stopped(const struct curve *curve);

/* The least leak, in units per request, that makes curve_grows() say so when it is laid on top of these very
 * levels (through the dead zone and in coarse steps where there are any), with a margin for another run's
 * noise. NaN when no leak would. Cost about 30 times that of curve_grows(). */
double curve_smallest_detectable(const struct curve *curve);

/* The end of a curve: each of its segments without the share `share` of its requests in front. */
struct curve_tail {
    struct curve curve; /* of the arrays below */
    double *x, *y;
    bool *begins;
};
struct curve_tail curve_tail_of(const struct curve *curve, double share);
void curve_tail_release(struct curve_tail *tail);

/* The first reading at or behind the share `share` of the requests. */
size_t curve_place(const struct curve *curve, double share);

/* What it rose by from reading `from` to the last, and how many requests that took, steps into new segments left out. */
double curve_gain(const struct curve *curve, size_t from);
double curve_requests(const struct curve *curve, size_t from);

/* Of that rise since `from`, the share that the largest step carries; NaN where nothing rises. */
double curve_largest_step(const struct curve *curve, size_t from);

#endif
