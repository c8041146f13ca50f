#include "analysis/curve.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/robust.h"
#include "analysis/trend.h"
#include "base/text.h"

/* Chosen by simulation (tests/unit/shapes.h); tests/unit/test_growth_shapes.c scores on other seeds. */
#define SURE 2.575829        /* 99.5 %, one-sided: rises at all; is quiet */
#define FAIRLY_SURE 2.326348 /* 99 %, one-sided: does not slow down */
#define STEADY 0.75
#define BENT_LEAST 7 /* readings in which a bend could be seen at all */
#define QUIET_LEAST 5
#define PAUSE 2.5
#define RISE 0.1 /* of the whole growth: what ends a pause */
#define SEARCH_STEPS 6
#define SEARCH_MOST 1e6 /* times the limit */

/* By whether a signal is read after a collection. The last half alone is too short for a signal in coarse
 * steps; another run of a noisy signal differs more, hence the margin. */
static const struct {
    size_t ends;
    double steps, margin;
} kinds[] = {[false] = {2, 6, 2.5}, [true] = {3, 5, 1.5}};

size_t curve_place(const struct curve *curve, double share)
{
    double first = curve->x[0], at = first + share * (curve->x[curve->count - 1] - first);
    size_t i = 0;
    while (i + 1 < curve->count && curve->x[i] < at * (1 - 1e-12))
        i++;
    return i;
}

/* The estimate, and one standard error of a short series' autocorrelation more. */
double curve_wander(const struct curve *curve, size_t begin, size_t pieces)
{
    size_t n = curve->count - begin;
    double seen = trend_wander(curve->x + begin, curve->y + begin, n, pieces);
    return fmin(fmax(seen + 1 / sqrt((double)n), 0), 1);
}

/* A twentieth of the dead zone is a step of the heap, seen as noise. */
static struct trend fit(const struct curve *curve, size_t begin, size_t pieces)
{
    return trend_fit(curve->x + begin, curve->y + begin, curve->count - begin, pieces,
                     curve_wander(curve, begin, pieces), curve->dead_zone / 20);
}

static bool tops_the_past(const struct curve *curve, size_t begin)
{
    double start = curve->y[begin], highest = start, gain = curve->y[curve->count - 1] - start;
    for (size_t i = 0; i < begin; i++)
        highest = fmax(highest, curve->y[i]);
    return highest - start <= 0.25 * gain;
}

/* Mean and standard deviation of the steps from reading to reading. */
static void steps_between(const double *y, size_t from, size_t to, double *mean, double *spread)
{
    double squares = 0, count = (double)(to - from);
    *mean = (y[to] - y[from]) / count;
    for (size_t i = from; i < to; i++)
        squares += (y[i + 1] - y[i] - *mean) * (y[i + 1] - y[i] - *mean);
    *spread = sqrt(squares / (count - 1));
}

/* The last readings fall short of the line by far more than its steps vary. */
static bool breaks_off(const struct curve *curve, size_t begin)
{
    size_t last = curve->count - 1;
    for (size_t k = 1; k <= (last - begin) / 3; k++) {
        double mean, spread, seen = (curve->y[last] - curve->y[last - k]) / (double)k;
        steps_between(curve->y, begin, last - k, &mean, &spread);
        if (seen < 0.5 * mean && (mean - seen) * sqrt((double)k) > 3 * spread)
            return true;
    }
    return false;
}

/* How many equal steps would be as uneven as these: (sum of steps)^2 / sum of squares. */
static double even_steps(const struct curve *curve, size_t begin)
{
    double squares = 0, gain = curve->y[curve->count - 1] - curve->y[begin];
    for (size_t i = begin; i + 1 < curve->count; i++)
        squares += (curve->y[i + 1] - curve->y[i]) * (curve->y[i + 1] - curve->y[i]);
    return squares > 0 ? gain * gain / squares : 0;
}

static enum curve_end end_grows(const struct curve *curve, size_t begin)
{
    if (curve->count - begin < BENT_LEAST || even_steps(curve, begin) < kinds[curve->collected].steps)
        return CURVE_UNCLEAR;
    struct trend trend = fit(curve, begin, 2);
    if (!(trend_interval(&trend, 0, 1, SURE).low > curve->floor))
        return CURVE_UNCLEAR;
    bool steady = trend_interval(&trend, -STEADY, 1, FAIRLY_SURE).low > 0;
    return steady && !breaks_off(curve, begin) && tops_the_past(curve, begin) ? CURVE_GROWS : CURVE_BENDS;
}

enum curve_end curve_grows(const struct curve *curve)
{
    static const double starts[] = {0, 0.25, 0.5};
    enum curve_end most = CURVE_UNCLEAR;
    for (size_t i = 0; i < kinds[curve->collected].ends && most != CURVE_GROWS; i++) {
        enum curve_end end = end_grows(curve, curve_place(curve, starts[i]));
        most = end > most ? end : most;
    }
    return most;
}

bool curve_quiet(const struct curve *curve, double from)
{
    size_t begin = curve_place(curve, from);
    if (curve->count - begin < QUIET_LEAST)
        return false;
    struct trend trend = fit(curve, begin, 1);
    return trend_interval(&trend, 0, 1, SURE).high < curve->limit;
}

bool curve_stopped(const struct curve *curve)
{
    size_t last = curve->count - 1;
    double rise = RISE * (curve->y[last] - curve->y[0]), longest = 0, since = curve->x[0];
    for (size_t i = 0; i < last; i++) {
        if (curve->y[i + 1] - curve->y[i] < rise)
            continue;
        longest = fmax(longest, curve->x[i + 1] - since);
        since = curve->x[i + 1];
    }
    return curve->x[last] - since >= PAUSE * longest;
}

/* base is what grows at the end already: another run would not have the same luck. */
static bool would_be_seen(const struct curve *curve, double base, double leak, double *y)
{
    double quantum = curve->dead_zone / 2;
    for (size_t i = 0; i < curve->count; i++) {
        double x = curve->x[i] - curve->x[0], kept = leak * x;
        if (quantum > 0)
            kept = quantum * floor(fmax(0, kept - curve->dead_zone) / quantum);
        y[i] = curve->y[i] - base * x + kept;
    }
    struct curve with = *curve;
    with.y = y;
    return curve_grows(&with) == CURVE_GROWS;
}

double curve_smallest_detectable(const struct curve *curve)
{
    size_t last = curve->count - 1, middle = curve_place(curve, 0.5);
    double base = fmax(0, (curve->y[last] - curve->y[middle]) / (curve->x[last] - curve->x[middle]));
    double *y = xmalloc(curve->count * sizeof *y), low = curve->floor, high = curve->limit;
    while (high < SEARCH_MOST * curve->limit && !would_be_seen(curve, base, high, y)) {
        low = high;
        high *= 2;
    }
    for (size_t i = 0; i < SEARCH_STEPS; i++) {
        double between = sqrt(low * high);
        if (would_be_seen(curve, base, between, y))
            high = between;
        else
            low = between;
    }
    free(y);
    return high < SEARCH_MOST * curve->limit ? kinds[curve->collected].margin * high : NAN;
}
