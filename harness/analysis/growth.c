#include "analysis/growth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/robust.h"
#include "base/text.h"
#include "base/units.h"

#define WINDOWS_LEAST 8
#define SUPER_BLOCKS 8

/* The readings without gaps. */
struct clean {
    double *requests, *levels;
    size_t count;
};

static struct clean without_gaps(const struct growth_question *question)
{
    struct clean clean = {xmalloc(question->count * sizeof(double)),
                          xmalloc(question->count * sizeof(double)), 0};
    for (size_t i = 0; i < question->count; i++) {
        if (isnan(question->levels[i]))
            continue;
        clean.requests[clean.count] = question->requests[i];
        clean.levels[clean.count++] = question->levels[i];
    }
    return clean;
}

/* Slope over the readings whose request count lies in the share [from, to] of the whole. */
static struct slope slope_between(const struct clean *clean, double from, double to, double confidence)
{
    double first = clean->requests[0], span = clean->requests[clean->count - 1] - first;
    size_t begin = 0, end = clean->count;
    while (begin < clean->count && clean->requests[begin] < first + from * span)
        begin++;
    while (end > begin && clean->requests[end - 1] > first + to * span)
        end--;
    return robust_slope(clean->requests + begin, clean->levels + begin, end - begin, confidence);
}

/* Slope from the first to the last reading of a stretch that is too short for pairs of slopes. */
static double secant(const struct clean *clean, double from, double to)
{
    struct slope slope = slope_between(clean, from, to, 0.95);
    if (!isnan(slope.value))
        return slope.value;
    size_t last = clean->count - 1, begin = (size_t)(from * (double)last), end = (size_t)(to * (double)last);
    return (clean->levels[end] - clean->levels[begin]) / (clean->requests[end] - clean->requests[begin]);
}

/* The sign rule: the minima of 8 super-blocks all rise. A ratchet or a sawtooth has a flat or a falling one.
 */
static bool minima_rise(const struct clean *clean)
{
    if (clean->count < SUPER_BLOCKS)
        return false;
    double before = -INFINITY;
    for (size_t block = 0; block < SUPER_BLOCKS; block++) {
        size_t begin = block * clean->count / SUPER_BLOCKS, end = (block + 1) * clean->count / SUPER_BLOCKS;
        double lowest = INFINITY;
        for (size_t i = begin; i < end; i++)
            lowest = fmin(lowest, clean->levels[i]);
        if (lowest <= before)
            return false;
        before = lowest;
    }
    return true;
}

static double stopped_after(const struct clean *clean)
{
    double first = clean->levels[0], whole = clean->levels[clean->count - 1] - first;
    for (size_t i = 0; i < clean->count; i++)
        if (clean->levels[i] - first >= 0.95 * whole)
            return clean->requests[i] - clean->requests[0];
    return clean->requests[clean->count - 1] - clean->requests[0];
}

static enum trend_shape shape_of(const struct clean *clean, const struct growth_question *question,
                                 const struct slope *second)
{
    double s1 = secant(clean, 0.25, 0.5), s2 = second->value, s3 = secant(clean, 0.75, 1.0);
    double whole = secant(clean, 0.0, 1.0), floor = question->floor;
    bool stopped = fabs(s3) < fmax(floor, 0.05 * fabs(whole)) && second->interval.low <= floor;
    if (second->interval.high < floor || stopped)
        return whole > floor && secant(clean, 0.0, 0.5) > 2 * floor ? TREND_STOPPED : TREND_FLAT;
    if (second->interval.low <= floor)
        return TREND_NOISY;
    if (s2 < 0.5 * s1 || s3 < 0.6 * s2)
        return TREND_SLOWING;
    if (!question->collected && !minima_rise(clean))
        return TREND_NOISY;
    return TREND_LINEAR;
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
    struct clean clean = without_gaps(question);
    if (clean.count >= WINDOWS_LEAST + 1) {
        struct slope second = slope_between(&clean, 0.5, 1.0, 0.95),
                     most = slope_between(&clean, 0.25, 1.0, 0.95);
        answer.shape = shape_of(&clean, question, &second);
        answer.verdict = verdict_of(answer.shape);
        answer.per_request = most.value;
        answer.interval = most.interval;
        double requests = clean.requests[clean.count - 1] - clean.requests[0];
        answer.smallest_detectable = question->floor + (second.interval.high - second.interval.low) / 2 +
                                     question->dead_zone / requests;
        if (answer.shape == TREND_STOPPED)
            answer.stopped_after = stopped_after(&clean);
    }
    free(clean.requests);
    free(clean.levels);
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
