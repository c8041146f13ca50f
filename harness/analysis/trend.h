/* A line, in one piece or two, through levels whose noise may wander. Pure.
 *
 * Readings of memory are not a line with independent errors: what one reading has kept the next still has, and
 * a short series does not show how much. So the line is fitted by generalised least squares under each of
 * several kinds of noise (independent, first-order autocorrelated, a random walk, a walk under independent
 * errors), and each fit is weighed by how likely its noise makes the readings: an interval then holds what is
 * not known of the noise as well.
 * Source: Zellner and Tiao, J. Am. Stat. Assoc. 59:763 (1964), regression with autocorrelated errors of unknown
 * degree; Harvey, Forecasting, Structural Time Series Models and the Kalman Filter (1989), 3.4, the filter.
 *
 * A series may be cut into segments (a process was replaced): each has a level of its own, and early and late
 * are the halves of each segment, pooled. */
#ifndef SEEP_ANALYSIS_TREND_H
#define SEEP_ANALYSIS_TREND_H

#include <stdbool.h>
#include <stddef.h>

struct trend_series {
    const double *x, *y; /* n values: requests, rising; levels */
    size_t n;
    const bool *begins; /* n values: a segment begins with this reading; NULL: one segment */
    double least;       /* a standard deviation per reading that is known to be there, in y's unit */
};

#define TREND_NOISES 10

struct trend {
    struct trend_fit {
        double weight;                   /* of all, 1 together */
        double early, late;              /* slopes of first and second halves; alike in one piece */
        double var_early, var_late, cov; /* of the two */
    } fits[TREND_NOISES];
    size_t freedom;
    double
        evidence; /* logarithm of how likely the readings are, to be compared with other shapes' of the same series */
};

/* pieces: 1 or 2. Segments of fewer than pieces + 2 readings are left out. freedom 0, and all else NaN, where
 * too few readings are left: segments + pieces + 2. Cost 10 n. */
struct trend trend_fit(const struct trend_series *series, size_t pieces);

/* One piece, and beside it any multiple of a shape (n values) that is taken off: early and late are the slope that is
 * left. The evidence of the shape is Zellner's with g = n (Liang and others, J. Am. Stat. Assoc. 103:410, 2008).
 * shape NULL: none, as trend_fit() in one piece. */
struct trend trend_beside(const struct trend_series *series, const double *shape);

#endif
