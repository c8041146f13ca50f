/* Histories of production, made up from a seed: what requests come is drawn, what memory does is said. */
#ifndef SEEP_TESTS_HISTORIES_H
#define SEEP_TESTS_HISTORIES_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/random.h"
#include "base/text.h"
#include "model/history.h"

#define HISTORY_FROM_S 1714521600.0 /* 2024-05-01 00:00:00 UTC */

/* Without instances; endpoints are named "GET /0", "GET /1", ... To be released. */
static inline void history_begin(struct history *history, size_t rows, double step_s, size_t endpoints)
{
    *history = (struct history){.start_s = HISTORY_FROM_S, .step_s = step_s, .rows = rows};
    for (size_t e = 0; e < endpoints; e++)
        strings_addf(&history->endpoints, "GET /%zu", e);
}

/* Rows [from, to) of a series, which is made where there is none: else NaN. */
static inline void history_level(const struct history *history, double **series, size_t from, size_t to,
                                 double value)
{
    if (*series == NULL) {
        *series = xcalloc(history->rows + 1, sizeof **series);
        for (size_t row = 0; row < history->rows; row++)
            (*series)[row] = NAN;
    }
    for (size_t row = from; row < to && row < history->rows; row++)
        (*series)[row] = value;
}

/* An instance whose memory stays the same. */
static inline struct history_instance *history_steady(struct history *history, const char *name, double bytes)
{
    struct history_instance *instance = history_add(history, name);
    history_level(history, &instance->memory, 0, history->rows, bytes);
    return instance;
}

enum { MADE_ENDPOINTS = 64 };

/* A fleet: what is 0 is not there. */
struct made_fleet {
    uint64_t seed;
    size_t endpoints, instances;
    double days, step_s;
    double keeps[MADE_ENDPOINTS]; /* bytes of each request */
    size_t as[MADE_ENDPOINTS];    /* e > as[e] > 0: its requests come with those of endpoint as[e] - 1 */
    double idle;                  /* bytes per hour, whether requests come or not */
    double cache, cache_part;     /* bytes; full, about, in so much of the time */
    double flight;                /* bytes of each request per second */
    double noise, walk;           /* standard deviations, bytes: of a row; from row to row */
    double restarts_days;         /* the process starts anew so often */
    double until_days,
        from_days; /* requests keep something, and time adds something, only within; 0: all the time */
    double limit;  /* bytes, which the series tell */
    bool silent;   /* nothing tells when a process started */
};

#define MADE_BASE_BYTES 150e6

struct making {
    const struct made_fleet *fleet;
    struct history *history;
    struct random random;
    double *rates; /* rows x endpoints, per second and instance */
};

static inline double made_normal(struct making *making, double deviation)
{
    return deviation * random_normal(&making->random);
}

/* A day of its own, and slow wander. */
static inline void made_rates(struct making *making)
{
    size_t p = making->fleet->endpoints, rows = making->history->rows;
    double keeps = exp(-making->fleet->step_s / 3600 / 6);
    making->rates = xcalloc(rows * p + 1, sizeof *making->rates);
    for (size_t e = 0; e < p; e++) {
        double usual = exp(2 * random_unit(&making->random) - 1.5), peak = random_unit(&making->random) * 24,
               wander = 0;
        for (size_t row = 0; row < rows; row++) {
            double hour = (double)row * making->fleet->step_s / 3600;
            wander = keeps * wander + made_normal(making, 0.5 * sqrt(1 - keeps * keeps));
            making->rates[row * p + e] = usual * exp(wander + 0.7 * cos(2 * M_PI * (hour - peak) / 24));
        }
        for (size_t row = 0; making->fleet->as[e] > 0 && row < rows; row++)
            making->rates[row * p + e] = making->rates[row * p + making->fleet->as[e] - 1];
    }
}

static inline double made_requests(struct making *making, size_t row, double share, float *counts)
{
    size_t p = making->fleet->endpoints;
    double all = 0;
    for (size_t e = 0; e < p; e++) {
        double mean = making->rates[row * p + e] * share * making->fleet->step_s;
        counts[e] = making->fleet->as[e] > 0 ? counts[making->fleet->as[e] - 1]
                                             : (float)fmax(0, round(mean + made_normal(making, sqrt(mean))));
        all += (double)counts[e];
    }
    return all;
}

static inline void made_one(struct making *making, const char *name)
{
    const struct made_fleet *fleet = making->fleet;
    struct history *history = making->history;
    struct history_instance *instance = history_add(history, name);
    double share = 0.7 + 0.6 * random_unit(&making->random), kept = 0, served = 0, walked = 0, began = 0;
    double usual = 0, life = fleet->restarts_days > 0 ? fleet->restarts_days : fleet->days;
    for (size_t i = 0; i < history->rows * fleet->endpoints; i++)
        usual += share * making->rates[i] * fleet->step_s * life / fleet->days;
    for (size_t row = 0; row < history->rows; row++) {
        double at = (double)row * fleet->step_s;
        float *counts = history_requests(history, instance, row);
        double all = made_requests(making, row, share, counts);
        if (row > 0 && fleet->restarts_days > 0 && at - began >= fleet->restarts_days * 86400) {
            kept = served = walked = 0;
            began = at;
        }
        bool keeps =
            at >= fleet->from_days * 86400 && !(fleet->until_days > 0 && at >= fleet->until_days * 86400);
        for (size_t e = 0; keeps && e < fleet->endpoints; e++)
            kept += fleet->keeps[e] * (double)counts[e];
        kept += keeps ? fleet->idle * fleet->step_s / 3600 : 0;
        served += all;
        walked += made_normal(making, fleet->walk);
        double cached =
            fleet->cache > 0 ? fleet->cache * (1 - exp(-3 * served / fleet->cache_part / usual)) : 0;
        instance->memory[row] = MADE_BASE_BYTES + kept + cached + fleet->flight * all / fleet->step_s +
                                walked + made_normal(making, fleet->noise);
        if (!fleet->silent)
            history_level(history, &instance->started, row, row + 1, HISTORY_FROM_S + began);
        if (fleet->limit > 0)
            history_level(history, &instance->limit, row, row + 1, fleet->limit);
    }
}

/* To be released. */
static inline void made_history(const struct made_fleet *fleet, struct history *history)
{
    struct making making = {.fleet = fleet, .history = history};
    random_init(&making.random, fleet->seed);
    history_begin(history, (size_t)(fleet->days * 86400 / fleet->step_s), fleet->step_s, fleet->endpoints);
    made_rates(&making);
    for (size_t i = 0; i < fleet->instances; i++) {
        char *name = xasprintf("shop-%zu", i);
        made_one(&making, name);
        free(name);
    }
    free(making.rates);
}

#endif
