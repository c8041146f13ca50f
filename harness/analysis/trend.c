#include "analysis/trend.h"

#include <math.h>

#include "analysis/robust.h"

#define PARAMETERS_MOST 3
#define READINGS_MOST 256
#define WANDER_MOST 0.999 /* at 1 the level itself could not be fitted */

/* Sums of the normal equations, with the right-hand side as the last column. */
struct equations {
    double sums[PARAMETERS_MOST][PARAMETERS_MOST + 1];
    double inverse[PARAMETERS_MOST][PARAMETERS_MOST];
    double squares; /* of y */
    size_t parameters;
};

/* Level, gain before the middle, gain after it, at the place u in [0, 1]; then y. */
static void row_at(double u, double y, size_t parameters, double *row)
{
    row[0] = 1;
    row[1] = parameters == 2 ? u : fmin(u, 0.5);
    row[2] = fmax(0, u - 0.5);
    row[parameters] = y;
}

static void add_row(struct equations *equations, const double *row)
{
    size_t p = equations->parameters;
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j <= p; j++)
            equations->sums[i][j] += row[i] * row[j];
    equations->squares += row[p] * row[p];
}

/* What is left of each row when the part that the one before explains is taken off (Prais and Winsten). */
static void gather(struct equations *equations, const double *x, const double *y, size_t n, double wander)
{
    double here[PARAMETERS_MOST + 1], before[PARAMETERS_MOST + 1], row[PARAMETERS_MOST + 1];
    for (size_t i = 0; i < n; i++) {
        row_at((x[i] - x[0]) / (x[n - 1] - x[0]), y[i] - y[0], equations->parameters, here);
        for (size_t j = 0; j <= equations->parameters; j++) {
            row[j] = i == 0 ? here[j] * sqrt(1 - wander * wander) : here[j] - wander * before[j];
            before[j] = here[j];
        }
        add_row(equations, row);
    }
}

/* Gauss and Jordan on a matrix that is positive definite: no pivots needed. */
static void invert(struct equations *equations)
{
    size_t p = equations->parameters;
    double work[PARAMETERS_MOST][2 * PARAMETERS_MOST] = {{0}};
    for (size_t i = 0; i < p; i++) {
        for (size_t j = 0; j < p; j++)
            work[i][j] = equations->sums[i][j];
        work[i][p + i] = 1;
    }
    for (size_t k = 0; k < p; k++) {
        double pivot = work[k][k];
        for (size_t j = 0; j < 2 * p; j++)
            work[k][j] /= pivot;
        for (size_t i = 0; i < p; i++) {
            double factor = work[i][k];
            for (size_t j = 0; i != k && j < 2 * p; j++)
                work[i][j] -= factor * work[k][j];
        }
    }
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++)
            equations->inverse[i][j] = work[i][p + j];
}

struct trend trend_fit(const double *x, const double *y, size_t n, size_t pieces, double wander, double least)
{
    struct trend trend = {NAN, NAN, NAN, NAN, NAN, 0};
    struct equations equations = {.parameters = pieces + 1};
    double fitted[PARAMETERS_MOST] = {0};
    if (n < pieces + 3 || !(x[n - 1] > x[0]))
        return trend;
    wander = fmin(wander, WANDER_MOST);
    gather(&equations, x, y, n, wander);
    invert(&equations);
    double left = equations.squares, span = x[n - 1] - x[0];
    for (size_t i = 0; i <= pieces; i++) {
        for (size_t j = 0; j <= pieces; j++)
            fitted[i] += equations.inverse[i][j] * equations.sums[j][pieces + 1];
        left -= fitted[i] * equations.sums[i][pieces + 1];
    }
    trend.freedom = n - pieces - 1;
    double variance = fmax(fmax(left, 0) / (double)trend.freedom, least * least) / (span * span);
    trend.early = fitted[1] / span;
    trend.late = fitted[pieces] / span;
    trend.var_early = variance * equations.inverse[1][1];
    trend.var_late = variance * equations.inverse[pieces][pieces];
    trend.cov = variance * equations.inverse[1][pieces];
    return trend;
}

double trend_wander(const double *x, const double *y, size_t n, size_t pieces)
{
    struct trend trend = trend_fit(x, y, n, pieces, 0, 0);
    double residuals[READINGS_MOST], mean = 0, span = x[n - 1] - x[0];
    if (n < 6 || n > READINGS_MOST)
        return 1;
    for (size_t i = 0; i < n; i++) {
        double u = (x[i] - x[0]) / span;
        double line =
            pieces == 1 ? u * trend.late : fmin(u, 0.5) * trend.early + fmax(0, u - 0.5) * trend.late;
        mean += (residuals[i] = y[i] - y[0] - line * span) / (double)n;
    }
    for (size_t i = 0; i < n; i++)
        residuals[i] -= mean;
    return robust_autocorrelation(residuals, n);
}

struct interval trend_interval(const struct trend *trend, double early_share, double late_share,
                               double normal)
{
    double value = early_share * trend->early + late_share * trend->late;
    double variance = early_share * early_share * trend->var_early +
                      late_share * late_share * trend->var_late + 2 * early_share * late_share * trend->cov;
    double half = robust_student(trend->freedom, normal) * sqrt(variance);
    return (struct interval){value - half, value + half};
}
