/* The authority: the whole mix without the findings must be flat, read after it has settled. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/units.h"
#include "flow/hunt_state.h"

#define PASSES_LEAST 8 /* as many readings as a series needs to be judged */
#define PASSES_MOST 14
#define JUDGED 6 /* the last passes, against their own noise */
#define RSS_PASSES 16

/* One decider over the last passes: CLEAR is flat. */
static struct screen_result judge_last(const struct levels *levels, const struct decider *decider)
{
    double gains[JUDGED];
    size_t last = levels->count - 1;
    for (size_t i = 0; i < JUDGED; i++)
        gains[i] = levels_gain(levels, last - JUDGED + i, last - JUDGED + i + 1, decider);
    double calls = (levels->requests[last] - levels->requests[last - JUDGED]) / JUDGED;
    return screen_judge(gains, JUDGED, calls, decider->mix_floor, decider->quantum);
}

/* The second half of the judged passes added about what the first did: it does not slow down. */
static bool steady(const struct levels *levels, const struct decider *decider)
{
    size_t last = levels->count - 1, middle = last - JUDGED / 2;
    double before = levels_gain(levels, last - JUDGED, middle, decider),
           now = levels_gain(levels, middle, last, decider);
    return now >= 0.7 * before;
}

/* CLEAR: every decider is flat; GROWS: one grows and does not slow down; UNKNOWN: more passes would tell. */
static enum screen_answer judge_rest(const struct hunt *hunt, const struct levels *levels)
{
    enum screen_answer answer = SCREEN_CLEAR;
    for (size_t i = 0; i < hunt->deciders.count; i++) {
        struct screen_result result = judge_last(levels, &hunt->deciders.items[i]);
        if (result.answer == SCREEN_GROWS && steady(levels, &hunt->deciders.items[i]))
            return SCREEN_GROWS;
        if (result.answer != SCREEN_CLEAR)
            answer = SCREEN_UNKNOWN;
    }
    return answer;
}

static void say_rest(struct hunt *hunt, const struct levels *levels, enum screen_answer answer)
{
    uint64_t calls =
        (uint64_t)(levels->requests[levels->count - 1] - levels->requests[levels->count - 1 - JUDGED]);
    for (size_t i = 0; i < hunt->deciders.count; i++) {
        const struct decider *decider = &hunt->deciders.items[i];
        struct screen_result result = judge_last(levels, decider);
        enum verdict verdict = answer == SCREEN_CLEAR          ? VERDICT_NO_GROWTH
                               : result.answer == SCREEN_GROWS ? VERDICT_GROWTH
                                                               : VERDICT_INCONCLUSIVE;
        hunt_measured(hunt, STEP_COMPLEMENT, "the mix without the findings", decider, calls,
                      result.per_request, result.interval, verdict, "");
        struct signal_result *signal = result_add_signal(hunt->result, decider->name);
        signal->objects = decider->objects;
        signal->verdict =
            hunt->result->finding_count > 0 && verdict == VERDICT_NO_GROWTH ? VERDICT_GROWTH : verdict;
        signal->per_request = result.per_request;
        signal->interval = result.interval;
        signal->smallest_detectable = decider->mix_floor + (result.interval.high - result.interval.low) / 2;
    }
}

/* RSS over the same passes: never decides beside a live signal, but what it sees must be said. */
static void trip_wire(struct hunt *hunt, const struct levels *levels)
{
    struct decider rss = decider_rss(hunt->trials.watch);
    struct growth_answer answer = levels_judge(levels, &rss);
    struct signal_result *signal = result_add_signal(hunt->result, "rss");
    signal->verdict = answer.verdict;
    signal->per_request = answer.per_request;
    signal->interval = answer.interval;
    signal->smallest_detectable = answer.smallest_detectable;
    hunt->outside_heap = answer.verdict == VERDICT_GROWTH && answer.interval.low > 2 * DECIDER_RSS_FLOOR;
}

static int passes(struct hunt *hunt, struct levels *levels, size_t least, size_t most,
                  enum screen_answer *answer)
{
    uint64_t done = 0;
    if (hunt_level(hunt, levels, 0) != 0)
        return -1;
    *answer = SCREEN_UNKNOWN;
    for (size_t pass = 1; pass <= most && *answer == SCREEN_UNKNOWN; pass++) {
        trials_say(&hunt->trials, "the rest of the mix, pass %zu", pass);
        if (hunt_pass(hunt, STEP_COMPLEMENT, "the mix without the findings", NULL, &done) != 0 ||
            hunt_level(hunt, levels, (double)done) != 0)
            return -1;
        if (pass >= least)
            *answer = judge_rest(hunt, levels);
    }
    return 0;
}

static size_t count_in_rest(const struct hunt *hunt)
{
    size_t count = 0;
    for (size_t i = 0; i < hunt->service->endpoint_count; i++)
        count +=
            hunt->candidates[i].standing != STANDING_OUT && hunt->candidates[i].standing != STANDING_FOUND;
    return count;
}

/* RSS alone: the rest on a fresh server, judged as a series. */
static int rest_by_rss(struct hunt *hunt)
{
    struct levels levels;
    levels_init(&levels, hunt->signal_count);
    enum screen_answer ignored;
    int halted = trials_start(&hunt->trials, STEP_COMPLEMENT, "the mix without the findings");
    if (!halted)
        halted = passes(hunt, &levels, RSS_PASSES + 1, RSS_PASSES, &ignored);
    if (!halted) {
        struct growth_answer answer = hunt_judge(hunt, STEP_COMPLEMENT, "the mix without the findings",
                                                 &levels, &hunt->deciders.items[0]);
        hunt->rest = answer.verdict == VERDICT_NO_GROWTH ? SCREEN_CLEAR
                     : answer.verdict == VERDICT_GROWTH  ? SCREEN_GROWS
                                                         : SCREEN_UNKNOWN;
        struct signal_result *signal = result_add_signal(hunt->result, hunt->deciders.items[0].name);
        signal->verdict = answer.verdict;
        signal->per_request = answer.per_request;
        signal->interval = answer.interval;
        signal->smallest_detectable = answer.smallest_detectable;
    }
    levels_release(&levels);
    return halted;
}

static void forget_signals(struct hunt *hunt)
{
    for (size_t i = 0; i < hunt->result->signal_count; i++)
        free(hunt->result->signals[i].name);
    hunt->result->signal_count = 0;
}

int hunt_rest(struct hunt *hunt)
{
    forget_signals(hunt);
    hunt->rest = SCREEN_CLEAR;
    if (count_in_rest(hunt) == 0)
        return 0;
    if (!hunt->deciders.live)
        return rest_by_rss(hunt);
    struct levels levels;
    levels_init(&levels, hunt->signal_count);
    int halted = passes(hunt, &levels, PASSES_LEAST, PASSES_MOST, &hunt->rest);
    if (!halted) {
        say_rest(hunt, &levels, hunt->rest);
        trip_wire(hunt, &levels);
        trials_note(&hunt->trials, "the mix%s %s",
                    hunt->result->finding_count > 0 ? " without the findings" : "",
                    hunt->rest == SCREEN_CLEAR   ? "is flat"
                    : hunt->rest == SCREEN_GROWS ? "grows"
                                                 : "has not settled");
    }
    levels_release(&levels);
    return halted;
}
