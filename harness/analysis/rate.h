/* The rate at which a curve rises for ever, its warming up taken off: found, not guessed. Pure.
 *
 * What a server fills and then stops filling lies on top of what it leaks. So a line is fitted alone and beside
 * each of many shapes that come to an end (an exponential approach, a ramp to a ceiling, one step), or slow down for
 * ever (a logarithm); the slopes that are left are averaged by how well each explains the readings. Where a line alone explains
 * them the others weigh little; where readings cannot tell, the interval holds all of them.
 * Source: Hoeting and others, Bayesian model averaging, Stat. Sci. 14:382 (1999). */
#ifndef SEEP_ANALYSIS_RATE_H
#define SEEP_ANALYSIS_RATE_H

#include "analysis/curve.h"

struct rate {
    double value;             /* units per request */
    struct interval interval; /* at 95 % */
};

/* NaN everywhere for fewer than 8 readings. Cost up to 510 n. */
struct rate rate_find(const struct curve *curve);

#endif
