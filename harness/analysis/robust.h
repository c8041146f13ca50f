/* Robust statistics on small arrays. Pure: no I/O, no clock, no state. */
#ifndef SEEP_ANALYSIS_ROBUST_H
#define SEEP_ANALYSIS_ROBUST_H

#include <stdbool.h>
#include <stddef.h>

#include "model/result.h"

/* Median of n values (the mean of the middle two for even n); NaN for n = 0. Cost n log n. */
double robust_median(const double *values, size_t n);

/* Student's t that leaves as much above it as `normal` leaves above itself under the normal distribution:
 * robust_student(7, 1.959964) is 2.365. INFINITY for freedom 0. Source: Abramowitz and Stegun 26.7.5. */
double robust_student(size_t freedom, double normal);

/* Mean, and its two-sided Student interval at 95 %; n >= 2, else an interval of NaN.
 * `spread_floor`: the standard deviation that is known to be there (a signal's quantum), in the values' unit.
 * The interval is never narrower than this gives under the normal distribution: a few values that happen to
 * be alike prove nothing. Coverage, simulated (n 2 to 8, normal values): 94.8 to 95.2 %. */
struct mean {
    double value;
    struct interval interval;
};
struct mean robust_mean(const double *values, size_t n, double spread_floor);

/* Slope of y over x by Theil and Sen: the median of the slopes between all pairs of points, which a third of
 * wild ones does not move. x: n rising values; begins: n values, true where a segment begins (pairs stay
 * within one), or NULL. At most 256 points are used (evenly thinned). NaN where there is no pair. Cost n^2 log n.
 * Source: Sen, J. Am. Stat. Assoc. 63:1379 (1968). */
double robust_slope(const double *x, const double *y, const bool *begins, size_t n);

#endif
