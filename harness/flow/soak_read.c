#include "flow/soak_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "flow/soak_state.h"
#include "sample/memory_limits.h"

#define NULL_GAINS 3          /* the last of them count */
#define NULL_READINGS_MOST 12 /* while each still adds: a cold server fills what it fills once */
#define NULL_SLOW_S 0.5
#define NULL_MOST_S 1.5
#define IDLE_MOST_NS (CLOCK_NS_PER_S / 2)
#define ROWS_ENOUGH 12
#define FLOOR_READS_MOST 4
#define FLOOR_MOST_S 0.5
#define CLEAN_EACH 3    /* readings that met no request, for each that is left out */
#define PROCESSES_FEW 8 /* of more, one that warms up is a small part of the sum */

static size_t find_start_time(const struct soak *soak)
{
    const struct service *service = soak->service;
    size_t count = watch_count(soak->trials.watch), i = 0;
    while (i < service->signal_count &&
           (service->signals[i].metric == NULL ||
            !text_starts_with(service->signals[i].metric, "process_start_time_seconds")))
        i++;
    return i < service->signal_count ? count - service->signal_count + i : count;
}

void soak_readings_init(struct soak *soak)
{
    size_t count = watch_count(soak->trials.watch) + 1;
    soak->at = (struct soak_readings){.envelopes = xcalloc(count, sizeof(struct envelope)),
                                      .raw = xcalloc(count, sizeof(double)),
                                      .lowest = xcalloc(count, sizeof(double)),
                                      .settled = xcalloc(count, sizeof(double)),
                                      .added = xcalloc(count, sizeof(double)),
                                      .start_time = find_start_time(soak),
                                      .started = NAN};
    for (size_t i = 0; i < count; i++)
        soak->at.raw[i] = soak->at.settled[i] = NAN;
}

void soak_readings_release(struct soak *soak)
{
    free(soak->at.envelopes);
    free(soak->at.raw);
    free(soak->at.lowest);
    free(soak->at.settled);
    free(soak->at.added);
    free(soak->at.met);
}

/* The least of the last gains; 0 where one of them is within the signal's own steps. */
static double added_by_each(const struct levels *levels, const struct decider *decider)
{
    double least = levels->count > NULL_GAINS ? (double)INFINITY : 0;
    for (size_t i = levels->count - NULL_GAINS; least > 0 && i < levels->count; i++) {
        double gain = levels_gain(levels, i - 1, i, decider);
        least = gain >= decider->quantum ? fmin(least, gain) : 0;
    }
    return least;
}

static bool readings_add(const struct soak *soak, const struct levels *levels)
{
    for (size_t i = 0; i < soak->deciders.count; i++)
        if (added_by_each(levels, &soak->deciders.items[i]) > 0)
            return true;
    return false;
}

static void put_null(const struct soak *soak, const struct decider *decider, size_t readings)
{
    struct measurement measurement = {
        .trial = soak->trials.trial.number,
        .step = STEP_NULL,
        .mix = (char *)"no traffic",
        .signal = (char *)decider->name,
        .objects = decider->objects,
        .requests = readings,
        .per_request = decider->per_read,
        .interval = {NAN, NAN},
        .verdict = decider->per_read > 0 ? VERDICT_GROWTH : VERDICT_NO_GROWTH,
        .note = (char *)"what each of our own readings adds",
    };
    store_put_measurement(soak->options->trials.store, soak->options->trials.run, &measurement);
}

/* One more reading without traffic; how long it took, seconds. */
static double read_once(struct soak *soak, struct levels *levels)
{
    struct watch *watch = soak->trials.watch;
    double *values = xcalloc(watch_count(watch) + 1, sizeof *values);
    int64_t began_ns = clock_now_ns();
    watch_read(watch, values);
    levels_add(levels, (double)levels->count, trials_elapsed_s(&soak->trials), values);
    free(values);
    return (double)(clock_now_ns() - began_ns) / (double)CLOCK_NS_PER_S;
}

/* As long as they add something, or one takes too long. */
static void read_without_traffic(struct soak *soak, struct levels *levels)
{
    double took_s = 0;
    levels_init(levels, watch_count(soak->trials.watch));
    do {
        soak->at.read_s = read_once(soak, levels);
        took_s += soak->at.read_s;
        soak->at.null_missed = soak->at.read_s > NULL_SLOW_S;
    } while (soak->trials.halt == HALT_NONE && !soak->at.null_missed && took_s < NULL_MOST_S &&
             levels->count < NULL_READINGS_MOST &&
             (levels->count <= NULL_GAINS || readings_add(soak, levels)));
}

int soak_null(struct soak *soak)
{
    struct levels levels;
    struct memory_limits limits;
    struct decider rss = decider_rss(soak->trials.watch);
    memory_limits_read(&limits, (pid_t)soak->trials.trial.pid);
    soak->at.swapped_bytes = limits.swapped_bytes;
    read_without_traffic(soak, &levels);
    soak->at.added[rss.index] = added_by_each(&levels, &rss);
    for (size_t i = 0; i < soak->deciders.count; i++)
        soak->at.added[soak->deciders.items[i].index] = added_by_each(&levels, &soak->deciders.items[i]);
    levels_release(&levels);
    return soak->trials.halt == HALT_NONE ? 0 : -1;
}

static double least_added(const struct soak *soak, const struct levels *levels, const struct decider *decider)
{
    return fmin(soak->at.added[decider->index], added_by_each(levels, decider));
}

int soak_null_again(struct soak *soak)
{
    struct levels levels = {0};
    struct decider rss = decider_rss(soak->trials.watch);
    bool added = soak->at.added[rss.index] > 0;
    for (size_t i = 0; i < soak->deciders.count; i++)
        added = added || soak->at.added[soak->deciders.items[i].index] > 0;
    if (added && !soak->at.null_missed)
        read_without_traffic(soak, &levels);
    soak->at.rss_per_read = levels.count > 0 ? least_added(soak, &levels, &rss) : 0;
    for (size_t i = 0; i < soak->deciders.count; i++) {
        struct decider *decider = &soak->deciders.items[i];
        decider->per_read = levels.count > 0 ? least_added(soak, &levels, decider) : 0;
        put_null(soak, decider, levels.count);
    }
    levels_release(&levels);
    return soak->trials.halt == HALT_NONE ? 0 : -1;
}

static void add_to_envelopes(struct soak *soak, const double *values)
{
    for (size_t i = 0; i < watch_count(soak->trials.watch); i++)
        envelope_add(&soak->at.envelopes[i], values[i]);
}

void soak_sample(struct soak *soak)
{
    if (soak->at.sampled_ns == soak->trials.tick_ns)
        return;
    soak->at.sampled_ns = soak->trials.tick_ns;
    add_to_envelopes(soak, soak->trials.now_values);
}

static void sample_now(struct soak *soak)
{
    watch_read_cheap(soak->trials.watch, soak->at.raw);
    add_to_envelopes(soak, soak->at.raw);
}

void soak_when_idle(struct soak *soak, void (*begin)(void *owner, size_t under_way))
{
    int64_t since_ns = clock_now_ns() - soak->began_ns;
    int64_t apart_ns = since_ns / (int64_t)(soak->readings + 1);
    int64_t most_ns = apart_ns / 2 < IDLE_MOST_NS ? apart_ns / 2 : IDLE_MOST_NS;
    replay_when_idle(soak->trials.replay, most_ns, begin, soak);
}

void soak_begin_reading(struct soak *soak, size_t under_way)
{
    soak->at.under_way = under_way;
    soak->at.due = replay_due(soak->trials.replay);
    soak->at.reads = 0;
    soak->at.read_ns = clock_now_ns();
    sample_now(soak);
}

bool soak_reads_again(struct soak *soak, const double *values, bool held)
{
    struct soak_readings *at = &soak->at;
    bool falls = false, first = at->reads++ == 0;
    for (size_t i = 0; i < watch_count(soak->trials.watch); i++) {
        bool collects = watch_signal(soak->trials.watch, i)->collects;
        falls = falls || (collects && (first || values[i] < at->lowest[i]));
        at->lowest[i] = collects && !first ? fmin(values[i], at->lowest[i]) : values[i];
    }
    double took_s = (double)(clock_now_ns() - at->read_ns) / (double)CLOCK_NS_PER_S;
    return held && falls && at->reads < FLOOR_READS_MOST && took_s < FLOOR_MOST_S;
}

void soak_end_reading(struct soak *soak)
{
    uint64_t due = replay_due(soak->trials.replay);
    soak->at.under_way += due > soak->at.due ? (size_t)(due - soak->at.due) : 0;
}

/* Where a service says by itself when its process began, a change is a restart, whoever cannot see its pid. */
static bool started_anew(struct soak *soak, const double *values)
{
    if (soak->at.start_time >= watch_count(soak->trials.watch) || isnan(values[soak->at.start_time]))
        return false;
    double before = soak->at.started;
    soak->at.started = values[soak->at.start_time];
    return fabs(soak->at.started - before) > 1; /* not where `before` is NaN */
}

int soak_check_target(struct soak *soak, const double *values)
{
    if (started_anew(soak, values)) {
        soak->at.restarts++;
        trials_forget_first(&soak->trials);
        levels_cut(&soak->levels);
    }
    trials_check_process(&soak->trials);
    if (soak->trials.halt == HALT_NONE)
        trials_check_cliff(&soak->trials, values);
    return soak->trials.halt == HALT_NONE ? 0 : -1;
}

/* A new worker fills its caches, and what it holds is told from its first reading on. Among many it is not cut
 * off: where one is replaced in each window, nothing would be left. */
static bool cuts(const struct soak *soak)
{
    return !deciders_pooled(&soak->deciders, soak->trials.watch) ||
           watch_processes(soak->trials.watch) <= PROCESSES_FEW;
}

static void note_met(struct soak *soak)
{
    struct soak_readings *at = &soak->at;
    if (soak->levels.count >= at->met_capacity) {
        at->met_capacity = 2 * soak->levels.count + 32;
        at->met = xrealloc(at->met, at->met_capacity * sizeof *at->met);
    }
    at->met[soak->levels.count] = (double)at->under_way;
}

/* Of a pooled signal the sum is another than its level, but it is by as much above its own trough. */
static void lower_to_envelope(const struct soak *soak, double *values)
{
    for (size_t i = 0; i < watch_count(soak->trials.watch); i++) {
        double above = soak->at.raw[i] - envelope_level(&soak->at.envelopes[i]);
        if (above > 0 && !watch_signal(soak->trials.watch, i)->collects)
            values[i] -= above;
    }
}

/* Whether a reading is left out, where there are enough that met no request. */
static bool is_left_out(struct soak_readings *at)
{
    bool met = at->under_way > 0, out = met && CLEAN_EACH * (at->left_out + 1) <= at->clean;
    at->clean += !met;
    at->left_out += out;
    return out;
}

void soak_take_row(struct soak *soak, const double *values, bool keep)
{
    size_t count = watch_count(soak->trials.watch);
    bool replaced = soak->trials.replaced != soak->at.replaced;
    double *levels = xmalloc((count + 1) * sizeof *levels);
    memcpy(levels, values, count * sizeof *levels);
    soak->at.replaced = soak->trials.replaced;
    if (!replaced)
        lower_to_envelope(soak, levels);
    else if (cuts(soak))
        levels_cut(&soak->levels);
    bool out = is_left_out(&soak->at);
    if (keep && !out) {
        note_met(soak);
        levels_add(&soak->levels, (double)soak->trials.trial.requests, trials_elapsed_s(&soak->trials),
                   levels);
        if (soak->at.reads > 1)
            soak->levels.readings[soak->levels.count - 1] += soak->at.reads - 1;
    }
    soak->at.reads = 0;
    for (size_t i = 0; !out && i < count; i++)
        envelope_clear(&soak->at.envelopes[i]);
    free(levels);
}

void soak_take_settled(struct soak *soak, const double *values)
{
    size_t count = watch_count(soak->trials.watch);
    memcpy(soak->at.settled, values, count * sizeof *values);
    soak->at.under_way = 0;
    sample_now(soak);
    soak_take_row(soak, values, soak->levels.count < ROWS_ENOUGH);
}

void soak_thin(struct soak *soak)
{
    size_t kept = 0;
    for (size_t i = soak->levels.count > 0 ? (soak->levels.count - 1) % 2 : 0; i < soak->levels.count; i += 2)
        soak->at.met[kept++] = soak->at.met[i];
    levels_thin(&soak->levels);
}

struct decider soak_rss(const struct soak *soak)
{
    struct decider rss = decider_rss(soak->trials.watch);
    rss.per_read = soak->at.rss_per_read;
    rss.per_second = soak->at.rss_per_second;
    return rss;
}
