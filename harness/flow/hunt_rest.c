/* The authority: the whole mix without the findings must be flat, read after it has settled. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/units.h"
#include "flow/hunt_state.h"

#define MIX "the mix without the findings"
#define RSS_WINDOWS 16
#define RSS_WINDOW_REQUESTS 1000

/* After how many passes to look: few looks, since each is a chance to be wrong. "Flat" at
 * any of them will do; growth must be seen twice in a row, or a store that fills slowly
 * would be called a leak by the first look. */
static const size_t looks[] = {8, 12, 16, 24, 36, 48};
#define LOOKS (sizeof looks / sizeof looks[0])
#define COARSE_LOOK_OTHERS 1 /* from this one on the coarse floor will do for all deciders but the first, */
#define LAST_LOOK_FLOORS 2   /* and at the last look twice that floor */
#define COARSE_LOOK 3        /* and from this one on for that as well */

struct rest {
    struct place *place;
    struct detail *detail;
    bool *in;
    struct levels levels;
    uint64_t done;
};

/* Judged as a series against a floor of its own: one rare endpoint is thinned out in the mix. */
static struct growth_answer judge_mix(const struct levels *levels, const struct decider *decider)
{
    struct decider in_mix = *decider;
    in_mix.floor = decider->mix_floor;
    return levels_judge(levels, &in_mix);
}

/* Why the mix is not shown to be flat, for the reason of the verdict. */
static void keep_why(struct rest *rest, const struct decider *decider, const struct growth_answer *answer)
{
    char text[128], count[UNITS_SIZE], rate[UNITS_SIZE];
    if (decider->objects)
        snprintf(rate, sizeof rate, "%.2g objects", answer->per_request);
    else
        units_bytes(rate, answer->per_request);
    result_say(&rest->detail->why, "after %s requests %s was at %s per request, %s",
               units_count(count, (uint64_t)rest->levels.requests[rest->levels.count - 1]), decider->name,
               rate, growth_describe(answer, text));
}

/* It rises for certain, though too unevenly for a verdict: reason enough to look for the set that does. */
static bool rises(const struct growth_answer *answer, const struct decider *decider)
{
    return answer->verdict == VERDICT_GROWTH ||
           (answer->shape == TREND_NOISY && answer->interval.low > decider->mix_floor);
}

static bool any_rises(const struct rest *rest)
{
    for (size_t i = 0; i < rest->place->deciders.count; i++) {
        const struct decider *decider = &rest->place->deciders.items[i];
        struct growth_answer answer = judge_mix(&rest->levels, decider);
        if (rises(&answer, decider))
            return true;
    }
    return false;
}

/* FLAT: every decider is; GROWS: one grows and does not slow down; UNCLEAR: more passes would tell. */
static enum told judge(struct rest *rest)
{
    enum told told = TOLD_FLAT;
    for (size_t i = 0; i < rest->place->deciders.count; i++) {
        const struct decider *decider = &rest->place->deciders.items[i];
        struct growth_answer one = judge_mix(&rest->levels, decider);
        if (one.verdict == VERDICT_GROWTH)
            return TOLD_GROWS;
        if (one.verdict != VERDICT_NO_GROWTH) {
            told = TOLD_UNCLEAR;
            keep_why(rest, decider, &one);
        }
    }
    return told;
}

/* A mix that moves up and down by more than the fine floor lets tell: flat against the floor of a single endpoint,
 * as long as it does not rise significantly. The smallest detectable growth then says what that is worth. The
 * first decider must be flat against the fine one, but for the last looks: it sees what is rare in the mix. */
static bool flat_as_far_as_it_shows(const struct rest *rest, size_t look)
{
    for (size_t i = 0; i < rest->place->deciders.count; i++) {
        const struct decider *decider = &rest->place->deciders.items[i];
        struct growth_answer fine = judge_mix(&rest->levels, decider);
        if (fine.verdict == VERDICT_NO_GROWTH)
            continue;
        if (look < (i == 0 ? COARSE_LOOK : COARSE_LOOK_OTHERS))
            return false;
        struct decider coarse = *decider; /* what rises and falls over many passes needs room at the end */
        coarse.floor *= look + 1 == LOOKS ? LAST_LOOK_FLOORS : 1;
        if (!(fine.interval.low <= 0) || levels_judge(&rest->levels, &coarse).verdict != VERDICT_NO_GROWTH)
            return false;
    }
    return true;
}

static void keep_answers(struct rest *rest, enum told told)
{
    char note[128];
    const struct levels *levels = &rest->levels;
    rest->detail->calls = (uint64_t)levels->requests[levels->count - 1];
    for (size_t i = 0; i < rest->place->deciders.count; i++) {
        const struct decider *decider = &rest->place->deciders.items[i];
        struct growth_answer answer = judge_mix(levels, decider);
        if (told == TOLD_FLAT && answer.verdict != VERDICT_NO_GROWTH)
            answer = levels_judge(levels, decider);
        if (told == TOLD_FLAT && answer.verdict != VERDICT_NO_GROWTH) {
            struct decider coarse = *decider;
            coarse.floor *= LAST_LOOK_FLOORS;
            answer = levels_judge(levels, &coarse);
        }
        hunt_measured(rest->place, STEP_COMPLEMENT, MIX, decider, rest->detail->calls, answer.per_request,
                      answer.interval, answer.verdict, growth_describe(&answer, note));
        if (told == TOLD_GROWS && rises(&answer, decider)) /* what its sets are held against */
            answer.verdict = VERDICT_GROWTH;
        rest->detail->by_decider[i] = answer;
        rest->detail->gained[i] = levels_gain(levels, 0, levels->count - 1, decider);
    }
}

static int one_pass(struct rest *rest, size_t pass)
{
    trials_say(rest->place->trials, "the rest of the mix, pass %zu", pass);
    if (hunt_pass(rest->place, STEP_COMPLEMENT, MIX, rest->in, &rest->done) != 0)
        return -1;
    return hunt_level(rest->place, &rest->levels, (double)rest->done);
}

static int passes_until_judged(struct rest *rest, enum told *told)
{
    size_t pass = 0;
    /* The first pass fills again what the solos emptied, and is not read. */
    if (hunt_pass(rest->place, STEP_COMPLEMENT, MIX, rest->in, NULL) != 0 ||
        hunt_level(rest->place, &rest->levels, 0) != 0)
        return -1;
    *told = TOLD_UNCLEAR;
    for (size_t look = 0; look < LOOKS; look++) {
        enum told before = *told;
        while (pass < looks[look])
            if (one_pass(rest, ++pass) != 0)
                return -1;
        *told = judge(rest);
        if (*told == TOLD_UNCLEAR && flat_as_far_as_it_shows(rest, look))
            *told = TOLD_FLAT;
        if (*told == TOLD_FLAT || (*told == TOLD_GROWS && before == TOLD_GROWS))
            return 0;
    }
    *told = any_rises(rest) ? TOLD_GROWS : TOLD_UNCLEAR;
    return 0;
}

/* RSS over the same passes never decides beside a live signal, but what it sees must be said. */
static int rest_live(struct rest *rest, enum told *told)
{
    int halted = passes_until_judged(rest, told);
    if (halted)
        return -1;
    struct decider rss = decider_rss(rest->place->trials->watch);
    hunt_filled(rest->place, &rest->levels);
    keep_answers(rest, *told);
    rest->detail->rss = levels_judge(&rest->levels, &rss);
    rest->detail->rss_known = true;
    return 0;
}

/* RSS moves in steps and shows nothing before its dead zone is filled: windows of as many passes as it takes. */
static int rss_windows(struct rest *rest)
{
    if (one_pass(rest, 1) != 0)
        return -1;
    size_t passes = (size_t)(RSS_WINDOW_REQUESTS / (rest->done > 0 ? rest->done : 1)) + 1, pass = 1;
    for (size_t window = 0; window < RSS_WINDOWS; window++) {
        for (size_t i = 1; i < passes; i++)
            if (hunt_pass(rest->place, STEP_COMPLEMENT, MIX, rest->in, &rest->done) != 0)
                return -1;
        if (one_pass(rest, pass += passes) != 0)
            return -1;
    }
    return 0;
}

/* RSS alone: the rest on a fresh server, judged once as a series. */
static int rest_by_rss(struct rest *rest, enum told *told)
{
    size_t first = 0;
    if (hunt_fresh(rest->place, STEP_COMPLEMENT, MIX) != 0 || rss_windows(rest) != 0)
        return -1;
    hunt_judge_all(rest->place, STEP_COMPLEMENT, MIX, &rest->levels, &first);
    const struct growth_answer *answer = &rest->detail->by_decider[0];
    *told = answer->verdict == VERDICT_NO_GROWTH ? TOLD_FLAT
            : answer->verdict == VERDICT_GROWTH  ? TOLD_GROWS
                                                 : TOLD_UNCLEAR;
    keep_why(rest, &rest->place->deciders.items[0], answer);
    return 0;
}

int hunt_rest(struct place *place, const struct question *question, struct answer *answer,
              struct detail *detail)
{
    const struct hunt *hunt = place->hunt;
    struct rest rest = {place, detail, xcalloc(hunt->service->endpoint_count + 1, sizeof(bool)), {0}, 0};
    levels_init(&rest.levels, hunt->signal_count);
    answer->told = TOLD_FLAT;
    int halted = 0;
    if (hunt_mix(hunt, question->members, question->count, rest.in) > 0)
        halted = (hunt->deciders.live ? rest_live : rest_by_rss)(&rest, &answer->told);
    detail->pass_requests = hunt_pass_requests(hunt, rest.in);
    levels_release(&rest.levels);
    free(rest.in);
    return halted;
}
