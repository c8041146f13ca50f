/* What was sent, and what became of it: of all shards together. */
#include "flow/soak_merged_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "flow/kept_times.h"
#include "scenario/limit.h"

double merged_real(const json_t *object, const char *key)
{
    return json_number(object, key, NAN);
}

const json_t *merged_list(const json_t *object, const char *key)
{
    return json_object_get(object, key); /* what is none has no elements */
}

double merged_element(const json_t *array, size_t index)
{
    const json_t *value = json_array_get(array, index);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

size_t merged_whole(const json_t *array, size_t index)
{
    double value = merged_element(array, index);
    return value > 0 ? (size_t)value : 0;
}

int64_t merged_ns(double at_s)
{
    return isnan(at_s) ? 0 : (int64_t)(at_s * (double)CLOCK_NS_PER_S);
}

static int take_limits(struct limits *limits, const json_t *texts, struct err *err)
{
    for (size_t i = 0; i < json_array_size(texts); i++) {
        struct limit limit = {0};
        const char *text = json_string_value(json_array_get(texts, i));
        if (limit_parse(text != NULL ? text : "", &limit, err) != 0)
            return -1;
        limits_take(limits, &limit);
    }
    return 0;
}

static int take_endpoint(struct merged *merged, size_t index, const json_t *kept, struct err *err)
{
    struct endpoint *endpoint = &merged->service.endpoints[index];
    const char *name = json_text(kept, "name");
    endpoint->name = xstrdup(name != NULL ? name : "?");
    endpoint->rate_per_second = merged_real(kept, "rate");
    endpoint->weight = merged_real(kept, "weight");
    merged->soak.usable[index] = json_is_true(json_object_get(kept, "usable"));
    if (json_text(kept, "left_out") != NULL)
        strings_add(&result_add_not_looked_at(merged->soak.result, json_text(kept, "left_out"))->endpoints,
                    endpoint->name);
    return take_limits(&endpoint->limits, merged_list(kept, "limits"), err);
}

int merged_take_service(struct merged *merged, const json_t *kept, struct err *err)
{
    struct service *service = &merged->service;
    const json_t *endpoints = merged_list(kept, "endpoints");
    service->memory_limit_bytes = json_number(kept, "memory_limit_bytes", 0);
    service->observed_bytes = json_number(kept, "observed_bytes", 0);
    service->observed_seconds = json_number(kept, "observed_seconds", 0);
    service->instances = (uint64_t)json_number(kept, "instances", 1);
    service->endpoint_count = json_array_size(endpoints);
    service->endpoints = xcalloc(service->endpoint_count + 1, sizeof *service->endpoints);
    merged->soak.usable = xcalloc(service->endpoint_count + 1, sizeof *merged->soak.usable);
    for (size_t i = 0; i < service->endpoint_count; i++)
        if (take_endpoint(merged, i, json_array_get(endpoints, i), err) != 0)
            return -1;
    return take_limits(&service->limits, merged_list(kept, "limits"), err);
}

static size_t index_of(const struct service *service, const char *name)
{
    for (size_t i = 0; i < service->endpoint_count; i++)
        if (strcmp(service->endpoints[i].name, name) == 0)
            return i;
    return service->endpoint_count;
}

/* The first that knows why. */
static void take_word(struct strings *words, size_t index, const json_t *kept, const char *key)
{
    const char *text = json_text(kept, key);
    if (text == NULL || words->items[index][0] != '\0')
        return;
    free(words->items[index]);
    words->items[index] = xstrdup(text);
}

static void take_kept_endpoints(struct merged *merged, const json_t *endpoints)
{
    for (size_t i = 0; i < json_array_size(endpoints); i++) {
        const json_t *kept = json_array_get(endpoints, i);
        const char *name = json_text(kept, "name");
        size_t index = name != NULL ? index_of(&merged->service, name) : merged->service.endpoint_count;
        if (index == merged->service.endpoint_count)
            continue;
        kept_times_take(&merged->soak.trials.latencies[index], kept);
        take_word(&merged->soak.whys, index, kept, "why");
        take_word(&merged->soak.losts, index, kept, "lost");
    }
}

static void later(int64_t *latest_ns, const struct part *part, const char *key)
{
    int64_t at_ns = merged_ns(merged_real(part->kept, key) + part->offset_s);
    *latest_ns = at_ns > *latest_ns ? at_ns : *latest_ns;
}

/* An early end of one part is one of all: a load that was not sent is no load. */
static void take_halt(struct merged *merged, const struct part *part)
{
    struct trials *trials = &merged->soak.trials;
    enum halt halt = (enum halt)json_number(part->kept, "halt", HALT_NONE);
    const char *why = json_text(part->kept, "halt_why");
    bool stays = halt == HALT_CEILING || halt == HALT_KILLED;
    if (halt == HALT_NONE || trials->halt != HALT_NONE)
        return;
    trials->halt = stays ? halt : HALT_TARGET;
    snprintf(trials->halt_why, sizeof trials->halt_why, "shard %zu of %zu ended early: %s", part->run.shard,
             part->run.shards, why != NULL ? why : "");
}

/* Rows of a setup have names of their own, and count beside the mix. */
static void take_loads(struct merged *merged, const struct part *part)
{
    struct trials *trials = &merged->soak.trials;
    for (size_t i = 0; i < part->so_far.load_count; i++) {
        size_t index = index_of(&merged->service, part->so_far.loads[i].endpoint);
        if (index < merged->service.endpoint_count)
            tally_merge(&trials->by_endpoint[index], &part->so_far.loads[i].tally);
    }
    tally_merge(&trials->all, &part->so_far.tally);
    trials->requests += (uint64_t)marks_at(&part->marks, INFINITY);
    merged->soak.before += part->so_far.tally.planned;
}

void merged_take_part(struct merged *merged, const struct part *part)
{
    struct trials *trials = &merged->soak.trials;
    take_loads(merged, part);
    if (part->kept == NULL)
        return;
    take_kept_endpoints(merged, merged_list(json_object_get(part->kept, "service"), "endpoints"));
    later(&trials->last_due_ns, part, "last_due_s");
    later(&trials->last_sent_ns, part, "last_sent_s");
    take_halt(merged, part);
}

double merged_begin_s(const struct merging *merging)
{
    double first = INFINITY;
    for (size_t i = 0; i < merging->count; i++)
        first = fmin(first, merging->parts[i].from_s + merging->parts[i].offset_s);
    return isfinite(first) ? first : 0;
}
