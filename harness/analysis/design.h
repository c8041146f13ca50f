/* What memory may follow, as columns over the rows of a panel. Pure. */
#ifndef SEEP_ANALYSIS_DESIGN_H
#define SEEP_ANALYSIS_DESIGN_H

#include "analysis/panel.h"

#define DESIGN_SLOW 4 /* caches that fill slowly, by all requests */

/* Of endpoint e: design.requests + e (what a leak keeps), design.rates + e (what is in flight), design.fills + e (a cache of its
 * own that fills slowly), design.lates + e (requests of the second half of each piece alone; `late` likewise of time). */
struct design {
    size_t requests, rates, fills, lates;
    size_t time, late, slow; /* what time adds; caches of all requests: slow, ..., slow + DESIGN_SLOW - 1 */
    size_t nuisance,
        count;      /* from `nuisance` on what explains memory that does not grow for good: the load of the
                               moment, what was taken for a higher load and is given back later or never, caches that fill quickly, the hour */
    double *values; /* rows x count */
    double *scales; /* count: what one unit of the column stands for: values are divided by it */
};

/* Cost: rows x (4 endpoints + 16). */
void design_init(struct design *design, const struct panel *panel);
void design_release(struct design *design);

/* rows x count values: each column is divided by the largest of its sizes, which scales (count) keep; 1 where it is nothing. */
void columns_scale(double *values, size_t rows, size_t count, double *scales);

#endif
