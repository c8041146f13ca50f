/* The hold of a soak: what grew is looked at again after a while without traffic.
 *
 * Retention by age is often trimmed only when the next call comes, so each look is preceded by a few calls of each
 * endpoint, beside the mix. It is looked at soon, and again while it falls, and once more at the end of the wait. */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/units.h"
#include "flow/soak_state.h"

#define SOON_S 2.0
#define TOUCH_CALLS 30 /* of all endpoints together, but one of each at least */
#define TOUCH_MOST_S 5
#define DRIVE_MOST_S 32
#define WINDOW_RSS 1.5 /* bytes of RSS that may go with one that was kept: a heap has holes */
#define WINDOW "what it kept was gone within %.0f s without traffic: a window of time"
#define PART 0.1 /* of what it kept: worth a word where it went */

/* As long as the traffic that was asked for would have taken, also where it ended early. */
static double wait_s(const struct soak *soak)
{
    const struct soak_options *options = soak->options;
    if (options->hold_ns >= 0)
        return (double)options->hold_ns / (double)CLOCK_NS_PER_S;
    double asked_s = (double)options->duration_ns / (double)CLOCK_NS_PER_S;
    if (soak->planned > 0 && soak->before > 0)
        asked_s = soak->traffic_s * soak->planned / (double)soak->before;
    return hold_wait_s(fmax(asked_s, soak->traffic_s));
}

struct until {
    struct soak *soak;
    int64_t ends_ns;
};

static void on_late(void *owner)
{
    struct until *until = owner;
    if (clock_now_ns() >= until->ends_ns)
        replay_no_more(until->soak->trials.replay);
}

/* Sends what is not counted, for `most_s` at the longest. */
static int send_beside(struct soak *soak, struct schedule *schedule, double most_s)
{
    struct until until = {soak, clock_now_ns() + (int64_t)(most_s * (double)CLOCK_NS_PER_S)};
    struct ticker *ticker = ticker_new(soak->trials.loop, SOAK_LOOK_NS, on_late, &until);
    schedule_beside(schedule);
    int halted = trials_replay(&soak->trials, STEP_HOLD, "the mix", schedule);
    ticker_free(ticker);
    return halted;
}

static int touch(struct soak *soak)
{
    size_t endpoints = 0, count = 0;
    struct share *shares = xcalloc(soak->service->endpoint_count, sizeof *shares);
    for (size_t i = 0; i < soak->service->endpoint_count; i++)
        endpoints += soak->usable[i];
    for (size_t i = 0; i < soak->service->endpoint_count; i++)
        if (soak->usable[i])
            shares[count++] = (struct share){i, 1, (TOUCH_CALLS + endpoints - 1) / endpoints};
    struct schedule *schedule =
        schedule_block(soak->service, shares, count, soak->trials.cursors, soak->options->trials.seed);
    free(shares);
    return send_beside(soak, schedule, TOUCH_MOST_S);
}

/* One more row, behind those that the verdict rests on. */
static int read_row(struct soak *soak)
{
    double *values = xmalloc((watch_count(soak->trials.watch) + 1) * sizeof *values);
    int halted = trials_read(&soak->trials, values);
    if (!halted)
        levels_add(&soak->levels, (double)soak->trials.trial.requests, trials_elapsed_s(&soak->trials),
                   values);
    free(values);
    return halted;
}

static double span(const struct levels *levels)
{
    return levels->requests[levels->count - 1] - levels->requests[0];
}

/* What one look found of each that grew and is read after a collection. */
struct look {
    double before[DECIDERS_MOST];
    bool falls; /* one of them does */
};

static void note_look(struct soak *soak, struct look *look)
{
    struct levels *levels = &soak->levels;
    size_t last = levels->count - 1;
    look->falls = false;
    for (size_t i = 0; i < soak->deciders.count; i++) {
        const struct decider *decider = &soak->deciders.items[i];
        if (!soak->held.of[i].tried || !decider->collected)
            continue;
        double gained = levels_gain(levels, 0, last - 1, decider);
        double kept = levels_gain(levels, 0, last, decider);
        soak->held.of[i].state = hold_look(gained, look->before[i], kept);
        soak->held.of[i].kept = kept / (levels->requests[last - 1] - levels->requests[0]);
        soak->held.of[i].away = 1 - kept / gained;
        look->falls = look->falls || soak->held.of[i].state == HOLD_FALLS;
        look->before[i] = kept;
    }
    levels->count--;
}

static int look_again(struct soak *soak, double at_s, struct look *look)
{
    if (trials_hold_until(&soak->trials, at_s) != 0 || touch(soak) != 0 || read_row(soak) != 0)
        return -1;
    note_look(soak, look);
    return 0;
}

static int watch_it_stay(struct soak *soak, double began_s)
{
    struct look look = {.falls = true};
    double ends_s = began_s + soak->held.seconds, at_s = began_s;
    for (size_t i = 0; i < soak->deciders.count; i++)
        look.before[i] = levels_gain(&soak->levels, 0, soak->levels.count - 1, &soak->deciders.items[i]);
    while (look.falls && (at_s = fmin(at_s + SOON_S, ends_s)) < ends_s)
        if (look_again(soak, at_s, &look) != 0)
            return -1;
    return look_again(soak, ends_s, &look);
}

/* Per request, in the second half of the load. */
static double rate_of(const struct levels *levels, const struct decider *decider)
{
    size_t last = levels->count - 1, half = last / 2;
    return levels_gain(levels, half, last, decider) / (levels->requests[last] - levels->requests[half]);
}

/* RSS does not fall: it is driven again. */
static int drive_again(struct soak *soak, size_t index)
{
    struct levels *levels = &soak->levels;
    const struct decider *decider = &soak->deciders.items[index];
    size_t last = levels->count - 1;
    double rate = rate_of(levels, decider), calls = hold_calls(rate, span(levels));
    soak->held.of[index].tried = calls > 0;
    if (calls == 0)
        return 0;
    soak->bound = soak->before + (uint64_t)calls;
    soak->duration_ns = 0;
    int halted = read_row(soak);
    if (!halted)
        halted = send_beside(soak, soak_schedule(soak), DRIVE_MOST_S);
    if (!halted)
        halted = read_row(soak);
    if (!halted) {
        double sent = levels->requests[last + 2] - levels->requests[last + 1];
        double gained = levels_gain(levels, last + 1, last + 2, decider);
        soak->held.of[index].state = hold_refills(rate, sent, gained) ? HOLD_GONE : HOLD_STAYS;
        soak->held.of[index].kept = NAN;
    }
    levels->count = last + 1;
    return halted;
}

/* Whether any grows; marks those that do. A part sees the requests of others as unevenness: what it leaves open may be growth
 * once they are counted. */
static bool any_grows(struct soak *soak)
{
    bool any = false, open_too = soak_is_part(soak) && soak->levels.count > 2;
    for (size_t i = 0; i < soak->deciders.count; i++) {
        struct growth_answer answer = levels_judge(&soak->levels, &soak->deciders.items[i]);
        soak->held.of[i].tried =
            answer.verdict == VERDICT_GROWTH || (open_too && answer.verdict == VERDICT_INCONCLUSIVE);
        any = any || soak->held.of[i].tried;
    }
    return any;
}

static void put_measurements(struct soak *soak)
{
    for (size_t i = 0; i < soak->deciders.count; i++) {
        if (!soak->held.of[i].tried)
            continue;
        bool gone = soak->held.of[i].state == HOLD_GONE;
        struct measurement measurement = {
            .trial = soak->trials.trial.number,
            .step = STEP_HOLD,
            .mix = (char *)"the mix",
            .signal = (char *)soak->deciders.items[i].name,
            .objects = soak->deciders.items[i].objects,
            .requests = soak->trials.trial.requests,
            .per_request = soak->held.of[i].kept,
            .interval = {NAN, NAN},
            .verdict = gone ? VERDICT_NO_GROWTH : VERDICT_GROWTH,
            .note = (char *)(gone ? "went away while nothing was sent: a window"
                                  : "stayed while nothing was sent"),
        };
        store_put_measurement(soak->options->trials.store, soak->options->trials.run, &measurement);
    }
}

int soak_hold(struct soak *soak)
{
    double began_s = trials_elapsed_s(&soak->trials);
    int halted;
    soak->held.seconds = wait_s(soak);
    if (!any_grows(soak) || soak->held.seconds <= 0)
        return 0;
    trials_say(&soak->trials, "is it still there? nothing is sent");
    if (soak->deciders.items[0].collected)
        halted = watch_it_stay(soak, began_s);
    else
        halted =
            trials_hold_until(&soak->trials, began_s + soak->held.seconds) || drive_again(soak, 0) ? -1 : 0;
    soak->held.tried = !halted;
    if (!halted)
        put_measurements(soak);
    return halted;
}

static bool is_gone(const struct soak *soak, size_t index)
{
    return soak->held.tried && soak->held.of[index].tried && soak->held.of[index].state == HOLD_GONE;
}

/* The trip wire: RSS that rose by no more than what a window kept was that, and its memory is free by now. */
static bool is_of_window(const struct soak *soak, const struct decider *rss)
{
    const struct levels *levels = &soak->levels;
    double kept = 0;
    for (size_t i = 0; i < soak->deciders.count; i++)
        if (is_gone(soak, i) && !soak->deciders.items[i].objects)
            kept = fmax(kept, levels_gain(levels, 0, levels->count - 1, &soak->deciders.items[i]));
    return kept > 0 && levels_gain(levels, 0, levels->count - 1, rss) < WINDOW_RSS * kept + rss->dead_zone;
}

/* What is left after the hold is all that there was beside the window: where that is below the floor, it is flat. */
void soak_weigh_held(const struct soak *soak, const struct decider *decider, struct growth_answer *answer)
{
    size_t index = 0;
    while (index < soak->deciders.count && soak->deciders.items[index].index != decider->index)
        index++;
    if (answer->verdict != VERDICT_GROWTH)
        return;
    if (index == soak->deciders.count && is_of_window(soak, decider))
        answer->verdict = VERDICT_INCONCLUSIVE;
    if (index == soak->deciders.count || !is_gone(soak, index))
        return;
    double kept = soak->held.of[index].kept;
    bool flat = kept <= decider->floor;
    answer->verdict = flat ? VERDICT_NO_GROWTH : VERDICT_INCONCLUSIVE;
    answer->per_request = flat ? fmax(kept, 0) : NAN;
    answer->interval = (struct interval){NAN, NAN};
    answer->smallest_detectable = fmax(answer->smallest_detectable, decider->floor);
}

static void say_stayed(struct soak *soak)
{
    double most = 0;
    for (size_t i = 0; i < soak->deciders.count; i++)
        if (soak->held.of[i].tried)
            most = fmax(most, soak->held.of[i].away);
    if (most <= PART)
        strings_add(&soak->result->findings[0].confirmed, step_name(STEP_HOLD));
    strings_addf(
        &soak->result->caveats,
        "still there after %.0f s without traffic%s; what forgets its entries only later would look the same",
        floor(soak->held.seconds), most > PART ? ", though a part of it went" : "");
}

static void say_window(struct soak *soak)
{
    char **reason = &soak->result->reason;
    double seconds = ceil(soak->held.seconds);
    if (!soak->deciders.live)
        result_say(reason,
                   "RSS grew, but not again after %.0f s without traffic: what it kept was free by then, a "
                   "window of time",
                   seconds);
    else if (soak->result->verdict == VERDICT_NO_GROWTH)
        result_say(reason, WINDOW "; %s", seconds, *reason);
    else
        result_say(reason, WINDOW ", but what is left is not shown to be flat", seconds);
    if (soak->result->verdict == VERDICT_NO_GROWTH)
        strings_addf(&soak->result->caveats, WINDOW, seconds);
}

void soak_say_held(struct soak *soak)
{
    bool gone = false;
    for (size_t i = 0; i < soak->deciders.count; i++)
        gone = gone || is_gone(soak, i);
    bool grows = soak->result->verdict == VERDICT_GROWTH;
    if (grows && soak->held.tried && soak->held.of[0].tried + soak->deciders.live > 0)
        say_stayed(soak);
    else if (grows)
        strings_addf(&soak->result->caveats, "whether it stays without traffic was not tried%s",
                     soak->options->hold_ns == 0 ? " (--hold)" : "");
    else if (gone && soak->trials.halt == HALT_NONE)
        say_window(soak);
}
