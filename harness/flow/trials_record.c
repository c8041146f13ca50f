/* Outcomes into tallies, times and the rows of the store. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "flow/trials_inside.h"

#define LANDED_LEAST 0.9

static void put_row(struct trials *trials, struct outcome_row *row)
{
    if (row->tally.planned + row->tally.uncounted > 0)
        store_put_outcomes(trials->options.store, trials->options.run, row);
    memset(row, 0, sizeof *row);
}

void trials_put_rows(struct trials *trials)
{
    for (size_t i = 0; i < trials->options.service->endpoint_count; i++)
        put_row(trials, &trials->rows[i]);
}

/* One row per second and endpoint: what the store keeps does not grow with the rate. */
static void add_to_row(struct trials *trials, const struct outcome *outcome)
{
    struct outcome_row *row = &trials->rows[outcome->endpoint];
    int64_t at_ns = outcome->done_ns != 0 ? outcome->done_ns : clock_now_ns();
    int64_t second = (at_ns - trials->began_ns) / CLOCK_NS_PER_S;
    if (second != row->second || row->trial != trials->trial.number)
        put_row(trials, row);
    row->trial = trials->trial.number;
    row->second = second;
    row->endpoint = trials->options.service->endpoints[outcome->endpoint].name;
    tally_add(&row->tally, outcome);
    if (outcome->result != OUTCOME_DONE)
        return;
    double lag_us = (double)(outcome->sent_ns - outcome->due_ns) / 1e3;
    double service_us = (double)(outcome->done_ns - outcome->sent_ns) / 1e3;
    row->lag_max_us = fmax(row->lag_max_us, lag_us);
    row->service_sum_us += service_us;
    row->service_max_us = fmax(row->service_max_us, service_us);
}

void trials_on_outcome(void *owner, const struct outcome *outcome)
{
    struct trials *trials = owner;
    tally_add(&trials->in_block[outcome->endpoint], outcome);
    tally_add(&trials->by_endpoint[outcome->endpoint], outcome);
    add_to_row(trials, outcome);
    trials->unanswered += outcome->result == OUTCOME_FAILED;
    if (outcome->result == OUTCOME_DONE) {
        trials->requests++;
        trials->trial.requests++;
        trials->answered_ns = outcome->done_ns;
        trials->unanswered = 0;
        if (outcome->counted) {
            latencies_add(&trials->latencies[outcome->endpoint], outcome);
            latencies_add(&trials->all_latencies, outcome);
        }
    }
}

char *trials_why_not_landed(const struct tally *tally)
{
    if (tally->planned == 0 || (double)tally->landed >= LANDED_LEAST * (double)tally->planned)
        return NULL;
    if (tally->wrong_status != 0)
        return xasprintf("answered %d where %d was recorded", tally->wrong_status, tally->expected_status);
    return xasprintf("%llu of %llu requests got no answer",
                     (unsigned long long)(tally->failed + tally->skipped),
                     (unsigned long long)tally->planned);
}

void trials_put_values(struct trials *trials, enum sample_kind kind, const double *values)
{
    for (size_t i = 0; i < watch_count(trials->watch); i++) {
        struct sample sample = {trials->trial.number,
                                watch_signal(trials->watch, i)->name,
                                kind,
                                trials_elapsed_s(trials),
                                trials->trial.requests,
                                values[i]};
        store_put_sample(trials->options.store, trials->options.run, &sample);
    }
}

void trials_store_loads(struct trials *trials)
{
    const struct service *service = trials->options.service;
    for (size_t i = 0; i < service->endpoint_count; i++) {
        const struct histogram *times = &trials->latencies[i].service;
        if (trials->by_endpoint[i].planned == 0)
            continue;
        struct endpoint_load load = {.endpoint = service->endpoints[i].name,
                                     .tally = trials->by_endpoint[i],
                                     .recorded_rate_per_second = service->endpoints[i].rate_per_second,
                                     .p50_us = (double)histogram_quantile(times, 0.5),
                                     .p99_us = (double)histogram_quantile(times, 0.99),
                                     .max_us = (double)times->max};
        store_put_load(trials->options.store, trials->options.run, &load);
    }
}
