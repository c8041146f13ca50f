#include "analysis/growth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/robust.h"
#include "analysis/trend.h"
#include "base/text.h"
#include "base/units.h"

#define READINGS_LEAST 9
#define TAIL_LEAST 7 /* readings in which a bend could be seen at all */
#define QUIET_LEAST 5
#ifndef SURE
#define SURE 2.326348 /* 99 %, one-sided */
#define FAIRLY_SURE 1.644854 /* 95 %, one-sided */
#define STEADY 0.75
#define MARGIN 1.3
#define WANDER 1.0
#define WANDER_K 2
#define STEPS_LEAST 5
#endif

struct series {
    double *x, *y;
    size_t count;
    double floor, limit, least, dead_zone;
    bool collected;
};

static struct series series_of(const struct growth_question *question)
{
    struct series series = {xmalloc((question->count + 1) * sizeof(double)), xmalloc((question->count + 1) * sizeof(double)),
                            0, question->floor, 0, 0, question->dead_zone, question->collected};
    for (size_t i = 0; i < question->count; i++) {
        if (isnan(question->levels[i]))
            continue;
        series.x[series.count] = question->requests[i];
        series.y[series.count++] = question->levels[i];
    }
    return series;
}

static size_t place(const struct series *series, double share)
{
    double at = series->x[0] + share * (series->x[series->count - 1] - series->x[0]);
    size_t i = 0;
    while (i < series->count && series->x[i] < at - 1e-9 * fabs(at))
        i++;
    return i;
}

static bool tops_the_past(const struct series *series, const double *y, size_t begin)
{
    double highest = y[begin], gain = y[series->count - 1] - y[begin];
    for (size_t i = 0; i < begin; i++)
        highest = fmax(highest, y[i]);
    return highest - y[begin] <= 0.25 * gain;
}

/* The last readings fall short of the line by far more than its steps vary. */
static bool has_stopped(const struct series *series, const double *y, size_t begin)
{
    size_t last = series->count - 1, steps = last - begin;
    for (size_t k = 1; k <= steps / 3; k++) {
        size_t turn = last - k;
        double mean = (y[turn] - y[begin]) / (double)(turn - begin), squares = 0;
        for (size_t i = begin; i < turn; i++)
            squares += (y[i + 1] - y[i] - mean) * (y[i + 1] - y[i] - mean);
        double spread = sqrt(squares / (double)(turn - begin - 1)), seen = (y[last] - y[turn]) / (double)k;
        if (seen < 0.5 * mean && (mean - seen) * sqrt((double)k) > 3 * spread)
            return true;
    }
    return false;
}

static double wander_of(const struct series *series, const double *y, size_t begin, size_t pieces)
{
    size_t n = series->count - begin;
    if (!series->collected)
        return 1;
    double wander = trend_wander(series->x + begin, y + begin, n, pieces) + WANDER_K / sqrt((double)n);
    return fmin(fmax(wander, 0), WANDER);
}

/* How many equal steps would be as uneven as these. */
static double steps_of(const double *y, size_t n)
{
    double squares = 0;
    for (size_t i = 1; i < n; i++)
        squares += (y[i] - y[i - 1]) * (y[i] - y[i - 1]);
    return squares > 0 ? (y[n - 1] - y[0]) * (y[n - 1] - y[0]) / squares : 0;
}

enum tail { TAIL_NOISY, TAIL_BENT, TAIL_GROWS };

static enum tail tail_grows(const struct series *series, const double *y, double from)
{
    size_t begin = place(series, from), n = series->count - begin;
    if (n < TAIL_LEAST)
        return TAIL_NOISY;
    struct trend trend = trend_fit(series->x + begin, y + begin, n, 2, wander_of(series, y, begin, 2), series->least);
    if (!(trend_interval(&trend, 0, 1, SURE).low > series->floor) || steps_of(y + begin, n) < STEPS_LEAST)
        return TAIL_NOISY;
    if (!(trend_interval(&trend, -STEADY, 1, FAIRLY_SURE).low > 0) || has_stopped(series, y, begin) || !tops_the_past(series, y, begin))
        return TAIL_BENT;
    return TAIL_GROWS;
}

static enum tail grows(const struct series *series, const double *y)
{
    static const double starts[] = {0, 0.25, 0.5};
    enum tail most = TAIL_NOISY;
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        enum tail tail = tail_grows(series, y, starts[i]);
        most = tail > most ? tail : most;
    }
    return most;
}

/* The smallest leak that would be called growth on top of these levels. */
static bool would_be_seen(const struct series *series, double base, double leak, double *y)
{
    double quantum = series->dead_zone / 2;
    for (size_t i = 0; i < series->count; i++) {
        double x = series->x[i] - series->x[0], kept = leak * x;
        if (quantum > 0)
            kept = quantum * floor(fmax(0, kept - series->dead_zone) / quantum);
        y[i] = series->y[i] - base * x + kept;
    }
    return grows(series, y) == TAIL_GROWS;
}

static double smallest_detectable(const struct series *series, double base)
{
    double *y = xmalloc(series->count * sizeof *y);
    double low = series->floor, high = series->limit;
    while (high < 1e6 * series->limit && !would_be_seen(series, base, high, y)) {
        low = high;
        high *= 2;
    }
    for (size_t i = 0; i < 6; i++) {
        double middle = sqrt(low * high);
        if (would_be_seen(series, base, middle, y))
            high = middle;
        else
            low = middle;
    }
    free(y);
    return high < 1e6 * series->limit ? MARGIN * high : NAN;
}

static bool quiet(const struct series *series, double from)
{
    size_t begin = place(series, from), n = series->count - begin;
    if (n < QUIET_LEAST)
        return false;
    struct trend trend = trend_fit(series->x + begin, series->y + begin, n, 1, wander_of(series, series->y, begin, 1), series->least);
    return trend_interval(&trend, 0, 1, SURE).high < series->limit;
}

static double stopped_after(const struct series *series)
{
    double first = series->y[0], whole = series->y[series->count - 1] - first;
    for (size_t i = 0; i < series->count; i++)
        if (series->y[i] - first >= 0.95 * whole)
            return series->x[i] - series->x[0];
    return series->x[series->count - 1] - series->x[0];
}

static enum trend_shape shape_of(const struct series *series)
{
    enum tail tail = grows(series, series->y);
    if (tail == TAIL_GROWS)
        return TREND_LINEAR;
    double gained = series->y[place(series, 0.5)] - series->y[0], span = series->x[series->count - 1] - series->x[0];
    if ((tail == TAIL_NOISY && (quiet(series, 0) || quiet(series, 0.25))) || quiet(series, 0.5) || quiet(series, 0.75))
        return gained > series->limit * span ? TREND_STOPPED : TREND_FLAT;
    return tail == TAIL_BENT ? TREND_SLOWING : TREND_NOISY;
}

static enum verdict verdict_of(enum trend_shape shape)
{
    if (shape == TREND_LINEAR)
        return VERDICT_GROWTH;
    return shape == TREND_FLAT || shape == TREND_STOPPED ? VERDICT_NO_GROWTH : VERDICT_INCONCLUSIVE;
}

struct growth_answer growth_judge(const struct growth_question *question)
{
    struct growth_answer answer = {VERDICT_INCONCLUSIVE, TREND_SHORT, NAN, {NAN, NAN}, NAN, NAN};
    struct series series = series_of(question);
    if (series.count >= READINGS_LEAST) {
        double span = series.x[series.count - 1] - series.x[0];
        series.limit = series.floor + 2 * series.dead_zone / span;
        series.least = series.dead_zone / 20;
        answer.shape = shape_of(&series);
        answer.verdict = verdict_of(answer.shape);
        size_t begin = place(&series, 0.25);
        struct slope most = robust_slope(series.x + begin, series.y + begin, series.count - begin, 0.95);
        answer.per_request = most.value;
        answer.interval = most.interval;
        answer.smallest_detectable = smallest_detectable(&series, answer.verdict == VERDICT_GROWTH ? most.value : 0);
        if (answer.shape == TREND_STOPPED)
            answer.stopped_after = stopped_after(&series);
    }
    free(series.x);
    free(series.y);
    return answer;
}

const char *growth_describe(const struct growth_answer *answer, char out[128])
{
    char count[UNITS_SIZE];
    switch (answer->shape) {
    case TREND_FLAT:
        snprintf(out, 128, "flat");
        break;
    case TREND_LINEAR:
        snprintf(out, 128, "grows as fast at the end as before");
        break;
    case TREND_STOPPED:
        snprintf(out, 128, "stopped growing after %s requests",
                 units_count(count, (uint64_t)answer->stopped_after));
        break;
    case TREND_SLOWING:
        snprintf(out, 128, "still grows, but slower and slower: more requests would tell");
        break;
    case TREND_NOISY:
        snprintf(out, 128, "too noisy to tell");
        break;
    case TREND_SHORT:
        snprintf(out, 128, "too few readings to tell");
        break;
    }
    return out;
}
