/* What a shard keeps for merging, beside what every run stores: all that a verdict rests on, and whole histograms. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "flow/kept_times.h"
#include "flow/soak_merged.h"
#include "flow/soak_state.h"
#include "flow/trials_shared.h"

static void set(json_t *object, const char *key, json_t *value_take)
{
    json_object_set_new(object, key, value_take);
}

static json_t *real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *count(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *words(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

static double seconds(const struct soak *soak, int64_t at_ns)
{
    return at_ns > 0 ? (double)(at_ns - soak->trials.began_ns) / (double)CLOCK_NS_PER_S : (double)NAN;
}

static json_t *limits(const struct limits *limits)
{
    json_t *list = json_array();
    for (size_t i = 0; i < limits->count; i++)
        json_array_append_new(list, json_string(limits->items[i].text));
    return list;
}

/* Why an endpoint took no part; null: it did, or was not chosen. */
static json_t *left_out(const struct soak *soak, size_t index)
{
    const struct result *result = soak->result;
    for (size_t i = 0; !soak->usable[index] && i < result->not_looked_at_count; i++)
        for (size_t e = 0; e < result->not_looked_at[i].endpoints.count; e++)
            if (strcmp(result->not_looked_at[i].endpoints.items[e], soak->service->endpoints[index].name) ==
                0)
                return json_string(result->not_looked_at[i].why);
    return json_null();
}

static json_t *endpoint(const struct soak *soak, size_t index)
{
    const struct endpoint *endpoint = &soak->service->endpoints[index];
    json_t *object = json_object();
    set(object, "name", json_string(endpoint->name));
    set(object, "rate", real(endpoint->rate_per_second));
    set(object, "weight", real(endpoint->weight));
    set(object, "usable", json_boolean(soak->usable[index]));
    set(object, "left_out", left_out(soak, index));
    set(object, "limits", limits(&endpoint->limits));
    set(object, "why", words(soak_why(soak, index)));
    set(object, "lost", words(soak_lost(soak, index)));
    kept_times_write(object, &soak->trials.latencies[index]);
    return object;
}

static json_t *service(const struct soak *soak)
{
    const struct service *service = soak->service;
    json_t *object = json_object(), *endpoints = json_array();
    for (size_t i = 0; i < service->endpoint_count; i++)
        json_array_append_new(endpoints, endpoint(soak, i));
    set(object, "memory_limit_bytes", real(service->memory_limit_bytes));
    set(object, "observed_bytes", real(service->observed_bytes));
    set(object, "observed_seconds", real(service->observed_seconds));
    set(object, "instances", count(service->instances));
    set(object, "limits", limits(&service->limits));
    set(object, "endpoints", endpoints);
    return object;
}

static json_t *marks(const struct soak *soak)
{
    json_t *list = json_array();
    for (size_t i = 0; i < soak->marks.count; i++) {
        json_array_append_new(list, real(soak->marks.items[i].at_s));
        json_array_append_new(list, real(soak->marks.items[i].requests));
    }
    return list;
}

static json_t *values(const double *of, size_t number)
{
    json_t *list = json_array();
    for (size_t i = 0; i < number; i++)
        json_array_append_new(list, real(of[i]));
    return list;
}

static json_t *signals(const struct watch *watch)
{
    json_t *list = json_array();
    for (size_t i = 0; i < watch_count(watch); i++) {
        const struct watch_signal *signal = watch_signal(watch, i);
        json_array_append_new(list, json_pack("{s:s, s:i, s:b, s:b, s:b, s:b}", "name", signal->name, "unit",
                                              (int)signal->unit, "cheap", (int)signal->cheap, "collects",
                                              (int)signal->collects, "promised", (int)signal->promised,
                                              "pooled", (int)signal->pooled));
    }
    return list;
}

static json_t *deciders(const struct soak *soak)
{
    json_t *list = json_array();
    for (size_t i = 0; i < soak->deciders.count; i++) {
        const struct decider *decider = &soak->deciders.items[i];
        json_array_append_new(list, json_pack("{s:s, s:f, s:f}", "name", decider->name, "per_read",
                                              decider->per_read, "per_second", decider->per_second));
    }
    return list;
}

/* Of the deciders; what is kept is per request of this shard. */
static json_t *held(const struct soak *soak)
{
    json_t *list = json_array();
    for (size_t i = 0; soak->held.tried && i < soak->deciders.count; i++) {
        json_t *of = json_object();
        set(of, "tried", json_boolean(soak->held.of[i].tried));
        set(of, "state", json_integer(soak->held.of[i].state));
        set(of, "kept", real(soak->held.of[i].kept));
        set(of, "away", real(soak->held.of[i].away));
        json_array_append_new(list, of);
    }
    return list;
}

/* Of the deciders, then of RSS where it is none. */
static json_t *idle(const struct soak *soak)
{
    json_t *list = json_array();
    for (size_t i = 0; soak->idle.measured && i <= soak->deciders.count && i < DECIDERS_MOST; i++) {
        const struct interval *interval = &soak->idle.answers[i].per_second_interval;
        json_t *answer = json_object();
        set(answer, "per_second", real(soak->idle.answers[i].per_second));
        set(answer, "low", real(interval->low));
        set(answer, "high", real(interval->high));
        json_array_append_new(list, answer);
    }
    return list;
}

static json_t *rows(const struct soak *soak)
{
    const struct levels *levels = &soak->levels;
    json_t *list = json_array();
    for (size_t i = 0; i < levels->count; i++)
        json_array_append_new(
            list,
            json_pack("{s:f, s:f, s:I, s:f, s:o}", "at_s", levels->at_s[i], "requests", levels->requests[i],
                      "readings", (json_int_t)levels->readings[i], "met", soak->at.met[i], "values",
                      values(levels->values + i * levels->signal_count, levels->signal_count)));
    return list;
}

static json_t *cuts(const struct levels *levels)
{
    json_t *list = json_array();
    for (size_t i = 0; i < levels->cut_count; i++)
        json_array_append_new(list, count(levels->cuts[i]));
    return list;
}

static json_t *memory_limits(const struct memory_limits *limits)
{
    json_t *list = json_array();
    for (size_t i = 0; i < limits->count; i++) {
        json_t *limit = json_object();
        set(limit, "what", words(limits->items[i].what));
        set(limit, "limit_bytes", real(limits->items[i].limit_bytes));
        set(limit, "used_bytes", real(limits->items[i].used_bytes));
        json_array_append_new(list, limit);
    }
    return list;
}

/* The table of the plain numbers: soak_merged.c reads what is written here. */
static json_t *numbers(const struct soak *soak)
{
    json_t *object = json_object();
    for (const struct soak_number *number = soak_numbers; number->name != NULL; number++)
        set(object, number->name, real(soak_number_get(soak, number)));
    return object;
}

static json_t *memory(const struct soak *soak)
{
    const struct watch *watch = soak->trials.watch;
    json_t *object = json_object();
    set(object, "signals", signals(watch));
    set(object, "short_lived", count(watch_short_lived(watch)));
    set(object, "deciders", deciders(soak));
    set(object, "rows", rows(soak));
    set(object, "cuts", cuts(&soak->levels));
    set(object, "held", held(soak));
    set(object, "idle", idle(soak));
    set(object, "settled", values(soak->at.settled, watch_count(watch)));
    set(object, "gap_why", words(soak->gap_why));
    set(object, "limits", memory_limits(&soak->limits));
    set(object, "numbers", numbers(soak));
    return object;
}

char *soak_kept(const struct soak *soak)
{
    const struct trials *trials = &soak->trials;
    int64_t stopped_ns = 0;
    clock_stops(&stopped_ns);
    json_t *object = json_object();
    set(object, "format", json_integer(MERGE_KEPT_FORMAT));
    set(object, "began_us", json_integer(trials->shared->began.wall_us));
    set(object, "from_s", real(seconds(soak, soak->began_ns)));
    set(object, "last_due_s", real(seconds(soak, trials->last_due_ns)));
    set(object, "last_sent_s", real(seconds(soak, trials->last_sent_ns)));
    set(object, "to_s", real(seconds(soak, soak->began_ns) + soak->traffic_s));
    set(object, "stopped_s", real((double)stopped_ns / (double)CLOCK_NS_PER_S));
    set(object, "halt", json_integer(trials->halt));
    set(object, "halt_why", words(trials->halt_why));
    set(object, "planned", count(trials_sum(trials).planned));
    set(object, "forgotten", count(trials->replay != NULL ? replay_forgotten(trials->replay) : 0));
    set(object, "warm_up_ns", json_integer(soak->options->warm_up_ns));
    set(object, "hold_ns", json_integer(soak->options->hold_ns));
    set(object, "load", json_integer(soak->options->load.kind));
    set(object, "chosen", json_boolean(soak->options->endpoint_count > 0));
    set(object, "service", service(soak));
    set(object, "marks", marks(soak));
    if (soak_reads_memory(soak))
        set(object, "memory", memory(soak));
    char *kept = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return kept;
}
