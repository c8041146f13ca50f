/* Robust statistics on small arrays. Pure: no I/O, no clock, no state. */
#ifndef SEEP_ANALYSIS_ROBUST_H
#define SEEP_ANALYSIS_ROBUST_H

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

/* Slope of y over x by Theil and Sen, its interval from Kendall's variance, widened for autocorrelated
 * residuals. x: n rising values (requests), about evenly spaced; y: n levels. At most 512 points are used
 * (evenly thinned). interval: two-sided at `confidence` (0.95, 0.99). NaN everywhere for n < 4. Cost n^2 log
 * n. Coverage at 95 %, simulated (tests/unit/test_robust.c): white noise 98 % for n 8 to 12, 95 to 97 % for n
 * 16 to 100; first-order autocorrelation 0.3: 93 to 95 %, 0.6: 90 to 94 %, 0.9: 81 to 89 %, a random walk 67
 * to 75 %: where noise wanders, a short series does not show how much, and growth_judge() assumes that it
 * does. Source: Sen, J. Am. Stat. Assoc. 63:1379 (1968). The width is multiplied by what first-order
 * autocorrelation does to the variance of a fitted slope (never by less than 1); Hamed and Rao's factor (J.
 * Hydrol. 204:182, 1998), which counts significant lags only, covered 78 % at 0.6 and 58 % at 0.9. */
struct slope {
    double value;
    struct interval interval;
};
struct slope robust_slope(const double *x, const double *y, size_t n, double confidence);

/* First-order autocorrelation of the n residuals of a straight line (their mean is 0), its bias taken off;
 * may be above 1 or below 0. 0 for n < 6. Source: Marriott and Pope, Biometrika 41:390 (1954). */
double robust_autocorrelation(const double *residuals, size_t n);

#endif
