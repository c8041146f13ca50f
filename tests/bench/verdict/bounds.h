/* Exact binomial bounds of a share that was counted. Source: Clopper and Pearson, Biometrika 26:404 (1934). */
#ifndef VERDICT_BOUNDS_H
#define VERDICT_BOUNDS_H

#include <stddef.h>

/* The highest and the lowest probability that `hits` of `trials` do not speak against, each one-sided at
 * `confidence`: 0.95, or 0.975 for both ends of an interval at 95 %. 1 and 0 for no trials. */
double bounds_upper(size_t hits, size_t trials, double confidence);
double bounds_lower(size_t hits, size_t trials, double confidence);

#endif
