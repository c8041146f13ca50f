#include "flow/trials.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "net/fetch.h"

#define TICK_NS (100 * CLOCK_NS_PER_MS)
#define SETTLE_READS_MOST 6
#define CONNECTIONS_DEFAULT 4
#define SNAPSHOT_TIMEOUT_NS (120 * CLOCK_NS_PER_S)
#define SILENCE_NS (30 * CLOCK_NS_PER_S) /* a target that answers nothing for so long is gone */
#define SILENCE_REQUESTS 4
#define READ_TRIES 4
#define READ_PAUSE_NS (250 * CLOCK_NS_PER_MS)

static void on_tick(void *owner);
static void on_outcome(void *owner, const struct outcome *outcome);

double trials_elapsed_s(const struct trials *trials)
{
    return (double)(clock_now_ns() - trials->began_ns) / (double)CLOCK_NS_PER_S;
}

double trials_left_s(const struct trials *trials)
{
    if (trials->options.budget_ns == 0)
        return INFINITY;
    return (double)trials->options.budget_ns / (double)CLOCK_NS_PER_S - trials_elapsed_s(trials);
}

int trials_halt(struct trials *trials, enum halt halt, const char *format, ...)
{
    if (trials->halt == HALT_NONE) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(trials->halt_why, sizeof trials->halt_why, format, arguments);
        va_end(arguments);
        trials->halt = halt;
    }
    if (trials->stop_on_halt)
        replay_stop(trials->replay);
    return -1;
}

static int halt_on_error(struct trials *trials, const struct err *err)
{
    if (trials->halt == HALT_NONE)
        trials->err = *err;
    return trials_halt(trials, HALT_ERROR, "%s", err->message);
}

/* Half of MemAvailable (proc(5)), where the service names no ceiling. */
static double default_ceiling(void)
{
    FILE *file = fopen("/proc/meminfo", "re");
    double kib = 0;
    char line[128];
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "MemAvailable: %lf kB", &kib) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return kib > 0 ? kib * 1024 / 2 : INFINITY;
}

int trials_open(struct trials *trials, const struct trials_options *options, struct err *err)
{
    size_t endpoints = options->service->endpoint_count;
    *trials = (struct trials){.options = *options, .began_ns = clock_now_ns(), .warm_bytes = NAN};
    snprintf(trials->run_header, sizeof trials->run_header, "%lld", (long long)options->run);
    trials->cursors = xcalloc(endpoints, sizeof *trials->cursors);
    trials->by_endpoint = xcalloc(endpoints, sizeof *trials->by_endpoint);
    trials->in_block = xcalloc(endpoints, sizeof *trials->in_block);
    trials->latencies = xcalloc(endpoints, sizeof *trials->latencies);
    trials->rows = xcalloc(endpoints, sizeof *trials->rows);
    double given = options->service->ceiling_bytes;
    trials->ceiling_bytes = given > 0 ? given : default_ceiling();
    if ((trials->loop = loop_new(err)) == NULL)
        return -1;
    if ((trials->target = target_new(options->service, trials->loop, trials->run_header, err)) == NULL)
        return -1;
    if ((trials->watch = watch_new(options->service, trials->loop, err)) == NULL)
        return -1;
    size_t signals = watch_count(trials->watch) + 1;
    trials->now_values = xcalloc(signals, sizeof *trials->now_values);
    trials->first_values = xcalloc(signals, sizeof *trials->first_values);
    trials->needed = xcalloc(signals, sizeof *trials->needed);
    trials->total_s = (double)options->budget_ns / (double)CLOCK_NS_PER_S;
    trials->ticker = ticker_new(trials->loop, TICK_NS, on_tick, trials);
    return 0;
}

static void put_trial(struct trials *trials, const char *note)
{
    if (trials->trial.number == 0)
        return;
    if (note != NULL)
        result_say(&trials->trial.note, "%s", note);
    store_put_trial(trials->options.store, trials->options.run, &trials->trial);
}

static void put_row(struct trials *trials, struct outcome_row *row)
{
    if (row->tally.planned + row->tally.uncounted > 0)
        store_put_outcomes(trials->options.store, trials->options.run, row);
    memset(row, 0, sizeof *row);
}

static void put_rows(struct trials *trials)
{
    for (size_t i = 0; i < trials->options.service->endpoint_count; i++)
        put_row(trials, &trials->rows[i]);
}

static void end_trial(struct trials *trials)
{
    if (trials->trial.number == 0)
        return;
    const char *how = NULL;
    bool alive = target_alive(trials->target, &how);
    double peak = watch_peak_bytes(trials->watch);
    if (peak > trials->peak_bytes)
        trials->peak_bytes = peak;
    put_rows(trials);
    trials->trial.ended_s = trials_elapsed_s(trials);
    put_trial(trials, alive ? "" : how);
}

void trials_close(struct trials *trials)
{
    if (trials->target != NULL && trials->options.store != NULL)
        end_trial(trials);
    ticker_free(trials->ticker);
    if (trials->replay != NULL)
        replay_free(trials->replay);
    if (trials->watch != NULL)
        watch_free(trials->watch);
    if (trials->target != NULL)
        target_free(trials->target);
    if (trials->loop != NULL)
        loop_free(trials->loop);
    trial_release(&trials->trial);
    free(trials->cursors);
    free(trials->by_endpoint);
    free(trials->in_block);
    free(trials->latencies);
    free(trials->rows);
    free(trials->now_values);
    free(trials->first_values);
    free(trials->needed);
    memset(trials, 0, sizeof *trials);
}

static int make_replay(struct trials *trials, struct err *err)
{
    const struct service *service = trials->options.service;
    if (trials->replay != NULL) {
        replay_retarget(trials->replay, target_origin(trials->target));
        return 0;
    }
    unsigned connections = trials->options.connections;
    if (connections == 0 && service->load.kind == LOAD_CONNECTIONS)
        connections = service->load.connections;
    struct replay_options options = {
        .service = service,
        .origin = target_origin(trials->target),
        .allow = target_allow(trials->target),
        .run_header = trials->run_header,
        .connections = connections > 0 ? connections : CONNECTIONS_DEFAULT,
        .reuse = service->reuse,
        .timeout_ns = 30 * CLOCK_NS_PER_S,
        .late_limit_ns = trials->options.late_limit_ns,
        .on_outcome = on_outcome,
        .owner = trials,
    };
    trials->replay = replay_new(trials->loop, &options, err);
    return trials->replay != NULL ? 0 : -1;
}

int trials_start(struct trials *trials, enum step step, const char *mix)
{
    if (trials->halt != HALT_NONE)
        return -1;
    end_trial(trials);
    int64_t number = trials->trial.number + 1;
    trial_release(&trials->trial);
    trials->trial.step = step;
    trials->trial.mix = xstrdup(mix);
    trials->trial.started_s = trials_elapsed_s(trials);
    trials->block_number = 0;
    for (size_t i = 0; i < watch_count(trials->watch); i++)
        trials->first_values[i] = NAN;
    memset(trials->cursors, 0, trials->options.service->endpoint_count * sizeof *trials->cursors);
    struct err err = {0};
    if (target_start(trials->target, &err) != 0 || make_replay(trials, &err) != 0) {
        if (interrupt_signal() != 0)
            return trials_halt(trials, HALT_INTERRUPTED, "interrupted");
        return halt_on_error(trials, &err);
    }
    trials->trial.number = number;
    trials->trial.pid = target_pid(trials->target);
    watch_attach(trials->watch, target_pid(trials->target), target_origin(trials->target),
                 target_allow(trials->target), trials->run_header);
    put_trial(trials, "");
    return 0;
}

void trials_say(struct trials *trials, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(trials->step, sizeof trials->step, format, arguments);
    va_end(arguments);
    if (trials->options.verbose)
        trials_note(trials, "%.1f s: %s", trials_elapsed_s(trials), trials->step);
}

void trials_note(struct trials *trials, const char *format, ...)
{
    const struct listener *listener = trials->options.listener;
    if (listener == NULL || listener->note == NULL)
        return;
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    listener->note(listener->owner, line);
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

static void add_times(struct latencies *latencies, const struct outcome *outcome)
{
    histogram_add(&latencies->lag, (uint64_t)(outcome->sent_ns - outcome->due_ns) / 1000);
    histogram_add(&latencies->service, (uint64_t)(outcome->done_ns - outcome->sent_ns) / 1000);
    histogram_add(&latencies->total, (uint64_t)(outcome->done_ns - outcome->due_ns) / 1000);
}

static void on_outcome(void *owner, const struct outcome *outcome)
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
            add_times(&trials->latencies[outcome->endpoint], outcome);
            add_times(&trials->all_latencies, outcome);
        }
    }
}

static void tell_progress(struct trials *trials)
{
    int64_t now_ns = clock_now_ns();
    double seconds = (double)(now_ns - trials->rate_at_ns) / (double)CLOCK_NS_PER_S;
    if (seconds >= 0.5) {
        trials->rate = (double)(trials->requests - trials->rate_requests) / seconds;
        trials->rate_at_ns = now_ns;
        trials->rate_requests = trials->requests;
    }
    const struct listener *listener = trials->options.listener;
    if (listener == NULL || listener->tell == NULL)
        return;
    struct progress progress = {
        .step = trials->step,
        .elapsed_s = trials_elapsed_s(trials),
        .total_s = trials->total_s,
        .requests = trials->requests,
        .rate_per_second = trials->rate,
        .memory_bytes = trials->now_values[0],
    };
    listener->tell(listener->owner, &progress);
}

static void put_timed(struct trials *trials)
{
    for (size_t i = 0; i < watch_count(trials->watch); i++) {
        if (isnan(trials->now_values[i]))
            continue;
        struct sample sample = {trials->trial.number,   watch_signal(trials->watch, i)->name,
                                SAMPLE_TIMED,           trials_elapsed_s(trials),
                                trials->trial.requests, trials->now_values[i]};
        store_put_sample(trials->options.store, trials->options.run, &sample);
    }
}

static int halt_for_end(struct trials *trials, const char *how)
{
    char *output = xstrdup(target_log_tail(trials->target));
    for (char *newline = output; (newline = strchr(newline, '\n')) != NULL;)
        *newline = ' '; /* a reason is one line */
    trials_halt(trials, HALT_TARGET, "the target %s%s after %llu requests%s%s",
                text_starts_with(how, "killed") ? "was " : "", how,
                (unsigned long long)trials->trial.requests, *output != '\0' ? "; its last output: " : "",
                output);
    free(output);
    return -1;
}

static bool is_silent(const struct trials *trials)
{
    return trials->stop_on_halt && trials->unanswered >= SILENCE_REQUESTS &&
           clock_now_ns() - trials->answered_ns >= SILENCE_NS;
}

static void check_limits(struct trials *trials)
{
    const char *how = NULL;
    struct rusage usage;
    struct err err = {0};
    if (store_check(trials->options.store, &err) != 0)
        halt_on_error(trials, &err); /* what is measured from here on would be lost */
    else if (!target_alive(trials->target, &how))
        halt_for_end(trials, how);
    else if (is_silent(trials))
        trials_halt(
            trials, HALT_TARGET,
            "the target hangs: nothing was answered for %.0f s (%u requests failed) after %llu requests",
            (double)(clock_now_ns() - trials->answered_ns) / (double)CLOCK_NS_PER_S, trials->unanswered,
            (unsigned long long)trials->trial.requests);
    else if (trials->now_values[0] > trials->ceiling_bytes)
        trials_halt(trials, HALT_CEILING, "the target passed its ceiling of %.0f MiB after %llu requests",
                    trials->ceiling_bytes / 1048576, (unsigned long long)trials->trial.requests);
    else if (trials_left_s(trials) <= 0)
        trials_halt(trials, HALT_BUDGET, "the budget was used up");
    else if (trials->options.mem_limit_bytes > 0 && getrusage(RUSAGE_SELF, &usage) == 0 &&
             usage.ru_maxrss * 1024 > trials->options.mem_limit_bytes)
        trials_halt(trials, HALT_MEMORY, "seep itself passed --mem-limit");
}

static void on_tick(void *owner)
{
    struct trials *trials = owner;
    if (trials->trial.number == 0 || trials->halt != HALT_NONE)
        return;
    watch_read_cheap(trials->watch, trials->now_values);
    put_timed(trials);
    check_limits(trials);
    tell_progress(trials);
}

static void put_block(struct trials *trials, const struct block *block)
{
    store_put_block(trials->options.store, trials->options.run, block);
}

static int after_replay(struct trials *trials, enum replay_end end)
{
    switch (end) {
    case REPLAY_WHOLE:
    case REPLAY_STOPPED:
        break;
    case REPLAY_INTERRUPTED:
        return trials_halt(trials, HALT_INTERRUPTED, "interrupted");
    case REPLAY_TARGET_GONE:
        check_limits(trials); /* a dead process says more than refused connections */
        return trials_halt(trials, HALT_TARGET,
                           "the target stopped accepting connections after %llu requests",
                           (unsigned long long)trials->trial.requests);
    }
    return trials->halt == HALT_NONE ? 0 : -1;
}

int trials_replay(struct trials *trials, enum step step, const char *mix, struct schedule *schedule)
{
    if (trials->halt != HALT_NONE) {
        schedule_free(schedule);
        return -1;
    }
    memset(trials->in_block, 0, trials->options.service->endpoint_count * sizeof *trials->in_block);
    struct block block = {.trial = trials->trial.number,
                          .number = ++trials->block_number,
                          .step = step,
                          .mix = xstrdup(mix),
                          .first_request = trials->trial.requests,
                          .started_s = trials_elapsed_s(trials)};
    trials->stop_on_halt = true;
    trials->answered_ns = clock_now_ns();
    trials->unanswered = 0;
    enum replay_end end = replay_run(trials->replay, schedule, &trials->all, NULL);
    trials->stop_on_halt = false;
    schedule_free(schedule);
    block.last_request = trials->trial.requests;
    block.ended_s = trials_elapsed_s(trials);
    put_block(trials, &block);
    block_release(&block);
    return after_replay(trials, end);
}

int trials_block(struct trials *trials, enum step step, const char *mix, const struct share *shares,
                 size_t count)
{
    uint64_t seed =
        trials->options.seed + (uint64_t)trials->trial.number * 1000 + (uint64_t)trials->block_number;
    return trials_replay(trials, step, mix,
                         schedule_block(trials->options.service, shares, count, trials->cursors, seed));
}

void trials_need(struct trials *trials, size_t signal)
{
    trials->needed[signal] = true;
}

/* The first needed signal without a value, or the count of signals. Memory of a process can only be missed
 * where it was once there: elsewhere nobody can read it, and a run may be about its answers alone. */
static size_t missing(const struct trials *trials, const double *values)
{
    size_t count = watch_count(trials->watch), i = 0;
    while (i < count &&
           !(trials->needed[i] && isnan(values[i]) &&
             (i >= count - trials->options.service->signal_count || !isnan(trials->first_values[i]))))
        i++;
    return i;
}

/* Asks again after an answer that is of no use, but not after one that took its time not to come. */
static void settle(struct trials *trials, double *values)
{
    int tries = 1;
    int64_t began_ns = clock_now_ns();
    watch_settle(trials->watch, SETTLE_READS_MOST, values, NULL);
    while (missing(trials, values) < watch_count(trials->watch) && tries++ < READ_TRIES &&
           clock_now_ns() - began_ns < CLOCK_NS_PER_S * 10 && loop_sleep(trials->loop, READ_PAUSE_NS) == 0) {
        trials->asked_again++;
        watch_settle(trials->watch, SETTLE_READS_MOST, values, NULL);
    }
}

int trials_check_cliff(struct trials *trials, const double *values)
{
    for (size_t i = 0; i < watch_count(trials->watch); i++) {
        double first = trials->first_values[i];
        if (!trials->needed[i] || !watch_signal(trials->watch, i)->collects || !(values[i] < first / 2))
            continue;
        return trials_halt(
            trials, HALT_TARGET,
            "%s fell from %.6g to %.6g within %llu requests: levels before and after cannot be "
            "compared (was the target restarted?)",
            watch_signal(trials->watch, i)->name, first, values[i],
            (unsigned long long)trials->trial.requests);
    }
    return 0;
}

static int check_values(struct trials *trials, const double *values)
{
    size_t count = watch_count(trials->watch), lost = missing(trials, values);
    const char *why = lost < count ? watch_complaint(trials->watch, lost) : NULL;
    if (lost < count)
        return trials_halt(trials, HALT_TARGET, "signal %s cannot be read after %llu requests: %s",
                           watch_signal(trials->watch, lost)->name,
                           (unsigned long long)trials->trial.requests, why != NULL ? why : "no value");
    for (size_t i = 0; i < count; i++)
        if (isnan(trials->first_values[i]))
            trials->first_values[i] = values[i];
    return trials_check_cliff(trials, values);
}

int trials_read(struct trials *trials, double *values)
{
    if (trials->halt != HALT_NONE)
        return -1;
    settle(trials, values);
    for (size_t i = 0; i < watch_count(trials->watch); i++) {
        const struct watch_signal *signal = watch_signal(trials->watch, i);
        struct sample sample = {trials->trial.number,     signal->name,           SAMPLE_SETTLED,
                                trials_elapsed_s(trials), trials->trial.requests, values[i]};
        store_put_sample(trials->options.store, trials->options.run, &sample);
    }
    if (!isnan(values[0]))
        trials->warm_bytes = values[0];
    if (interrupt_signal() != 0)
        return trials_halt(trials, HALT_INTERRUPTED, "interrupted");
    check_limits(trials);
    if (trials->halt == HALT_NONE && watch_restarted(trials->watch))
        return trials_halt(
            trials, HALT_TARGET,
            "a process of the target was replaced after %llu requests: levels before and after "
            "cannot be compared (are workers recycled, as by --max-requests?)",
            (unsigned long long)trials->trial.requests);
    if (trials->halt == HALT_NONE)
        check_values(trials, values);
    return trials->halt == HALT_NONE ? 0 : -1;
}

int trials_hold(struct trials *trials, int64_t ns)
{
    if (trials->halt != HALT_NONE)
        return -1;
    if (loop_sleep(trials->loop, ns) != 0)
        return trials_halt(trials, HALT_INTERRUPTED, "interrupted");
    return trials->halt == HALT_NONE ? 0 : -1;
}

int trials_fetch(struct trials *trials, const char *path, struct text *body, struct err *err)
{
    if (trials->halt != HALT_NONE)
        return err_set(err, ERR_USAGE, "%s", trials->halt_why);
    struct fetch_request request = {.method = "GET",
                                    .origin = target_origin(trials->target),
                                    .path = path,
                                    .allow = target_allow(trials->target),
                                    .run_header = trials->run_header,
                                    .timeout_ns = SNAPSHOT_TIMEOUT_NS};
    struct fetch_answer answer = {0};
    int failed = fetch(trials->loop, &request, &answer);
    if (!failed && answer.status / 100 != 2)
        failed = err_set(&answer.err, ERR_USAGE, "%s answered %d", path, answer.status);
    if (!failed)
        text_add(body, text_string(&answer.body), answer.body.length);
    else
        *err = answer.err;
    text_release(&answer.body);
    return failed;
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
