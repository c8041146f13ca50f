/* Robust statistics on small arrays. Pure: no I/O, no clock, no state. */
#ifndef SEEP_ANALYSIS_ROBUST_H
#define SEEP_ANALYSIS_ROBUST_H

#include <stddef.h>

#include "model/result.h"

/* Median of n values (the mean of the middle two for even n); NaN for n = 0. Cost n log n. */
double robust_median(const double *values, size_t n);

/* Mean, and its two-sided Student interval at 95 %; n >= 2, else an interval of NaN.
 * `spread_floor`: the least standard deviation that is believed (a signal's quantum), in the values' unit. */
struct mean {
    double value;
    struct interval interval;
};
struct mean robust_mean(const double *values, size_t n, double spread_floor);

/* Slope of y over x by Theil and Sen, its interval from Kendall's variance, widened for autocorrelated
 * residuals. x: n rising values (requests); y: n levels. At most 512 points are used (evenly thinned). Cost
 * n^2. interval: two-sided at `confidence` (0.95, 0.99). NaN everywhere for n < 4. Source: Sen, J. Am. Stat.
 * Assoc. 63:1379 (1968); Hamed and Rao, J. Hydrol. 204:182 (1998), the variance factor clamped at >= 1 so
 * that a negative autocorrelation never narrows the interval. */
struct slope {
    double value;
    struct interval interval;
};
struct slope robust_slope(const double *x, const double *y, size_t n, double confidence);

#endif
