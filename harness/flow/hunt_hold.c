/* The hold: what goes away while nothing is sent was a window of time, not a leak.
 *
 * Retention by age is often trimmed only when the next call comes, so each look is preceded by calls: a few while it
 * falls, as many as a window of the solo before it is believed to be gone (hunt_window_calls()).
 * It is looked at twice: soon after the long solo, and again on the same server once the rest of the mix has
 * been checked, since the wait is then mostly over. */
#include <math.h>
#include <string.h>

#include "analysis/hold.h"
#include "base/clock.h"
#include "flow/hunt_state.h"

#define SOON_S 1
#define SOON_LOOKS 30 /* while it falls */
#define LATE_S 32     /* after the solo of --confirm 10,000; in proportion for fewer calls */
#define LATE_CALLS 10000.0
#define TOUCH_CALLS 30
#define AWAY 0.5 /* of what was gained: hold_look() */
#define AGAIN_WINDOWS 8
#define RSS_WINDOWS 8

double hunt_late_s(const struct place *place)
{
    double wanted = LATE_S * fmin(1, (double)place->hunt->options->confirm / LATE_CALLS);
    return fmin(wanted, fmax(0, trials_left_s(place->trials) / 4));
}

static void say_hold(struct place *place, size_t endpoint, size_t decider, bool went_away)
{
    hunt_measured(place, STEP_HOLD, hunt_name(place->hunt, endpoint), &place->deciders.items[decider], 0, NAN,
                  (struct interval){NAN, NAN}, went_away ? VERDICT_NO_GROWTH : VERDICT_GROWTH,
                  went_away ? "went away while nothing was sent: a window" : "stayed while nothing was sent");
}

/* What is kept of the solo in `levels`, after a pause and so many calls, without what these add at its rate; NaN when
 * halted. */
static double kept_after(struct place *place, size_t endpoint, double at_s, uint64_t calls,
                         const struct decider *decider, struct levels *levels)
{
    size_t last = levels->count - 1;
    double rate = levels_gain(levels, 0, last, decider) / levels->requests[last];
    if (trials_hold_until(place->trials, at_s) != 0 || hunt_prime(place, STEP_HOLD, endpoint, calls) != 0 ||
        hunt_level(place, levels, levels->requests[last]) != 0)
        return NAN;
    double kept = levels_gain(levels, 0, last + 1, decider) - rate * (double)calls;
    levels->count = last + 1;
    return kept;
}

static int stays_soon(struct place *place, size_t endpoint, size_t index, struct levels *levels,
                      bool *went_away)
{
    const struct decider *decider = &place->deciders.items[index];
    double gained = levels_gain(levels, 0, levels->count - 1, decider), kept = gained, before = gained;
    enum hold_state state = HOLD_FALLS;
    for (size_t look = 0; look < SOON_LOOKS && state == HOLD_FALLS; look++) {
        before = kept;
        kept = kept_after(place, endpoint, trials_elapsed_s(place->trials) + SOON_S, TOUCH_CALLS, decider,
                          levels);
        if (isnan(kept))
            return -1;
        state = hold_look(gained, before, kept);
    }
    if (state == HOLD_GONE) /* or only what is there while it is busy? */
        kept = kept_after(place, endpoint, 0, hunt_window_calls(place->hunt, endpoint), decider, levels);
    *went_away = state == HOLD_GONE && kept < AWAY * gained;
    return isnan(kept) ? -1 : 0;
}

static int drive_again(struct place *place, const struct question *question, struct levels *levels)
{
    if (question->suspect == NOBODY)
        return hunt_even_on(place, STEP_HOLD, question, RSS_WINDOWS, levels);
    return hunt_solo_on(place, STEP_HOLD, question->suspect, RSS_WINDOWS, place->hunt->options->confirm / 16,
                        0, levels);
}

int hunt_rises_again(struct place *place, size_t index, struct levels *levels, bool *went_away)
{
    const struct decider *decider = &place->deciders.items[index];
    size_t last = levels->count - 1;
    double ended_s = trials_elapsed_s(place->trials);
    double rate =
        levels_gain(levels, last / 2, last, decider) / (levels->requests[last] - levels->requests[last / 2]);
    if (trials_hold_until(place->trials, ended_s + hunt_late_s(place)) != 0)
        return -1;
    place->probed->detail.held_s = trials_elapsed_s(place->trials) - ended_s;
    if (hunt_level(place, levels, levels->requests[last]) != 0 ||
        drive_again(place, &place->probed->question, levels) != 0)
        return -1;
    double calls = levels->requests[levels->count - 1] - levels->requests[last];
    *went_away = hold_refills(rate, calls, levels_gain(levels, last, levels->count - 1, decider));
    levels->count = last + 1;
    return 0;
}

int hunt_stays(struct place *place, size_t endpoint, size_t index, struct levels *levels, bool *went_away)
{
    trials_say(place->trials, "holding after %s", hunt_name(place->hunt, endpoint));
    bool collected = place->deciders.items[index].collected;
    struct kept kept = {
        .decider = index,
        .trial = place->trials->trial.number,
        .ended_s = trials_elapsed_s(place->trials),
        .gained = levels_gain(levels, 0, levels->count - 1, &place->deciders.items[index]),
        .level =
            levels->values[(levels->count - 1) * levels->signal_count + place->deciders.items[index].index],
        .filled = place->filled[index],
        .readings = place->readings};
    kept.window =
        kept.gained / levels->requests[levels->count - 1] * (double)hunt_window_calls(place->hunt, endpoint);
    int halted = collected ? stays_soon(place, endpoint, index, levels, went_away)
                           : hunt_rises_again(place, index, levels, went_away);
    if (halted)
        return -1;
    say_hold(place, endpoint, index, *went_away);
    if (collected)
        place->kept[endpoint] = kept;
    return 0;
}

/* What of the solo is gone, what others have filled since, and a window's calls just now, put to their account. */
static int lost_since(struct place *place, const struct kept *kept, double *lost)
{
    const struct decider *decider = &place->deciders.items[kept->decider];
    struct levels levels;
    levels_init(&levels, place->hunt->signal_count);
    int halted = hunt_level(place, &levels, 0);
    if (!halted)
        *lost = kept->level + kept->window + place->filled[kept->decider] - kept->filled +
                decider->per_read * (double)(place->readings - kept->readings) +
                decider->per_second * (trials_elapsed_s(place->trials) - kept->ended_s) -
                levels.values[decider->index];
    levels_release(&levels);
    return halted;
}

/* The decider in which its long solo grew. */
static size_t grown_decider(const struct hunt *hunt, size_t endpoint)
{
    const struct probed *solo = hunt_probed_about(hunt, ASK_LONG_SOLO, endpoint);
    return solo != NULL ? hunt_first_that_grows(hunt, &solo->detail) : 0;
}

/* Others have come and gone since, and may have lost more than the finding ever kept. So what seems lost is
 * asked again with nothing in between: some calls, the same wait, a reading. */
static int loses_again(struct place *place, size_t endpoint, const struct decider *decider, bool *went_away)
{
    struct levels levels = {0};
    uint64_t calls = hunt_window_calls(place->hunt, endpoint);
    int halted = hunt_solo(place, STEP_HOLD, endpoint, AGAIN_WINDOWS, calls, 0, &levels);
    if (!halted) {
        double gained = levels_gain(&levels, 0, levels.count - 1, decider);
        double until_s = trials_elapsed_s(place->trials) + hunt_late_s(place);
        double kept = kept_after(place, endpoint, until_s, calls, decider, &levels);
        *went_away = kept < AWAY * gained;
        hunt_filled(place, &levels);
        halted = isnan(kept) ? -1 : 0;
    }
    levels_release(&levels);
    return halted;
}

/* Where the server that the solo was on is still there: after the wait, what is left of it. Else, and where it seems lost,
 * everything once more on this one. */
int hunt_hold(struct place *place, const struct question *question, struct answer *answer,
              struct detail *detail)
{
    if (question->suspect == NOBODY)
        return hunt_hold_set(place, question, answer, detail);
    size_t endpoint = question->suspect;
    struct kept kept = place->kept[endpoint];
    double lost = 0, began_s = kept.ended_s;
    bool went_away = false, there = kept.trial != 0 && kept.trial == place->trials->trial.number;
    trials_say(place->trials, "is it still there? waiting to ask %s again", hunt_name(place->hunt, endpoint));
    if (there) {
        if (trials_hold_until(place->trials, kept.ended_s + hunt_late_s(place)) != 0 ||
            hunt_prime(place, STEP_HOLD, endpoint, hunt_window_calls(place->hunt, endpoint)) != 0 ||
            lost_since(place, &kept, &lost) != 0)
            return -1;
    } else {
        began_s = trials_elapsed_s(place->trials);
        kept.decider = grown_decider(place->hunt, endpoint);
        if (hunt_prime(place, STEP_HOLD, endpoint, hunt_window_calls(place->hunt, endpoint)) != 0)
            return -1;
    }
    double held_s = trials_elapsed_s(place->trials) - began_s;
    if ((!there || lost > AWAY * kept.gained) &&
        loses_again(place, endpoint, &place->deciders.items[kept.decider], &went_away) != 0)
        return -1;
    if (!there)
        held_s = trials_elapsed_s(place->trials) - began_s;
    say_hold(place, endpoint, kept.decider, went_away);
    place->kept[endpoint].trial = 0;
    detail->held_s = held_s;
    answer->told = went_away ? TOLD_FLAT : TOLD_GROWS;
    answer->window = went_away;
    if (went_away)
        result_say(&detail->why, "what it kept was gone within %.0f s without traffic: a window of time",
                   ceil(held_s));
    return 0;
}
