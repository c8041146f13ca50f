#include "flow/trials_inside.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "flow/last_words.h"
#include "flow/trials_shared.h"
#include "target/fill.h"

#define TICK_NS (100 * CLOCK_NS_PER_MS)
#define CONNECTIONS_DEFAULT 4

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

/* A server that is gone ends the trials of its own lane only. */
static bool ends_all(enum halt halt)
{
    return halt != HALT_TARGET && halt != HALT_CEILING && halt != HALT_KILLED;
}

static int end_work(struct trials *trials, enum halt halt, const char *why, const struct err *err)
{
    if (!trials_halted(trials)) {
        snprintf(trials->halt_why, sizeof trials->halt_why, "%s", why);
        if (err != NULL)
            trials->err = *err;
        trials->halt = halt;
        if (ends_all(halt))
            trials_shared_halt(trials->shared, halt, why, err);
    }
    if (trials->stop_on_halt)
        replay_stop(trials->replay);
    return -1;
}

int trials_halt(struct trials *trials, enum halt halt, const char *format, ...)
{
    char why[sizeof trials->halt_why];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    return end_work(trials, halt, why, NULL);
}

int trials_halt_on_error(struct trials *trials, const struct err *err)
{
    return end_work(trials, HALT_ERROR, err->message, err);
}

/* Half of MemAvailable (proc(5)), for all lanes together, where the service names no ceiling. */
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

static void init_counts(struct trials *trials)
{
    const struct service *service = trials->options.service;
    size_t endpoints = service->endpoint_count + service->setup_count;
    trials->endpoints = endpoints;
    trials->cursors = xcalloc(endpoints, sizeof *trials->cursors);
    trials->by_endpoint = xcalloc(endpoints, sizeof *trials->by_endpoint);
    trials->in_block = xcalloc(endpoints, sizeof *trials->in_block);
    trials->latencies = xcalloc(endpoints, sizeof *trials->latencies);
    trials->gathered = xcalloc(endpoints, sizeof *trials->gathered);
}

int trials_open_beside(struct trials *trials, const struct trials_options *options,
                       struct trials_shared *shared, struct err *err)
{
    *trials = (struct trials){.options = *options,
                              .shared = shared,
                              .shares = true,
                              .began_ns = shared->began_ns,
                              .warm_bytes = NAN,
                              .peak_bytes = NAN,
                              .kept_bytes = NAN};
    snprintf(trials->run_header, sizeof trials->run_header, "%lld",
             (long long)(options->told_as > 0 ? options->told_as : options->run));
    init_counts(trials);
    double given = options->service->ceiling_bytes;
    trials->ceiling_bytes = given > 0 ? given : default_ceiling() / (double)shared->lanes;
    if ((trials->loop = loop_new(err)) == NULL)
        return -1;
    if ((trials->target = target_new(options->service, trials->loop, trials->run_header, err)) == NULL)
        return -1;
    if (options->steady)
        target_steady(trials->target);
    if ((trials->watch = watch_new(options->service, trials->loop, err)) == NULL)
        return -1;
    size_t signals = watch_count(trials->watch) + 1;
    trials->now_values = xcalloc(signals, sizeof *trials->now_values);
    trials->first_values = xcalloc(signals, sizeof *trials->first_values);
    trials->needed = xcalloc(signals, sizeof *trials->needed);
    trials->total_s = (double)options->budget_ns / (double)CLOCK_NS_PER_S;
    trials->now_values[0] = NAN;
    trials->ticker = ticker_new(trials->loop, TICK_NS, trials_on_tick, trials);
    return 0;
}

int trials_open(struct trials *trials, const struct trials_options *options, struct err *err)
{
    int failed = trials_open_beside(trials, options, trials_shared_new(options, 1), err);
    trials->shares = false;
    return failed;
}

static void put_trial(struct trials *trials, const char *note)
{
    if (trials->trial.number == 0)
        return;
    if (note != NULL)
        result_say(&trials->trial.note, "%s", note);
    store_put_trial(trials->options.store, trials->options.run, &trials->trial);
}

static void end_trial(struct trials *trials)
{
    if (trials->trial.number == 0)
        return;
    const char *how = NULL;
    bool alive = target_alive(trials->target, &how);
    trials_weigh(trials);
    trials_put_rows(trials);
    trials->trial.ended_s = trials_elapsed_s(trials);
    if (alive) {
        put_trial(trials, "");
        return;
    }
    char *tail = last_words(target_log_tail(trials->target));
    char *note = xasprintf("%s%s%s", how, *tail != '\0' ? "\n" : "", tail);
    put_trial(trials, note);
    free(note);
    free(tail);
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
    for (size_t i = 0; i < trials->endpoints; i++)
        latencies_release(&trials->latencies[i]);
    free(trials->latencies);
    free(trials->gathered);
    free(trials->now_values);
    free(trials->first_values);
    free(trials->needed);
    if (!trials->shares)
        trials_shared_free(trials->shared);
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
        .ours = target_is_ours(trials->target),
        .connections = connections > 0 ? connections : CONNECTIONS_DEFAULT,
        .reuse = service->reuse,
        .timeouts = service->timeouts,
        .coalesce_ns = trials->options.coalesce_ns,
        .seed = trials->options.seed,
        .late_limit_ns = trials->options.late_limit_ns,
        .on_outcome = trials_on_outcome,
        .owner = trials,
    };
    trials->replay = replay_new(trials->loop, &options, err);
    return trials->replay != NULL ? 0 : -1;
}

bool trials_may_run_beside(const struct service *service)
{
    for (size_t i = 0; i < service->signal_count; i++)
        if (service->signals[i].url[0] != '/')
            return false;
    bool apart = service->start.kind == START_COMMAND ? fill_wants_port(service->target)
                                                      : service->start.compose != NULL; /* or a stack */
    return apart && service->reset.count == 0 && service->watch.kind == WATCH_STARTED;
}

/* What the dead or too large server left: nothing of it counts for the next one. */
static void forget_server(struct trials *trials)
{
    trials->halt_why[0] = '\0';
    trials->halt = HALT_NONE;
    trials->unanswered = 0;
    trials->now_values[0] = NAN;
    trial_release(&trials->trial);
}

int trials_recover(struct trials *trials)
{
    if (trials->halt != HALT_NONE && !ends_all(trials->halt)) {
        end_trial(trials);
        target_stop(trials->target);
        forget_server(trials);
    }
    return trials_halted(trials) ? -1 : 0;
}

static void attach_watch(struct trials *trials)
{
    if (trials->options.unread)
        return;
    watch_attach(trials->watch, &(struct watched){.pid = target_pid(trials->target),
                                                  .origin = target_origin(trials->target),
                                                  .allow = target_allow(trials->target),
                                                  .run_header = trials->run_header,
                                                  .agents = target_agents(trials->target),
                                                  .container = target_container(trials->target)});
    trials->settled_bytes = NAN;
    trials->traced = false;
    if (trials->servers++ == 0 ||
        target_restartable(trials->target)) /* else it is the server of the trial before */
        trials->older_peak_bytes = watch_peak_bytes(trials->watch);
}

static void begin_trial(struct trials *trials, enum step step, const char *mix)
{
    trial_release(&trials->trial);
    trials->trial.step = step;
    trials->trial.mix = xstrdup(mix);
    trials->trial.started_s = trials_elapsed_s(trials);
    trials->block_number = 0;
    for (size_t i = 0; i < watch_count(trials->watch); i++)
        trials->first_values[i] = NAN;
    memset(trials->cursors, 0, trials->options.service->endpoint_count * sizeof *trials->cursors);
}

/* What started before is set up as it has to be: that it does not start again is the target's fault, or that of what it
 * needs, and no end of the whole. */
static int halt_on_start(struct trials *trials, const struct err *err)
{
    if (interrupt_signal() != 0)
        return trials_halt(trials, HALT_INTERRUPTED, "interrupted");
    bool outside = err->code == ERR_USAGE || err->code == ERR_TARGET;
    if (outside && trials_shared_numbers(trials->shared) > 0)
        return trials_halt(trials, HALT_TARGET, "a fresh server did not start: %s", err->message);
    return trials_halt_on_error(trials, err);
}

int trials_start(struct trials *trials, enum step step, const char *mix)
{
    if (trials_halted(trials))
        return -1;
    end_trial(trials);
    begin_trial(trials, step, mix);
    struct err err = {0};
    if (!trials_said(trials->shared))
        trials_say(trials, "starting the target");
    if (target_start(trials->target, &err) != 0 || make_replay(trials, &err) != 0)
        return halt_on_start(trials, &err);
    trials->trial.number = trials_shared_number(trials->shared);
    trials->trial.pid = target_pid(trials->target);
    attach_watch(trials);
    put_trial(trials, "");
    return 0;
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
        trials_await_told_end(trials);
        return trials_halt_for_output(trials, "the target stopped accepting connections");
    }
    return trials->halt == HALT_NONE ? 0 : -1;
}

int trials_replay(struct trials *trials, enum step step, const char *mix, struct schedule *schedule)
{
    if (trials_halted(trials)) {
        schedule_free(schedule);
        return -1;
    }
    memset(trials->in_block, 0, trials->endpoints * sizeof *trials->in_block);
    struct block block = {.trial = trials->trial.number,
                          .number = ++trials->block_number,
                          .step = step,
                          .mix = xstrdup(mix),
                          .first_request = trials->trial.requests,
                          .started_s = trials_elapsed_s(trials)};
    trials->stop_on_halt = true;
    trials->answered_ns = clock_now_ns();
    trials->unanswered = 0;
    enum replay_end end = replay_run(trials->replay, schedule, NULL, NULL);
    trials->stop_on_halt = false;
    trials_put_rows(trials);
    schedule_free(schedule);
    block.last_request = trials->trial.requests;
    block.ended_s = trials_elapsed_s(trials);
    put_block(trials, &block);
    block_release(&block);
    return after_replay(trials, end);
}

void trials_mark(struct trials *trials, enum step step, const char *mix, double from_s)
{
    struct block block = {.trial = trials->trial.number,
                          .number = ++trials->block_number,
                          .step = step,
                          .mix = xstrdup(mix),
                          .last_request = trials->trial.requests,
                          .started_s = from_s,
                          .ended_s = trials_elapsed_s(trials)};
    put_block(trials, &block);
    block_release(&block);
}

int trials_block(struct trials *trials, enum step step, const char *mix, const struct share *shares,
                 size_t count)
{
    uint64_t seed =
        trials->options.seed + (uint64_t)trials->trial.number * 1000 + (uint64_t)trials->block_number;
    return trials_replay(trials, step, mix,
                         schedule_block(trials->options.service, shares, count, trials->cursors, seed));
}

/* They count as passes through the whole recording: blocks that come later take other keys and other sessions. */
int trials_chosen(struct trials *trials, enum step step, const char *mix, const struct share *share,
                  const size_t *requests, size_t count)
{
    size_t length = trials->options.service->endpoints[share->endpoint].recorded;
    size_t *cursor = &trials->cursors[share->endpoint];
    uint64_t pass = *cursor / length + 1;
    struct schedule *schedule = schedule_chosen(trials->options.service, share, requests, count, &pass);
    *cursor = pass * length;
    return trials_replay(trials, step, mix, schedule);
}
