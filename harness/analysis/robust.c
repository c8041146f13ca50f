#include "analysis/robust.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define SLOPE_POINTS_MOST 256
#define NORMAL_975 1.959964
#define PI 3.14159265358979323846

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

/* The segment of each point that is kept. */
static size_t thin(size_t n, const bool *begins, size_t *kept, size_t *segments)
{
    size_t count = n < SLOPE_POINTS_MOST ? n : SLOPE_POINTS_MOST, segment = 0, next = 0;
    for (size_t i = 0; i < n && next < count; i++) {
        segment += begins != NULL && begins[i];
        if (i != (count == n ? next : next * (n - 1) / (count - 1)))
            continue;
        kept[next] = i;
        segments[next++] = segment;
    }
    return next;
}

double robust_slope(const double *x, const double *y, const bool *begins, size_t n)
{
    size_t kept[SLOPE_POINTS_MOST], segments[SLOPE_POINTS_MOST], pairs = 0,
                                                                 count = thin(n, begins, kept, segments);
    double *slopes = xmalloc((count * count / 2 + 1) * sizeof *slopes);
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count && segments[j] == segments[i]; j++)
            if (x[kept[j]] > x[kept[i]])
                slopes[pairs++] = (y[kept[j]] - y[kept[i]]) / (x[kept[j]] - x[kept[i]]);
    double slope = robust_median(slopes, pairs);
    free(slopes);
    return slope;
}
