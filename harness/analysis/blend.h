/* Several answers about one number, each with its weight: how likely it is below a value, and the value that it is
 * below with a probability. Pure. */
#ifndef SEEP_ANALYSIS_BLEND_H
#define SEEP_ANALYSIS_BLEND_H

#include <stddef.h>

#include "analysis/trend.h"

/* What is known of a number: Student's distributions, each with its weight. */
struct blend_part {
    double weight, value, error, freedom;
};
struct blend {
    struct blend_part *parts; /* the caller's */
    size_t count;
    double weight; /* of all parts */
};

/* Adds early_share x early + late_share x late of a trend with a weight: TREND_NOISES parts at most. */
void blend_add(struct blend *blend, const struct trend *trend, double weight, double early_share,
               double late_share);
double blend_mean(const struct blend *blend);
double blend_below(const struct blend *blend, double value); /* how likely it is below value */
double blend_quantile(const struct blend *blend,
                      double p); /* what it is below with the probability p; NaN: empty */

#endif
