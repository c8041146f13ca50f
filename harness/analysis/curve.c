#include "analysis/curve.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/blend.h"
#include "analysis/robust.h"
#include "base/text.h"

/* Chosen by simulation (tests/unit/shapes.h); tests/unit/test_growth_shapes.c scores on other seeds. */
#define RISES 0.01  /* chance of a mistake: that it rises at all, */
#define SLOWS 0.025 /* that it does not slow down, */
#define QUIET 0.025 /* that it is quiet */
#define STEADY 0.75
#define BENT_LEAST 7 /* readings in which a bend could be seen at all */
#define QUIET_LEAST 5
#define PAUSE 2.5
#define RISE 0.1  /* of the whole growth: what ends a pause, */
#define NOISE 3.0 /* unless steps vary as much by themselves, in standard deviations */
#define LEAP 2.0  /* usual steps, per request: what is more is a table that doubled */
#define SEARCH_STEPS 6
#define SEARCH_MOST 1e6 /* times the limit */

/* By whether a signal is read after a collection. The last half alone is too short for a signal in coarse
 * steps; another run of a noisy signal differs more, hence the margin. */
static const struct {
    size_t ends;
    double steps, margin;
} kinds[] = {[false] = {2, 6, 2.5}, [true] = {3, 5, 1.6}};

size_t curve_place(const struct curve *curve, double share)
{
    double first = curve->x[0], at = first + share * (curve->x[curve->count - 1] - first);
    size_t i = 0;
    while (i + 1 < curve->count && curve->x[i] < at * (1 - 1e-12))
        i++;
    return i;
}

static double step(const struct curve *curve, size_t to)
{
    return curve->begins[to] ? 0 : curve->y[to] - curve->y[to - 1];
}

double curve_gain(const struct curve *curve, size_t from)
{
    double gain = 0;
    for (size_t i = from + 1; i < curve->count; i++)
        gain += step(curve, i);
    return gain;
}

double curve_requests(const struct curve *curve, size_t from)
{
    double requests = 0;
    for (size_t i = from + 1; i < curve->count; i++)
        requests += curve->begins[i] ? 0 : curve->x[i] - curve->x[i - 1];
    return requests;
}

double curve_largest_step(const struct curve *curve, size_t from)
{
    double most = 0, gain = curve_gain(curve, from);
    for (size_t i = from + 1; i < curve->count; i++)
        most = fmax(most, step(curve, i));
    return gain > 0 ? fmin(most / gain, 1) : NAN;
}

/* The first reading of the last segment. */
static size_t last_segment(const struct curve *curve)
{
    size_t i = curve->count - 1;
    while (i > 0 && !curve->begins[i])
        i--;
    return i;
}

/* A twentieth of the dead zone is a step of the heap, seen as noise. */
static struct trend fit(const struct curve *curve, size_t pieces)
{
    struct trend_series series = {curve->x, curve->y, curve->count, curve->begins, curve->dead_zone / 20};
    return trend_fit(&series, pieces);
}

void curve_tail_release(struct curve_tail *end)
{
    free(end->x);
    free(end->y);
    free(end->begins);
}

static size_t segment_end(const struct curve *curve, size_t begin)
{
    size_t end = begin + 1;
    while (end < curve->count && !curve->begins[end])
        end++;
    return end;
}

struct curve_tail curve_tail_of(const struct curve *curve, double share)
{
    struct curve_tail end = {.x = xmalloc(curve->count * sizeof *end.x),
                             .y = xmalloc(curve->count * sizeof *end.y),
                             .begins = xmalloc(curve->count * sizeof *end.begins)};
    size_t kept = 0;
    for (size_t begin = 0, last; begin < curve->count; begin = last) {
        last = segment_end(curve, begin);
        double from = curve->x[begin] + share * (curve->x[last - 1] - curve->x[begin]);
        size_t first = begin;
        while (first + 1 < last && curve->x[first] < from * (1 - 1e-12))
            first++;
        for (size_t i = first; i < last; i++) {
            end.x[kept] = curve->x[i];
            end.y[kept] = curve->y[i];
            end.begins[kept++] = i == first && begin > 0;
        }
    }
    end.curve = *curve;
    end.curve.x = end.x;
    end.curve.y = end.y;
    end.curve.begins = end.begins;
    end.curve.count = kept;
    return end;
}

/* True when the trend is above `value` but for `chance`. */
static bool is_above(const struct curve *curve, const struct trend *trend, double early_share, double value,
                     double chance)
{
    struct blend_part parts[TREND_NOISES];
    struct blend blend = {.parts = parts};
    blend_add(&blend, trend, 1, early_share, 1);
    return blend.count > 0 && blend_below(&blend, value) < chance / curve->caution;
}

/* A reading without what stands out from both its neighbours: what was in flight is in one reading and gone in the next. */
static double without_peak(const struct curve *curve, size_t i)
{
    bool alone = i == 0 || curve->begins[i] || i + 1 == curve->count || curve->begins[i + 1];
    return alone ? curve->y[i] : fmin(curve->y[i], fmax(curve->y[i - 1], curve->y[i + 1]));
}

/* Above all that the same process held before: `end` is of the whole. */
static bool tops_the_past(const struct curve *whole, const struct curve *end)
{
    double start = end->y[last_segment(end)], first = end->x[last_segment(end)], highest = start;
    for (size_t i = last_segment(whole); whole->x[i] < first; i++)
        highest = fmax(highest, without_peak(whole, i));
    return highest - start <= 0.25 * (end->y[end->count - 1] - start);
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
static bool breaks_off(const struct curve *curve)
{
    size_t last = curve->count - 1, begin = last_segment(curve);
    for (size_t k = 1; k <= (last - begin) / 3; k++) {
        double mean, spread, seen = (curve->y[last] - curve->y[last - k]) / (double)k;
        steps_between(curve->y, begin, last - k, &mean, &spread);
        if (seen < 0.5 * mean && (mean - seen) * sqrt((double)k) > 3 * spread)
            return true;
    }
    return false;
}

/* How many equal steps would be as uneven as these: (sum of steps)^2 / sum of squares. */
static double even_steps(const struct curve *curve)
{
    double squares = 0, gain = curve_gain(curve, 0);
    for (size_t i = 1; i < curve->count; i++)
        squares += step(curve, i) * step(curve, i);
    return squares > 0 ? gain * gain / squares : 0;
}

static enum curve_end end_grows(const struct curve *whole, const struct curve *end)
{
    if (end->count < BENT_LEAST || even_steps(end) < kinds[end->collected].steps)
        return CURVE_UNCLEAR;
    struct trend trend = fit(end, 2);
    if (!is_above(end, &trend, 0, end->floor, RISES))
        return CURVE_UNCLEAR;
    bool steady = is_above(end, &trend, -STEADY, 0, SLOWS);
    return steady && !breaks_off(end) && tops_the_past(whole, end) ? CURVE_GROWS : CURVE_BENDS;
}

/* The median step, in units per request. */
static double usual_step(const struct curve *curve)
{
    double *steps = xmalloc(curve->count * sizeof *steps);
    size_t count = 0;
    for (size_t i = 1; i < curve->count; i++)
        if (!curve->begins[i])
            steps[count++] = step(curve, i) / (curve->x[i] - curve->x[i - 1]);
    double usual = robust_median(steps, count);
    free(steps);
    return usual;
}

/* Takes from each leap what is above two usual steps. What is left is a lower bound of what is kept: it does not
 * rise where the readings do not, and says so sooner than they do where tables double at their own pace. */
static bool without_leaps(struct curve_tail *end)
{
    double most = LEAP * usual_step(&end->curve), taken = 0;
    for (size_t i = 1; most > 0 && i < end->curve.count; i++) {
        double rise = end->y[i] - (end->y[i - 1] + taken), room = most * (end->x[i] - end->x[i - 1]);
        if (!end->begins[i] && rise > room)
            taken += rise - room;
        end->y[i] -= taken;
    }
    return taken > 0;
}

enum curve_end curve_grows(const struct curve *curve)
{
    static const double starts[] = {0, 0.25, 0.5};
    enum curve_end most = CURVE_UNCLEAR;
    for (size_t i = 0; i < kinds[curve->collected].ends && most != CURVE_GROWS; i++) {
        struct curve_tail end = curve_tail_of(curve, starts[i]);
        enum curve_end is = end_grows(curve, &end.curve);
        if (is != CURVE_GROWS && without_leaps(&end) && end_grows(curve, &end.curve) == CURVE_GROWS)
            is = CURVE_GROWS;
        most = is > most ? is : most;
        curve_tail_release(&end);
    }
    return most;
}

bool curve_quiet(const struct curve *curve, double from)
{
    struct curve_tail end = curve_tail_of(curve, from);
    struct blend_part parts[TREND_NOISES];
    struct blend blend = {.parts = parts};
    bool quiet = false;
    if (end.curve.count >= QUIET_LEAST) {
        struct trend trend = fit(&end.curve, 1);
        blend_add(&blend, &trend, 1, 0, 1);
        quiet = blend.count > 0 && blend_below(&blend, curve->limit) > 1 - QUIET / curve->caution &&
                blend_below(&blend, -curve->limit) < 1 - QUIET;
    }
    curve_tail_release(&end);
    return quiet;
}

/* Standard deviation of the steps from reading to reading, the largest of them left out: among so few it would pass for
 * their noise itself. 0 for fewer than three. */
static double usual_spread(const double *y, size_t from, size_t to)
{
    double squares = 0, largest = -INFINITY, count = (double)(to - from) - 1;
    for (size_t i = from; i < to; i++)
        largest = fmax(largest, y[i + 1] - y[i]);
    double mean = (y[to] - y[from] - largest) / count;
    for (size_t i = from; i < to; i++)
        squares += (y[i + 1] - y[i] - mean) * (y[i + 1] - y[i] - mean);
    squares -= (largest - mean) * (largest - mean);
    return count > 1 ? sqrt(fmax(0, squares) / (count - 1)) : 0;
}

bool curve_stopped(const struct curve *curve)
{
    size_t first = last_segment(curve), last = curve->count - 1;
    double longest = 0, since = curve->x[first];
    double spread = usual_spread(curve->y, first + (last - first) / 2, last);
    double rise = fmax(RISE * (curve->y[last] - curve->y[first]), NOISE * spread);
    for (size_t i = first; i < last; i++) {
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
    double quantum = curve->dead_zone / 2, start = curve->x[0];
    for (size_t i = 0; i < curve->count; i++) {
        start = curve->begins[i] ? curve->x[i] : start;
        double x = curve->x[i] - start, kept = leak * x;
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
    size_t middle = curve_place(curve, 0.5);
    double base = fmax(0, curve_gain(curve, middle) / fmax(curve_requests(curve, middle), 1));
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
