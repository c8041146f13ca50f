/* What shard 0 read of memory, as it stands once the requests of all are counted. */
#include "flow/soak_merged_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TAIL_MOST 0.25

static struct watch *take_signals(const json_t *memory)
{
    const json_t *kept = merged_list(memory, "signals");
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
        if (deciders_add(&soak->deciders, soak->trials.watch, name != NULL ? name : "?", err) != 0)
            return -1;
        struct decider *into = &soak->deciders.items[i];
        into->per_read = json_number(decider, "per_read", 0);
        into->per_second = json_number(decider, "per_second", 0);
    }
    if (soak->deciders.count == 0)
        return err_set(err, ERR_INTERNAL, "no signal that decides");
    return 0;
}

static void take_values(double *values, const json_t *kept, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = merged_element(kept, i);
}

/* Each row at the requests of all shards by then. */
static void take_row(struct merged *merged, const json_t *row, size_t width)
{
    struct soak *soak = &merged->soak;
    double *values = xcalloc(width + 1, sizeof *values);
    double at_s = merged_real(row, "at_s") + merging_first(merged->merging)->offset_s;
    take_values(values, merged_list(row, "values"), width);
    soak->at.met[soak->levels.count] = json_number(row, "met", 0);
    levels_add(&soak->levels, merging_requests(merged->merging, at_s, merged_real(row, "requests")), at_s,
               values);
    soak->levels.readings[soak->levels.count - 1] = (size_t)json_number(row, "readings", 0);
    free(values);
}

/* When the first shard had sent its part. */
static double first_end_s(const struct merging *merging)
{
    double end_s = INFINITY;
    for (size_t i = 0; i < merging->count; i++)
        if (isfinite(merging->parts[i].to_s))
            end_s = fmin(end_s, merging->parts[i].to_s + merging->parts[i].offset_s);
    return end_s;
}

/* From where on rows are of another load, since some shards have ended, up to the last one: few requests between many readings
 * would be weighed like those of all shards. Taken as one window, unless it holds more than TAIL_MOST of the
 * requests, or a process was replaced in it. */
static size_t tail_from(const struct merged *merged, const json_t *rows, const json_t *cuts)
{
    const struct merging *merging = merged->merging;
    double offset_s = merging_first(merging)->offset_s, end_s = first_end_s(merging) - offset_s;
    size_t count = json_array_size(rows), from = count;
    while (from > 0 && merged_real(json_array_get(rows, from - 1), "at_s") > end_s)
        from--;
    if (from == 0 || from + 2 > count ||
        (json_array_size(cuts) > 0 && merged_whole(cuts, json_array_size(cuts) - 1) >= from))
        return count;
    double at[3];
    size_t which[] = {0, from - 1, count - 1};
    for (size_t i = 0; i < 3; i++) {
        const json_t *row = json_array_get(rows, which[i]);
        at[i] = merging_requests(merging, merged_real(row, "at_s") + offset_s, merged_real(row, "requests"));
    }
    return at[2] - at[1] <= TAIL_MOST * (at[2] - at[0]) ? from : count;
}

static void take_rows(struct merged *merged, const json_t *memory, size_t width)
{
    const json_t *rows = merged_list(memory, "rows"), *cuts = merged_list(memory, "cuts");
    size_t cut = 0, count = json_array_size(rows), tail = tail_from(merged, rows, cuts);
    merged->soak.at.met = xcalloc(count + 1, sizeof(double));
    for (size_t i = 0; i < count; i++) {
        if (i >= tail && i + 1 < count)
            continue;
        if (cut < json_array_size(cuts) && merged_whole(cuts, cut) == i) {
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
        into->limit_bytes = merged_real(limit, "limit_bytes");
        into->used_bytes = merged_real(limit, "used_bytes");
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
    if (added == 0 || !(merged_begin_s(merged->merging) < own - 1))
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
    const json_t *held = merged_list(memory, "held"), *rows = merged_list(memory, "rows");
    size_t last = levels->count - 1;
    double own = merged_real(json_array_get(rows, last), "requests") -
                 merged_real(json_array_get(rows, 0), "requests");
    soak->held.tried = json_array_size(held) > 0;
    for (size_t i = 0; i < json_array_size(held) && i < DECIDERS_MOST; i++) {
        const json_t *of = json_array_get(held, i);
        soak->held.of[i].tried = json_is_true(json_object_get(of, "tried"));
        soak->held.of[i].state = (enum hold_state)json_number(of, "state", HOLD_STAYS);
        soak->held.of[i].kept =
            merged_real(of, "kept") * own / (levels->requests[last] - levels->requests[0]);
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
            (struct interval){merged_real(answer, "low"), merged_real(answer, "high")};
    }
}

/* What was looked at without traffic, if it was: else it says nothing. */
static void take_quiet(struct merged *merged, const json_t *memory)
{
    struct soak *soak = &merged->soak;
    bool looked =
        json_array_size(merged_list(memory, "held")) + json_array_size(merged_list(memory, "idle")) > 0;
    if (!looked || soak->levels.count == 0)
        return;
    if (was_quiet(merged)) {
        take_held(merged, memory);
        take_idle(soak, merged_list(memory, "idle"));
        return;
    }
    for (size_t i = 0; i < soak->deciders.count; i++)
        soak->deciders.items[i].per_second = 0;
    soak->at.rss_per_second = 0;
    strings_add(&soak->result->caveats,
                "other shards were sending still when shard 0 looked whether memory grows, or goes, without "
                "traffic: what it saw is left out");
}

int merged_take_memory(struct merged *merged, struct err *err)
{
    struct soak *soak = &merged->soak;
    const struct part *first = merging_first(merged->merging);
    const json_t *memory = first != NULL ? json_object_get(first->kept, "memory") : NULL;
    soak->trials.watch = take_signals(memory);
    size_t width = watch_count(soak->trials.watch);
    levels_init(&soak->levels, width);
    soak->at.settled = xcalloc(width + 1, sizeof(double));
    take_values(soak->at.settled, merged_list(memory, "settled"), width);
    for (const struct soak_number *number = soak_numbers; memory != NULL && number->name != NULL; number++)
        soak_number_set(soak, number, merged_real(json_object_get(memory, "numbers"), number->name));
    if (memory == NULL)
        return 0;
    if (soak->at.start_time >= width)
        soak->at.restarts = 0; /* no signal tells of any */
    soak->gap_why = xstrdup(json_text(memory, "gap_why") != NULL ? json_text(memory, "gap_why") : "");
    take_memory_limits(&soak->limits, merged_list(memory, "limits"));
    take_rows(merged, memory, width);
    if (take_deciders(soak, merged_list(memory, "deciders"), err) != 0)
        return -1;
    doubt_null(merged);
    take_quiet(merged, memory);
    return 0;
}
