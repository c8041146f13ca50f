/* Long solos: a suspect is driven alone until its bound shows or the promised number of calls has passed. */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/units.h"
#include "flow/hunt_state.h"

#define WINDOWS 16
#define CALM 4
#define HOLD_S 2

static size_t next_suspect(const struct hunt *hunt)
{
    size_t best = hunt->service->endpoint_count;
    for (size_t i = 0; i < hunt->service->endpoint_count; i++)
        if (hunt->candidates[i].standing == STANDING_SUSPECT &&
            (best == hunt->service->endpoint_count ||
             hunt->candidates[i].score > hunt->candidates[best].score))
            best = i;
    return best;
}

/* What goes away while nothing is sent was a window, not a leak. */
static int hold(struct hunt *hunt, size_t endpoint, struct levels *levels, bool *went_away)
{
    trials_say(&hunt->trials, "holding after %s", hunt->service->endpoints[endpoint].name);
    size_t last = levels->count - 1;
    if (trials_hold(&hunt->trials, HOLD_S * CLOCK_NS_PER_S) != 0 ||
        hunt_level(hunt, levels, levels->requests[last]) != 0)
        return -1;
    const struct decider *decider = &hunt->deciders.items[0];
    double gained = levels_gain(levels, 0, last, decider), kept = levels_gain(levels, 0, last + 1, decider);
    *went_away = gained > 0 && kept < 0.5 * gained;
    hunt_measured(hunt, STEP_HOLD, hunt->service->endpoints[endpoint].name, decider, 0, NAN,
                  (struct interval){NAN, NAN}, *went_away ? VERDICT_NO_GROWTH : VERDICT_GROWTH,
                  *went_away ? "went away while nothing was sent: a window"
                             : "stayed while nothing was sent");
    levels->count = last + 1;
    return 0;
}

/* A solo that ended early was calm in its last windows: when did it stop, if it ever grew? */
static struct growth_answer calm_answer(const struct hunt *hunt, const struct levels *levels)
{
    size_t last = levels->count - 1;
    struct growth_answer answer = {.verdict = VERDICT_NO_GROWTH, .shape = TREND_FLAT};
    for (size_t i = 0; i < hunt->deciders.count; i++) {
        const struct decider *decider = &hunt->deciders.items[i];
        if (levels_gain(levels, 0, last, decider) >
            decider->floor * levels->requests[last] + decider->quantum)
            answer.shape = TREND_STOPPED;
    }
    answer.stopped_after = levels->requests[last > CALM ? last - CALM : 0];
    return answer;
}

static void clear_bounded(struct hunt *hunt, size_t endpoint, const struct growth_answer *answer)
{
    struct candidate *candidate = &hunt->candidates[endpoint];
    char text[128];
    candidate->standing = STANDING_BOUNDED;
    if (answer->shape == TREND_FLAT)
        result_say(&candidate->why, "flat in a longer look");
    else if (answer->shape == TREND_STOPPED && answer->stopped_after < 1)
        result_say(&candidate->why, "stopped growing in the screen");
    else
        result_say(&candidate->why, "%s", growth_describe(answer, text));
    trials_note(&hunt->trials, "bounded: %s %s", hunt->service->endpoints[endpoint].name, candidate->why);
}

/* True when any decider grows; *bounded: every one is flat or has stopped, *stopped is the one to quote. */
static bool judge_all(struct hunt *hunt, size_t endpoint, const struct levels *levels,
                      struct growth_answer *answers, bool *bounded, const struct growth_answer **stopped)
{
    bool grows = false;
    *bounded = true;
    *stopped = &answers[0];
    for (size_t i = 0; i < hunt->deciders.count; i++) {
        answers[i] = hunt_judge(hunt, STEP_LONG_SOLO, hunt->service->endpoints[endpoint].name, levels,
                                &hunt->deciders.items[i]);
        grows = grows || answers[i].verdict == VERDICT_GROWTH;
        *bounded = *bounded && answers[i].verdict == VERDICT_NO_GROWTH;
        if (answers[i].shape == TREND_STOPPED)
            *stopped = &answers[i];
    }
    return grows;
}

static int found(struct hunt *hunt, size_t endpoint, const struct growth_answer *answers,
                 struct levels *levels)
{
    bool went_away = false;
    if (hold(hunt, endpoint, levels, &went_away) != 0)
        return -1;
    struct candidate *candidate = &hunt->candidates[endpoint];
    if (went_away) {
        candidate->standing = STANDING_BOUNDED;
        result_say(&candidate->why, "what it kept went away within %d s without traffic", HOLD_S);
        return 0;
    }
    uint64_t calls = (uint64_t)levels->requests[levels->count - 1];
    struct finding *finding = hunt_add_finding(hunt, FINDING_ALONE, endpoint, answers, calls, levels);
    candidate->standing = STANDING_FOUND;
    strings_add(&finding->confirmed, "long_solo");
    char bytes[UNITS_SIZE], count[UNITS_SIZE];
    trials_note(&hunt->trials, "grows: %s keeps %s per request, linear through %s calls",
                hunt->service->endpoints[endpoint].name, units_bytes(bytes, finding->bytes_per_request),
                units_count(count, calls));
    return 0;
}

/* The solo ended before its time: every decider was calm. */
static int stopped_early(struct hunt *hunt, size_t endpoint, const struct levels *levels)
{
    struct growth_answer calm = calm_answer(hunt, levels);
    uint64_t calls = (uint64_t)levels->requests[levels->count - 1];
    clear_bounded(hunt, endpoint, &calm);
    for (size_t i = 0; i < hunt->deciders.count; i++)
        hunt_measured(hunt, STEP_LONG_SOLO, hunt->service->endpoints[endpoint].name, &hunt->deciders.items[i],
                      calls, 0, (struct interval){NAN, NAN}, VERDICT_NO_GROWTH,
                      hunt->candidates[endpoint].why);
    return 0;
}

static int judge(struct hunt *hunt, size_t endpoint, struct levels *levels)
{
    struct growth_answer answers[DECIDERS_MOST];
    const struct growth_answer *stopped = answers;
    bool bounded = false;
    char text[128];
    if (judge_all(hunt, endpoint, levels, answers, &bounded, &stopped))
        return found(hunt, endpoint, answers, levels);
    if (bounded) {
        clear_bounded(hunt, endpoint, stopped);
        return 0;
    }
    hunt->candidates[endpoint].standing = STANDING_UNKNOWN;
    result_say(&hunt->candidates[endpoint].why, "%s", growth_describe(stopped, text));
    return 0;
}

static int confirm_one(struct hunt *hunt, size_t endpoint)
{
    const char *name = hunt->service->endpoints[endpoint].name;
    uint64_t calls = hunt->options->confirm / WINDOWS;
    struct levels levels = {0};
    int halted = 0;
    trials_say(&hunt->trials, "long solo: %s", name);
    if (!hunt->deciders.live) { /* RSS: only a server that served nothing else tells the truth */
        halted = trials_start(&hunt->trials, STEP_LONG_SOLO, name);
        if (!halted)
            halted = hunt_prime(hunt, STEP_LONG_SOLO, endpoint, calls);
    }
    if (!halted)
        halted = hunt_solo(hunt, STEP_LONG_SOLO, endpoint, WINDOWS, calls, hunt->deciders.live ? CALM : 0,
                           &levels);
    if (!halted && hunt->candidates[endpoint].standing != STANDING_OUT)
        halted =
            levels.count <= WINDOWS ? stopped_early(hunt, endpoint, &levels) : judge(hunt, endpoint, &levels);
    levels_release(&levels);
    return halted;
}

int hunt_confirm(struct hunt *hunt)
{
    for (;;) {
        size_t endpoint = next_suspect(hunt);
        if (endpoint == hunt->service->endpoint_count)
            return 0;
        if (confirm_one(hunt, endpoint) != 0)
            return -1;
    }
}
