/* Outcomes into tallies, times and the rows of the store. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "flow/trials_inside.h"

#define LANDED_LEAST 0.9

/* What was gathered of an endpoint goes into the sums and to the store. */
static void put_row(struct trials *trials, size_t endpoint)
{
    struct gathered *gathered = &trials->gathered[endpoint];
    if (gathered->ends_ns == 0)
        return;
    tally_merge(&trials->in_block[endpoint], &gathered->row.tally);
    tally_merge(&trials->by_endpoint[endpoint], &gathered->row.tally);
    tally_merge(&trials->all, &gathered->row.tally);
    store_put_outcomes(trials->options.store, trials->options.run, &gathered->row);
    memset(gathered, 0, sizeof *gathered);
}

void trials_put_rows(struct trials *trials)
{
    for (size_t i = 0; i < trials->endpoints; i++)
        put_row(trials, i);
}

struct tally trials_tally(const struct trials *trials, size_t endpoint)
{
    struct tally tally = trials->by_endpoint[endpoint];
    tally_merge(&tally, &trials->gathered[endpoint].row.tally);
    return tally;
}

struct tally trials_sum(const struct trials *trials)
{
    struct tally sum = trials->all;
    for (size_t i = 0; i < trials->endpoints; i++)
        tally_merge(&sum, &trials->gathered[i].row.tally);
    return sum;
}

static void begin_row(struct trials *trials, size_t endpoint, int64_t at_ns)
{
    struct gathered *gathered = &trials->gathered[endpoint];
    put_row(trials, endpoint);
    int64_t second = at_ns > trials->began_ns ? (at_ns - trials->began_ns) / CLOCK_NS_PER_S : 0;
    gathered->row.trial = trials->trial.number;
    gathered->row.second = second;
    gathered->row.endpoint = service_endpoint(trials->options.service, endpoint)->name;
    gathered->ends_ns = trials->began_ns + (second + 1) * CLOCK_NS_PER_S;
}

/* When an outcome came to be known. What has no answer is taken to the last moment that is known, so that no
 * clock is read for it; time never goes back within an endpoint. */
static int64_t time_of(const struct trials *trials, const struct outcome *outcome)
{
    if (outcome->done_ns != 0)
        return outcome->done_ns;
    return trials->tick_ns > trials->answered_ns ? trials->tick_ns : trials->answered_ns;
}

/* One row per second and endpoint: what the store keeps does not grow with the rate. */
static void add_to_row(struct trials *trials, const struct outcome *outcome)
{
    struct gathered *gathered = &trials->gathered[outcome->endpoint];
    int64_t at_ns = time_of(trials, outcome);
    if (at_ns >= gathered->ends_ns)
        begin_row(trials, outcome->endpoint, at_ns);
    struct outcome_row *row = &gathered->row;
    tally_add(&row->tally, outcome);
    if (outcome->result != OUTCOME_DONE)
        return;
    double lag_us = (double)(outcome->sent_ns - outcome->due_ns) / 1e3;
    double service_us = (double)(outcome->done_ns - outcome->sent_ns) / 1e3;
    row->service_sum_us += service_us;
    if (lag_us > trials->lag_max_us)
        trials->lag_max_us = lag_us;
    if (lag_us > row->lag_max_us)
        row->lag_max_us = lag_us;
    if (service_us > row->service_max_us)
        row->service_max_us = service_us;
}

void trials_on_outcome(void *owner, const struct outcome *outcome)
{
    struct trials *trials = owner;
    add_to_row(trials, outcome);
    if (outcome->counted) {
        latencies_add(&trials->latencies[outcome->endpoint], outcome);
        if (outcome->due_ns > trials->last_due_ns)
            trials->last_due_ns = outcome->due_ns;
        if (outcome->sent_ns > trials->last_sent_ns)
            trials->last_sent_ns = outcome->sent_ns;
    }
    trials->unanswered += outcome->result == OUTCOME_FAILED;
    if (outcome->result == OUTCOME_DONE) {
        trials->requests++;
        trials->trial.requests++;
        trials->answered_ns = outcome->done_ns;
        trials->unanswered = 0;
    }
}

void trials_all_latencies(const struct trials *trials, struct latencies *into)
{
    for (size_t i = 0; i < trials->options.service->endpoint_count; i++)
        latencies_merge(into, &trials->latencies[i]);
}

/* What to do about it. */
static const char *advice(int status)
{
    static const struct {
        int status;
        const char *text;
    } advices[] = {
        {401, ": it wants a login, which `setup` makes (recorded credentials are not kept)"},
        {403, ": it may want a login, which `setup` makes (recorded credentials are not kept)"},
        {404, ": what was asked for then is not there (other data, another version, another server?)"},
        {405, ": is this the server of the recording?"},
        {429, ": it limits the rate, which a server that is tried must not"}};
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++)
        if (advices[i].status == status)
            return advices[i].text;
    return "";
}

char *trials_why_not_landed(const struct tally *tally, const char *why, const char *lost)
{
    if (tally->planned == 0 || (double)tally->landed >= LANDED_LEAST * (double)tally->planned)
        return NULL;
    if (tally->uncorrelated > tally->planned / 2)
        return xasprintf("%llu of %llu requests were not sent: %s", (unsigned long long)tally->uncorrelated,
                         (unsigned long long)tally->planned,
                         why != NULL ? why : "a value that an earlier answer should have given was missing");
    if (why != NULL && tally->uncorrelated == 0 && tally->done > tally->planned / 2)
        return xstrdup(why); /* an expectation that the answers do not meet */
    if (tally->wrong_status != 0)
        return xasprintf("answered %d where %d was recorded%s", tally->wrong_status, tally->expected_status,
                         tally->expected_status / 100 < 4 ? advice(tally->wrong_status) : "");
    return xasprintf("%llu of %llu requests got no answer%s%s",
                     (unsigned long long)(tally->failed + tally->skipped), (unsigned long long)tally->planned,
                     lost != NULL ? ": " : "", lost != NULL ? lost : "");
}

static void put_sample(struct trials *trials, enum sample_kind kind, const char *signal, double value)
{
    struct sample sample = {trials->trial.number,   signal, kind, trials_elapsed_s(trials),
                            trials->trial.requests, value};
    store_put_sample(trials->options.store, trials->options.run, &sample);
}

struct processes_put {
    struct trials *trials;
    enum sample_kind kind;
};

static void put_process(void *owner, size_t signal, pid_t pid, double value)
{
    const struct processes_put *put = owner;
    char name[64];
    snprintf(name, sizeof name, "%s[%d]", watch_signal(put->trials->watch, signal)->name, (int)pid);
    put_sample(put->trials, put->kind, name, value);
}

void trials_put_values(struct trials *trials, enum sample_kind kind, const double *values)
{
    for (size_t i = 0; i < watch_count(trials->watch); i++)
        put_sample(trials, kind, watch_signal(trials->watch, i)->name, values[i]);
    if (watch_processes(trials->watch) > 1)
        watch_each_process(trials->watch, put_process, &(struct processes_put){trials, kind});
}

/* What became of an endpoint's requests over all lanes. */
static void store_load(struct trials *const *lanes, size_t count, size_t endpoint)
{
    const struct trials_options *options = &lanes[0]->options;
    const struct endpoint *about = &options->service->endpoints[endpoint];
    struct endpoint_load load = {.endpoint = about->name, .recorded_rate_per_second = about->rate_per_second};
    struct latencies latencies = {0};
    for (size_t i = 0; i < count; i++) {
        tally_merge(&load.tally, &lanes[i]->by_endpoint[endpoint]);
        latencies_merge(&latencies, &lanes[i]->latencies[endpoint]);
    }
    load.service = times_of(&latencies.service);
    load.total = times_of(&latencies.total);
    load.lag = times_of(&latencies.lag);
    load.service_sum_us = latencies.service_sum_us;
    if (load.tally.planned > 0)
        store_put_load(options->store, options->run, &load);
    latencies_release(&latencies);
}

void trials_store_all_loads(struct trials *const *lanes, size_t count)
{
    for (size_t i = 0; i < lanes[0]->options.service->endpoint_count; i++)
        store_load(lanes, count, i);
}

void trials_store_loads(struct trials *trials)
{
    trials_store_all_loads(&trials, 1);
}
