/* A plausible hunt, made up from a seed: the pricing service of the demo with one leaking
 * endpoint. Fills a store, so that store, report and page are tested on what a real hunt leaves.
 * Truth: 40.3 B and 1.00 objects per request. */
#ifndef TESTS_UNIT_EXAMPLE_H
#define TESTS_UNIT_EXAMPLE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/text.h"
#include "store/store.h"

#define EXAMPLE_LEAK "GET /quote/{sku}"

static const struct {
    const char *name;
    double rate, p50_us;
} example_endpoints[] = {
    {"GET /", 1.1, 420},
    {"GET /cart/{id}", 1.7, 610},
    {"POST /cart/{id}/items", 0.62, 890},
    {"DELETE /cart/{id}/items/{item}", 0.08, 700},
    {"GET /catalog", 0.9, 1450},
    {"GET /catalog/{category}", 2.2, 980},
    {"POST /checkout", 0.21, 2100},
    {"GET /health", 0.1, 300},
    {EXAMPLE_LEAK, 3.2, 730},
    {"GET /prices/{sku}/history", 0.4, 1700},
    {"GET /product/{sku}", 4.8, 650},
    {"POST /quote/bulk", 0.12, 5200},
    {"GET /report/daily/{date}", 0.02, 18500},
    {"GET /search", 1.9, 2300},
    {"POST /session", 0.35, 960},
    {"GET /tariff/{country}", 0.75, 560},
};
enum { EXAMPLE_ENDPOINTS = sizeof example_endpoints / sizeof example_endpoints[0], EXAMPLE_SKIPPED = 3 };
enum { EXAMPLE_SLOW = 12, EXAMPLE_FILLS = 13, EXAMPLE_LEAKS = 8 };

struct example {
    struct store *store;
    int64_t run;
    struct random random;
    double now_s;
    int64_t trial, block;
    uint64_t requests;   /* within the trial */
    double rss, objects; /* of the trial's server */
    double started_s;
    uint64_t total;
};

static inline double example_noise(struct example *example, double size)
{
    return (random_unit(&example->random) + random_unit(&example->random) - 1) * size;
}

static inline void example_sample(struct example *example, const char *signal, enum sample_kind kind,
                                  double value)
{
    struct sample sample = {example->trial, signal, kind, example->now_s, example->requests, value};
    store_put_sample(example->store, example->run, &sample);
}

static inline void example_settle(struct example *example)
{
    example->now_s += 0.05;
    example_sample(example, "rss", SAMPLE_SETTLED, floor(example->rss / 4096) * 4096);
    example_sample(example, "live_objects", SAMPLE_SETTLED,
                   round(example->objects + example_noise(example, 3)));
    example_sample(example, "heap", SAMPLE_SETTLED,
                   round(example->objects * 96 + example_noise(example, 400)));
}

/* `calls` requests of one mix at `rate`; `kept`: objects that stay per call;
 * `filling`: bounded growth of the block. */
static inline void example_drive(struct example *example, enum step step, const char *mix, uint64_t calls,
                                 double rate, double kept, double filling)
{
    struct block block = {
        .trial = example->trial, .number = ++example->block, .step = step, .mix = xstrdup(mix)};
    block.first_request = example->requests;
    block.started_s = example->now_s;
    double seconds = calls > 0 ? (double)calls / rate : 1.0;
    unsigned steps = (unsigned)(seconds / 0.1) + 1;
    for (unsigned i = 1; i <= steps; i++) {
        example->now_s = block.started_s + seconds * i / steps;
        example->requests = block.first_request + calls * i / steps;
        double done = (double)calls / steps;
        example->objects += kept * done + filling / steps;
        example->rss += kept * done * 40.3 + filling * 90 / steps;
        double busy = calls > 0 ? 180e3 : 0;
        example_sample(example, "rss", SAMPLE_TIMED,
                       floor((example->rss + busy + example_noise(example, 60e3)) / 4096) * 4096);
        if (i % 5 == 0)
            example_sample(example, "fds", SAMPLE_TIMED, 14 + floor(example_noise(example, 2.5)));
    }
    block.last_request = example->requests;
    block.ended_s = example->now_s;
    example->total += calls;
    store_put_block(example->store, example->run, &block);
    block_release(&block);
    example_settle(example);
}

static inline void example_measure(struct example *example, enum step step, const char *mix,
                                   uint64_t requests, double value, double half, enum verdict verdict,
                                   const char *note)
{
    struct measurement one = {
        .trial = example->trial,
        .step = step,
        .mix = xstrdup(mix),
        .signal = xstrdup("live_objects"),
        .objects = true,
        .requests = requests,
        .per_request = value,
        .interval = {value - half, value + half},
        .verdict = verdict,
        .note = xstrdup(note),
    };
    store_put_measurement(example->store, example->run, &one);
    measurement_release(&one);
}

static inline void example_start(struct example *example, int64_t number)
{
    example->trial = number;
    example->block = 0;
    example->requests = 0;
    example->now_s += 0.7;
    example->started_s = example->now_s;
    example->rss = 34.2e6 + example_noise(example, 2e5);
    example->objects = 118400;
}

static inline void example_stop(struct example *example, enum step step, const char *mix, const char *note)
{
    struct trial trial = {
        .number = example->trial,
        .step = step,
        .mix = xstrdup(mix),
        .started_s = example->started_s,
        .ended_s = example->now_s,
        .pid = 4200 + example->trial,
        .requests = example->requests,
        .note = xstrdup(note),
    };
    store_put_trial(example->store, example->run, &trial);
    trial_release(&trial);
}

static inline void example_measure_screen(struct example *example)
{
    for (int i = 0; i < EXAMPLE_ENDPOINTS; i++) {
        const char *name = example_endpoints[i].name;
        double half = 0.009 + 0.004 * random_unit(&example->random);
        double value = example_noise(example, 0.006);
        if (i == EXAMPLE_LEAKS)
            example_measure(example, STEP_SCREEN, name, 640, 1.0, half, VERDICT_GROWTH, "");
        else if (i == EXAMPLE_FILLS)
            example_measure(example, STEP_SCREEN, name, 640, 0.31, 0.28, VERDICT_INCONCLUSIVE,
                            "grew in one block of two");
        else if (i == EXAMPLE_SLOW)
            example_measure(example, STEP_SCREEN, name, 160, value, 0.055, VERDICT_NO_GROWTH, "");
        else if (i != EXAMPLE_SKIPPED)
            example_measure(example, STEP_SCREEN, name, 640, value, half, VERDICT_NO_GROWTH, "");
    }
}

static inline void example_screen(struct example *example)
{
    example_start(example, 1);
    for (int pass = 0; pass < 8; pass++)
        example_drive(example, STEP_WARM_UP, "16 endpoints", 480, 900, 0.17, 9000 * pow(0.42, pass));
    example_drive(example, STEP_NULL, "", 0, 1, 0, 0);
    for (int rotation = 0; rotation < 2; rotation++)
        for (int i = 0; i < EXAMPLE_ENDPOINTS; i++)
            if (i != EXAMPLE_SKIPPED)
                example_drive(example, STEP_SCREEN, example_endpoints[i].name, i == EXAMPLE_SLOW ? 80 : 320,
                              5e5 / example_endpoints[i].p50_us, i == EXAMPLE_LEAKS ? 1.0 : 0,
                              i == EXAMPLE_FILLS && rotation == 0 ? 210 : 0);
    example_measure_screen(example);
    example_drive(example, STEP_LONG_SOLO, "GET /search", 1280, 420, 0, 38);
    example_measure(example, STEP_LONG_SOLO, "GET /search", 1280, 0.002, 0.008, VERDICT_NO_GROWTH,
                    "stopped growing after 640 calls");
    for (uint64_t window = 312; window <= 5000; window *= 2)
        example_drive(example, STEP_LONG_SOLO, EXAMPLE_LEAK, window, 1000, 1.0, 0);
    example_measure(example, STEP_LONG_SOLO, EXAMPLE_LEAK, 9672, 1.0, 0.002, VERDICT_GROWTH,
                    "linear through 9,672 calls");
    example_drive(example, STEP_HOLD, "", 0, 1, 0, 0);
    example_stop(example, STEP_SCREEN, "16 endpoints", "");
}

static inline void example_confirm(struct example *example)
{
    example_start(example, 2);
    for (int i = 0; i < 8; i++)
        example_drive(example, STEP_ISOLATED, EXAMPLE_LEAK, 625, 1050, 1.0, i == 0 ? 900 : 0);
    example_measure(example, STEP_ISOLATED, EXAMPLE_LEAK, 4375, 1.0, 0.003, VERDICT_GROWTH, "");
    example_stop(example, STEP_ISOLATED, EXAMPLE_LEAK, "");
    example_start(example, 3);
    for (int i = 0; i < 8; i++)
        example_drive(example, STEP_COMPLEMENT, "all but " EXAMPLE_LEAK, 480, 800, 0, 4000 * pow(0.3, i));
    example_measure(example, STEP_COMPLEMENT, "all but " EXAMPLE_LEAK, 2400, 0.001, 0.006, VERDICT_NO_GROWTH,
                    "");
    example_stop(example, STEP_COMPLEMENT, "all but " EXAMPLE_LEAK, "");
    example_start(example, 4);
    example_drive(example, STEP_SITES, EXAMPLE_LEAK, 200, 600, 1.0, 700);
    example_drive(example, STEP_SITES, EXAMPLE_LEAK, 2000, 310, 1.0, 0);
    example_stop(example, STEP_SITES, EXAMPLE_LEAK, "");
}

static inline void example_snapshots(struct example *example)
{
    char timing[] = "docker/staging/pricing/timing.py:41",
         registry[] = "docker/staging/pricing/registry.py:27";
    char flask[] = "/usr/lib/python3/dist-packages/flask/app.py:1821";
    struct site sites[] = {
        {timing, 4800, 200, 0, 0, 0}, {registry, 1760, 1, 0, 0, 0}, {flask, 910, NAN, 0, 0, 0}};
    struct snapshot snapshot = {"tracemalloc", sites, 3, 0};
    store_put_snapshot(example->store, example->run, 4, 200, "tracemalloc", &snapshot);
    sites[0].bytes = 52800, sites[0].objects = 2200, sites[1].bytes = 19360;
    store_put_snapshot(example->store, example->run, 4, 2200, "tracemalloc", &snapshot);
}

static inline void example_loads(struct example *example)
{
    for (int i = 0; i < EXAMPLE_ENDPOINTS; i++) {
        uint64_t done = i == EXAMPLE_SKIPPED ? 0 : 640 + (uint64_t)(example_endpoints[i].rate * 420);
        double p50 = done > 0 ? example_endpoints[i].p50_us : 0;
        struct endpoint_load load = {
            .endpoint = xstrdup(example_endpoints[i].name),
            .tally = {.planned = done, .done = done, .landed = done, .received_bytes = done * 812},
            .recorded_rate_per_second = example_endpoints[i].rate,
            .service = {p50, p50 * 3.4, p50 * 8},
            .total = {p50 + 16, p50 * 3.4 + 200, p50 * 8 + 700},
            .lag = {16, 210, 730},
            .service_sum_us = p50 * (double)done,
        };
        store_put_load(example->store, example->run, &load);
        for (int64_t second = 0; second < 30; second++) {
            struct outcome_row row = {.trial = 1, .second = second, .endpoint = load.endpoint};
            row.tally.planned = row.tally.done = row.tally.landed = done / 30;
            row.lag_max_us = 210;
            row.service_max_us = load.service.max_us;
            row.service_sum_us = p50 * (double)(done / 30);
            store_put_outcomes(example->store, example->run, &row);
        }
        endpoint_load_release(&load);
    }
}

static inline void example_finding(struct result *result)
{
    struct finding *finding = result_add_finding(result);
    strings_add(&finding->endpoints, EXAMPLE_LEAK);
    finding->kind = FINDING_ALONE;
    finding->bytes_per_request = 40.3;
    finding->interval = (struct interval){39.9, 40.7};
    finding->objects_per_request = 1.0;
    finding->signal = xstrdup("live_objects");
    finding->per = xstrdup(EXAMPLE_LEAK);
    finding->linear_requests = 10000;
    finding->linear_bytes = 403000;
    strings_add(&finding->confirmed, "long_solo");
    strings_add(&finding->confirmed, "isolated");
    strings_add(&finding->confirmed, "complement");
    struct site_growth *site = finding_add_site(finding);
    site->site = xstrdup("docker/staging/pricing/timing.py:41");
    site->bytes_per_request = 32;
    site->requested_bytes_per_request = 24;
    site->objects_per_request = 1;
    site = finding_add_site(finding);
    site->site = xstrdup("docker/staging/pricing/registry.py:27");
    site->bytes_per_request = site->requested_bytes_per_request = 8.8;
    site->objects_per_request = 0;
    finding->explained = 1.01;
    double requests_per_day = 3.2 * 86400, room = 734003200.0 - 38e6;
    finding->projection = (struct projection){
        .memory_limit_bytes = 734003200,
        .days = room / (40.3 * requests_per_day),
        .at_rate_per_second = 3.2,
        .bytes_per_day = 40.3 * requests_per_day,
        .bytes_per_day_interval = {39.9 * requests_per_day, 40.7 * requests_per_day},
        .days_interval = {room / (40.7 * requests_per_day), room / (39.9 * requests_per_day)},
    };
    finding->reproduce = xstrdup("seep run scenarios/pricing -e '" EXAMPLE_LEAK "' --requests 5000");
}

static inline void example_signals(struct result *result)
{
    struct signal_result *signal = result_add_signal(result, "live_objects");
    signal->verdict = VERDICT_GROWTH;
    signal->objects = true;
    signal->smallest_detectable = 0.012;
    signal->per_request = 1.0;
    signal->interval = (struct interval){0.998, 1.002};
    signal = result_add_signal(result, "heap");
    signal->verdict = VERDICT_GROWTH;
    signal->smallest_detectable = 2.2;
    signal->per_request = 40.1;
    signal->interval = (struct interval){38.2, 42.0};
    signal = result_add_signal(result, "rss");
    signal->smallest_detectable = 41;
}

static inline void example_remarks(struct result *result)
{
    struct remark *remark = result_add_cleared(result, "no growth in the screen");
    for (int i = 0; i < EXAMPLE_ENDPOINTS; i++)
        if (i != EXAMPLE_SKIPPED && i != EXAMPLE_LEAKS && i != EXAMPLE_FILLS)
            strings_add(&remark->endpoints, example_endpoints[i].name);
    strings_add(&result_add_cleared(result, "stopped growing after 640 calls")->endpoints, "GET /search");
    strings_add(&result_add_not_looked_at(result, "answered 401 where 204 was recorded")->endpoints,
                "DELETE /cart/{id}/items/{item}");
    struct threshold_result *threshold = result_add_threshold(result, "growth > 16 B/request");
    threshold->outcome = THRESHOLD_FAIL;
    threshold->value = 40.3;
    threshold->interval = (struct interval){39.9, 40.7};
    threshold = result_add_threshold(result, "p99 > 500 ms");
    threshold->outcome = THRESHOLD_PASS;
    threshold->value = 0.0629;
    strings_add(&result->caveats, "a ring above 10,000 calls or a window above 30 s is not excluded");
    strings_add(&result->caveats, "1 of 4 trials ran with a median lag above 1 ms");
}

static inline void example_result(struct result *result, const struct example *example)
{
    *result = (struct result){.verdict = VERDICT_GROWTH, .confidence = 0.99, .exit_code = 1};
    result_say(&result->command, "bisect");
    result_say(&result->label, "nightly");
    result_say(&result->service, "scenarios/pricing");
    result_say(&result->reason, EXAMPLE_LEAK " keeps 40.3 B per request");
    example_finding(result);
    example_remarks(result);
    example_signals(result);
    result->peak_bytes = 38.4e6;
    result->kept_bytes = 35.1e6;
    result->observed = (struct observed){12e6, 86400, 40.3 * 3.2 * 86400 / 12e6, {0.9193, 0.9377}};
    result->requests = example->total;
    result->trials = 4;
    result->seconds = example->now_s;
    result->replay = (struct tally){
        .planned = example->total,
        .done = example->total - 12,
        .failed = 2,
        .skipped = 10,
        .landed = example->total - 172,
        .wrong_status = 401,
        .expected_status = 204,
    };
    result->lag_p50_us = 16;
    result->lag_p99_us = 210;
    result->lag_max_us = 730;
    result->own_max_rss_bytes = 14680064;
}

/* Fills the store; returns the run, or -1 with err. With `end` false the run has no end, as after a crash. */
static inline int64_t example_hunt(struct store *store, bool end, struct err *err)
{
    struct example example = {.store = store};
    random_init(&example.random, 7);
    example.run = store_begin_run(store, "bisect", "scenarios/pricing", "nightly",
                                  "seep bisect scenarios/pricing", 7, err);
    if (example.run < 0)
        return -1;
    example_screen(&example);
    example_confirm(&example);
    example_snapshots(&example);
    example_loads(&example);
    struct result result;
    example_result(&result, &example);
    int status = end ? store_end_run(store, example.run, &result, err) : store_flush(store, err);
    result_release(&result);
    return status < 0 ? -1 : example.run;
}

#endif
