/* The idle side of a soak: what rose under traffic is held against what rises without any. */
#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "base/units.h"
#include "flow/soak_state.h"

#define QUANTA 6 /* that the first pauses would show, were time alone behind the growth */
#define FIRST_LEAST_S 0.6
#define FIRST_MOST_S 6
#define LEFT_S 3 /* of the budget, beside the first pauses */

static double seconds_of(const struct levels *levels)
{
    return levels->at_s[levels->count - 1] - levels->at_s[0];
}

static double risen(const struct soak *soak, const struct decider *decider)
{
    return levels_gain(&soak->levels, 0, soak->levels.count - 1, decider);
}

/* How long it takes until time, were it behind all of a decider's rise, has shown it; 0: it did not rise. */
static double first_s(const struct soak *soak, const struct decider *decider)
{
    struct growth_answer answer = levels_judge(&soak->levels, decider);
    double rise = risen(soak, decider);
    bool rises = answer.verdict != VERDICT_NO_GROWTH && answer.per_request > decider->floor &&
                 rise > QUANTA * decider->quantum;
    if (!rises)
        return 0;
    return fmax(FIRST_LEAST_S, QUANTA * decider->quantum * seconds_of(&soak->levels) / rise);
}

/* What decides, and RSS beside it. */
static struct deciders all_of(const struct soak *soak)
{
    struct deciders all = soak->deciders;
    if (all.items[0].index != 0 && all.count < DECIDERS_MOST)
        all.items[all.count++] = soak_rss(soak);
    return all;
}

static double wait_s(const struct soak *soak, const struct deciders *all)
{
    double seconds = 0;
    if (soak->levels.count < 2 || soak->at.null_missed)
        return 0;
    for (size_t i = 0; i < all->count; i++)
        seconds = fmax(seconds, first_s(soak, &all->items[i]));
    return fmin(seconds, FIRST_MOST_S);
}

/* What was measured of readings before and after the traffic holds for them; of time, only what it rose by under
 * traffic too: what comes and goes between may look steady for as long as it is watched here. */
static void take_over(struct soak *soak, struct deciders *all)
{
    for (size_t i = 0; i < all->count; i++) {
        struct decider *measured = &all->items[i];
        bool wired = i >= soak->deciders.count;
        struct decider before = wired ? soak_rss(soak) : soak->deciders.items[i];
        if (!idle_holds_under_traffic(risen(soak, &before), measured->per_second, seconds_of(&soak->levels)))
            measured->per_second = 0;
        measured->per_read = fmin(measured->per_read, before.per_read);
        if (measured->per_second == 0)
            measured->per_read = before.per_read;
        if (!wired)
            soak->deciders.items[i] = *measured;
        if (measured->index == 0) {
            soak->at.rss_per_read = measured->per_read;
            soak->at.rss_per_second = measured->per_second;
        }
    }
}

static void put_measurements(const struct soak *soak)
{
    for (size_t i = 0; i < soak->deciders.count; i++) {
        const struct decider *decider = &soak->deciders.items[i];
        struct measurement measurement = {
            .trial = soak->trials.trial.number,
            .step = STEP_NULL,
            .mix = (char *)"no traffic",
            .signal = (char *)decider->name,
            .objects = decider->objects,
            .per_request = decider->per_second,
            .interval = soak->idle.answers[i].per_second_interval,
            .verdict = decider->per_second > 0 ? VERDICT_GROWTH : VERDICT_NO_GROWTH,
            .note = (char *)"what each second adds, whatever is sent",
        };
        store_put_measurement(soak->options->trials.store, soak->options->trials.run, &measurement);
    }
}

int soak_idle(struct soak *soak)
{
    struct deciders all = all_of(soak);
    double seconds = wait_s(soak, &all);
    struct idle_plan plan = {.pause_s = seconds / IDLE_PAUSES_LEAST};
    if (seconds <= 0 || trials_left_s(&soak->trials) < seconds + LEFT_S)
        return 0;
    trials_say(&soak->trials, "reading without traffic");
    if (idle_measure(&soak->trials, &plan, &all, soak->idle.answers, NULL) != 0)
        return -1;
    take_over(soak, &all);
    put_measurements(soak);
    soak->idle.measured = true;
    return 0;
}

const struct idle_answer *soak_idle_answer(const struct soak *soak, const struct decider *decider)
{
    size_t i = 0;
    while (i < soak->deciders.count && soak->deciders.items[i].index != decider->index)
        i++;
    return &soak->idle.answers[i]; /* RSS beside the deciders is the one after them */
}

void soak_weigh_idle(const struct soak *soak, const struct decider *decider, struct growth_answer *answer)
{
    const struct levels *levels = &soak->levels;
    if (!soak->idle.measured || !(decider->per_second > 0) || isnan(answer->interval.low))
        return;
    struct interval known = soak_idle_answer(soak, decider)->per_second_interval;
    double requests = levels->requests[levels->count - 1] - levels->requests[0];
    double unknown = (known.high - known.low) / 2 * seconds_of(levels) / requests;
    answer->interval.low -= unknown;
    answer->interval.high += unknown;
    answer->smallest_detectable += unknown;
    if (answer->verdict == VERDICT_GROWTH && !(answer->interval.low > 0))
        answer->verdict = VERDICT_INCONCLUSIVE;
}

static char *rate_of(const struct decider *decider)
{
    char bytes[UNITS_SIZE];
    if (decider->objects)
        return xasprintf("%.3g objects", decider->per_second);
    return xstrdup(units_bytes(bytes, decider->per_second));
}

static const struct decider *first_that_grows(const struct soak *soak)
{
    for (size_t i = 0; i < soak->deciders.count; i++)
        if (soak->deciders.items[i].per_second > 0)
            return &soak->deciders.items[i];
    return NULL;
}

void soak_say_idle(struct soak *soak)
{
    struct result *result = soak->result;
    const struct decider *decider = first_that_grows(soak);
    soak->idle.of_requests = result->verdict;
    if (decider == NULL ||
        idle_add_finding(result, &soak->deciders, soak->idle.answers, soak->service->memory_limit_bytes,
                         soak->trials.warm_bytes) == NULL)
        return;
    bool both = result->verdict == VERDICT_GROWTH;
    char *rate = rate_of(decider), *before = result->reason;
    result->reason = NULL;
    result_say(&soak->idle.reason, "%s grows by %s per second while nothing is sent", decider->name, rate);
    result_say(&result->reason, "%s; %s: %s", soak->idle.reason,
               both ? "requests add to it" : "of requests, without that", before);
    if (!both)
        result->confidence = IDLE_CONFIDENCE;
    result->verdict = VERDICT_GROWTH;
    free(rate);
    free(before);
}
