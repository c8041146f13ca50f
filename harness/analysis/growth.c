#include "analysis/growth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/curve.h"
#include "analysis/robust.h"
#include "analysis/trend.h"
#include "base/text.h"
#include "base/units.h"

#define READINGS_LEAST 9
#define NORMAL_975 1.959964

/* Copies the readings that are none of the gaps; returns how many. */
static size_t without_gaps(const struct growth_question *question, double *x, double *y)
{
    size_t count = 0;
    for (size_t i = 0; i < question->count; i++) {
        if (isnan(question->levels[i]))
            continue;
        x[count] = question->requests[i];
        y[count++] = question->levels[i];
    }
    return count;
}

/* Windows of less than half the mean length are joined to the one before: a step over a handful of requests
 * would be weighed like the others. The first and the last reading stay. Returns how many are left. */
static size_t join_short_windows(double *x, double *y, size_t count)
{
    if (count < 3)
        return count;
    double least = (x[count - 1] - x[0]) / (double)(count - 1) / 2;
    size_t kept = 1;
    for (size_t i = 1; i < count; i++) {
        bool last = i == count - 1, near = x[i] - x[kept - 1] < least;
        if (near && !last)
            continue;
        if (near && kept > 1)
            kept--;
        x[kept] = x[i];
        y[kept++] = y[i];
    }
    return kept;
}

static double stopped_after(const struct curve *curve)
{
    size_t i = 0, last = curve->count - 1;
    while (i < last && curve->y[i] - curve->y[0] < 0.95 * (curve->y[last] - curve->y[0]))
        i++;
    return curve->x[i] - curve->x[0];
}

static bool ends_quiet(const struct curve *curve, enum curve_end end)
{
    bool whole = end == CURVE_UNCLEAR && (curve_quiet(curve, 0) || curve_quiet(curve, 0.25));
    return whole || curve_quiet(curve, 0.5) || curve_quiet(curve, 0.75);
}

static enum trend_shape shape_of(const struct curve *curve)
{
    size_t last = curve->count - 1;
    enum curve_end end = curve_grows(curve);
    if (end == CURVE_GROWS)
        return TREND_LINEAR;
    if (!ends_quiet(curve, end))
        return end == CURVE_BENDS ? TREND_SLOWING : TREND_NOISY;
    if (curve->y[last] - curve->y[0] < curve->limit * (curve->x[last] - curve->x[0]))
        return TREND_FLAT;
    return curve_stopped(curve) ? TREND_STOPPED : TREND_NOISY;
}

static enum verdict verdict_of(enum trend_shape shape)
{
    if (shape == TREND_LINEAR)
        return VERDICT_GROWTH;
    return shape == TREND_FLAT || shape == TREND_STOPPED ? VERDICT_NO_GROWTH : VERDICT_INCONCLUSIVE;
}

static void estimate(const struct curve *curve, struct growth_answer *answer)
{
    size_t begin = curve_place(curve, 0.25), n = curve->count - begin;
    struct slope slope = robust_slope(curve->x + begin, curve->y + begin, n, 0.95);
    struct trend trend = trend_fit(curve->x + begin, curve->y + begin, n, 1, curve_wander(curve, begin, 1),
                                   curve->dead_zone / 20);
    struct interval wandering = trend_interval(&trend, 0, 1, NORMAL_975);
    answer->per_request = slope.value;
    answer->interval.low = fmin(slope.interval.low, wandering.low);
    answer->interval.high = fmax(slope.interval.high, wandering.high);
}

static void judge(struct curve *curve, struct growth_answer *answer)
{
    curve->limit = curve->floor + 2 * curve->dead_zone / (curve->x[curve->count - 1] - curve->x[0]);
    answer->shape = shape_of(curve);
    answer->verdict = verdict_of(answer->shape);
    estimate(curve, answer);
    /* Below what a dead zone hides growth is not shown; but what rises above the floor all along is not flat either. */
    if (answer->verdict == VERDICT_NO_GROWTH && answer->shape == TREND_FLAT &&
        answer->interval.low > curve->floor) {
        answer->shape = TREND_NOISY;
        answer->verdict = VERDICT_INCONCLUSIVE;
    }
    answer->smallest_detectable = curve_smallest_detectable(curve);
    if (answer->shape == TREND_STOPPED)
        answer->stopped_after = stopped_after(curve);
}

struct growth_answer growth_judge(const struct growth_question *question)
{
    struct growth_answer answer = {VERDICT_INCONCLUSIVE, TREND_SHORT, NAN, {NAN, NAN}, NAN, NAN, NAN, NAN};
    double *x = xmalloc((question->count + 1) * sizeof *x), *y = xmalloc((question->count + 1) * sizeof *y);
    struct curve curve = {.x = x,
                          .y = y,
                          .count = join_short_windows(x, y, without_gaps(question, x, y)),
                          .floor = question->floor,
                          .dead_zone = question->dead_zone,
                          .collected = question->collected};
    if (curve.count >= READINGS_LEAST && x[curve.count - 1] > x[0])
        judge(&curve, &answer);
    free(x);
    free(y);
    return answer;
}

const char *growth_describe(const struct growth_answer *answer, char out[128])
{
    static const char *const texts[] = {
        [TREND_FLAT] = "flat",
        [TREND_LINEAR] = "grows as fast at the end as before",
        [TREND_SLOWING] = "still rises, but not shown to go on as fast: more requests would tell",
        [TREND_NOISY] = "too uneven to tell",
        [TREND_SHORT] = "too few readings to tell",
    };
    char count[UNITS_SIZE];
    if (answer->shape == TREND_STOPPED)
        snprintf(out, 128, "stopped growing after %s requests",
                 units_count(count, (uint64_t)answer->stopped_after));
    else
        snprintf(out, 128, "%s", texts[answer->shape]);
    return out;
}
