/* Series of readings whose truth is known: what a server keeps, seen through a signal. Seeded.
 *
 * A run is `windows` + 1 readings, `calls` requests apart. What is kept follows a shape (all but the leak are
 * bounded, or grow slower and slower); the signal adds its noise: counted objects, counted bytes with lists
 * that grow by an eighth, or RSS with its dead zone, coarse steps, a slow creep and noise that wanders. */
#ifndef SEEP_TESTS_SHAPES_H
#define SEEP_TESTS_SHAPES_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/random.h"

enum seen { SEEN_OBJECTS, SEEN_BYTES, SEEN_RSS, SEEN_COUNT };
static const char *const seen_names[] = {"objects", "bytes", "rss"};

#define SHAPE_READINGS_MOST 64
#define BYTES_PER_OBJECT 64.0

struct shape_run {
    enum seen seen;
    size_t count;
    double rate;  /* what grows for ever, units per request */
    double calls; /* requests per window */
    double x[SHAPE_READINGS_MOST], y[SHAPE_READINGS_MOST];
    double kept[SHAPE_READINGS_MOST]; /* objects */
    struct random server;             /* what kind of server: amplitudes, periods, spreads */
    struct random chance;             /* what happened in this run: noise, phases, times of steps */
};

static inline double between(struct random *random, double low, double high)
{
    return low + (high - low) * random_unit(random);
}

/* Evenly on a logarithmic scale. */
static inline double scale_between(struct random *random, double low, double high)
{
    return exp(between(random, log(low), log(high)));
}

/* Each shape fills kept[]; `most`: objects that it keeps in the end, or its amplitude. */
typedef void shape_function(struct shape_run *run, double most);

static inline double share_done(const struct shape_run *run, size_t i)
{
    return run->x[i] / run->x[run->count - 1];
}

static inline void shape_flat(struct shape_run *run, double most)
{
    (void)most;
    memset(run->kept, 0, sizeof run->kept);
}

static inline void saturate(struct shape_run *run, double most, double tau)
{
    for (size_t i = 0; i < run->count; i++)
        run->kept[i] = most * (1 - exp(-share_done(run, i) / tau));
}

static inline void shape_warm_fast(struct shape_run *run, double most)
{
    saturate(run, most, between(&run->server, 0.01, 0.08));
}

static inline void shape_warm_slow(struct shape_run *run, double most)
{
    saturate(run, most, between(&run->server, 0.1, 0.33));
}

static inline void shape_saturating(struct shape_run *run, double most)
{
    saturate(run, most, between(&run->server, 0.5, 1.0));
}

static inline void shape_logarithm(struct shape_run *run, double most)
{
    double scale = scale_between(&run->server, 0.001, 0.03);
    for (size_t i = 0; i < run->count; i++)
        run->kept[i] = most * log(1 + share_done(run, i) / scale) / log(1 + 1 / scale);
}

static inline void fill_until(struct shape_run *run, double most, double full)
{
    for (size_t i = 0; i < run->count; i++)
        run->kept[i] = most * fmin(1, share_done(run, i) / full);
}

static inline void shape_lru(struct shape_run *run, double most)
{
    fill_until(run, most, between(&run->server, 0.15, 0.6));
}

static inline void shape_lru_late(struct shape_run *run, double most)
{
    fill_until(run, most, between(&run->server, 0.6, 0.88));
}

/* Rises for `period` requests, then drops; periods of a part of a window to two fifths of
 * the run, but none that a whole number fills a window: readings at the same phase, or
 * drifting slowly through it, show no teeth. */
static inline void shape_sawtooth(struct shape_run *run, double most)
{
    double share, beat;
    do {
        share = scale_between(&run->server, 0.3, (double)run->count / 2.5);
        beat = fmod(1 / share, 1);
    } while (share < 1 && (beat < 0.1 || beat > 0.9));
    double period = run->calls * share;
    double phase = between(&run->chance, 0, period);
    for (size_t i = 0; i < run->count; i++)
        run->kept[i] = most / 4 * fmod(run->x[i] + phase, period) / period;
}

/* +1 a query, -200 every 200. */
static inline void shape_clean_up(struct shape_run *run, double most)
{
    (void)most;
    double phase = between(&run->chance, 0, 200);
    for (size_t i = 0; i < run->count; i++)
        run->kept[i] = floor(fmod(run->x[i] + phase, 200));
}

/* Rises by single coarse steps at random times, slower than any floor: 3 to 13 B per request. */
static inline void shape_ratchet(struct shape_run *run, double most)
{
    (void)most;
    double creep = between(&run->server, 0.002, 0.01), step = between(&run->server, 4, 40), level = 0;
    run->rate += creep * (run->seen == SEEN_OBJECTS ? 1 : BYTES_PER_OBJECT);
    for (size_t i = 0; i < run->count; i++) {
        run->kept[i] = level;
        for (double left = run->calls * creep / step; left > 0; left--)
            level += random_unit(&run->chance) < left ? step : 0;
    }
}

static inline void shape_walk(struct shape_run *run, double most)
{
    double step = most / sqrt((double)run->count) / 2, level = 0;
    for (size_t i = 0; i < run->count; i++, level += step * random_normal(&run->chance))
        run->kept[i] = level;
}

/* One to three steps up at random times: a table that doubles, a pool that is made. */
static inline void shape_steps(struct shape_run *run, double most)
{
    size_t steps = 1 + random_below(&run->server, 3);
    shape_flat(run, most);
    for (; steps > 0; steps--) {
        double at = random_unit(&run->chance);
        for (size_t i = 0; i < run->count; i++)
            run->kept[i] += share_done(run, i) > at ? most / 3 : 0;
    }
}

struct shape {
    const char *name;
    shape_function *fill;
};

static const struct shape shapes[] = {
    {"flat", shape_flat},         {"warm-up, fast", shape_warm_fast},  {"warm-up, slow", shape_warm_slow},
    {"LRU", shape_lru},           {"LRU, fills late", shape_lru_late}, {"sawtooth", shape_sawtooth},
    {"clean-up", shape_clean_up}, {"ratchet", shape_ratchet},          {"random walk", shape_walk},
    {"steps", shape_steps},       {"saturating", shape_saturating},    {"logarithm", shape_logarithm},
};
#define SHAPE_COUNT (sizeof shapes / sizeof shapes[0])

static inline void see_objects(struct shape_run *run)
{
    double spread = between(&run->server, 1, 3);
    for (size_t i = 0; i < run->count; i++)
        run->y[i] = round(180000 + run->kept[i] + spread * random_normal(&run->chance));
}

/* Slots, and lists that over-allocate by an eighth: the leak has one of its own. */
static inline void see_bytes(struct shape_run *run, double leak)
{
    double spread = between(&run->server, 100, 600), room = between(&run->server, 20, 200), own = room;
    for (size_t i = 0; i < run->count; i++) {
        double leaked = leak / BYTES_PER_OBJECT * run->x[i];
        while (room < run->kept[i] - leaked)
            room *= 1.125;
        while (own < leaked)
            own *= 1.125;
        run->y[i] = 3e7 + (BYTES_PER_OBJECT - 8) * run->kept[i] + 8 * (room + own) +
                    spread * random_normal(&run->chance);
    }
}

/* The heap grows by 64 to 112 KiB when its free room is used up, and creeps by 3 to 13 B per request; what
 * falls is given back only above a megabyte. */
static inline void see_rss(struct shape_run *run)
{
    double top = between(&run->server, 1e5, 2e5), creep = between(&run->server, 3, 13);
    run->rate += creep;
    double spread = between(&run->server, 0, 30e3), wander = spread * random_normal(&run->chance);
    for (size_t i = 0; i < run->count; i++) {
        double live = BYTES_PER_OBJECT * run->kept[i] + creep * run->x[i];
        while (top < live)
            top += between(&run->chance, 65536, 114688);
        if (top - live > 1e6)
            top = live + 2e5;
        wander = 0.97 * wander + spread * sqrt(1 - 0.97 * 0.97) * random_normal(&run->chance);
        run->y[i] = 4096 * floor((4e7 + top + wander) / 4096);
    }
}

/* leak: units of the signal (objects or bytes) per request, on top of the shape. The same server with another
 * chance is another run of it. */
static inline void shape_make(struct shape_run *run, const struct shape *shape, enum seen seen,
                              size_t windows, double calls, double leak, uint64_t server, uint64_t chance)
{
    random_init(&run->server, server * 7919 + 13);
    random_init(&run->chance, chance * 104729 + 7);
    run->seen = seen;
    run->rate = seen == SEEN_BYTES ? leak * (1 + 0.0605 * 8 / BYTES_PER_OBJECT) : leak;
    run->count = windows + 1;
    run->calls = calls;
    for (size_t i = 0; i < run->count; i++)
        run->x[i] = calls * (double)i;
    shape->fill(run, scale_between(&run->server, 0.05, 3) * calls * (double)windows);
    for (size_t i = 0; i < run->count; i++)
        run->kept[i] += leak / (seen == SEEN_OBJECTS ? 1 : BYTES_PER_OBJECT) * run->x[i];
    if (seen == SEEN_OBJECTS)
        see_objects(run);
    else if (seen == SEEN_BYTES)
        see_bytes(run, leak);
    else
        see_rss(run);
}

/* Windows and calls of a run, by seed: 16 to 48 windows of 150 to 1,000
 * requests, as hunt and soak use them. */
static inline void shape_plan(uint64_t seed, size_t *windows, double *calls)
{
    static const size_t some_windows[] = {16, 16, 24, 48};
    static const double some_calls[] = {150, 300, 625, 1000};
    struct random random;
    random_init(&random, seed * 31 + 5);
    *windows = some_windows[random_below(&random, 4)];
    *calls = some_calls[random_below(&random, 4)];
}

#endif
