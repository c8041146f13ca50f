/* Two that grow only together: called in turns, who pays for whom? */
#include <math.h>

#include "flow/hunt_state.h"

#define TELLING_SHARE 0.25 /* of both: by how much one must gain more */
#define CREDITS 32         /* calls of one member whose effect on the other is counted */

/* Readings of the turn of each giver: before, after its calls, after those of the other. */
struct turns {
    struct levels of[2];
};

/* The giver CREDITS times, then the other often enough to use up what that left. */
static int take_turn(struct place *place, const size_t pair[2], size_t giver, struct levels *levels)
{
    struct share give = {pair[giver], 1, CREDITS}, drain = {pair[1 - giver], 1, 4 * CREDITS};
    levels_init(levels, place->hunt->signal_count);
    int halted = trials_block(place->trials, STEP_REDUCE, "draining", &drain, 1);
    if (!halted)
        halted = hunt_level(place, levels, 0);
    if (!halted)
        halted = trials_block(place->trials, STEP_REDUCE, "a few of the one", &give, 1);
    if (!halted)
        halted = hunt_level(place, levels, 1);
    if (!halted)
        halted = trials_block(place->trials, STEP_REDUCE, "many of the other", &drain, 1);
    return halted ? -1 : hunt_level(place, levels, 2);
}

/* What each of a pair gained in its own calls, over both turns, and both together in each turn. */
struct gains_in_turn {
    double at[2], in_turn[2];
};

static struct gains_in_turn gains_of(const struct turns *turns, const struct decider *decider)
{
    struct gains_in_turn gains = {{0, 0}, {0, 0}};
    for (size_t giver = 0; giver < 2; giver++) {
        const struct levels *levels = &turns->of[giver];
        gains.at[giver] += levels_gain(levels, 0, 1, decider);
        gains.at[1 - giver] += levels_gain(levels, 1, 2, decider);
        gains.in_turn[giver] = levels_gain(levels, 0, 2, decider);
    }
    return gains;
}

/* Where memory falls, what the other one left is used up; where it does not, the one that gains more is the one that
 * keeps. What is kept and handed on without a change of size does not tell who did which: NOBODY. */
static size_t who_pays(const struct gains_in_turn *gains, double least)
{
    double all = gains->at[0] + gains->at[1];
    for (size_t i = 0; i < 2; i++)
        if (gains->at[i] < -least)
            return 1 - i;
    if (fabs(gains->at[0] - gains->at[1]) < TELLING_SHARE * all)
        return NOBODY;
    return gains->at[0] > gains->at[1] ? 1 : 0;
}

static double least_of(const struct decider *decider)
{
    return 0.25 * CREDITS * (decider->objects ? 1 : 16);
}

/* In bytes, which tell who keeps what where a thing is handed on; else, where these are too uneven for so few calls, in
 * what shows a gain in both turns. NULL: nothing does. */
static const struct decider *that_shows_it(const struct place *place, const struct turns *turns)
{
    const struct decider *found = NULL;
    for (size_t i = 0; i < place->deciders.count; i++) {
        const struct decider *decider = &place->deciders.items[i];
        struct gains_in_turn gains = gains_of(turns, decider);
        if (gains.in_turn[0] > least_of(decider) && gains.in_turn[1] > least_of(decider) &&
            (found == NULL || found->objects))
            found = decider;
    }
    return found;
}

static void say_who_pays(const struct place *place, const size_t pair[2], const struct turns *turns,
                         const struct decider *decider, struct answer *answer)
{
    const struct endpoint *endpoints = place->hunt->service->endpoints;
    struct gains_in_turn gains = gains_of(turns, decider);
    size_t payer = who_pays(&gains, least_of(decider));
    answer->told = TOLD_GROWS;
    answer->order = payer != NOBODY ? ORDER_PAYS : ORDER_EITHER;
    if (payer == NOBODY)
        payer = endpoints[pair[0]].recorded <= endpoints[pair[1]].recorded ? 0 : 1;
    answer->partner = pair[payer];
}

/* Is it enough to call one first and the other later? Then what grows is bounded by the calls of one that pays; where it
 * cannot be told which, that is the one that is recorded more seldom. */
int hunt_turns(struct place *place, const struct question *question, struct answer *answer,
               struct detail *detail)
{
    struct turns turns = {0};
    int halted = 0;
    trials_say(place->trials, "which of the two pays for the other?");
    for (size_t i = 0; !halted && i < 2; i++)
        halted = take_turn(place, question->members, i, &turns.of[i]);
    if (!halted) {
        const struct decider *decider = that_shows_it(place, &turns);
        detail->calls = 2 * (CREDITS + 8 * CREDITS);
        answer->told = TOLD_FLAT;
        if (decider != NULL)
            say_who_pays(place, question->members, &turns, decider, answer);
    }
    levels_release(&turns.of[0]);
    levels_release(&turns.of[1]);
    return halted ? -1 : 0;
}
