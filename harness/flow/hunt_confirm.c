/* Long solos: a suspect is driven alone until its bound shows or the promised number of calls has passed. */
#include <math.h>
#include <stdlib.h>

#include "base/units.h"
#include "flow/hunt_state.h"

#define WINDOWS 16
#define WINDOWS_MOST 64
#define CALM 4

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

static size_t first_that_grows(const struct hunt *hunt, const struct growth_answer *answers)
{
    for (size_t i = 0; i < hunt->deciders.count; i++)
        if (answers[i].verdict == VERDICT_GROWTH)
            return i;
    return 0;
}

static int found(struct hunt *hunt, size_t endpoint, const struct growth_answer *answers,
                 struct levels *levels)
{
    bool went_away = false;
    double ended_s = trials_elapsed_s(&hunt->trials);
    if (hunt_stays(hunt, endpoint, first_that_grows(hunt, answers), levels, &went_away) != 0)
        return -1;
    if (went_away) {
        hunt_was_window(hunt, endpoint, trials_elapsed_s(&hunt->trials) - ended_s);
        return 0;
    }
    uint64_t calls = (uint64_t)levels->requests[levels->count - 1];
    struct finding *finding = hunt_add_finding(hunt, FINDING_ALONE, endpoint, answers, calls, levels);
    hunt->candidates[endpoint].standing = STANDING_FOUND;
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

struct solo {
    struct levels levels;
    struct growth_answer answers[DECIDERS_MOST];
    const struct growth_answer *stopped; /* the one to quote */
    bool grows, bounded;
};

/* Until the answer is clear: what neither grows nor has stopped after the
 * promised calls gets as many again. */
static int drive_solo(struct hunt *hunt, size_t endpoint, struct solo *solo)
{
    uint64_t calls = (hunt->options->confirm + WINDOWS - 1) / WINDOWS;
    size_t calm = hunt->deciders.live ? CALM : 0;
    if (hunt_solo(hunt, STEP_LONG_SOLO, endpoint, WINDOWS, calls, calm, &solo->levels) != 0)
        return -1;
    for (size_t windows = WINDOWS;; windows *= 2) {
        bool whole = solo->levels.count > windows; /* else it was calm, or did not land */
        if (!whole || hunt->candidates[endpoint].standing == STANDING_OUT)
            return 0;
        solo->grows = judge_all(hunt, endpoint, &solo->levels, solo->answers, &solo->bounded, &solo->stopped);
        if (solo->grows || solo->bounded || windows >= WINDOWS_MOST)
            return 0;
        trials_say(&hunt->trials, "long solo, not clear yet: %s", hunt->service->endpoints[endpoint].name);
        if (hunt_solo_on(hunt, STEP_LONG_SOLO, endpoint, windows, calls, calm, &solo->levels) != 0)
            return -1;
    }
}

static int conclude_solo(struct hunt *hunt, size_t endpoint, struct solo *solo)
{
    struct candidate *candidate = &hunt->candidates[endpoint];
    hunt_filled(hunt, &solo->levels);
    if (candidate->standing == STANDING_OUT)
        return 0;
    if (solo->grows)
        return found(hunt, endpoint, solo->answers, &solo->levels);
    size_t windows = solo->levels.count - 1;
    if (windows % WINDOWS != 0)
        return stopped_early(hunt, endpoint, &solo->levels);
    char text[128];
    if (solo->bounded) {
        clear_bounded(hunt, endpoint, solo->stopped);
        return 0;
    }
    candidate->standing = STANDING_UNKNOWN;
    result_say(&candidate->why, "%s", growth_describe(solo->stopped, text));
    return 0;
}

static int confirm_one(struct hunt *hunt, size_t endpoint)
{
    const char *name = hunt->service->endpoints[endpoint].name;
    struct solo solo = {.stopped = solo.answers};
    int halted = 0;
    trials_say(&hunt->trials, "long solo: %s", name);
    if (!hunt->deciders.live) { /* RSS: only a server that served nothing else tells the truth */
        halted = trials_start(&hunt->trials, STEP_LONG_SOLO, name);
        if (!halted)
            halted = hunt_prime(hunt, STEP_LONG_SOLO, endpoint, hunt->options->confirm / WINDOWS);
    }
    if (!halted)
        halted = drive_solo(hunt, endpoint, &solo);
    if (!halted)
        halted = conclude_solo(hunt, endpoint, &solo);
    levels_release(&solo.levels);
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
