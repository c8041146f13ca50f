/* The hold: what goes away while nothing is sent was a window of time, not a leak.
 *
 * Retention by age is often trimmed only when the next call comes, so each look is preceded by a few calls.
 * It is looked at twice: soon after the long solo, and again on the same server once the rest of the mix has
 * been checked, since the wait is then mostly over. */
#include <math.h>
#include <string.h>

#include "analysis/hold.h"
#include "base/clock.h"
#include "flow/hunt_state.h"

#define SOON_S 2
#define SOON_LOOKS 15 /* while it falls */
#define LATE_S 32     /* after the solo of --confirm 10,000; in proportion for fewer calls */
#define LATE_CALLS 10000.0
#define TOUCH_CALLS 30
#define AWAY 0.5 /* of what was gained: hold_look() */
#define AGAIN_WINDOWS 4
#define RSS_WINDOWS 8

static double late_s(const struct hunt *hunt)
{
    double wanted = LATE_S * fmin(1, (double)hunt->options->confirm / LATE_CALLS);
    return fmin(wanted, fmax(0, trials_left_s(&hunt->trials) / 4));
}

static void say_hold(struct hunt *hunt, size_t endpoint, size_t decider, bool went_away)
{
    hunt_measured(hunt, STEP_HOLD, hunt->service->endpoints[endpoint].name, &hunt->deciders.items[decider], 0,
                  NAN, (struct interval){NAN, NAN}, went_away ? VERDICT_NO_GROWTH : VERDICT_GROWTH,
                  went_away ? "went away while nothing was sent: a window" : "stayed while nothing was sent");
}

/* What is kept of the solo in `levels`, after a pause and a few calls; NaN when halted. */
static double kept_after(struct hunt *hunt, size_t endpoint, double at_s, const struct decider *decider,
                         struct levels *levels)
{
    size_t last = levels->count - 1;
    if (trials_hold_until(&hunt->trials, at_s) != 0 ||
        hunt_prime(hunt, STEP_HOLD, endpoint, TOUCH_CALLS) != 0 ||
        hunt_level(hunt, levels, levels->requests[last]) != 0)
        return NAN;
    double kept = levels_gain(levels, 0, last + 1, decider);
    levels->count = last + 1;
    return kept;
}

static int stays_soon(struct hunt *hunt, size_t endpoint, size_t index, struct levels *levels,
                      bool *went_away)
{
    const struct decider *decider = &hunt->deciders.items[index];
    double gained = levels_gain(levels, 0, levels->count - 1, decider), kept = gained, before = gained;
    enum hold_state state = HOLD_FALLS;
    for (size_t look = 0; look < SOON_LOOKS && state == HOLD_FALLS; look++) {
        before = kept;
        kept = kept_after(hunt, endpoint, trials_elapsed_s(&hunt->trials) + SOON_S, decider, levels);
        if (isnan(kept))
            return -1;
        state = hold_look(gained, before, kept);
    }
    *went_away = state == HOLD_GONE;
    return 0;
}

/* Driven again after the pause, RSS must rise again: a window's memory is free by then, and used anew. */
static int rises_again(struct hunt *hunt, size_t endpoint, size_t index, struct levels *levels,
                       bool *went_away)
{
    const struct decider *decider = &hunt->deciders.items[index];
    size_t last = levels->count - 1;
    double ended_s = trials_elapsed_s(&hunt->trials);
    double rate =
        levels_gain(levels, last / 2, last, decider) / (levels->requests[last] - levels->requests[last / 2]);
    if (trials_hold_until(&hunt->trials, ended_s + late_s(hunt)) != 0)
        return -1;
    hunt->held_s = fmin(hunt->held_s, trials_elapsed_s(&hunt->trials) - ended_s);
    if (hunt_level(hunt, levels, levels->requests[last]) != 0 ||
        hunt_solo_on(hunt, STEP_HOLD, endpoint, RSS_WINDOWS, hunt->options->confirm / 16, 0, levels) != 0)
        return -1;
    double calls = levels->requests[levels->count - 1] - levels->requests[last];
    *went_away = hold_refills(rate, calls, levels_gain(levels, last, levels->count - 1, decider));
    levels->count = last + 1;
    return 0;
}

int hunt_stays(struct hunt *hunt, size_t endpoint, size_t index, struct levels *levels, bool *went_away)
{
    trials_say(&hunt->trials, "holding after %s", hunt->service->endpoints[endpoint].name);
    bool collected = hunt->deciders.items[index].collected;
    struct kept kept = {
        .decider = index,
        .trial = hunt->trials.trial.number,
        .ended_s = trials_elapsed_s(&hunt->trials),
        .gained = levels_gain(levels, 0, levels->count - 1, &hunt->deciders.items[index]),
        .level =
            levels->values[(levels->count - 1) * levels->signal_count + hunt->deciders.items[index].index],
        .filled = hunt->filled[index],
        .readings = hunt->readings};
    int halted = (collected ? stays_soon : rises_again)(hunt, endpoint, index, levels, went_away);
    if (halted)
        return -1;
    say_hold(hunt, endpoint, index, *went_away);
    if (collected)
        hunt->candidates[endpoint].kept = kept;
    return 0;
}

/* What of the solo is gone, what others have filled since put to their account. */
static int lost_since(struct hunt *hunt, const struct kept *kept, double *lost)
{
    const struct decider *decider = &hunt->deciders.items[kept->decider];
    struct levels levels;
    levels_init(&levels, hunt->signal_count);
    int halted = hunt_level(hunt, &levels, 0);
    if (!halted)
        *lost = kept->level + hunt->filled[kept->decider] - kept->filled +
                decider->per_read * (double)(hunt->readings - kept->readings) - levels.values[decider->index];
    levels_release(&levels);
    return halted;
}

/* Others have come and gone since, and may have lost more than the finding ever kept. So what seems lost is
 * asked again with nothing in between: some calls, the same wait, a reading. */
static int loses_again(struct hunt *hunt, size_t endpoint, const struct decider *decider, bool *went_away)
{
    struct levels levels = {0};
    uint64_t calls = hunt->options->confirm / 16;
    int halted = hunt_solo(hunt, STEP_HOLD, endpoint, AGAIN_WINDOWS, calls, 0, &levels);
    if (!halted) {
        double gained = levels_gain(&levels, 0, levels.count - 1, decider);
        double until_s = trials_elapsed_s(&hunt->trials) + late_s(hunt);
        double kept = kept_after(hunt, endpoint, until_s, decider, &levels);
        *went_away = kept < AWAY * gained;
        halted = isnan(kept) ? -1 : 0;
    }
    levels_release(&levels);
    return halted;
}

static int hold_one(struct hunt *hunt, size_t endpoint)
{
    struct kept *kept = &hunt->candidates[endpoint].kept;
    double lost = 0;
    trials_say(&hunt->trials, "is it still there? waiting to ask %s again",
               hunt->service->endpoints[endpoint].name);
    if (trials_hold_until(&hunt->trials, kept->ended_s + late_s(hunt)) != 0)
        return -1;
    double held_s = trials_elapsed_s(&hunt->trials) - kept->ended_s;
    if (hunt_prime(hunt, STEP_HOLD, endpoint, TOUCH_CALLS) != 0 || lost_since(hunt, kept, &lost) != 0)
        return -1;
    bool went_away = false;
    if (lost > AWAY * kept->gained &&
        loses_again(hunt, endpoint, &hunt->deciders.items[kept->decider], &went_away) != 0)
        return -1;
    say_hold(hunt, endpoint, kept->decider, went_away);
    kept->trial = 0;
    if (went_away)
        hunt_was_window(hunt, endpoint, held_s);
    else
        hunt->held_s = fmin(hunt->held_s, held_s);
    return 0;
}

int hunt_hold(struct hunt *hunt)
{
    for (size_t i = 0; i < hunt->service->endpoint_count; i++)
        if (hunt->candidates[i].standing == STANDING_FOUND && hunt->candidates[i].kept.trial != 0 &&
            hunt->candidates[i].kept.trial == hunt->trials.trial.number && hold_one(hunt, i) != 0)
            return -1;
    return 0;
}

void hunt_was_window(struct hunt *hunt, size_t endpoint, double seconds)
{
    const char *name = hunt->service->endpoints[endpoint].name;
    struct candidate *candidate = &hunt->candidates[endpoint];
    candidate->standing = STANDING_BOUNDED;
    result_say(&candidate->why, "what it kept was gone within %.0f s without traffic: a window of time",
               ceil(seconds));
    trials_note(&hunt->trials, "bounded: %s, %s", name, candidate->why);
    for (size_t i = 0; i < hunt->result->finding_count; i++)
        if (strcmp(hunt->result->findings[i].per, name) == 0) {
            result_drop_finding(hunt->result, i);
            break;
        }
}
