/* Long solos: a suspect is driven alone until its bound shows or the promised number of calls has passed. */
#include <math.h>
#include <stdlib.h>

#include "flow/hunt_state.h"

#define WINDOWS 16
#define WINDOWS_MOST 64
#define RSS_WINDOWS_MOST 32 /* then they become longer: each reading is as coarse as the one before */
#define CALM 4

/* A solo that ended early was calm in its last windows: when did it stop, if it ever grew? */
static void say_calm(struct place *place, const struct levels *levels, struct detail *detail)
{
    size_t last = levels->count - 1;
    bool grew = false;
    double stopped_after = levels->requests[last > CALM ? last - CALM : 0];
    for (size_t i = 0; i < place->deciders.count; i++) {
        const struct decider *decider = &place->deciders.items[i];
        grew = grew || !levels_calm(levels, 0, last, decider, decider->floor);
    }
    if (!grew)
        result_say(&detail->why, "flat in a longer look");
    else if (stopped_after < 1)
        result_say(&detail->why, "stopped growing in the screen");
    else {
        struct growth_answer stopped = {
            .verdict = VERDICT_NO_GROWTH, .shape = TREND_STOPPED, .stopped_after = stopped_after};
        char text[128];
        result_say(&detail->why, "%s", growth_describe(&stopped, text));
    }
    for (size_t i = 0; i < place->deciders.count; i++)
        hunt_measured(place, STEP_LONG_SOLO, hunt_name(place->hunt, place->probed->question.suspect),
                      &place->deciders.items[i], (uint64_t)levels->requests[last], 0,
                      (struct interval){NAN, NAN}, VERDICT_NO_GROWTH, detail->why);
}

/* In words, for what was cleared or is unclear: the decider that stopped last, else the first. */
static void say_end(const struct place *place, struct detail *detail)
{
    const struct growth_answer *quoted = &detail->by_decider[0];
    char text[128];
    for (size_t i = 0; i < place->deciders.count; i++)
        if (detail->by_decider[i].shape == TREND_STOPPED)
            quoted = &detail->by_decider[i];
    result_say(&detail->why, "%s",
               quoted->shape == TREND_FLAT ? "flat in a longer look" : growth_describe(quoted, text));
}

/* RSS shows little of what is below its dead zone: what its second half gains above the floor is not called flat yet. */
static bool leans(const struct decider *decider, const struct levels *levels)
{
    size_t last = levels->count - 1, half = last / 2;
    return !decider->collected && levels_gain(levels, half, last, decider) >
                                      decider->floor * (levels->requests[last] - levels->requests[half]);
}

static bool all_bounded(const struct place *place, const struct levels *levels, const struct detail *detail)
{
    for (size_t i = 0; i < place->deciders.count; i++)
        if (detail->by_decider[i].verdict != VERDICT_NO_GROWTH || leans(&place->deciders.items[i], levels))
            return false;
    return true;
}

/* It grew through all its calls. Does it stay? */
static int grew(struct place *place, size_t endpoint, size_t first, struct levels *levels,
                struct answer *answer, struct detail *detail)
{
    double ended_s = trials_elapsed_s(place->trials);
    bool went_away = false;
    hunt_filled(place, levels);
    if (hunt_stays(place, endpoint, first, levels, &went_away) != 0)
        return -1;
    answer->told = went_away ? TOLD_FLAT : TOLD_GROWS;
    answer->window = went_away;
    if (went_away)
        result_say(&detail->why, "what it kept was gone within %.0f s without traffic: a window of time",
                   ceil(trials_elapsed_s(place->trials) - ended_s));
    return 0;
}

/* What passed its ceiling grew until then, if the readings so far say so. The server is not to be used again. */
static int at_the_ceiling(struct place *place, const struct levels *levels, struct answer *answer,
                          struct detail *detail)
{
    size_t first = 0;
    enum halt halt = place->trials->halt;
    if ((halt != HALT_CEILING && halt != HALT_KILLED) || levels->count < 2 ||
        !hunt_judge_all(place, STEP_LONG_SOLO, hunt_name(place->hunt, place->probed->question.suspect),
                        levels, &first))
        return -1;
    result_say(&detail->why, "%s", place->trials->halt_why);
    answer->told = TOLD_GROWS;
    place->warm = false;
    return trials_recover(place->trials);
}

uint64_t hunt_window_calls(const struct hunt *hunt, size_t endpoint)
{
    return (hunt_affordable(hunt, endpoint, hunt->options->confirm) + WINDOWS - 1) / WINDOWS;
}

/* Until the answer is clear: what neither grows nor has stopped after the promised calls gets as many again. */
static int drive(struct place *place, size_t endpoint, struct levels *levels, struct answer *answer,
                 struct detail *detail)
{
    const char *name = hunt_name(place->hunt, endpoint);
    uint64_t calls = hunt_window_calls(place->hunt, endpoint);
    uint64_t most = WINDOWS_MOST * calls;
    bool live = place->hunt->deciders.live;
    size_t calm = live ? CALM : 0, first = 0;
    if (hunt_solo(place, STEP_LONG_SOLO, endpoint, WINDOWS, calls, calm, levels) != 0)
        return at_the_ceiling(place, levels, answer, detail);
    for (size_t windows = WINDOWS;; windows *= 2) {
        if (detail->why != NULL) {
            answer->told = TOLD_OUT;
            return 0;
        }
        detail->calls = (uint64_t)levels->requests[levels->count - 1];
        if (levels->count <= windows) { /* it was calm before its time */
            answer->told = TOLD_FLAT;
            say_calm(place, levels, detail);
            hunt_filled(place, levels);
            return 0;
        }
        if (hunt_judge_all(place, STEP_LONG_SOLO, name, levels, &first))
            return grew(place, endpoint, first, levels, answer, detail);
        bool bounded = all_bounded(place, levels, detail);
        if (bounded || detail->calls >= most) {
            answer->told = bounded ? TOLD_FLAT : TOLD_UNCLEAR;
            say_end(place, detail);
            hunt_filled(place, levels);
            return 0;
        }
        trials_say(place->trials, "long solo, not clear yet: %s", name);
        if (!live && windows >= RSS_WINDOWS_MOST) {
            levels_thin(levels);
            windows /= 2;
            calls *= 2;
        }
        if (hunt_solo_on(place, STEP_LONG_SOLO, endpoint, windows, calls, calm, levels) != 0)
            return at_the_ceiling(place, levels, answer, detail);
    }
}

int hunt_long_solo(struct place *place, const struct question *question, struct answer *answer,
                   struct detail *detail)
{
    const char *name = hunt_name(place->hunt, question->suspect);
    struct levels levels = {0};
    int halted = 0;
    trials_say(place->trials, "long solo: %s", name);
    if (!place->hunt->deciders.live) /* RSS: only a server that served nothing else tells the truth */
        halted = hunt_fresh(place, STEP_LONG_SOLO, name);
    if (!halted)
        halted = hunt_prime(place, STEP_LONG_SOLO, question->suspect,
                            hunt_window_calls(place->hunt, question->suspect));
    if (!halted)
        halted = drive(place, question->suspect, &levels, answer, detail);
    uint64_t confirm = place->hunt->options->confirm;
    if (hunt_affordable(place->hunt, question->suspect, confirm) < confirm)
        place->warm = false; /* readings of what it holds now would take most of the time */
    levels_release(&levels);
    return halted;
}
