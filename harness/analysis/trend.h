/* A line, in one piece or two, through levels whose noise may wander. Pure.
 *
 * Readings of memory are not a line with independent errors: what one reading
 * has kept the next still has. The fit is generalised least squares under
 * first-order autocorrelated errors; at wander 1 (a random walk) the slope is
 * the mean of the steps between readings and its error theirs. */
#ifndef SEEP_ANALYSIS_TREND_H
#define SEEP_ANALYSIS_TREND_H

#include <stddef.h>

#include "model/result.h"

struct trend {
    double early, late;              /* slopes before and after the middle; alike in one piece */
    double var_early, var_late, cov; /* of the two */
    size_t freedom;
};

/* x: n rising values; y: n levels. pieces: 1 or 2 (they meet in the middle of x). wander: autocorrelation of
 * the errors, 0 to 1. least: a standard deviation per reading that is known to be there, in y's unit.
 * NaN everywhere for n < pieces + 3. Cost n.
 * Source: Prais and Winsten, Cowles Commission paper 383 (1954). */
struct trend trend_fit(const double *x, const double *y, size_t n, size_t pieces, double wander,
                       double least);

/* The autocorrelation of what the line leaves, as far as n readings show it (robust_autocorrelation());
 * 1, the careful answer, for n < 6 and n > 256. */
double trend_wander(const double *x, const double *y, size_t n, size_t pieces);

/* Student's interval of early_share x early + late_share x late; normal: the
 * quantile as in robust_student(). */
struct interval trend_interval(const struct trend *trend, double early_share, double late_share,
                               double normal);

#endif
