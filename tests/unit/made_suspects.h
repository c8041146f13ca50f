/* Suspects, made up from a seed: two weeks of a fleet that keeps 40 B of each GET /quote/{sku}, is deployed once a week and
 * restarts where its memory is full. `hostile` stands behind each name ("": none). To be released. */
#ifndef TESTS_UNIT_MADE_SUSPECTS_H
#define TESTS_UNIT_MADE_SUSPECTS_H

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "base/text.h"
#include "model/suspects.h"

#define MADE_FROM_S 1714521600.0 /* 2024-05-01 00:00:00 UTC */
enum { MADE_DAYS = 14, MADE_STEP_S = 900, MADE_POINTS = MADE_DAYS * 86400 / MADE_STEP_S };

static inline void made_name(struct strings *names, const char *name, const char *hostile)
{
    strings_addf(names, "%s%s", name, hostile);
}

static inline struct suspect *made_suspect(struct suspects *made)
{
    made->items = xrealloc(made->items, (made->count + 1) * sizeof *made->items);
    made->items[made->count] = (struct suspect){.probability = NAN};
    return &made->items[made->count++];
}

static inline void made_items(struct suspects *made, const char *hostile)
{
    struct suspect *leak = made_suspect(made);
    made_name(&leak->endpoints, "GET /quote/{sku}", hostile);
    leak->bytes_per_request = 40.3;
    leak->interval = (struct interval){38.1, 42.2};
    leak->share = 0.86;
    leak->share_interval = (struct interval){0.8, 0.93};
    leak->probability = 0.9991;
    leak->per_second = 38.4;
    struct suspect *group = made_suspect(made);
    made_name(&group->endpoints, "POST /cart/{id}/items", hostile);
    made_name(&group->endpoints, "GET /cart/{id}", hostile);
    group->bytes_per_request = 5.2;
    group->interval = (struct interval){-1.1, 11.9};
    group->share = 0.07;
    group->share_interval = (struct interval){-0.01, 0.15};
    group->probability = 0.41;
    group->per_second = 20.4;
    struct suspect *rare = made_suspect(made);
    made_name(&rare->endpoints, "GET /report/daily/{date}", hostile);
    rare->bytes_per_request = 2048;
    rare->interval = (struct interval){NAN, NAN};
    rare->share = NAN;
    rare->share_interval = (struct interval){NAN, NAN};
    rare->probability = 0.12;
    rare->per_second = 0.002;
}

static inline void made_restart(struct suspects *made, size_t instance, double at_s, enum restart_kind kind,
                                double memory)
{
    made->restarts = xrealloc(made->restarts, (made->restart_count + 1) * sizeof *made->restarts);
    made->restarts[made->restart_count++] = (struct restart){instance, at_s, kind, memory};
    made->instances[instance].restarts[kind]++;
}

/* The daily cycle: least at night. */
static inline double made_rate(double at_s, size_t instance)
{
    return 4 * (1 - cos(at_s / 86400 * 2 * M_PI)) * (1 + 0.3 * (double)(instance % 5)) + 0.3;
}

static inline void made_instance(struct suspects *made, size_t index, struct random *random,
                                 const char *hostile)
{
    struct suspect_instance *one = &made->instances[index];
    double first = 230e6, kept = 0, explained = 0;
    one->name = xasprintf("shop-7c9-x%zu%s", index, hostile);
    one->limit_bytes = 350.0 * 1048576;
    one->points = MADE_POINTS;
    one->at_s = xcalloc(MADE_POINTS, sizeof *one->at_s);
    one->memory = xcalloc(MADE_POINTS, sizeof *one->memory);
    one->fitted = xcalloc(MADE_POINTS, sizeof *one->fitted);
    one->rate = xcalloc(MADE_POINTS, sizeof *one->rate);
    for (size_t i = 0; i < MADE_POINTS; i++) {
        double at = (double)i * MADE_STEP_S, rate = made_rate(at, index);
        bool deploy = i == MADE_POINTS / 2, full = first + kept > 0.93 * one->limit_bytes;
        if (deploy || full) {
            made_restart(made, index, MADE_FROM_S + at, full ? RESTART_MEMORY : RESTART_DEPLOY, first + kept);
            kept = explained = 0;
        }
        kept += rate * MADE_STEP_S * 40.3 * 1.1;
        explained += rate * MADE_STEP_S * 40.3;
        bool gap = index == 1 && i > 300 && i < 330;
        one->at_s[i] = MADE_FROM_S + at;
        one->memory[i] = gap ? (double)NAN : first + kept + random_unit(random) * 3e6;
        one->fitted[i] = gap ? (double)NAN : first + explained;
        one->rate[i] = gap ? (double)NAN : rate;
    }
    one->memory_bytes = one->memory[MADE_POINTS - 1];
    one->bytes_per_day = 16e6 * (1 + 0.3 * (double)(index % 5));
    one->bytes_per_day_interval = (struct interval){one->bytes_per_day * 0.9, one->bytes_per_day * 1.1};
    one->days = (one->limit_bytes - one->memory_bytes) / one->bytes_per_day;
    one->days_interval = (struct interval){one->days * 0.9, one->days * 1.1};
    if (index % 7 == 3) { /* no requests came */
        one->bytes_per_day = 0;
        one->bytes_per_day_interval = (struct interval){-3e4, 2e4};
        one->days = INFINITY;
        one->days_interval = (struct interval){90, INFINITY};
    }
    if (index % 7 == 5) { /* gone */
        one->memory_bytes = one->limit_bytes = one->days = NAN;
        one->days_interval = (struct interval){NAN, NAN};
    }
}

static inline int made_by_time(const void *left, const void *right)
{
    const struct restart *a = left, *b = right;
    return (a->at_s > b->at_s) - (a->at_s < b->at_s);
}

static inline void made_suspects(struct suspects *made, size_t instances, const char *hostile)
{
    struct random random;
    random_init(&random, 7);
    *made = (struct suspects){.verdict = VERDICT_GROWTH,
                              .bytes_per_day = 18.9e6,
                              .bytes_per_day_interval = {17.6e6, 20.1e6},
                              .by_requests = 0.94,
                              .bytes_per_hour_idle = 47e3,
                              .smallest_bytes_per_day = 1.2e6,
                              .idle_and_busy = {.idle_rate = 0.4,
                                                .busy_rate = 7.9,
                                                .idle_bytes_per_hour = 61e3,
                                                .busy_bytes_per_hour = 1.41e6,
                                                .idle_interval = {2e4, 9.8e4},
                                                .busy_interval = {1.33e6, 1.5e6}},
                              .lag_s = 600,
                              .stretches = 2 * instances,
                              .from_s = MADE_FROM_S,
                              .to_s = MADE_FROM_S + MADE_DAYS * 86400,
                              .step_s = 60,
                              .memory_limit_bytes = 350.0 * 1048576,
                              .requests = 66423411};
    made->reason = xasprintf("memory grows with requests to GET /quote/{sku}%s", hostile);
    made->source = xasprintf("http://127.0.0.1:9090%s", hostile);
    made->memory_query = xasprintf("container_memory_working_set_bytes{pod=~\"shop-.*\"}%s", hostile);
    made->requests_query =
        xasprintf("sum by (pod, route) (rate(http_requests_total{app=\"shop\"}[1m]))%s", hostile);
    made_items(made, hostile);
    made->instance_count = instances;
    made->instances = xcalloc(instances + 1, sizeof *made->instances);
    for (size_t i = 0; i < instances; i++)
        made_instance(made, i, &random, hostile);
    if (instances > 2)
        made_restart(made, 2, MADE_FROM_S + 5.3 * 86400, RESTART_OTHER, NAN);
    if (made->restart_count > 0)
        qsort(made->restarts, made->restart_count, sizeof *made->restarts, made_by_time);
    static const char *const cleared[] = {"GET /",         "GET /catalog", "GET /catalog/{category}",
                                          "GET /health",   "GET /search",  "GET /product/{sku}",
                                          "POST /session", "GET /login",   "GET /tariff/{country}",
                                          "GET /about",    "GET /terms",   "GET /contact"};
    for (size_t i = 0; i < sizeof cleared / sizeof *cleared; i++)
        made_name(&made->cleared, cleared[i], hostile);
    made_name(&made->untold, "DELETE /cart/{id}", hostile);
    strings_addf(&made->caveats, "2 series of requests belong to no instance%s", hostile);
    strings_addf(&made->help, "a canary with GET /cart/{id}%s shifted to another instance", hostile);
}

/* Nothing of it is known. */
static inline void made_nothing(struct suspects *made)
{
    *made = (struct suspects){
        .verdict = VERDICT_INCONCLUSIVE,
        .exit_code = 125,
        .bytes_per_day = NAN,
        .bytes_per_day_interval = {NAN, NAN},
        .by_requests = NAN,
        .bytes_per_hour_idle = NAN,
        .smallest_bytes_per_day = NAN,
        .idle_and_busy = {NAN, NAN, NAN, NAN, {NAN, NAN}, {NAN, NAN}},
        .lag_s = NAN,
        .from_s = NAN,
        .to_s = NAN,
        .step_s = NAN,
        .memory_limit_bytes = NAN,
        .requests = NAN,
    };
}

#endif
