#include "flow/soak_merged.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/units.h"
#include "flow/own.h"
#include "flow/soak_state.h"
#include "flow/trials_shared.h"
#include "scenario/limit.h"

#define WITHIN_LEAST                                                                                         \
    0.5 /* of a shard's requests, between the first and the last reading: then it is in them */
#define WITHIN_MOST 0.95 /* less is worth a word */

#define NUMBER(NAME, FIELD, KIND)                                                                            \
    {                                                                                                        \
        NAME, offsetof(struct soak, FIELD), KIND                                                             \
    }
const struct soak_number soak_numbers[] = {
    NUMBER("gaps", gaps, NUMBER_SIZE),
    NUMBER("readings", readings, NUMBER_SIZE),
    NUMBER("restarts", at.restarts, NUMBER_SIZE),
    NUMBER("start_time", at.start_time, NUMBER_SIZE),
    NUMBER("swapped_before", at.swapped_bytes, NUMBER_REAL),
    NUMBER("swapped_after", limits.swapped_bytes, NUMBER_REAL),
    NUMBER("read_s", at.read_s, NUMBER_REAL),
    NUMBER("null_missed", at.null_missed, NUMBER_FLAG),
    NUMBER("rss_per_read", at.rss_per_read, NUMBER_REAL),
    NUMBER("rss_per_second", at.rss_per_second, NUMBER_REAL),
    NUMBER("quiet_s", quiet_s, NUMBER_REAL),
    NUMBER("held_s", held.seconds, NUMBER_REAL),
    NUMBER("unsettled", trials.unsettled, NUMBER_COUNT),
    NUMBER("peak_bytes", trials.peak_bytes, NUMBER_REAL),
    NUMBER("kept_bytes", trials.kept_bytes, NUMBER_REAL),
    NUMBER("warm_bytes", trials.warm_bytes, NUMBER_REAL),
    NUMBER("peak_is_older", trials.peak_is_older, NUMBER_FLAG),
    {NULL, 0, NUMBER_SIZE},
};

double soak_number_get(const struct soak *soak, const struct soak_number *number)
{
    const char *field = (const char *)soak + number->offset;
    switch (number->kind) {
    case NUMBER_SIZE:
        return (double)*(const size_t *)field;
    case NUMBER_COUNT:
        return (double)*(const uint64_t *)field;
    case NUMBER_FLAG:
        return *(const bool *)field;
    case NUMBER_REAL:
        break;
    }
    return *(const double *)field;
}

static void number_set(struct soak *soak, const struct soak_number *number, double value)
{
    char *field = (char *)soak + number->offset;
    bool counts = value > 0 && value < 1e15;
    switch (number->kind) {
    case NUMBER_SIZE:
        *(size_t *)field = counts ? (size_t)value : 0;
        break;
    case NUMBER_COUNT:
        *(uint64_t *)field = counts ? (uint64_t)value : 0;
        break;
    case NUMBER_FLAG:
        *(bool *)field = counts;
        break;
    case NUMBER_REAL:
        *(double *)field = value;
        break;
    }
}

/* A soak that was driven elsewhere: no target, no engine. */
struct merged {
    struct soak soak;
    struct soak_options options;
    struct service service;
    const struct merging *merging;
};

static double real(const json_t *object, const char *key)
{
    return json_number(object, key, NAN);
}

static const json_t *list(const json_t *object, const char *key)
{
    return json_object_get(object, key); /* what is none has no elements */
}

static double element(const json_t *array, size_t index)
{
    const json_t *value = json_array_get(array, index);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static size_t whole(const json_t *array, size_t index)
{
    double value = element(array, index);
    return value > 0 ? (size_t)value : 0;
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
    endpoint->rate_per_second = real(kept, "rate");
    endpoint->weight = real(kept, "weight");
    merged->soak.usable[index] = json_is_true(json_object_get(kept, "usable"));
    if (json_text(kept, "left_out") != NULL)
        strings_add(&result_add_not_looked_at(merged->soak.result, json_text(kept, "left_out"))->endpoints,
                    endpoint->name);
    return take_limits(&endpoint->limits, list(kept, "limits"), err);
}

static int take_service(struct merged *merged, const json_t *kept, struct err *err)
{
    struct service *service = &merged->service;
    const json_t *endpoints = list(kept, "endpoints");
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
    return take_limits(&service->limits, list(kept, "limits"), err);
}

static void take_histogram(struct histogram *into, const json_t *kept)
{
    struct histogram one = {.max = whole(kept, 0), .zeros = whole(kept, 1)};
    for (size_t i = 2; i + 1 < json_array_size(kept); i += 2)
        if (whole(kept, i) < HISTOGRAM_BUCKETS)
            histogram_put(&one, whole(kept, i), (uint32_t)whole(kept, i + 1));
    histogram_merge(into, &one);
    histogram_release(&one);
}

static void take_latencies(struct latencies *into, const json_t *kept)
{
    take_histogram(&into->lag, list(kept, "lag"));
    take_histogram(&into->service, list(kept, "service"));
    take_histogram(&into->total, list(kept, "total"));
    into->service_sum_us += json_number(kept, "service_sum_us", 0);
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
        take_latencies(&merged->soak.trials.latencies[index], kept);
        take_word(&merged->soak.whys, index, kept, "why");
        take_word(&merged->soak.losts, index, kept, "lost");
    }
}

static int64_t nanoseconds(double at_s)
{
    return isnan(at_s) ? 0 : (int64_t)(at_s * (double)CLOCK_NS_PER_S);
}

static void later(int64_t *latest_ns, const struct part *part, const char *key)
{
    int64_t at_ns = nanoseconds(real(part->kept, key) + part->offset_s);
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
    for (size_t i = 0; i < part->load_count; i++) {
        size_t index = index_of(&merged->service, part->loads[i].endpoint);
        if (index < merged->service.endpoint_count)
            tally_merge(&trials->by_endpoint[index], &part->loads[i].tally);
    }
    tally_merge(&trials->all, &part->tally);
    trials->requests += (uint64_t)marks_at(&part->marks, INFINITY);
    merged->soak.before += part->tally.planned;
}

static void take_part(struct merged *merged, const struct part *part)
{
    struct trials *trials = &merged->soak.trials;
    take_loads(merged, part);
    if (part->kept == NULL)
        return;
    take_kept_endpoints(merged, list(json_object_get(part->kept, "service"), "endpoints"));
    later(&trials->last_due_ns, part, "last_due_s");
    later(&trials->last_sent_ns, part, "last_sent_s");
    take_halt(merged, part);
}

static double begin_of(const struct merging *merging)
{
    double first = INFINITY;
    for (size_t i = 0; i < merging->count; i++)
        first = fmin(first, merging->parts[i].from_s + merging->parts[i].offset_s);
    return isfinite(first) ? first : 0;
}

static struct watch *take_signals(const json_t *memory)
{
    const json_t *kept = list(memory, "signals");
    size_t count = json_array_size(kept);
    struct watch_signal *signals = xcalloc(count + 1, sizeof *signals);
    for (size_t i = 0; i < count; i++) {
        const json_t *signal = json_array_get(kept, i);
        const char *name = json_text(signal, "name");
        signals[i] = (struct watch_signal){
            .name = name != NULL ? name : "?",
            .unit = (enum signal_unit)json_number(signal, "unit", UNIT_OTHER),
            .cheap = json_is_true(json_object_get(signal, "cheap")),
            .collects = json_is_true(json_object_get(signal, "collects")),
            .promised = json_is_true(json_object_get(signal, "promised")),
            .pooled = json_is_true(json_object_get(signal, "pooled")),
        };
    }
    struct watch *watch = watch_told(signals, count, (size_t)json_number(memory, "short_lived", 0));
    free(signals);
    return watch;
}

static int take_deciders(struct soak *soak, const json_t *kept, struct err *err)
{
    for (size_t i = 0; i < json_array_size(kept) && i < DECIDERS_MOST; i++) {
        const json_t *decider = json_array_get(kept, i);
        const char *name = json_text(decider, "name");
        struct decider *into = &soak->deciders.items[i];
        if (deciders_named(into, soak->trials.watch, name != NULL ? name : "?", err) != 0)
            return -1;
        into->per_read = json_number(decider, "per_read", 0);
        into->per_second = json_number(decider, "per_second", 0);
        soak->deciders.count++;
    }
    if (soak->deciders.count == 0)
        return err_set(err, ERR_INTERNAL, "no signal that decides");
    soak->deciders.live = soak->deciders.items[0].collected;
    return 0;
}

static void take_values(double *values, const json_t *kept, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = element(kept, i);
}

/* Each row at the requests of all shards by then. */
static void take_row(struct merged *merged, const json_t *row, size_t width)
{
    struct soak *soak = &merged->soak;
    double *values = xcalloc(width + 1, sizeof *values);
    double at_s = real(row, "at_s") + merging_first(merged->merging)->offset_s;
    take_values(values, list(row, "values"), width);
    soak->at.met[soak->levels.count] = json_number(row, "met", 0);
    levels_add(&soak->levels, merging_requests(merged->merging, at_s, real(row, "requests")), at_s, values);
    soak->levels.readings[soak->levels.count - 1] = (size_t)json_number(row, "readings", 0);
    free(values);
}

static void take_rows(struct merged *merged, const json_t *memory, size_t width)
{
    const json_t *rows = list(memory, "rows"), *cuts = list(memory, "cuts");
    size_t cut = 0;
    merged->soak.at.met = xcalloc(json_array_size(rows) + 1, sizeof(double));
    for (size_t i = 0; i < json_array_size(rows); i++) {
        if (cut < json_array_size(cuts) && whole(cuts, cut) == i) {
            levels_cut(&merged->soak.levels);
            cut++;
        }
        take_row(merged, json_array_get(rows, i), width);
    }
}

static void take_memory_limits(struct memory_limits *limits, const json_t *kept)
{
    for (size_t i = 0; i < json_array_size(kept) && limits->count < MEMORY_LIMITS_MOST; i++) {
        const json_t *limit = json_array_get(kept, i);
        const char *what = json_text(limit, "what");
        struct memory_limit *into = &limits->items[limits->count++];
        snprintf(into->what, sizeof into->what, "%s", what != NULL ? what : "");
        into->limit_bytes = real(limit, "limit_bytes");
        into->used_bytes = real(limit, "used_bytes");
    }
}

/* Another shard's requests may have come before shard 0's readings without traffic were done: then what each reading adds is not
 * known, and nothing is taken off, so that no growth is taken off with it. */
static void doubt_null(struct merged *merged)
{
    const struct part *first = merging_first(merged->merging);
    double own = first->from_s + first->offset_s, added = 0;
    struct deciders *deciders = &merged->soak.deciders;
    for (size_t i = 0; i < deciders->count; i++)
        added = fmax(added, deciders->items[i].per_read);
    if (added == 0 || !(begin_of(merged->merging) < own - 1))
        return;
    for (size_t i = 0; i < deciders->count; i++)
        deciders->items[i].per_read = 0;
    merged->soak.at.rss_per_read = 0;
    strings_add(
        &merged->soak.result->caveats,
        "other shards were sending before shard 0 had read what its own readings add: nothing is taken "
        "off for those (--start-at)");
}

/* Whether all had ended when shard 0 looked at memory without traffic. */
static bool was_quiet(const struct merged *merged)
{
    const struct merging *merging = merged->merging;
    double from_s = merged->soak.quiet_s + merging_first(merging)->offset_s;
    for (size_t i = 0; i < merging->count; i++)
        if (merging->parts[i].run.shard != 0 && merging->parts[i].to_s + merging->parts[i].offset_s > from_s)
            return false;
    return true;
}

/* What shard 0 said of its own requests is of those of all. */
static void take_held(struct merged *merged, const json_t *memory)
{
    struct soak *soak = &merged->soak;
    const struct levels *levels = &soak->levels;
    const json_t *held = list(memory, "held"), *rows = list(memory, "rows");
    size_t last = levels->count - 1;
    double own = real(json_array_get(rows, last), "requests") - real(json_array_get(rows, 0), "requests");
    soak->held.tried = json_array_size(held) > 0;
    for (size_t i = 0; i < json_array_size(held) && i < DECIDERS_MOST; i++) {
        const json_t *of = json_array_get(held, i);
        soak->held.of[i].tried = json_is_true(json_object_get(of, "tried"));
        soak->held.of[i].state = (enum hold_state)json_number(of, "state", HOLD_STAYS);
        soak->held.of[i].kept = real(of, "kept") * own / (levels->requests[last] - levels->requests[0]);
        soak->held.of[i].away = json_number(of, "away", 0);
    }
}

static void take_idle(struct soak *soak, const json_t *kept)
{
    soak->idle.measured = json_array_size(kept) > 0;
    for (size_t i = 0; i < json_array_size(kept) && i < DECIDERS_MOST; i++) {
        const json_t *answer = json_array_get(kept, i);
        soak->idle.answers[i].per_second = json_number(answer, "per_second", 0);
        soak->idle.answers[i].per_second_interval =
            (struct interval){real(answer, "low"), real(answer, "high")};
    }
}

/* What was looked at without traffic, if it was: else it says nothing. */
static void take_quiet(struct merged *merged, const json_t *memory)
{
    struct soak *soak = &merged->soak;
    bool looked = json_array_size(list(memory, "held")) + json_array_size(list(memory, "idle")) > 0;
    if (!looked || soak->levels.count == 0)
        return;
    if (was_quiet(merged)) {
        take_held(merged, memory);
        take_idle(soak, list(memory, "idle"));
        return;
    }
    for (size_t i = 0; i < soak->deciders.count; i++)
        soak->deciders.items[i].per_second = 0;
    soak->at.rss_per_second = 0;
    strings_add(&soak->result->caveats,
                "other shards were sending still when shard 0 looked whether memory grows, or goes, without "
                "traffic: what it saw is left out");
}

static int take_memory(struct merged *merged, struct err *err)
{
    struct soak *soak = &merged->soak;
    const struct part *first = merging_first(merged->merging);
    const json_t *memory = first != NULL ? json_object_get(first->kept, "memory") : NULL;
    soak->trials.watch = take_signals(memory);
    size_t width = watch_count(soak->trials.watch);
    levels_init(&soak->levels, width);
    soak->at.settled = xcalloc(width + 1, sizeof(double));
    take_values(soak->at.settled, list(memory, "settled"), width);
    for (const struct soak_number *number = soak_numbers; memory != NULL && number->name != NULL; number++)
        number_set(soak, number, real(json_object_get(memory, "numbers"), number->name));
    if (memory == NULL)
        return 0;
    if (soak->at.start_time >= width)
        soak->at.restarts = 0; /* no signal tells of any */
    soak->gap_why = xstrdup(json_text(memory, "gap_why") != NULL ? json_text(memory, "gap_why") : "");
    take_memory_limits(&soak->limits, list(memory, "limits"));
    take_rows(merged, memory, width);
    if (take_deciders(soak, list(memory, "deciders"), err) != 0)
        return -1;
    doubt_null(merged);
    take_quiet(merged, memory);
    return 0;
}

static void open_trials(struct merged *merged)
{
    struct trials *trials = &merged->soak.trials;
    size_t count = merged->service.endpoint_count;
    *trials = (struct trials){.options = merged->options.trials,
                              .endpoints = count,
                              .by_endpoint = xcalloc(count + 1, sizeof *trials->by_endpoint),
                              .latencies = xcalloc(count + 1, sizeof *trials->latencies),
                              .gathered = xcalloc(count + 1, sizeof *trials->gathered),
                              .peak_bytes = NAN,
                              .kept_bytes = NAN,
                              .warm_bytes = NAN};
    trials->shared = trials_shared_new(&merged->options.trials, 1);
    trials->trial.number = trials_shared_number(trials->shared);
    for (size_t i = 0; i < count; i++) {
        strings_add(&merged->soak.whys, "");
        strings_add(&merged->soak.losts, "");
    }
}

/* Of all its requests, those between the first and the last reading. */
static double share_within(const struct merged *merged, const struct part *part)
{
    const struct levels *levels = &merged->soak.levels;
    double all = marks_at(&part->marks, INFINITY);
    if (levels->count < 2)
        return 0;
    return all > 0 ? (marks_at(&part->marks, levels->at_s[levels->count - 1] - part->offset_s) -
                      marks_at(&part->marks, levels->at_s[0] - part->offset_s)) /
                         all
                   : 1;
}

/* What was sent before the first reading or after the last one is in no level: little of it is as in any run. */
static void doubt_times(struct merged *merged)
{
    const struct merging *merging = merged->merging;
    for (size_t i = 0; i < merging->count; i++) {
        const struct part *part = &merging->parts[i];
        double share = share_within(merged, part);
        bool alone = part->run.shard == 0;
        if (merged->soak.levels.count < 2 || alone || share >= WITHIN_MOST)
            continue;
        char *said = xasprintf("%.0f %% of the requests of shard %zu of %zu came while shard 0 read memory",
                               floor(share * 100), part->run.shard, part->run.shards);
        if (share < WITHIN_LEAST && merged->soak.missing == NULL)
            merged->soak.missing =
                xasprintf("only %s: what the others did is not shown (--start-at begins all at once)", said);
        else
            strings_addf(&merged->soak.result->caveats, "%s: the verdict is about those", said);
        free(said);
    }
}

/* Whose load is missing goes before what ended a part early. */
static void halt_for_missing(struct soak *soak)
{
    if (soak->missing == NULL || soak->trials.halt != HALT_NONE)
        return;
    soak->trials.halt = HALT_TARGET;
    snprintf(soak->trials.halt_why, sizeof soak->trials.halt_why, "%s", soak->missing);
}

static int fill(struct merged *merged, const json_t *kept, struct err *err)
{
    const struct merging *merging = merged->merging;
    struct soak *soak = &merged->soak;
    if (take_service(merged, json_object_get(kept, "service"), err) != 0)
        return -1;
    merged->options.hold_ns = (int64_t)json_number(kept, "hold_ns", -1);
    merged->options.load.kind = (enum load_kind)json_number(kept, "load", LOAD_SPEED);
    merged->options.endpoint_count = json_is_true(json_object_get(kept, "chosen"));
    open_trials(merged);
    if (take_memory(merged, err) != 0)
        return -1;
    soak->began_ns = nanoseconds(begin_of(merging));
    soak->missing = merging->missing != NULL ? xstrdup(merging->missing) : NULL;
    halt_for_missing(soak);
    for (size_t i = 0; i < merging->count; i++)
        take_part(merged, &merging->parts[i]);
    soak->trials.trial.requests = soak->trials.requests;
    doubt_times(merged);
    halt_for_missing(soak);
    return 0;
}

/* Without shard 0 there are counts, and no memory. */
static void conclude_unread(struct merged *merged)
{
    struct soak *soak = &merged->soak;
    soak_set_aside(soak);
    soak->result->verdict = VERDICT_INCONCLUSIVE;
    soak->result->confidence = NAN;
    result_say(&soak->result->reason, "%s", soak->trials.halt_why);
    own_add_costs(soak->result, &soak->trials);
    soak_judge_limits(soak, soak->result);
    soak->result->exit_code =
        thresholds_exit_code(soak->result, soak->service, soak->trials.halt, &soak->trials.err);
}

static void conclude(struct merged *merged)
{
    struct soak *soak = &merged->soak;
    if (soak->deciders.count == 0) {
        conclude_unread(merged);
        return;
    }
    soak_conclude(soak);
}

static void release(struct merged *merged)
{
    struct soak *soak = &merged->soak;
    levels_release(&soak->levels);
    trials_close(&soak->trials);
    strings_release(&soak->whys);
    strings_release(&soak->losts);
    service_release(&merged->service);
    free(soak->usable);
    free(soak->at.met);
    free(soak->at.settled);
    free(soak->gap_why);
    free(soak->idle.reason);
    free(soak->missing);
}

/* Shard 0's, which has what was judged; else that of any part. */
static const json_t *kept_of(const struct merging *merging)
{
    const struct part *first = merging_first(merging);
    if (first != NULL && first->kept != NULL)
        return first->kept;
    for (size_t i = 0; i < merging->count; i++)
        if (merging->parts[i].kept != NULL)
            return merging->parts[i].kept;
    return NULL;
}

int soak_merge(const struct merging *merging, struct result *result, struct err *err)
{
    struct merged merged = {.merging = merging};
    merged.options = (struct soak_options){
        .trials = {.service = &merged.service, .store = merging->store, .run = merging->run},
        .service = &merged.service,
        .directory = result->service,
        .hold_ns = -1};
    merged.soak = (struct soak){.options = &merged.options, .service = &merged.service, .result = result};
    int failed = fill(&merged, kept_of(merging), err);
    if (failed)
        err_prefix(err, "what shard 0 kept cannot be read");
    else
        conclude(&merged);
    if (!failed)
        trials_store_loads(&merged.soak.trials);
    release(&merged);
    return failed;
}
