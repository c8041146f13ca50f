/* The hold of a set that grows together: everything once more on the warm server, the wait, and what is left of it.
 *
 * Who names a set has only a count of calls, and a window of seconds keeps as much of each call as a leak does while the
 * calls take less than these seconds. */
#include <math.h>

#include "analysis/hold.h"
#include "flow/hunt_state.h"

#define AGAIN_WINDOWS 8

/* What was driven, and what of its gain there was after the wait, without what the calls after it add. */
struct again {
    double gained, kept, calls, held_s;
};

static const struct decider *grown_decider(const struct place *place, const struct question *question)
{
    const struct probed *together = hunt_probed_together(place->hunt, question);
    size_t index = together != NULL ? hunt_first_that_grows(place->hunt, &together->detail) : 0;
    return &place->deciders.items[index];
}

/* The first window fills what others emptied. What is kept by age is often dropped only when the next call comes: so the reading
 * after the wait comes after a window as well. */
static int drive_again(struct place *place, const struct question *question, const struct decider *decider,
                       struct levels *levels, struct again *again)
{
    if (hunt_even(place, STEP_HOLD, question, NULL) != 0 || hunt_level(place, levels, 0) != 0 ||
        hunt_even_on(place, STEP_HOLD, question, AGAIN_WINDOWS, levels) != 0)
        return -1;
    size_t last = levels->count - 1;
    double ended_s = trials_elapsed_s(place->trials);
    hunt_filled(place, levels);
    again->calls = levels->requests[last];
    again->gained = levels_gain(levels, 0, last, decider);
    if (trials_hold_until(place->trials, ended_s + hunt_late_s(place)) != 0 ||
        hunt_even_on(place, STEP_HOLD, question, 1, levels) != 0)
        return -1;
    double calls = levels->requests[last + 1] - again->calls;
    again->held_s = trials_elapsed_s(place->trials) - ended_s;
    again->kept = levels_gain(levels, 0, last + 1, decider) - again->gained / again->calls * calls;
    return 0;
}

/* Where it neither gained nor lost anything there was nothing to be held. A window that was full before gains nothing, but
 * loses all. */
static enum told told_of(const struct again *again, const struct decider *decider)
{
    double least = decider->floor * again->calls + decider->quantum;
    bool moved = fmax(again->gained, again->kept) >= least || again->gained - again->kept >= least;
    if (!moved)
        return TOLD_UNCLEAR;
    return hold_look(again->gained, again->gained, again->kept) == HOLD_GONE ? TOLD_FLAT : TOLD_GROWS;
}

static void say_hold(struct place *place, const struct decider *decider, const struct again *again,
                     enum told told)
{
    static const struct {
        enum verdict verdict;
        const char *note;
    } says[] = {
        [TOLD_FLAT] = {VERDICT_NO_GROWTH, "went away while nothing was sent: a window"},
        [TOLD_GROWS] = {VERDICT_GROWTH, "stayed while nothing was sent"},
        [TOLD_UNCLEAR] = {VERDICT_INCONCLUSIVE, "kept nothing on the server that had served the mix"},
    };
    hunt_measured(place, STEP_HOLD, HUNT_TOGETHER, decider, (uint64_t)again->calls, NAN,
                  (struct interval){NAN, NAN}, says[told].verdict, says[told].note);
}

void hunt_say_set_went_away(const struct hunt *hunt, const struct question *question, struct detail *detail)
{
    struct text names = TEXT_EMPTY;
    for (size_t i = 0; i < question->count; i++)
        text_addf(&names, "%s%s", i > 0 ? " + " : "", hunt_name(hunt, question->members[i]));
    result_say(&detail->why, "what they kept was gone within %.0f s without traffic: a window of time",
               ceil(detail->held_s));
    strings_addf(
        &detail->caveats,
        "%s grow together, but what they kept was gone within %.0f s without traffic: a window of time; "
        "the mix was then checked without them",
        text_string(&names), ceil(detail->held_s));
    text_release(&names);
}

int hunt_hold_set(struct place *place, const struct question *question, struct answer *answer,
                  struct detail *detail)
{
    const struct decider *decider = grown_decider(place, question);
    struct again again = {0};
    struct levels levels;
    levels_init(&levels, place->hunt->signal_count);
    trials_say(place->trials, "is it still there? waiting to ask %zu together again", question->count);
    int halted = drive_again(place, question, decider, &levels, &again);
    levels_release(&levels);
    if (halted)
        return -1;
    answer->told = told_of(&again, decider);
    answer->window = answer->told == TOLD_FLAT;
    say_hold(place, decider, &again, answer->told);
    if (answer->told != TOLD_UNCLEAR)
        detail->held_s = again.held_s;
    if (answer->window)
        hunt_say_set_went_away(place->hunt, question, detail);
    return 0;
}
