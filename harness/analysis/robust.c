#include "analysis/robust.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define SLOPE_POINTS_MOST 512
#define NORMAL_975 1.959964
#define PI 3.14159265358979323846
#define AUTOCORRELATION_MOST 0.97

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double *sorted_copy(const double *values, size_t n)
{
    double *copy = xmalloc(n * sizeof *copy);
    memcpy(copy, values, n * sizeof *copy);
    qsort(copy, n, sizeof *copy, compare);
    return copy;
}

double robust_median(const double *values, size_t n)
{
    if (n == 0)
        return NAN;
    double *sorted = sorted_copy(values, n);
    double median = n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
    free(sorted);
    return median;
}

/* Source: Abramowitz and Stegun 26.7.5 (Cornish and Fisher), within 0.3 % from 3 degrees of freedom on. */
static double student_expansion(double freedom, double z)
{
    static const double terms[][6] = {/* coefficients of z, z^3, ... z^9, and what they are divided by */
                                      {1, 1, 0, 0, 0, 4},
                                      {3, 16, 5, 0, 0, 96},
                                      {-15, 17, 19, 3, 0, 384},
                                      {-945, -1920, 1482, 776, 79, 92160}};
    double t = z, power = 1;
    for (size_t row = 0; row < 4; row++) {
        double sum = 0, z_power = z;
        power *= freedom;
        for (size_t i = 0; i < 5; i++, z_power *= z * z)
            sum += terms[row][i] * z_power;
        t += sum / (terms[row][5] * power);
    }
    return t;
}

double robust_student(size_t freedom, double normal)
{
    double p = 1 - erfc(normal / sqrt(2)) / 2;
    if (freedom < 1)
        return INFINITY;
    if (freedom == 1)
        return tan(PI * (p - 0.5));
    if (freedom == 2)
        return (2 * p - 1) / sqrt(2 * p * (1 - p));
    return student_expansion((double)freedom, normal);
}

struct mean robust_mean(const double *values, size_t n, double spread_floor)
{
    struct mean mean = {NAN, {NAN, NAN}};
    if (n == 0)
        return mean;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    mean.value = sum / (double)n;
    if (n < 2)
        return mean;
    for (size_t i = 0; i < n; i++)
        squares += (values[i] - mean.value) * (values[i] - mean.value);
    double seen = robust_student(n - 1, NORMAL_975) * sqrt(squares / (double)(n - 1));
    double half = fmax(seen, NORMAL_975 * spread_floor) / sqrt((double)n);
    mean.interval = (struct interval){mean.value - half, mean.value + half};
    return mean;
}

/* Two-sided normal quantile for the confidences in use. */
static double normal_quantile(double confidence)
{
    return confidence >= 0.99 ? 2.5758 : confidence >= 0.95 ? 1.9600 : 1.6449;
}

double robust_autocorrelation(const double *residuals, size_t n)
{
    double squares = 0, products = 0, count = (double)n;
    for (size_t i = 0; i < n; i++)
        squares += residuals[i] * residuals[i];
    for (size_t i = 1; i < n; i++)
        products += residuals[i] * residuals[i - 1];
    if (n < 6 || squares <= 0)
        return 0;
    return (products / squares + 2 / count) / (1 - 4 / count);
}

/* sum over i, j of c_i c_j phi^|i - j|, in one pass. */
static double quadratic_form(double (*c)(size_t i, double n), size_t n, double phi)
{
    double sum = 0, before = 0;
    for (size_t i = 0; i < n; i++) {
        double here = c(i, (double)n);
        sum += here * (here + 2 * before);
        before = phi * (before + here);
    }
    return sum;
}

static double level_weight(size_t i, double n)
{
    (void)i;
    return 1 / sqrt(n);
}

static double slope_weight(size_t i, double n)
{
    return ((double)i - (n - 1) / 2) / sqrt(n * (n * n - 1) / 12);
}

/* How much wider the variance of a slope is under first-order autocorrelation than its residuals
 * let one think: they are more alike than independent ones, and the fitted line takes the rest of their
 * spread away. */
static double variance_factor(double trend, const double *x, const double *y, size_t n)
{
    double residuals[SLOPE_POINTS_MOST], mean = 0, count = (double)n;
    for (size_t i = 0; i < n; i++)
        mean += (residuals[i] = y[i] - trend * (x[i] - x[0])) / count;
    for (size_t i = 0; i < n; i++)
        residuals[i] -= mean;
    double phi = fmin(fmax(robust_autocorrelation(residuals, n), 0), AUTOCORRELATION_MOST);
    double slope = quadratic_form(slope_weight, n, phi), level = quadratic_form(level_weight, n, phi);
    return fmax(1.0, slope * (count - 2) / (count - level - slope));
}

static size_t thin(const double *x, const double *y, size_t n, double *thin_x, double *thin_y)
{
    size_t kept = n < SLOPE_POINTS_MOST ? n : SLOPE_POINTS_MOST;
    for (size_t i = 0; i < kept; i++) {
        size_t from = kept == n ? i : i * (n - 1) / (kept - 1);
        thin_x[i] = x[from];
        thin_y[i] = y[from];
    }
    return kept;
}

static size_t pair_slopes(const double *x, const double *y, size_t n, double *slopes)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            if (x[j] > x[i])
                slopes[count++] = (y[j] - y[i]) / (x[j] - x[i]);
    qsort(slopes, count, sizeof *slopes, compare);
    return count;
}

static struct interval slope_interval(const double *slopes, size_t count, size_t n, double confidence)
{
    double points = (double)n;
    double variance = points * (points - 1) * (2 * points + 5) / 18;
    double reach = normal_quantile(confidence) * sqrt(variance);
    double low = ((double)count - reach) / 2 - 1, high = ((double)count + reach) / 2;
    size_t last = count - 1;
    /* Too few points for this confidence: the extremes, and half of their distance more, so that a
     * handful of lucky slopes never looks certain. */
    double margin = low < 0 || high > (double)last ? (slopes[last] - slopes[0]) / 2 : 0;
    size_t low_index = low < 0 ? 0 : (size_t)low;
    size_t high_index = high > (double)last ? last : (size_t)ceil(high);
    return (struct interval){slopes[low_index] - margin, slopes[high_index] + margin};
}

static void widen(struct slope *slope, double factor)
{
    slope->interval.low = slope->value - (slope->value - slope->interval.low) * factor;
    slope->interval.high = slope->value + (slope->interval.high - slope->value) * factor;
}

struct slope robust_slope(const double *x, const double *y, size_t n, double confidence)
{
    struct slope slope = {NAN, {NAN, NAN}};
    if (n < 4)
        return slope;
    double *kept_x = xmalloc(2 * SLOPE_POINTS_MOST * sizeof *kept_x), *kept_y = kept_x + SLOPE_POINTS_MOST;
    n = thin(x, y, n, kept_x, kept_y);
    double *slopes = xmalloc(n * (n - 1) / 2 * sizeof *slopes);
    size_t count = pair_slopes(kept_x, kept_y, n, slopes);
    if (count > 0) {
        slope.value = count % 2 == 1 ? slopes[count / 2] : (slopes[count / 2 - 1] + slopes[count / 2]) / 2;
        slope.interval = slope_interval(slopes, count, n, confidence);
        widen(&slope, sqrt(variance_factor(slope.value, kept_x, kept_y, n)));
    }
    free(slopes);
    free(kept_x);
    return slope;
}
