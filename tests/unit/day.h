/* A soak of a day, made up: 200 endpoints, 2 million requests, a worker that is replaced at noon, half an hour without
 * readings, warming up before. What a store holds of it is what a real one would: a page of it must stay small. */
#ifndef TESTS_UNIT_DAY_H
#define TESTS_UNIT_DAY_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "base/text.h"
#include "store/store.h"

enum { DAY_S = 86400, DAY_ENDPOINTS = 200, DAY_SIGNALS = 6, DAY_REQUESTS = 2 * 1000 * 1000 };
enum { DAY_GAP_FROM_S = 5 * 3600, DAY_GAP_TO_S = DAY_GAP_FROM_S + 1800, DAY_NOON_S = DAY_S / 2 };

static inline void day_sample(struct store *store, int64_t run, const char *signal, int second, double value)
{
    struct sample sample = {.trial = 1,
                            .signal = signal,
                            .kind = SAMPLE_TIMED,
                            .at_s = second,
                            .requests = (uint64_t)((double)second / DAY_S * DAY_REQUESTS),
                            .value = second >= DAY_GAP_FROM_S && second < DAY_GAP_TO_S ? NAN : value};
    store_put_sample(store, run, &sample);
}

static inline void day_samples(struct store *store, int64_t run, int each_s)
{
    struct random random;
    random_init(&random, 7);
    for (int second = 1; second < DAY_S; second += each_s) {
        double noise = random_unit(&random), kept = 41.0 * second / DAY_S * DAY_REQUESTS;
        double warm = 9e6 * (1 - exp(-second / 900.0));
        day_sample(store, run, "rss", second, 3e7 + warm + kept + 4e5 * noise);
        day_sample(store, run, second < DAY_NOON_S ? "rss[410]" : "rss[988]", second, 2e7 + kept);
        day_sample(store, run, "live_bytes", second, 2e7 + warm + kept + 2e3 * noise);
        day_sample(store, run, "fds", second, floor(14 + 4 * noise));
        day_sample(store, run, "threads", second, 9);
        day_sample(store, run, "pss", second, 2.9e7 + warm + kept);
    }
}

/* A row of each endpoint every so many seconds; together they are all requests. */
static inline void day_outcomes(struct store *store, int64_t run, int each_s)
{
    const uint64_t all = DAY_REQUESTS / DAY_ENDPOINTS;
    for (int second = 0; second < DAY_S; second += each_s)
        for (int i = 0; i < DAY_ENDPOINTS; i++) {
            char name[96];
            snprintf(name, sizeof name, "GET /v1/department-%d/of/{department}/things/{thing}/details", i);
            struct outcome_row row = {.trial = 1, .second = second + i % each_s, .endpoint = name};
            uint64_t until = second + each_s < DAY_S ? (uint64_t)(second + each_s) : DAY_S;
            row.tally.done = all * until / DAY_S - all * (uint64_t)second / DAY_S;
            row.tally.planned = row.tally.landed = row.tally.done;
            row.lag_max_us = 40 + second % 977;
            row.service_sum_us = 900.0 * (double)row.tally.done;
            row.service_max_us = 4000 + second % 4999;
            store_put_outcomes(store, run, &row);
        }
}

static inline void day_loads(struct store *store, int64_t run)
{
    uint64_t done = DAY_REQUESTS / DAY_ENDPOINTS;
    for (int i = 0; i < DAY_ENDPOINTS; i++) {
        struct endpoint_load load = {
            .endpoint = xasprintf("GET /v1/department-%d/of/{department}/things/{thing}/details", i),
            .tally = {.planned = done, .done = done, .landed = done},
            .recorded_rate_per_second = (double)done / DAY_S * (1 + i % 3),
            .service = {400 + 9 * i, 2000 + 50 * i, 9000 + 400 * i},
            .total = {500 + 9 * i, 2100 + 50 * i, 9900 + 400 * i},
            .lag = {40, 400, 1000},
        };
        store_put_load(store, run, &load);
        endpoint_load_release(&load);
    }
}

static inline void day_measured(struct store *store, int64_t run)
{
    struct trial trial = {.number = 1,
                          .step = STEP_SOAK,
                          .mix = xstrdup("the mix"),
                          .pid = 410,
                          .ended_s = DAY_S,
                          .note = xstrdup("")};
    struct block warm = {.trial = 1,
                         .number = 1,
                         .step = STEP_WARM_UP,
                         .mix = xstrdup("the mix"),
                         .last_request = DAY_REQUESTS / 24,
                         .ended_s = 3600};
    struct block soak = {.trial = 1,
                         .number = 2,
                         .step = STEP_SOAK,
                         .mix = xstrdup("the mix"),
                         .first_request = DAY_REQUESTS / 24,
                         .last_request = DAY_REQUESTS,
                         .started_s = 3600,
                         .ended_s = DAY_S};
    struct measurement one = {.trial = 1,
                              .step = STEP_SOAK,
                              .mix = xstrdup("the mix"),
                              .signal = xstrdup("live_bytes"),
                              .requests = DAY_REQUESTS,
                              .per_request = 41,
                              .interval = {39, 43},
                              .verdict = VERDICT_GROWTH,
                              .note = xstrdup("linear")};
    trial.requests = DAY_REQUESTS;
    store_put_trial(store, run, &trial);
    store_put_block(store, run, &warm);
    store_put_block(store, run, &soak);
    store_put_measurement(store, run, &one);
    trial_release(&trial);
    block_release(&warm);
    block_release(&soak);
    measurement_release(&one);
}

static inline int day_end(struct store *store, int64_t run, struct err *err)
{
    struct result result = {.verdict = VERDICT_GROWTH,
                            .confidence = 0.99,
                            .exit_code = 1,
                            .seconds = DAY_S,
                            .requests = DAY_REQUESTS,
                            .trials = 1,
                            .peak_bytes = 2e8,
                            .kept_bytes = 1.4e8};
    struct finding *finding = result_add_finding(&result);
    struct signal_result *signal = result_add_signal(&result, "live_bytes");
    result.replay.planned = result.replay.done = result.replay.landed = DAY_REQUESTS;
    strings_add(&finding->endpoints, "the mix");
    finding->kind = FINDING_MIX;
    finding->bytes_per_request = 41;
    finding->interval = (struct interval){39, 43};
    finding->objects_per_request = NAN;
    finding->signal = xstrdup("live_bytes");
    finding->linear_requests = DAY_REQUESTS;
    finding->projection = (struct projection){.days = NAN, .bytes_per_day = NAN};
    signal->verdict = VERDICT_GROWTH;
    signal->per_request = 41;
    signal->interval = finding->interval;
    signal->smallest_detectable = 2;
    int status = store_end_run(store, run, &result, err);
    result_release(&result);
    return status;
}

static inline void day_drive(struct store *store, int64_t run, struct block *block, double seconds,
                             uint64_t calls)
{
    static const char *const signals[DAY_SIGNALS] = {"live_objects", "live_bytes", "rss",
                                                     "fds",          "threads",    "pss"};
    block->number++;
    block->first_request = block->last_request;
    block->last_request += calls;
    block->started_s = block->ended_s;
    block->ended_s += seconds;
    for (int s = 0; s < DAY_SIGNALS; s++)
        for (int i = 1; i <= 4; i++) {
            struct sample sample = {.trial = block->trial,
                                    .signal = signals[s],
                                    .kind = i < 4 || s > 2 ? SAMPLE_TIMED : SAMPLE_SETTLED,
                                    .at_s = block->started_s + seconds * i / 4,
                                    .requests = block->first_request + calls * (uint64_t)i / 4,
                                    .value = 1e6 + (double)block->last_request * 3.7 + s * i};
            store_put_sample(store, run, &sample);
        }
    store_put_block(store, run, block);
}

/* A hunt whose driver died late. */
static inline int64_t day_hunt(struct store *store, struct err *err)
{
    int64_t run = store_begin_run(store, "bisect", "scenarios/day", "hunt", "", 7, err);
    struct block block = {0};
    for (int i = 0; i < DAY_ENDPOINTS * 8 && run > 0; i++) {
        block =
            (struct block){.trial = 1,
                           .number = i,
                           .step = STEP_SCREEN,
                           .last_request = block.last_request,
                           .ended_s = block.ended_s,
                           .mix = xasprintf("GET /v1/department-%d/of/{department}", i / 4 % DAY_ENDPOINTS)};
        day_drive(store, run, &block, 0.5, 200);
        block_release(&block);
    }
    for (int i = 0; i < 60 * 20 && run > 0; i++) {
        block = (struct block){.trial = 2 + i / 20,
                               .number = i % 20,
                               .step = STEP_REDUCE,
                               .last_request = i % 20 > 0 ? block.last_request : 0,
                               .ended_s = block.ended_s,
                               .mix = xasprintf("%d of 200 endpoints", i)};
        day_drive(store, run, &block, 2, 500);
        block_release(&block);
    }
    for (int64_t number = 1; number <= 61 && run > 0; number++) {
        struct trial trial = {.number = number,
                              .step = number == 1 ? STEP_SCREEN : STEP_REDUCE,
                              .mix = xstrdup("200 endpoints"),
                              .started_s = number == 1 ? 0 : 800 + 40.0 * (double)(number - 2),
                              .ended_s = 800 + 40.0 * (double)(number - 1),
                              .note = xstrdup("")};
        struct measurement one = {.trial = number,
                                  .step = trial.step,
                                  .mix = xstrdup("200 endpoints"),
                                  .objects = true,
                                  .signal = xstrdup("live_objects"),
                                  .requests = 500,
                                  .per_request = 3.7,
                                  .interval = {3.6, 3.8},
                                  .verdict = VERDICT_GROWTH,
                                  .note = xstrdup("")};
        store_put_trial(store, run, &trial);
        store_put_measurement(store, run, &one);
        trial_release(&trial);
        measurement_release(&one);
    }
    return run > 0 && store_flush(store, err) == 0 ? run : -1;
}

/* Readings every `readings_s`, rows of outcomes every `outcomes_s`; returns the run, or -1. */
static inline int64_t day_soak(struct store *store, int readings_s, int outcomes_s, struct err *err)
{
    int64_t run = store_begin_run(store, "run", "scenarios/day", "day", "", 7, err);
    if (run < 0)
        return -1;
    day_samples(store, run, readings_s);
    day_outcomes(store, run, outcomes_s);
    day_loads(store, run);
    day_measured(store, run);
    if (store_flush(store, err) != 0 || day_end(store, run, err) != 0)
        return -1;
    return run;
}

#endif
