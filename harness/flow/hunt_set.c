/* Sets of endpoints: does a part of the mix grow? Does the smallest one that does grow alone? */
#include <math.h>
#include <stdlib.h>

#include "analysis/robust.h"
#include "flow/hunt_state.h"

#define PART "a part of the mix"
#define WINDOWS_OF_SET 4
#define ROUNDS_OF_SET 4
#define PASSES_MOST                                                                                          \
    8 /* a window: small sets are driven as long as half of the rest, which shows them the better */
#define SHARE_OF_NOISE                                                                                       \
    0.1 /* of the rest's gain: that a share moves by at least, from one measurement to the next */
#define NORMAL_95 1.96 /* a Student interval of few windows is taken for a normal one of as much noise */
#define WINDOWS 16
#define TRIAL_PASSES_A_WINDOW 1
#define TRIAL_WARM_PASSES 3
#define RSS_WINDOW_REQUESTS 1000

static void members_in(const struct question *question, bool *in)
{
    for (size_t i = 0; i < question->count; i++)
        in[question->members[i]] = true;
}

/* The chance that the set grows: its gain, in shares of the rest's, is normal around 0 where it does not, and around what
 * it makes of that growth where it does: all of it mostly, a half or a third where two or three things grow. */
static double chance_it_grows(double share, double noise)
{
    static const struct {
        double share, weight;
    } makes[] = {{1, 0.8}, {1.0 / 2, 0.15}, {1.0 / 3, 0.05}};
    double spread = fmax(noise, SHARE_OF_NOISE), grows = 0;
    double within = fmin(fmax(share, 0), 1); /* beyond these ends it is no less likely */
    for (size_t i = 0; i < sizeof makes / sizeof makes[0]; i++) {
        double off = (within - makes[i].share) / spread;
        grows += makes[i].weight * exp(-off * off / 2);
    }
    double flat = exp(-within * within / (2 * spread * spread));
    return grows / (grows + flat);
}

/* What a set adds per pass, window by window, in rounds of windows. */
struct set_gains {
    double windows[ROUNDS_OF_SET * WINDOWS_OF_SET], rounds[ROUNDS_OF_SET];
    size_t count;  /* of rounds */
    size_t passes; /* of a window */
};

/* One more round, in the decider in which the rest grew. The passes before the first use up what one member left for
 * another. */
static int one_round(struct place *place, const bool *in, struct levels *levels, struct set_gains *gains)
{
    const struct decider *decider = &place->deciders.items[place->hunt->rest_decider];
    size_t before = levels->count, windows = before == 0 ? WINDOWS_OF_SET + 1 : WINDOWS_OF_SET;
    int halted = 0;
    for (size_t window = 0; !halted && window < windows; window++) {
        for (size_t i = 0; !halted && i < gains->passes; i++)
            halted = hunt_pass(place, STEP_REDUCE, PART, in, NULL);
        if (!halted)
            halted = hunt_level(place, levels, (double)levels->count);
    }
    if (halted)
        return -1;
    double passes = (double)gains->passes, *of = &gains->windows[gains->count * WINDOWS_OF_SET];
    size_t first = levels->count - 1 - WINDOWS_OF_SET;
    for (size_t i = 0; i < WINDOWS_OF_SET; i++)
        of[i] = levels_gain(levels, first + i, first + i + 1, decider) / passes;
    gains->rounds[gains->count++] =
        levels_gain(levels, first, levels->count - 1, decider) / passes / WINDOWS_OF_SET;
    return 0;
}

static double noise_of(const struct mean *mean)
{
    return (mean->interval.high - mean->interval.low) / 2 / NORMAL_95;
}

/* The chance that the set grows, by all its windows; where rounds are more alike than windows (what is filled and emptied
 * again within one), by the rounds. */
static double chance_by(const struct set_gains *gains, double whole, double quantum)
{
    struct mean windows = robust_mean(gains->windows, gains->count * WINDOWS_OF_SET, quantum);
    struct mean rounds = robust_mean(gains->rounds, gains->count, quantum / WINDOWS_OF_SET);
    double noise = noise_of(&windows);
    if (gains->count > 1)
        noise = fmin(noise, noise_of(&rounds));
    return whole > 0 ? chance_it_grows(windows.value / whole, noise / whole) : 0.5;
}

/* Held against what the whole rest gained in a pass when it was seen to grow; again while that does not tell. */
int hunt_set(struct place *place, const struct question *question, struct answer *answer,
             struct detail *detail)
{
    const struct hunt *hunt = place->hunt;
    const struct decider *decider = &place->deciders.items[hunt->rest_decider];
    bool *in = xcalloc(hunt->service->endpoint_count + 1, sizeof *in);
    members_in(question, in);
    double pass = hunt_pass_requests(hunt, in);
    double most = fmin(PASSES_MOST, fmax(1, hunt->rest_pass_requests / fmax(pass, 1) / 2));
    struct set_gains gains = {.passes = (size_t)most};
    struct levels levels;
    levels_init(&levels, hunt->signal_count);
    trials_say(place->trials, "do these grow together? %zu of the mix", question->count);
    answer->told = TOLD_UNCLEAR;
    int halted = 0;
    while (answer->told == TOLD_UNCLEAR && gains.count < ROUNDS_OF_SET &&
           (halted = one_round(place, in, &levels, &gains)) == 0) {
        answer->probability = chance_by(&gains, hunt->gain_per_pass, decider->quantum / (double)gains.passes);
        answer->told = answer->probability > 0.9   ? TOLD_GROWS
                       : answer->probability < 0.1 ? TOLD_FLAT
                                                   : TOLD_UNCLEAR;
    }
    if (!halted) {
        detail->gained[hunt->rest_decider] = levels_gain(&levels, 0, levels.count - 1, decider);
        detail->calls = (uint64_t)((double)(gains.count * WINDOWS_OF_SET * gains.passes) * pass);
    }
    levels_release(&levels);
    free(in);
    return halted;
}

int hunt_even(struct place *place, enum step step, const struct question *question, uint64_t *done)
{
    struct share *shares = xcalloc(question->count, sizeof *shares);
    uint64_t each = place->hunt->options->confirm / WINDOWS / question->count + 1;
    for (size_t i = 0; i < question->count; i++)
        shares[i] = (struct share){question->members[i], 1, each};
    int halted = trials_block(place->trials, step, HUNT_TOGETHER, shares, question->count);
    for (size_t i = 0; done != NULL && i < question->count; i++)
        *done += place->trials->in_block[question->members[i]].done;
    free(shares);
    return halted;
}

int hunt_even_on(struct place *place, enum step step, const struct question *question, size_t windows,
                 struct levels *levels)
{
    uint64_t done = (uint64_t)levels->requests[levels->count - 1];
    for (size_t i = 0; i < windows; i++)
        if (hunt_even(place, step, question, &done) != 0 || hunt_level(place, levels, (double)done) != 0)
            return -1;
    return 0;
}

/* On a fresh server where there can be one. */
static int drive_together(struct place *place, const struct question *question, struct levels *levels)
{
    if (place->hunt->restartable && hunt_fresh(place, STEP_ISOLATED, HUNT_TOGETHER) != 0)
        return -1;
    if (hunt_level(place, levels, 0) != 0)
        return -1;
    return hunt_even_on(place, STEP_ISOLATED, question, WINDOWS, levels);
}

static enum told told_of(const struct place *place, const struct detail *detail, bool grows)
{
    if (grows)
        return TOLD_GROWS;
    for (size_t i = 0; i < place->deciders.count; i++)
        if (detail->by_decider[i].verdict != VERDICT_NO_GROWTH)
            return TOLD_UNCLEAR;
    return TOLD_FLAT;
}

/* Growth that only RSS shows is held at once, on this server; what is read after a collection, later on the warm one. */
static int grew_together(struct place *place, const struct question *question, size_t first,
                         struct levels *levels, struct answer *answer, struct detail *detail)
{
    bool went_away = false;
    answer->told = TOLD_GROWS;
    if (place->deciders.items[first].collected)
        return 0;
    if (hunt_rises_again(place, first, levels, &went_away) != 0)
        return -1;
    if (went_away) {
        answer->told = TOLD_FLAT;
        answer->window = true;
        hunt_say_set_went_away(place->hunt, question, detail);
    }
    return 0;
}

int hunt_together(struct place *place, const struct question *question, struct answer *answer,
                  struct detail *detail)
{
    struct levels levels;
    size_t first = 0;
    levels_init(&levels, place->hunt->signal_count);
    trials_say(place->trials, "the smallest set alone on a fresh server");
    int halted = drive_together(place, question, &levels);
    if (!halted && hunt_judge_all(place, STEP_ISOLATED, HUNT_TOGETHER, &levels, &first))
        halted = grew_together(place, question, first, &levels, answer, detail);
    else if (!halted)
        answer->told = told_of(place, detail, false);
    levels_release(&levels);
    return halted;
}

/* A set on a fresh server, as one would try it by hand: a few passes to fill what fills, then windows. */
static int drive_trial(struct place *place, const struct question *question, const bool *in,
                       struct levels *levels)
{
    bool live = place->hunt->deciders.live;
    double pass = hunt_pass_requests(place->hunt, in);
    size_t passes = live ? TRIAL_PASSES_A_WINDOW : (size_t)(RSS_WINDOW_REQUESTS / fmax(pass, 1)) + 1;
    uint64_t done = 0;
    (void)question;
    for (size_t i = 0; i < TRIAL_WARM_PASSES; i++)
        if (hunt_pass(place, STEP_REDUCE, PART, in, NULL) != 0)
            return -1;
    if (hunt_level(place, levels, 0) != 0)
        return -1;
    for (size_t i = 0; i < WINDOWS; i++) {
        for (size_t p = 0; p < passes; p++)
            if (hunt_pass(place, STEP_REDUCE, PART, in, &done) != 0)
                return -1;
        if (hunt_level(place, levels, (double)done) != 0)
            return -1;
    }
    return 0;
}

int hunt_trial(struct place *place, const struct question *question, struct answer *answer,
               struct detail *detail)
{
    bool *in = xcalloc(place->hunt->service->endpoint_count + 1, sizeof *in);
    struct levels levels;
    size_t first = 0;
    levels_init(&levels, place->hunt->signal_count);
    members_in(question, in);
    trials_say(place->trials, "%zu endpoint%s on a fresh server", question->count,
               question->count == 1 ? "" : "s");
    int halted = hunt_fresh(place, STEP_REDUCE, PART);
    if (!halted)
        halted = drive_trial(place, question, in, &levels);
    if (!halted)
        answer->told = place->hunt->deciders.live
                           ? told_of(place, detail, hunt_judge_all(place, STEP_REDUCE, PART, &levels, &first))
                           : hunt_judge_fresh(place, STEP_REDUCE, PART, &levels, &answer->score);
    levels_release(&levels);
    free(in);
    return halted;
}
