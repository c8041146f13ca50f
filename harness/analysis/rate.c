#include "analysis/rate.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/blend.h"
#include "base/text.h"

#define READINGS_LEAST 8
#define STEADY_LEAST 12
#define MUCH_MORE_EVEN 16 /* in squares */
#define EVEN_ENOUGH 20    /* unevenness of a twentieth of what the floor makes of so many requests */

/* u: requests since the segment began, as a share of the longest one; at: the shape's parameter. */
typedef double shape_function(double u, double at);

static double approach(double u, double at)
{
    return 1 - exp(-u / at);
}

static double ramp(double u, double at)
{
    return fmin(u / at, 1);
}

static double logarithm(double u, double at)
{
    return log1p(u / at);
}

/* Parameters lie evenly in their logarithm, or evenly. */
static const struct family {
    shape_function *of;
    double low, high;
    bool logarithmic;
    double prior;
} families[] = {
    {approach, 0.01, 1.5, true, 0.15},
    {ramp, 0.04, 0.93, false, 0.15},
    {logarithm, 0.001, 0.3, true, 0.03},
};

#define FAMILIES (sizeof families / sizeof *families)
#define LINE_PRIOR 0.6
#define JUMPS 2
#define JUMP_PRIOR 0.03
#define GRID 7   /* places of each family at first */
#define CLOSER 9 /* more of them, around the best */
#define PLACES (GRID + CLOSER)
#define HOPELESS 9 /* e to that power: what is so much less likely than the best weighs nothing */
#define EVIDENCE_MOST 500

struct place {
    double at; /* 0 to 1 between low and high */
    struct trend trend;
};

struct averaging {
    const struct curve *curve;
    double longest; /* segment, requests */
    struct trend_series series;
    double *column;
    double line; /* evidence of the line alone: others are told relative to it */
    double best; /* evidence of all that was tried */
    struct blend blend;
};

/* Each segment is another process, which fills from the beginning. */
static struct trend fit(struct averaging *averaging, shape_function *of, double parameter)
{
    const struct curve *curve = averaging->curve;
    double since = curve->x[0];
    for (size_t i = 0; i < curve->count; i++) {
        since = curve->begins[i] ? curve->x[i] : since;
        averaging->column[i] = of((curve->x[i] - since) / averaging->longest, parameter);
    }
    return trend_beside(&averaging->series, averaging->column);
}

static struct trend fit_jump(struct averaging *averaging, size_t at)
{
    for (size_t i = 0; i < averaging->curve->count; i++)
        averaging->column[i] = i >= at;
    return trend_beside(&averaging->series, averaging->column);
}

static void add(struct averaging *averaging, const struct trend *trend, double prior)
{
    if (trend->evidence > -INFINITY)
        blend_add(&averaging->blend, trend,
                  prior * exp(fmin(trend->evidence - averaging->line, EVIDENCE_MOST)), 0, 1);
}

static double parameter_at(const struct family *family, double at)
{
    return family->logarithmic ? family->low * pow(family->high / family->low, at)
                               : family->low + at * (family->high - family->low);
}

/* Keeps places in order. */
static void put(struct place *places, size_t *count, double at, const struct trend *trend)
{
    size_t i = (*count)++;
    for (; i > 0 && places[i - 1].at > at; i--)
        places[i] = places[i - 1];
    places[i] = (struct place){at, *trend};
}

static size_t best_of(const struct place *places, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        if (places[i].trend.evidence > places[best].trend.evidence)
            best = i;
    return best;
}

/* Halves the wider of the two gaps beside the best place. */
static double closer(const struct place *places, size_t count)
{
    size_t best = best_of(places, count);
    double left = best > 0 ? places[best].at - places[best - 1].at : 0;
    double right = best + 1 < count ? places[best + 1].at - places[best].at : 0;
    return places[best].at + (left > right ? -left : right) / 2;
}

static void add_places(struct averaging *averaging, const struct family *family, const struct place *places,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double before = i > 0 ? places[i].at - places[i - 1].at : 0;
        double after = i + 1 < count ? places[i + 1].at - places[i].at : 0;
        add(averaging, &places[i].trend, family->prior * (before + after) / 2);
    }
}

static void add_family(struct averaging *averaging, const struct family *family)
{
    struct place places[PLACES];
    size_t count = 0;
    for (size_t i = 0; i < PLACES; i++) {
        double at = i < GRID ? (double)i / (GRID - 1) : closer(places, count);
        if (i == GRID && places[best_of(places, count)].trend.evidence < averaging->best - HOPELESS)
            break;
        struct trend trend = fit(averaging, family->of, parameter_at(family, at));
        put(places, &count, at, &trend);
        averaging->best = fmax(averaging->best, trend.evidence);
    }
    add_places(averaging, family, places, count);
}

/* The largest step, unless it is one of many alike: those are how it grows. */
static size_t lone_step(const struct curve *curve, size_t but)
{
    size_t largest = 0, alike = 0;
    double most = 0;
    for (size_t i = 1; i < curve->count; i++) {
        double step = curve->begins[i] || i == but ? 0 : fabs(curve->y[i] - curve->y[i - 1]);
        if (step > most)
            most = step, largest = i;
    }
    for (size_t i = 1; i < curve->count; i++)
        alike += !curve->begins[i] && fabs(curve->y[i] - curve->y[i - 1]) > most / 2;
    return alike <= 3 && largest > 1 && largest + 1 < curve->count ? largest : 0;
}

static void add_jumps(struct averaging *averaging)
{
    size_t taken = 0;
    for (size_t k = 0; k < JUMPS && (taken = lone_step(averaging->curve, taken)) > 0; k++) {
        struct trend trend = fit_jump(averaging, taken);
        add(averaging, &trend, JUMP_PRIOR);
    }
}

/* Without the readings before a dead zone was filled; what never rises is whole. */
static struct curve risen(const struct curve *curve)
{
    size_t i = 0;
    while (curve->dead_zone > 0 && curve->count - i > READINGS_LEAST &&
           curve->y[i] - curve->y[0] < curve->dead_zone / 4)
        i++;
    if (curve->count - i <= READINGS_LEAST)
        i = 0;
    struct curve part = *curve;
    part.x += i;
    part.y += i;
    part.begins += i;
    part.count -= i;
    return part;
}

static double longest_segment(const struct curve *curve)
{
    double since = curve->x[0], longest = 0;
    for (size_t i = 1; i < curve->count; i++) {
        since = curve->begins[i] ? curve->x[i] : since;
        longest = fmax(longest, curve->x[i] - since);
    }
    return longest;
}

static void try_all(struct averaging *averaging)
{
    struct trend line = trend_beside(&averaging->series, NULL);
    averaging->line = averaging->best = line.evidence;
    if (line.freedom == 0)
        return;
    add(averaging, &line, LINE_PRIOR);
    for (size_t i = 0; i < FAMILIES; i++)
        add_family(averaging, &families[i]);
    add_jumps(averaging);
}

static struct rate rate_of(const struct curve *whole)
{
    struct rate rate = {NAN, {NAN, NAN}};
    if (whole->count < READINGS_LEAST)
        return rate;
    struct curve part = risen(whole), *curve = &part;
    size_t parts = (1 + JUMPS + FAMILIES * PLACES) * TREND_NOISES;
    struct averaging averaging = {
        .curve = curve,
        .longest = longest_segment(curve),
        .series = {curve->x, curve->y, curve->count, curve->begins, curve->dead_zone / 20},
        .column = xcalloc(curve->count, sizeof *averaging.column),
        .blend = {.parts = xcalloc(parts, sizeof *averaging.blend.parts)},
    };
    const struct blend *blend = &averaging.blend;
    try_all(&averaging);
    if (blend->count > 0) {
        rate.value = blend_mean(blend);
        rate.interval = (struct interval){blend_quantile(blend, 0.025), blend_quantile(blend, 0.975)};
    }
    free(averaging.column);
    free(averaging.blend.parts);
    return rate;
}

/* Mean square of what straight lines leave, each segment's level its own, their slope in common. */
static double unevenness(const struct curve *curve)
{
    struct {
        double n, x, y, xx, xy, yy;
    } of = {0}, all = {0};
    for (size_t i = 0; i <= curve->count; i++) {
        if (i == curve->count || (curve->begins[i] && of.n > 0)) {
            all.n += of.n - 1;
            all.xx += of.xx - of.x * of.x / of.n;
            all.xy += of.xy - of.x * of.y / of.n;
            all.yy += of.yy - of.y * of.y / of.n;
            memset(&of, 0, sizeof of);
        }
        if (i == curve->count)
            break;
        double x = curve->x[i] - curve->x[0], y = curve->y[i] - curve->y[0];
        of.n++, of.x += x, of.y += y, of.xx += x * x, of.xy += x * y, of.yy += y * y;
    }
    double left = all.yy - (all.xx > 0 ? all.xy * all.xy / all.xx : 0);
    return all.n > 1 ? fmax(left, 0) / (all.n - 1) : INFINITY;
}

/* The share of the requests after which it is much more even than with what was before: a cold server does not fill
 * by any law. Where it is even enough for the floor that is asked about, nothing is left out. */
static double steady_from(const struct curve *curve)
{
    static const double shares[] = {0, 0.0625, 0.125};
    double even = curve->floor * curve_requests(curve, 0) / EVEN_ENOUGH, found = 0, before = 0;
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        struct curve_tail tail = curve_tail_of(curve, shares[i]);
        double left = fmax(unevenness(&tail.curve), even * even);
        if (i == 0 || (tail.curve.count >= STEADY_LEAST && left * MUCH_MORE_EVEN < before)) {
            found = shares[i];
            before = left;
        }
        curve_tail_release(&tail);
    }
    return found;
}

struct rate rate_find(const struct curve *all)
{
    struct rate rate = {NAN, {NAN, NAN}};
    if (all->count < READINGS_LEAST)
        return rate;
    struct curve_tail tail = curve_tail_of(all, steady_from(all));
    rate = rate_of(&tail.curve);
    curve_tail_release(&tail);
    return rate;
}
