/* The authority: the whole mix without the findings must be flat, read after it has settled. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/units.h"
#include "flow/hunt_state.h"

#define RSS_WINDOWS 16
#define RSS_WINDOW_REQUESTS 1000

/* After how many passes to look: few looks, since each is a chance to be wrong. "Flat" at
 * any of them will do; growth must be seen twice in a row, or a store that fills slowly
 * would be called a leak by the first look. */
static const size_t looks[] = {8, 12, 16, 24, 36, 48};
#define LOOKS (sizeof looks / sizeof looks[0])

/* Judged as a series against a floor of its own: one rare endpoint is thinned out in the mix. */
static struct growth_answer judge_mix(const struct levels *levels, const struct decider *decider)
{
    struct decider in_mix = *decider;
    in_mix.floor = decider->mix_floor;
    return levels_judge(levels, &in_mix);
}

/* Why the mix is not shown to be flat, for the reason of the verdict. */
static void keep_why(struct hunt *hunt, const struct levels *levels, const struct decider *decider,
                     const struct growth_answer *answer)
{
    char text[128], count[UNITS_SIZE], rate[UNITS_SIZE];
    if (decider->objects)
        snprintf(rate, sizeof rate, "%.2g objects", answer->per_request);
    else
        units_bytes(rate, answer->per_request);
    snprintf(hunt->rest_why, sizeof hunt->rest_why, "after %s requests %s was at %s per request, %s",
             units_count(count, (uint64_t)levels->requests[levels->count - 1]), decider->name, rate,
             growth_describe(answer, text));
}

/* CLEAR: every decider is flat; GROWS: one grows and does not slow down; UNKNOWN: more passes would tell. */
static enum screen_answer judge_rest(struct hunt *hunt, const struct levels *levels)
{
    enum screen_answer answer = SCREEN_CLEAR;
    for (size_t i = 0; i < hunt->deciders.count; i++) {
        struct growth_answer one = judge_mix(levels, &hunt->deciders.items[i]);
        if (one.verdict == VERDICT_GROWTH)
            return SCREEN_GROWS;
        if (one.verdict != VERDICT_NO_GROWTH) {
            answer = SCREEN_UNKNOWN;
            keep_why(hunt, levels, &hunt->deciders.items[i], &one);
        }
    }
    return answer;
}

/* The last word on a mix that moves up and down by more than the fine floor lets tell: flat against
 * the floor of a single endpoint, as long as it does not rise significantly. The smallest
 * detectable growth then says what that is worth. */
static bool flat_as_far_as_it_shows(const struct hunt *hunt, const struct levels *levels)
{
    for (size_t i = 0; i < hunt->deciders.count; i++) {
        const struct decider *decider = &hunt->deciders.items[i];
        struct growth_answer fine = judge_mix(levels, decider);
        if (fine.verdict == VERDICT_NO_GROWTH)
            continue;
        if (!(fine.interval.low <= 0) || levels_judge(levels, decider).verdict != VERDICT_NO_GROWTH)
            return false;
    }
    return true;
}

static void say_rest(struct hunt *hunt, const struct levels *levels)
{
    char note[128];
    for (size_t i = 0; i < hunt->deciders.count; i++) {
        const struct decider *decider = &hunt->deciders.items[i];
        struct growth_answer answer = judge_mix(levels, decider);
        if (hunt->rest == SCREEN_CLEAR && answer.verdict != VERDICT_NO_GROWTH)
            answer = levels_judge(levels, decider);
        hunt_measured(hunt, STEP_COMPLEMENT, "the mix without the findings", decider,
                      (uint64_t)levels->requests[levels->count - 1], answer.per_request, answer.interval,
                      answer.verdict, growth_describe(&answer, note));
        levels_say(hunt->result, decider, &answer);
    }
}

/* RSS over the same passes: never decides beside a live signal, but what it sees must be said. */
static void trip_wire(struct hunt *hunt, const struct levels *levels)
{
    struct decider rss = decider_rss(hunt->trials.watch);
    struct growth_answer answer = levels_judge(levels, &rss);
    levels_say(hunt->result, &rss, &answer);
    hunt->outside_heap = answer.verdict == VERDICT_GROWTH && answer.interval.low > 2 * DECIDER_RSS_FLOOR;
}

static int one_pass(struct hunt *hunt, struct levels *levels, size_t pass, uint64_t *done)
{
    trials_say(&hunt->trials, "the rest of the mix, pass %zu", pass);
    if (hunt_pass(hunt, STEP_COMPLEMENT, "the mix without the findings", NULL, done) != 0)
        return -1;
    return hunt_level(hunt, levels, (double)*done);
}

static int passes_until_judged(struct hunt *hunt, struct levels *levels)
{
    uint64_t done = 0;
    size_t pass = 0;
    /* The first pass fills again what the solos emptied, and is not read. */
    if (hunt_pass(hunt, STEP_COMPLEMENT, "the mix without the findings", NULL, NULL) != 0 ||
        hunt_level(hunt, levels, 0) != 0)
        return -1;
    hunt->rest = SCREEN_UNKNOWN;
    for (size_t look = 0; look < LOOKS; look++) {
        enum screen_answer before = hunt->rest;
        while (pass < looks[look])
            if (one_pass(hunt, levels, ++pass, &done) != 0)
                return -1;
        hunt->rest = judge_rest(hunt, levels);
        if (hunt->rest == SCREEN_CLEAR || (hunt->rest == SCREEN_GROWS && before == SCREEN_GROWS))
            return 0;
    }
    hunt->rest =
        hunt->rest == SCREEN_UNKNOWN && flat_as_far_as_it_shows(hunt, levels) ? SCREEN_CLEAR : SCREEN_UNKNOWN;
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

/* RSS moves in steps and shows nothing before its dead zone is filled: windows
 * of as many passes as it takes. */
static int rss_windows(struct hunt *hunt, struct levels *levels)
{
    uint64_t done = 0;
    if (one_pass(hunt, levels, 1, &done) != 0)
        return -1;
    size_t passes = (size_t)(RSS_WINDOW_REQUESTS / (done > 0 ? done : 1)) + 1, pass = 1;
    for (size_t window = 0; window < RSS_WINDOWS; window++) {
        for (size_t i = 1; i < passes; i++)
            if (hunt_pass(hunt, STEP_COMPLEMENT, "the mix without the findings", NULL, &done) != 0)
                return -1;
        if (one_pass(hunt, levels, pass += passes, &done) != 0)
            return -1;
    }
    return 0;
}

/* RSS alone: the rest on a fresh server, judged once as a series. */
static int rest_by_rss(struct hunt *hunt)
{
    struct levels levels;
    const struct decider *decider = &hunt->deciders.items[0];
    levels_init(&levels, hunt->signal_count);
    int halted = trials_start(&hunt->trials, STEP_COMPLEMENT, "the mix without the findings");
    if (!halted)
        halted = rss_windows(hunt, &levels);
    if (!halted) {
        struct growth_answer answer =
            hunt_judge(hunt, STEP_COMPLEMENT, "the mix without the findings", &levels, decider);
        hunt->rest = answer.verdict == VERDICT_NO_GROWTH ? SCREEN_CLEAR
                     : answer.verdict == VERDICT_GROWTH  ? SCREEN_GROWS
                                                         : SCREEN_UNKNOWN;
        keep_why(hunt, &levels, decider, &answer);
        levels_say(hunt->result, decider, &answer);
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
    int halted = passes_until_judged(hunt, &levels);
    if (!halted) {
        hunt_filled(hunt, &levels);
        say_rest(hunt, &levels);
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
