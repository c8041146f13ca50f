#include "flow/soak.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "flow/recordings.h"
#include "flow/replicas.h"
#include "flow/soak_state.h"

#define READINGS 48     /* while traffic flows; spread evenly over the run */
#define READING_LEAST 8 /* requests from one to the next: a handful of calls shows warming up, not growth */

static int choose_endpoints(struct soak *soak, struct err *err)
{
    struct service *service = soak->options->service;
    bool *chosen = xcalloc(service->endpoint_count, sizeof *chosen);
    int failed =
        recordings_choose(service, soak->options->endpoints, soak->options->endpoint_count, chosen, err);
    if (!failed && recordings_usable(service, target_is_ours(soak->trials.target), chosen, soak->usable,
                                     soak->result) == 0)
        failed = err_set(err, ERR_USAGE, "%s: no endpoint can be replayed: %s", soak->options->directory,
                         soak->result->not_looked_at_count > 0 ? soak->result->not_looked_at[0].why
                                                               : "there is none");
    free(chosen);
    return failed;
}

static struct share *shares_of(const struct soak *soak, size_t *count)
{
    struct share *shares = xcalloc(soak->service->endpoint_count, sizeof *shares);
    *count = 0;
    for (size_t i = 0; i < soak->service->endpoint_count; i++)
        if (soak->usable[i])
            shares[(*count)++] = (struct share){i, soak->service->endpoints[i].weight, 0};
    return shares;
}

static bool has_recorded_times(const struct load *load)
{
    return load->kind == LOAD_SPEED && load->arrivals <= ARRIVALS_RECORDED;
}

/* Without any bound a closed loop or a rate goes once through the recording. */
static uint64_t requests_bound(const struct soak *soak)
{
    const struct soak_options *options = soak->options;
    if (options->requests > 0 || options->duration_ns > 0 || has_recorded_times(&options->load))
        return options->requests;
    uint64_t recorded = 0;
    for (size_t i = 0; i < soak->service->endpoint_count; i++)
        recorded += soak->usable[i] ? soak->service->endpoints[i].recorded : 0;
    return recorded;
}

static struct arriving_options arriving(const struct soak *soak, int64_t duration_ns)
{
    const struct load *load = &soak->options->load;
    return (struct arriving_options){.arrivals = load->arrivals != ARRIVALS_DEFAULT ? load->arrivals
                                                                                    : ARRIVALS_POISSON,
                                     .rate_per_second = load->kind == LOAD_RATE ? load->rate_per_second : 0,
                                     .speed = load->speed,
                                     .duration_ns = duration_ns,
                                     .requests = soak->bound,
                                     .seed = soak->options->trials.seed};
}

static struct schedule *make_schedule(const struct soak *soak)
{
    const struct load *load = &soak->options->load;
    size_t count = 0;
    struct share *shares = shares_of(soak, &count);
    struct arriving_options options = arriving(soak, schedule_ramped_ns(soak->duration_ns, load->ramp_ns));
    struct schedule *schedule;
    if (load->kind == LOAD_CONNECTIONS)
        schedule = schedule_closed(soak->service, shares, count, options.requests, options.seed);
    else if (has_recorded_times(load))
        schedule = schedule_recorded(soak->service, shares, count, load->speed, options.duration_ns,
                                     options.requests, options.seed);
    else
        schedule = schedule_arriving(soak->service, shares, count, &options);
    schedule_ramp(schedule, load->ramp_ns);
    free(shares);
    schedule_cut(schedule, (struct cut){soak->options->shard.index, soak->options->shard.count});
    return schedule;
}

struct schedule *soak_schedule(struct soak *soak)
{
    struct schedule *schedule = make_schedule(soak);
    if (soak->options->shard.count > 1 && schedule_planned(schedule) > 0)
        schedule_plan(schedule, schedule_count(make_schedule(soak)));
    soak->planned = (double)schedule_planned(schedule);
    schedule_skip(schedule, soak->before);
    return schedule;
}

/* How much of the run is over, 0 to 1, by the bound that is nearer. */
double soak_share_over(const struct soak *soak)
{
    double seconds = (double)(clock_now_ns() - soak->began_ns) / (double)CLOCK_NS_PER_S, share = 0;
    if (soak->duration_ns > 0)
        share = seconds / ((double)soak->duration_ns / (double)CLOCK_NS_PER_S);
    if (soak->planned > 0)
        share = fmax(share, (double)(soak->before + replay_ended(soak->trials.replay)) / soak->planned);
    return share;
}

/* A reading that did not come is a gap in the series: counted, with the last reason. */
static void note_gap(struct soak *soak, const double *values)
{
    for (size_t i = 0; i < soak->deciders.count; i++) {
        size_t signal = soak->deciders.items[i].index;
        const char *why = watch_complaint(soak->trials.watch, signal);
        if (!isnan(values[signal]) || why == NULL)
            continue;
        soak->gaps++;
        result_say(&soak->gap_why, "%s", why);
        return;
    }
}

static bool is_closed(const struct soak *soak)
{
    return soak->options->load.kind == LOAD_CONNECTIONS;
}

static void on_held(void *owner);

/* In a closed loop with a known end readings come after equal numbers of requests, however fast those are. */
static void plan_reading(struct soak *soak, uint64_t due)
{
    uint64_t each = (uint64_t)(soak->planned / READINGS);
    if (soak_reads_memory(soak) && is_closed(soak) && soak->planned > 0)
        replay_hold(soak->trials.replay, due + (each > READING_LEAST ? each : READING_LEAST), on_held, soak);
}

/* What is left out of the judgement stands in the store as a block, within that of the soak. */
static void mark_warm(struct soak *soak, bool warm)
{
    double seconds = (double)(clock_now_ns() - soak->began_ns) / (double)CLOCK_NS_PER_S;
    if (warm && !soak->warm && soak->options->warm_up_ns > 0)
        trials_mark(&soak->trials, STEP_WARM_UP, "the mix", trials_elapsed_s(&soak->trials) - seconds);
    soak->warm = warm;
}

static void on_reading(void *owner, const double *values)
{
    struct soak *soak = owner;
    if (soak_reads_again(soak, values, is_closed(soak))) {
        watch_start_read(soak->trials.watch, on_reading, soak);
        return;
    }
    values = soak->at.lowest;
    soak->reading = false;
    if (is_closed(soak)) {
        replay_go_on(soak->trials.replay);
        plan_reading(soak, replay_due(soak->trials.replay));
    }
    soak_end_reading(soak);
    trials_put_values(&soak->trials, SAMPLE_JUDGED, values);
    soak->readings++;
    note_gap(soak, values);
    bool warm = clock_now_ns() - soak->began_ns >= soak->options->warm_up_ns;
    mark_warm(soak, warm);
    if (soak_check_target(soak, values) == 0)
        soak_take_row(soak, values, warm);
    soak_look(soak);
}

/* Where nothing is under way, what a request holds while it is answered is in no reading. */
static void begin_reading(void *owner, size_t under_way)
{
    struct soak *soak = owner;
    soak->reading = true;
    soak_begin_reading(soak, under_way);
    soak->read_due = replay_due(soak->trials.replay);
    soak->next_share = soak_share_over(soak) + 1.0 / READINGS;
    watch_start_read(soak->trials.watch, on_reading, soak);
}

static void on_held(void *owner)
{
    begin_reading(owner, 0);
}

/* Looks often, reads when the next share of the run is over: readings lie
 * evenly over requests, not over time. */
static void on_look(void *owner)
{
    struct soak *soak = owner;
    double share = soak_share_over(soak);
    soak_sample(soak);
    soak_mark(soak);
    soak_check_budget(soak);
    if (soak->duration_ns > 0 && is_closed(soak) && share >= 1)
        replay_stop(soak->trials.replay);
    if (!soak_reads_memory(soak) || soak->reading || share < soak->next_share)
        return;
    if (!is_closed(soak))
        soak_when_idle(soak, begin_reading);
    else if (replay_due(soak->trials.replay) >= soak->read_due + READING_LEAST)
        replay_hold(soak->trials.replay, 0, on_held, soak);
}

static int settled_level(struct soak *soak)
{
    double *values = xmalloc((watch_count(soak->trials.watch) + 1) * sizeof *values);
    int halted = trials_read(&soak->trials, values);
    if (!halted && soak->levels.count > 0) /* the end; the beginning is before anything warmed up */
        soak_take_settled(soak, values);
    if (!halted && !soak->looked) {
        deciders_keep_readable(&soak->deciders, soak->trials.watch, values, &soak->result->caveats);
        deciders_need(&soak->deciders, &soak->trials);
    }
    soak->looked = true;
    free(values);
    return halted;
}

/* From where the last one ended to the present bound. */
static int replay_on(struct soak *soak)
{
    struct schedule *schedule = soak_schedule(soak);
    struct ticker *ticker = ticker_new(soak->trials.loop, SOAK_LOOK_NS, on_look, soak);
    int64_t began_ns = clock_now_ns();
    if (soak->began_ns == 0)
        soak->began_ns = began_ns;
    soak->read_due = 0;
    double share = soak->planned > 0 ? (double)soak->before / soak->planned : soak_share_over(soak);
    soak->next_share = share + 1.0 / READINGS;
    trials_say(&soak->trials, soak->end.extended ? "replaying on: the answer is open" : "replaying");
    plan_reading(soak, 0);
    int halted = trials_replay(&soak->trials, STEP_SOAK, "the mix", schedule);
    ticker_free(ticker);
    while (soak->reading && loop_sleep(soak->trials.loop, SOAK_LOOK_NS) == 0)
        ;
    soak->before = soak->trials.all.planned;
    soak->traffic_s += (double)(clock_now_ns() - began_ns) / (double)CLOCK_NS_PER_S;
    if (halted || !soak_reads_memory(soak))
        return halted ? -1 : 0;
    trials_say(&soak->trials, "settling");
    return settled_level(soak);
}

static int read_before(struct soak *soak)
{
    trials_say(&soak->trials, "settling");
    return settled_level(soak) != 0 || replicas_check(&soak->trials, &soak->deciders) != 0 ||
                   soak_null(soak) != 0
               ? -1
               : 0;
}

static int drive(struct soak *soak)
{
    if (trials_start(&soak->trials, STEP_SOAK, "the mix") != 0)
        return -1;
    if (soak_reads_memory(soak) && read_before(soak) != 0)
        return -1;
    if (soak_await_start(soak) != 0)
        return -1;
    soak->trials.open_loop = soak->options->load.kind != LOAD_CONNECTIONS;
    soak->bound = requests_bound(soak);
    soak->duration_ns = soak->options->duration_ns;
    do {
        if (replay_on(soak) != 0)
            return -1;
    } while (soak_goes_on(soak));
    if (!soak_reads_memory(soak))
        return 0;
    if (soak_await_others(soak) != 0)
        return -1;
    return soak_null_again(soak) != 0 || soak_idle(soak) != 0 ? -1 : soak_hold(soak);
}

int soak(const struct soak_options *options, struct result *result, struct err *err)
{
    struct soak state = {.options = options, .service = options->service, .result = result};
    int failed = -1;
    result->started_us = clock_wall_us();
    state.usable = xcalloc(state.service->endpoint_count + 1, sizeof *state.usable);
    if (trials_open(&state.trials, &options->trials, err) != 0)
        goto done;
    levels_init(&state.levels, watch_count(state.trials.watch));
    soak_readings_init(&state);
    state.trials.goes_on_replaced = true;
    state.trials.total_s = (double)options->duration_ns / (double)CLOCK_NS_PER_S;
    if (deciders_choose(&state.deciders, state.trials.watch, options->signal, err) != 0 ||
        choose_endpoints(&state, err) != 0 || soak_check_limits(&state, err) != 0 ||
        soak_begin_part(&state, err) != 0)
        goto done;
    if (soak_reads_memory(&state))
        deciders_need(&state.deciders, &state.trials);
    drive(&state);
    if (soak_reads_memory(&state))
        memory_limits_read(&state.limits, (pid_t)state.trials.trial.pid);
    if (soak_is_part(&state))
        soak_conclude_part(&state);
    else
        soak_conclude(&state);
    trials_store_loads(&state.trials);
    if (state.trials.halt == HALT_ERROR) {
        *err = state.trials.err;
        goto done;
    }
    failed = soak_keep_part(&state, err);
done:
    soak_readings_release(&state);
    levels_release(&state.levels);
    trials_close(&state.trials);
    free(state.usable);
    free(state.gap_why);
    free(state.idle.reason);
    marks_release(&state.marks);
    free(state.shard_key);
    return failed;
}
