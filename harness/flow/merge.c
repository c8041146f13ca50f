#include "flow/merge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "base/units.h"
#include "flow/merge_inside.h"
#include "flow/soak_merged.h"

#define APART_LEAST_S 1.0

/* Shard 0, or the first that is there. */
static const struct part *leading(const struct merging *merging)
{
    return &merging->parts[0];
}

static void name_run(const struct merging *merging, const struct merge_options *options,
                     struct result *result)
{
    const struct shard_run *run = &leading(merging)->run;
    result_say(&result->command, "merge");
    result_say(&result->service, "%s", run->service);
    result_say(&result->label, "%s", options->label != NULL ? options->label : run->label);
    if (run->target != NULL)
        result_say(&result->target, "%s", run->target);
    if (run->machine != NULL)
        result_say(&result->machine, "%s", run->machine);
}

static int begin_run(struct merging *merging, const struct merge_options *options, struct result *result,
                     struct err *err)
{
    uint64_t seed = strtoull(leading(merging)->run.seed, NULL, 10);
    struct shard_part *parts = xcalloc(merging->count, sizeof *parts);
    for (size_t i = 0; i < merging->count; i++) {
        const struct part *part = &merging->parts[i];
        parts[i] = (struct shard_part){part->run.shard, part->run.shards,    (char *)part->path,
                                       part->run.run,   part->so_far.tally.planned, part->so_far.tally.done};
    }
    merging->run = store_begin_run(merging->store, "merge", result->service, result->label,
                                   options->arguments, seed, err);
    int failed =
        merging->run < 0 ? -1 : store_keep_parts(merging->store, merging->run, parts, merging->count, err);
    free(parts);
    result->run = merging->run;
    return failed;
}

static void say_apart(const struct merging *merging, struct strings *caveats)
{
    double first = INFINITY, last = -INFINITY;
    char apart[UNITS_SIZE];
    for (size_t i = 0; i < merging->count; i++) {
        const struct part *part = &merging->parts[i];
        if (isnan(part->from_s))
            continue;
        first = fmin(first, part->from_s + part->offset_s);
        last = fmax(last, part->from_s + part->offset_s);
    }
    if (last - first > APART_LEAST_S)
        strings_addf(caveats,
                     "the last shard began %s after the first: the load was not that of a whole run "
                     "(--start-at)",
                     units_duration(apart, last - first));
}

static void say_stopped(const struct part *part, struct strings *caveats)
{
    double stopped_s = json_number(part->kept, "stopped_s", 0);
    char length[UNITS_SIZE];
    if (stopped_s > 0)
        strings_addf(caveats,
                     "shard %zu was stopped for %s (SIGSTOP): of its requests it is not known so well when "
                     "they were sent",
                     part->run.shard, units_duration(length, stopped_s));
}

/* Whose caveat it is, once: "shard 1: ...", without a number where all say the same. */
static void add_caveat(const struct merging *merging, const struct result *owns, size_t at, const char *text,
                       struct strings *caveats)
{
    size_t same = 0;
    for (size_t i = 0; i < merging->count; i++)
        if (strings_has(&owns[i].caveats, text)) {
            if (i < at)
                return;
            same++;
        }
    if (same == merging->count)
        strings_add(caveats, text);
    else
        strings_addf(caveats, "shard %zu: %s", merging->parts[at].run.shard, text);
}

/* What each shard said of itself holds for the whole. */
static int take_caveats(const struct merging *merging, struct result *result, struct err *err)
{
    struct result *owns = xcalloc(merging->count, sizeof *owns);
    int failed = 0;
    for (size_t i = 0; !failed && i < merging->count; i++)
        failed = store_read_result(merging->parts[i].store, merging->parts[i].run.run, &owns[i], err);
    for (size_t i = 0; !failed && i < merging->count; i++)
        for (size_t c = 0; c < owns[i].caveats.count; c++)
            add_caveat(merging, owns, i, owns[i].caveats.items[c], &result->caveats);
    for (size_t i = 0; i < merging->count; i++) {
        say_stopped(&merging->parts[i], &result->caveats);
        result_release(&owns[i]);
    }
    say_apart(merging, &result->caveats);
    free(owns);
    return failed;
}

/* What shards took together, and not what merging them did. */
static void take_costs(const struct merging *merging, struct result *result)
{
    double began_us = leading(merging)->began_us - leading(merging)->offset_s * 1e6;
    result->seconds = 0;
    result->own_max_rss_bytes = NAN;
    for (size_t i = 0; i < merging->count; i++) {
        const struct part *part = &merging->parts[i];
        double ended_s = isnan(part->run.seconds) ? part->to_s : part->run.seconds;
        if (!isnan(ended_s))
            result->seconds = fmax(result->seconds, ended_s + part->offset_s);
        result->own_max_rss_bytes = fmax(result->own_max_rss_bytes, part->run.own_max_rss_bytes);
    }
    result->started_us = (int64_t)began_us;
    result->ended_us = (int64_t)(began_us + result->seconds * 1e6);
}

static int join(struct merging *merging, const struct merge_options *options, struct result *result,
                struct err *err)
{
    name_run(merging, options, result);
    if (begin_run(merging, options, result, err) != 0 || take_caveats(merging, result, err) != 0 ||
        merge_copy(merging, err) != 0 || soak_merge(merging, result, err) != 0)
        return -1;
    take_costs(merging, result);
    return store_end_run(merging->store, merging->run, result, err);
}

/* A run that could not be judged has a row that says why, as any other. */
static void say_failure(struct merging *merging, struct result *result, const struct err *err)
{
    result->verdict = VERDICT_INCONCLUSIVE;
    result->exit_code = (int)err->code;
    result_say(&result->reason, "%s", err->message);
    store_end_run(merging->store, merging->run, result, NULL);
}

int merge(const struct merge_options *options, struct store **store, struct result *result, struct err *err)
{
    struct merging merging = {0};
    int failed = merge_collect(&merging, options, err);
    if (!failed && (merging.store = store_open(options->output, err)) == NULL)
        failed = -1;
    if (!failed)
        failed = join(&merging, options, result, err);
    if (failed && merging.run > 0)
        say_failure(&merging, result, err);
    *store = merging.store;
    merging_release(&merging);
    return failed;
}
