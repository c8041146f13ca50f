#include "scoring_shapes.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846
#define RING_ENTRIES 5000.0

static double total(const struct course *course)
{
    return course->requests[course->count - 1];
}

/* What caches, pools and tables of a small service take. */
static double amount(struct chance *chance)
{
    return chance_scale(chance, 50e3, 8e6);
}

static void flat(struct course *course, struct fortune *fortune)
{
    (void)course, (void)fortune;
}

static void saturate(struct course *course, double bytes, double constant)
{
    for (size_t i = 0; i < course->count; i++)
        course->kept[i] = bytes * (1 - exp(-course->since[i] / constant));
}

static void warm_up_fast(struct course *course, struct fortune *fortune)
{
    double bytes = amount(&fortune->server);
    saturate(course, bytes, total(course) * chance_between(&fortune->server, 0.005, 0.04));
}

static void warm_up_slow(struct course *course, struct fortune *fortune)
{
    double bytes = amount(&fortune->server);
    saturate(course, bytes, total(course) * chance_between(&fortune->server, 0.08, 0.2));
}

static void fill_evenly(struct course *course, double entries, double entry_bytes, double per_request)
{
    for (size_t i = 0; i < course->count; i++)
        course->kept[i] = entry_bytes * fmin(entries, course->requests[i] * per_request);
}

static void lru_late(struct course *course, struct fortune *fortune)
{
    double misses = chance_between(&fortune->server, 0.2, 1),
           full = total(course) * chance_between(&fortune->server, 0.3, 0.85);
    fill_evenly(course, full * misses, chance_scale(&fortune->server, 60, 2000), misses);
}

static void ring(struct course *course, struct fortune *fortune)
{
    fill_evenly(course, RING_ENTRIES, chance_scale(&fortune->server, 48, 500), 1);
}

static void sawtooth(struct course *course, struct fortune *fortune)
{
    double teeth = chance_scale(&fortune->server, 3, 40), phase = chance_between(&fortune->run, 0, 1),
           bytes = amount(&fortune->server);
    course->period = total(course) / teeth;
    for (size_t i = 0; i < course->count; i++) {
        double place = course->requests[i] / total(course) * teeth + phase;
        course->kept[i] = bytes * (place - floor(place));
    }
}

/* The highest load so far, of loads that are bounded: what a pool keeps that never shrinks. */
static void ratchet(struct course *course, struct fortune *fortune)
{
    double bytes = amount(&fortune->server), power = chance_between(&fortune->server, 0.5, 4), highest = 0;
    for (size_t i = 0; i < course->count; i++) {
        highest = fmax(highest, pow(chance_between(&fortune->run, 0, 1), power));
        course->kept[i] = bytes * highest;
    }
}

static void random_walk(struct course *course, struct fortune *fortune)
{
    double step = chance_scale(&fortune->server, 500, 60e3), level = 0;
    for (size_t i = 0; i < course->count; i++)
        course->kept[i] = level += step * chance_normal(&fortune->run);
}

static void steps_of(struct course *course, struct fortune *fortune, double bytes)
{
    for (size_t left = chance_count(&fortune->server, 1, 3); left > 0; left--) {
        double at = total(course) * chance_between(&fortune->run, 0, 1);
        for (size_t i = 0; i < course->count; i++)
            course->kept[i] += course->requests[i] > at ? bytes : 0;
    }
}

static void steps_256k(struct course *course, struct fortune *fortune)
{
    steps_of(course, fortune, 256 << 10);
}

static void steps_1m(struct course *course, struct fortune *fortune)
{
    steps_of(course, fortune, 1 << 20);
}

/* 1 to 5 restarts, at least 6 readings apart, or as near as so few readings allow. */
static void place_cuts(struct course *course, struct fortune *fortune)
{
    size_t most = course->count / 8 < COURSE_CUTS ? course->count / 8 : COURSE_CUTS;
    size_t wanted = chance_count(&fortune->server, 1, most), apart = course->count / (wanted + 1);
    for (size_t i = 0; i < wanted; i++) {
        size_t shift = apart / 4;
        course->cuts[i] = (i + 1) * apart + chance_count(&fortune->run, 0, 2 * shift) - shift;
    }
    course->cut_count = wanted;
}

static void begin_anew(struct course *course, struct fortune *fortune)
{
    for (size_t i = 0, cut = 0; i < course->count; i++) {
        while (cut < course->cut_count && course->cuts[cut] <= i)
            cut++;
        if (cut == 0)
            continue;
        size_t first = course->cuts[cut - 1];
        double gap = course->requests[first] - course->requests[first - 1];
        if (first == i)
            course->since[i] = gap * chance_between(&fortune->run, 0, 1);
        else
            course->since[i] = course->since[i - 1] + course->requests[i] - course->requests[i - 1];
    }
}

static void restarts(struct course *course, struct fortune *fortune)
{
    place_cuts(course, fortune);
    begin_anew(course, fortune);
    double life = total(course) / (double)(course->cut_count + 1);
    double bytes = amount(&fortune->server);
    saturate(course, bytes, life * chance_between(&fortune->server, 0.01, 0.08));
}

static void restarts_told(struct course *course, struct fortune *fortune)
{
    restarts(course, fortune);
    course->cuts_told = true;
}

/* Readings by the clock, while hardly a request comes. */
static void stretch_night(struct course *course, struct fortune *fortune, size_t dusk, size_t dawn)
{
    double gone = 0, before = course->requests[dusk - 1];
    for (size_t i = dusk; i < course->count; i++) {
        double gap = course->requests[i] - before;
        before = course->requests[i];
        if (i < dawn)
            gone += gap - fmax(1, floor(gap * chance_between(&fortune->run, 0, 0.01)));
        course->requests[i] -= gone;
        course->since[i] = course->requests[i];
    }
}

/* Sessions fill up to a level by day, and expire by the clock. */
static void idle_night(struct course *course, struct fortune *fortune)
{
    size_t dusk = course->count * chance_count(&fortune->server, 25, 55) / 100;
    size_t dawn = dusk + course->count * chance_count(&fortune->server, 20, 35) / 100;
    double bytes = amount(&fortune->server),
           fade = exp(-1 / chance_between(&fortune->server, 0.5, (double)(dawn - dusk) / 4));
    stretch_night(course, fortune, dusk, dawn);
    double constant = total(course) * chance_between(&fortune->server, 0.01, 0.06), level = 0;
    for (size_t i = 1; i < course->count; i++) {
        double gap = course->requests[i] - course->requests[i - 1];
        level = i >= dusk && i < dawn ? level * fade : bytes - (bytes - level) * exp(-gap / constant);
        course->kept[i] = level;
    }
}

/* For one or two readings many requests are under way at once; a part of what they took stays. */
static void burst(struct course *course, struct fortune *fortune)
{
    double at = total(course) * chance_between(&fortune->run, 0.05, 0.95), bytes = amount(&fortune->server);
    double until = at + total(course) / (double)course->count * chance_between(&fortune->server, 1, 2);
    double stays = bytes * chance_between(&fortune->server, 0.3, 1);
    for (size_t i = 0; i < course->count; i++)
        if (course->requests[i] > at)
            course->kept[i] = course->requests[i] < until ? bytes : stays;
}

static void wave(struct course *course, struct fortune *fortune)
{
    double days = chance_between(&fortune->server, 2, 6), phase = chance_between(&fortune->run, 0, 1),
           bytes = amount(&fortune->server);
    course->period = total(course) / days;
    for (size_t i = 0; i < course->count; i++)
        course->kept[i] =
            bytes / 2 * (1 + sin(2 * PI * (course->requests[i] / total(course) * days + phase)));
}

static void logarithm(struct course *course, struct fortune *fortune)
{
    double constant = total(course) * chance_between(&fortune->server, 0.005, 0.05);
    double bytes = amount(&fortune->server) / log1p(total(course) / constant);
    for (size_t i = 0; i < course->count; i++)
        course->kept[i] = bytes * log1p(course->requests[i] / constant);
}

static const struct scoring_shape shapes[] = {
    {"flat", false, false, flat},
    {"warm-up fast", true, false, warm_up_fast},
    {"warm-up slow", true, false, warm_up_slow},
    {"LRU fills late", true, false, lru_late},
    {"ring of 5,000", true, false, ring},
    {"sawtooth", false, false, sawtooth},
    {"ratchet", false, false, ratchet},
    {"random walk", false, false, random_walk},
    {"steps of 256 KiB", false, false, steps_256k},
    {"steps of 1 MiB", false, false, steps_1m},
    {"restarts, told", true, false, restarts_told},
    {"restarts, not told", true, false, restarts},
    {"idle night", true, false, idle_night},
    {"burst", false, false, burst},
    {"daily wave", false, false, wave},
    {"logarithm", true, true, logarithm},
};

size_t scoring_shape_count(void)
{
    return sizeof shapes / sizeof *shapes;
}

const struct scoring_shape *scoring_shape_at(size_t index)
{
    return &shapes[index];
}

static void lay_out(struct course *course, struct fortune *fortune)
{
    memset(course, 0, sizeof *course);
    course->count = (size_t)round(chance_scale(&fortune->server, COURSE_LEAST, COURSE_MOST));
    double window = chance_scale(&fortune->server, 2000, 50000) / (double)(course->count - 1);
    for (size_t i = 1; i < course->count; i++) {
        double gap = fmax(1, round(window * chance_between(&fortune->run, 0.9, 1.1)));
        course->since[i] = course->requests[i] = course->requests[i - 1] + gap;
    }
    course->object_bytes = chance_scale(&fortune->server, 40, 400);
}

void scoring_shape_draw(const struct scoring_shape *shape, struct course *course, struct fortune *fortune)
{
    lay_out(course, fortune);
    shape->draw(course, fortune);
}

double scoring_shape_filling(const struct scoring_shape *shape, const struct course *course, size_t count)
{
    size_t last = count - 1, from = last;
    if (course->requests[last] < course->period)
        return INFINITY;
    while (from > 0 && course->requests[from] > course->requests[last] * 7 / 8)
        from--;
    return !shape->fills || from == last ? 0
                                         : (course->kept[last] - course->kept[from]) /
                                               (course->requests[last] - course->requests[from]);
}
