#include "flow/soak_merged_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "flow/own.h"
#include "flow/trials_shared.h"

#define WITHIN_LEAST                                                                                         \
    0.5 /* of a shard's requests, between the first and the last reading: then it is in them */
#define WITHIN_MOST 0.95 /* less is worth a word */

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

/* Of all its requests but those that were to be left out as warming up, those between the first and the last reading. */
static double share_within(const struct merged *merged, const struct part *part)
{
    const struct levels *levels = &merged->soak.levels;
    const struct part *first = merging_first(merged->merging);
    double warm_s = (double)merged->options.warm_up_ns / (double)CLOCK_NS_PER_S;
    double left_out = 0, to_s = levels->at_s[levels->count - 1] - part->offset_s;
    if (warm_s > 0)
        left_out = marks_at(&part->marks, first->from_s + first->offset_s + warm_s - part->offset_s);
    double all = marks_at(&part->marks, INFINITY) - left_out;
    double before = fmax(marks_at(&part->marks, levels->at_s[0] - part->offset_s), left_out);
    return all > 0 ? (marks_at(&part->marks, to_s) - before) / all : 1;
}

/* What was sent before the first reading or after the last one is in no level: little of it is as in any run. */
static void doubt_times(struct merged *merged)
{
    const struct merging *merging = merged->merging;
    for (size_t i = 0; merged->soak.levels.count > 1 && i < merging->count; i++) {
        const struct part *part = &merging->parts[i];
        double share = part->run.shard != 0 ? share_within(merged, part) : 1;
        if (share >= WITHIN_MOST)
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
    if (merged_take_service(merged, json_object_get(kept, "service"), err) != 0)
        return -1;
    merged->options.warm_up_ns = (int64_t)json_number(kept, "warm_up_ns", 0);
    merged->options.hold_ns = (int64_t)json_number(kept, "hold_ns", -1);
    merged->options.load.kind = (enum load_kind)json_number(kept, "load", LOAD_SPEED);
    merged->options.endpoint_count = json_is_true(json_object_get(kept, "chosen"));
    open_trials(merged);
    if (merged_take_memory(merged, err) != 0)
        return -1;
    soak->began_ns = merged_ns(merged_begin_s(merging));
    soak->missing = merging->missing != NULL ? xstrdup(merging->missing) : NULL;
    halt_for_missing(soak);
    for (size_t i = 0; i < merging->count; i++)
        merged_take_part(merged, &merging->parts[i]);
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
