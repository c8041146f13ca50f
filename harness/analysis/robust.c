#include "analysis/robust.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define SLOPE_POINTS_MOST 512

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

/* Student's t, two-sided 95 %, by degrees of freedom. */
static double student(size_t freedom)
{
    static const double table[] = {NAN,   12.706, 4.303, 3.182, 2.776, 2.571, 2.447,
                                   2.365, 2.306,  2.262, 2.228, 2.201, 2.179, 2.160,
                                   2.145, 2.131,  2.120, 2.110, 2.101, 2.093, 2.086};
    size_t known = sizeof table / sizeof table[0];
    return freedom < known ? table[freedom] : 1.960 + 2.5 / (double)freedom;
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
    double deviation = fmax(sqrt(squares / (double)(n - 1)), spread_floor);
    double half = student(n - 1) * deviation / sqrt((double)n);
    mean.interval = (struct interval){mean.value - half, mean.value + half};
    return mean;
}

/* Two-sided normal quantile for the confidences in use. */
static double normal_quantile(double confidence)
{
    return confidence >= 0.99 ? 2.5758 : confidence >= 0.95 ? 1.9600 : 1.6449;
}

static double *ranks_of(const double *values, size_t n)
{
    double *ranks = xmalloc(n * sizeof *ranks);
    for (size_t i = 0; i < n; i++) {
        size_t below = 0, equal = 0;
        for (size_t j = 0; j < n; j++) {
            below += values[j] < values[i];
            equal += values[j] == values[i];
        }
        ranks[i] = (double)below + ((double)equal + 1) / 2;
    }
    return ranks;
}

static double autocorrelation(const double *values, size_t n, size_t lag)
{
    double mean = 0, variance = 0, covariance = 0;
    for (size_t i = 0; i < n; i++)
        mean += values[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        variance += (values[i] - mean) * (values[i] - mean);
    for (size_t i = 0; i + lag < n; i++)
        covariance += (values[i] - mean) * (values[i + lag] - mean);
    return variance > 0 ? covariance / variance : 0;
}

/* Hamed and Rao's factor on Kendall's variance, from the ranks of the residuals; only significant lags count.
 */
static double variance_factor(const double *residuals, size_t n)
{
    double *ranks = ranks_of(residuals, n), sum = 0, count = (double)n;
    for (size_t lag = 1; lag < n / 2; lag++) {
        double rho = autocorrelation(ranks, n, lag), left = (double)(n - lag);
        if (fabs(rho) > 1.96 / sqrt(count))
            sum += left * (left - 1) * (left - 2) * rho;
    }
    free(ranks);
    return fmax(1.0, 1.0 + 2.0 / (count * (count - 1) * (count - 2)) * sum);
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

static struct interval slope_interval(const double *slopes, size_t count, size_t n, double factor,
                                      double confidence)
{
    double points = (double)n;
    double variance = points * (points - 1) * (2 * points + 5) / 18 * factor;
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

struct slope robust_slope(const double *x, const double *y, size_t n, double confidence)
{
    struct slope slope = {NAN, {NAN, NAN}};
    if (n < 4)
        return slope;
    double *kept_x = xmalloc(2 * SLOPE_POINTS_MOST * sizeof *kept_x), *kept_y = kept_x + SLOPE_POINTS_MOST;
    n = thin(x, y, n, kept_x, kept_y);
    double *slopes = xmalloc(n * (n - 1) / 2 * sizeof *slopes), *residuals = xmalloc(n * sizeof *residuals);
    size_t count = pair_slopes(kept_x, kept_y, n, slopes);
    if (count > 0) {
        slope.value = count % 2 == 1 ? slopes[count / 2] : (slopes[count / 2 - 1] + slopes[count / 2]) / 2;
        for (size_t i = 0; i < n; i++)
            residuals[i] = kept_y[i] - slope.value * kept_x[i];
        slope.interval = slope_interval(slopes, count, n, variance_factor(residuals, n), confidence);
    }
    free(residuals);
    free(slopes);
    free(kept_x);
    return slope;
}
