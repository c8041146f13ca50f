#include "world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/text.h"

#define PEAK_BYTES 3e9
#define PAGE 4096.0

/* Where in a run something happens, as shares of it. */
static const double replaced_at = 0.5, agent_gone = 0.4, agent_back = 0.43, peak_at = 0.3001;

struct putting {
    struct world *world;
    struct store *store;
    struct random random;
    int64_t seconds;
    uint64_t sent[ENDPOINTS], all;
    char names[ENDPOINTS][48];
    double weights[ENDPOINTS]; /* their sum is 1 */
};

static void begin(struct putting *putting, struct world *world, struct store *store)
{
    double sum = 0;
    *putting = (struct putting){.world = world, .store = store, .seconds = (int64_t)world->days * DAY_S};
    random_init(&putting->random, world->seed);
    for (int i = 0; i < ENDPOINTS; i++) {
        snprintf(putting->names[i], sizeof putting->names[i], "GET /v1/things-%d/{thing}/details", i);
        sum += putting->weights[i] = pow(1 + i, -1.5);
    }
    for (int i = 0; i < ENDPOINTS; i++)
        putting->weights[i] /= sum;
}

static void put(struct putting *putting, const char *signal, enum sample_kind kind, double at_s, double value)
{
    struct sample sample = {1, signal, kind, at_s, putting->all, value};
    store_put_sample(putting->store, putting->world->run, &sample);
    evidence_add(&putting->world->evidence, &sample);
    putting->world->samples++;
}

/* Requests by the end of a second, of which as many as asked for are sent by the end: more by day than by night. */
static double share_by(const struct putting *putting, double second)
{
    double day = second / DAY_S, turn = 2 * M_PI * day;
    return (day - 0.6 * sin(turn) / (2 * M_PI)) / (double)putting->world->days;
}

/* Of all that are asked for; the first endpoint takes what rounding has left. */
static uint64_t all_of(const struct putting *putting, int endpoint)
{
    uint64_t all = 0;
    for (int i = 1; i < ENDPOINTS && endpoint == 0; i++)
        all += all_of(putting, i);
    return endpoint == 0 ? putting->world->outcomes - all
                         : (uint64_t)((double)putting->world->outcomes * putting->weights[endpoint]);
}

static void put_outcomes(struct putting *putting, int64_t second)
{
    struct world *world = putting->world;
    double until = (double)world->outcomes * share_by(putting, (double)(second + 1));
    for (int i = 0; i < ENDPOINTS; i++) {
        double due = second + 1 < putting->seconds
                         ? until * putting->weights[i] + random_unit(&putting->random) - 1
                         : (double)all_of(putting, i);
        uint64_t done = due > (double)putting->sent[i] ? (uint64_t)(due - (double)putting->sent[i]) : 0;
        if (done == 0)
            continue;
        struct outcome_row row = {.trial = 1, .second = second, .endpoint = putting->names[i]};
        row.tally =
            (struct tally){.planned = done, .done = done, .landed = done, .received_bytes = done * 812};
        row.lag_max_us = 20 + (double)random_below(&putting->random, 400);
        row.service_max_us = 900 + (double)random_below(&putting->random, 9000);
        row.service_sum_us = 700.0 * (double)done;
        store_put_outcomes(putting->store, world->run, &row);
        tally_merge(&world->tally, &row.tally);
        world->lag_max_us = fmax(world->lag_max_us, row.lag_max_us);
        world->service_max_us = fmax(world->service_max_us, row.service_max_us);
        world->service_sum_us += row.service_sum_us;
        world->outcome_rows++;
        putting->sent[i] += done;
        putting->all += done;
    }
}

static int pid_of(int process, double share)
{
    return process == 2 && share >= replaced_at ? 513 : 410 + process;
}

/* Grows as caches fill, then stays; process 1 keeps something of each request. In whole pages, with some that come and go. */
static double resident(struct putting *putting, int process, double at_s)
{
    double share = at_s / (double)putting->seconds;
    double age_s =
        process == 2 && share >= replaced_at ? at_s - replaced_at * (double)putting->seconds : at_s;
    double kept = process == 1 ? putting->world->kept_per_request * (double)putting->all : 0;
    double pages =
        (4e7 + 9e6 * (1 - exp(-age_s / 900)) + kept) / PAGE + (double)random_below(&putting->random, 64);
    return floor(pages) * PAGE;
}

static double live(struct putting *putting)
{
    return 2e7 + putting->world->kept_per_request * (double)putting->all +
           (double)random_below(&putting->random, 2000);
}

static void put_samples(struct putting *putting, int64_t second, enum sample_kind kind)
{
    double at_s = (double)second + (kind == SAMPLE_TIMED ? 0.25 : 0.75),
           share = at_s / (double)putting->seconds;
    double sum = 0;
    bool gone = share >= agent_gone && share < agent_back;
    for (int i = 0; i < PROCESSES; i++) {
        char name[32];
        double bytes = resident(putting, i, at_s);
        sum += bytes;
        snprintf(name, sizeof name, "rss[%d]", pid_of(i, share));
        put(putting, name, kind, at_s, bytes);
        snprintf(name, sizeof name, "pss[%d]", pid_of(i, share));
        put(putting, name, kind, at_s, floor(bytes * 0.7 / PAGE) * PAGE);
    }
    int64_t every_s = putting->world->every_s, peak_s = (int64_t)(peak_at * (double)putting->seconds);
    bool peak = kind == SAMPLE_TIMED && second == peak_s / every_s * every_s;
    put(putting, "rss", kind, at_s, peak ? PEAK_BYTES : sum);
    put(putting, "container_memory", kind, at_s,
        sum + 2e7 + PAGE * (double)random_below(&putting->random, 900));
    if (kind != SAMPLE_TIMED || !gone) /* what is not there is a gap in a reading, and else nothing */
        put(putting, "live_bytes", kind, at_s, gone ? (double)NAN : live(putting));
}

static void put_snapshots(struct putting *putting, int number)
{
    struct site sites[SITES];
    for (int i = 0; i < SITES; i++)
        sites[i] = (struct site){.name = xasprintf("/srv/app/module_%d.py:%d", i, 10 + i),
                                 .bytes = 1e5 + 1e4 * i * number,
                                 .objects = 100 + i,
                                 .quantum = NAN};
    struct snapshot snapshot = {.sites = sites, .count = SITES, .format = "tracemalloc"};
    store_put_snapshot(putting->store, putting->world->run, 1, putting->all, "tracemalloc", &snapshot);
    for (int i = 0; i < SITES; i++)
        free(sites[i].name);
}

static void put_block(struct putting *putting, int64_t number, enum step step, double until_s)
{
    struct block block = {1, number, step, (char *)"the mix", 0, putting->all, 0, until_s};
    store_put_block(putting->store, putting->world->run, &block);
}

static void drive(struct putting *putting)
{
    int64_t reading = putting->seconds / READINGS, snapshot = putting->seconds / SNAPSHOTS;
    put_samples(putting, 0, SAMPLE_SETTLED);
    for (int64_t second = 0; second < putting->seconds; second++) {
        put_outcomes(putting, second);
        if (second % putting->world->every_s == 0)
            put_samples(putting, second, SAMPLE_TIMED);
        if ((second + 1) % reading == 0)
            put_samples(putting, second, SAMPLE_JUDGED);
        if ((second + 1) % snapshot == 0)
            put_snapshots(putting, (int)(second / snapshot));
        if (second == HOUR_S)
            put_block(putting, 1, STEP_WARM_UP, HOUR_S);
    }
    put_samples(putting, putting->seconds, SAMPLE_SETTLED);
}

static void put_measured(struct putting *putting, struct result *result)
{
    static const char *const signals[] = {"live_bytes", "rss"};
    struct world *world = putting->world;
    for (int i = 0; i < 2; i++) {
        struct growth_answer answer = seen_judge(evidence_of(&world->evidence, signals[i]));
        struct measurement one = {1,
                                  STEP_SOAK,
                                  (char *)"the mix",
                                  (char *)signals[i],
                                  false,
                                  putting->all,
                                  answer.per_request,
                                  answer.interval,
                                  answer.verdict,
                                  (char *)""};
        store_put_measurement(putting->store, world->run, &one);
        struct signal_result *signal = result_add_signal(result, signals[i]);
        signal->verdict = answer.verdict;
        signal->per_request = answer.per_request;
        signal->interval = answer.interval;
        signal->smallest_detectable = answer.smallest_detectable;
        if (i == 0)
            result->verdict = answer.verdict;
    }
}

static void put_rest(struct putting *putting)
{
    struct world *world = putting->world;
    struct trial trial = {1,   STEP_SOAK,    (char *)"the mix", 0, (double)putting->seconds,
                          410, putting->all, (char *)""};
    store_put_trial(putting->store, world->run, &trial);
    put_block(putting, 2, STEP_SOAK, (double)putting->seconds);
    for (int i = 0; i < ENDPOINTS; i++) {
        struct endpoint_load load = {
            .endpoint = putting->names[i],
            .tally = {.planned = putting->sent[i], .done = putting->sent[i], .landed = putting->sent[i]},
            .recorded_rate_per_second = (double)putting->sent[i] / (double)putting->seconds,
            .service = {700, 4000, 9900},
            .total = {720, 4100, 9950},
            .lag = {20, 300, 420},
            .service_sum_us = 700.0 * (double)putting->sent[i]};
        store_put_load(putting->store, world->run, &load);
    }
}

static void add_finding(const struct putting *putting, struct result *result)
{
    struct finding *finding = result_add_finding(result);
    for (int i = 0; i < ENDPOINTS; i++)
        strings_add(&finding->endpoints, putting->names[i]);
    finding->kind = FINDING_MIX;
    finding->bytes_per_request = result->signals[0].per_request;
    finding->interval = result->signals[0].interval;
    finding->objects_per_request = NAN;
    finding->signal = xstrdup("live_bytes");
    finding->per = xstrdup("any of the mix");
    finding->linear_requests = putting->all;
    finding->projection = (struct projection){.days = NAN, .bytes_per_day = NAN};
}

static int end(struct putting *putting, struct err *err)
{
    struct world *world = putting->world;
    struct result result = {.confidence = 0.95,
                            .seconds = (double)putting->seconds,
                            .requests = putting->all,
                            .trials = 1,
                            .peak_bytes = PEAK_BYTES,
                            .kept_bytes = NAN,
                            .replay = world->tally};
    put_rest(putting);
    put_measured(putting, &result);
    world->verdict = result.verdict;
    result.exit_code = result.verdict == VERDICT_GROWTH ? 1 : result.verdict == VERDICT_NO_GROWTH ? 0 : 125;
    result.reason = xstrdup("made up");
    if (result.verdict == VERDICT_GROWTH)
        add_finding(putting, &result);
    int status = store_flush(putting->store, err);
    if (status == 0)
        status = store_end_run(putting->store, world->run, &result, err);
    result_release(&result);
    return status;
}

int world_put(struct world *world, struct store *store, struct err *err)
{
    struct putting putting;
    begin(&putting, world, store);
    evidence_init(&world->evidence, world->days);
    world->run = store_begin_run(store, "run", "scenarios/made-up", world->label, "run scenarios/made-up",
                                 world->seed, err);
    if (world->run < 0)
        return -1;
    drive(&putting);
    return end(&putting, err);
}
