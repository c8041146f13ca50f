#include "analysis/growth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/curve.h"
#include "analysis/rate.h"
#include "analysis/robust.h"
#include "base/text.h"
#include "base/units.h"

#define READINGS_LEAST 9
#define USUAL_BUFFER 300 /* entries */
#define ANOTHER_RUN 2.0  /* another run's interval may be wider */

/* Readings as they are judged: without gaps, windows of like length. */
struct readings {
    double *x, *y;
    bool *begins;
    size_t count;
};

static void readings_init(struct readings *readings, size_t most)
{
    readings->x = xmalloc((most + 1) * sizeof *readings->x);
    readings->y = xmalloc((most + 1) * sizeof *readings->y);
    readings->begins = xcalloc(most + 1, sizeof *readings->begins);
    readings->count = 0;
}

static void readings_release(struct readings *readings)
{
    free(readings->x);
    free(readings->y);
    free(readings->begins);
}

static bool is_cut(const struct growth_question *question, size_t reading)
{
    for (size_t i = 0; i < question->cut_count; i++)
        if (question->cuts[i] == reading)
            return true;
    return false;
}

static void take_without_gaps(struct readings *readings, const struct growth_question *question)
{
    bool begins = false;
    for (size_t i = 0; i < question->count; i++) {
        begins = begins || is_cut(question, i);
        if (isnan(question->levels[i]))
            continue;
        readings->x[readings->count] = question->requests[i];
        readings->y[readings->count] = question->levels[i];
        readings->begins[readings->count++] = begins;
        begins = false;
    }
}

static void move(struct readings *readings, size_t to, size_t from)
{
    readings->x[to] = readings->x[from];
    readings->y[to] = readings->y[from];
    readings->begins[to] = readings->begins[from];
}

/* Windows of less than half the mean length are joined to the one before: a step over a handful of requests
 * would be weighed like the others. The first and the last reading of each segment stay. */
static void join_short_windows(struct readings *readings)
{
    const double *x = readings->x;
    size_t kept = 1, count = readings->count;
    if (count < 3)
        return;
    double least = (x[count - 1] - x[0]) / (double)(count - 1) / 2;
    for (size_t i = 1; i < count; i++) {
        bool begins = readings->begins[i], last = i == count - 1 || readings->begins[i + 1];
        bool near = !begins && x[i] - x[kept - 1] < least;
        if (near && !last)
            continue;
        if (near && kept > 1 && !readings->begins[kept - 1])
            kept--;
        move(readings, kept++, i);
    }
    readings->count = kept;
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
    enum curve_end end = curve_grows(curve);
    if (end == CURVE_GROWS)
        return TREND_LINEAR;
    if (!ends_quiet(curve, end))
        return end == CURVE_BENDS ? TREND_SLOWING : TREND_NOISY;
    if (curve_gain(curve, 0) < curve->limit * curve_requests(curve, 0))
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
    struct rate rate = rate_find(curve);
    answer->per_request = rate.value;
    answer->interval = rate.interval;
    answer->largest_step = curve_largest_step(curve, curve_place(curve, 0.25));
}

/* Growth that a few wild readings make is none. */
static double second_opinion(const struct curve *curve)
{
    size_t begin = curve_place(curve, 0.25);
    return robust_slope(curve->x + begin, curve->y + begin, curve->begins + begin, curve->count - begin);
}

static size_t segments(const struct curve *curve)
{
    size_t count = 1;
    for (size_t i = 1; i < curve->count; i++)
        count += curve->begins[i];
    return count;
}

static void judge(struct curve *curve, struct growth_answer *answer)
{
    double hidden =
        2 * curve->dead_zone * (double)segments(curve); /* each process has a dead zone of its own */
    curve->limit = curve->floor + hidden / curve_requests(curve, 0);
    answer->shape = shape_of(curve);
    answer->verdict = verdict_of(answer->shape);
    estimate(curve, answer);
    /* Below what a dead zone hides growth is not shown; but what rises above the floor all along is not flat either. */
    if (answer->verdict == VERDICT_NO_GROWTH && answer->shape == TREND_FLAT &&
        answer->interval.low > curve->floor) {
        answer->shape = TREND_NOISY;
        answer->verdict = VERDICT_INCONCLUSIVE;
    }
    /* What rises so far may be filling still: growth only where no shape that ends explains it as well. */
    if (answer->verdict == VERDICT_GROWTH && !(answer->interval.low > curve->floor)) {
        answer->shape = TREND_SLOWING;
        answer->verdict = VERDICT_INCONCLUSIVE;
    }
    if (answer->verdict == VERDICT_GROWTH && !(second_opinion(curve) > curve->floor)) {
        answer->shape = TREND_NOISY;
        answer->verdict = VERDICT_INCONCLUSIVE;
    }
    /* A leak moves the whole interval by itself: its low end must come above the floor as well. */
    double uncertain = curve->floor + ANOTHER_RUN * (answer->per_request - answer->interval.low);
    answer->smallest_detectable = fmax(curve_smallest_detectable(curve), uncertain);
    if (answer->shape == TREND_STOPPED)
        answer->stopped_after = stopped_after(curve);
}

struct growth_answer growth_judge(const struct growth_question *question)
{
    struct growth_answer answer = {VERDICT_INCONCLUSIVE, TREND_SHORT, NAN, {NAN, NAN}, NAN, NAN, NAN};
    struct readings readings;
    readings_init(&readings, question->count);
    take_without_gaps(&readings, question);
    join_short_windows(&readings);
    double look = (double)question->look;
    struct curve curve = {.x = readings.x,
                          .y = readings.y,
                          .begins = readings.begins,
                          .count = readings.count,
                          .floor = question->floor,
                          .dead_zone = question->dead_zone,
                          .collected = question->collected,
                          .caution = fmax(1, look * (look + 1))};
    if (curve.count >= READINGS_LEAST && curve_requests(&curve, 0) > 0)
        judge(&curve, &answer);
    readings_release(&readings);
    return answer;
}

double growth_confidence(double linear_requests)
{
    return fmin(0.99, linear_requests / (linear_requests + USUAL_BUFFER));
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
