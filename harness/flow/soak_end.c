/* When a soak ends: as soon as the answer is certain, at what was asked for, or, while it is open, later. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/certain.h"
#include "base/clock.h"
#include "base/units.h"
#include "flow/outlook.h"
#include "flow/soak_state.h"

#define NEARLY_OVER 0.97 /* then the end itself is the next look */

/* What the levels say so far. */
struct view {
    struct growth_answer of[DECIDERS_MOST];
    struct growth_answer outside; /* of RSS, where it does not decide */
    bool wired;                   /* there is such an answer */
};

static struct view view_now(const struct soak *soak)
{
    struct view view = {.wired = soak->deciders.items[0].index != 0};
    struct decider rss = soak_rss(soak);
    for (size_t i = 0; i < soak->deciders.count; i++)
        view.of[i] = levels_judge(&soak->levels, &soak->deciders.items[i]);
    if (view.wired)
        view.outside = levels_judge(&soak->levels, &rss);
    return view;
}

static enum limits_standing limits_now(struct soak *soak, const struct view *view)
{
    struct result scratch = {0};
    struct decider rss = soak_rss(soak);
    for (size_t i = 0; i < soak->deciders.count; i++)
        levels_say(&scratch, &soak->deciders.items[i], &view->of[i]);
    if (view->wired)
        levels_say(&scratch, &rss, &view->outside);
    enum limits_standing standing = soak_judge_limits(soak, &scratch);
    result_release(&scratch);
    return standing;
}

static bool went_through(const struct soak *soak)
{
    for (size_t i = 0; i < soak->service->endpoint_count; i++) {
        const struct endpoint *endpoint = &soak->service->endpoints[i];
        double pass = floor((double)endpoint->recorded * endpoint->weight);
        if (soak->usable[i] && (double)trials_tally(&soak->trials, i).planned < pass)
            return false;
    }
    return true;
}

static bool landed(const struct soak *soak)
{
    char *untrue = NULL, *rates = NULL;
    soak_did_not_land(soak, &untrue);
    bool kept = soak_rates(soak, &rates) != RATES_UNTRUE && untrue == NULL;
    free(untrue);
    free(rates);
    return kept;
}

static bool is_fine(const struct soak *soak, const struct decider *decider,
                    const struct growth_answer *answer)
{
    double rate = outlook_rate(soak->service, soak_mix_rate(soak));
    double tightest = thresholds_tightest(&soak->service->limits, decider->name, decider->objects, rate);
    return certain_fine(answer->smallest_detectable, decider->floor, tightest);
}

static bool is_full(const struct soak *soak)
{
    double limit = soak->service->memory_limit_bytes, now = soak->trials.now_values[0];
    return (limit > 0 && now > limit) || now > soak->trials.ceiling_bytes;
}

static struct standing standing_of(struct soak *soak, const struct view *view)
{
    const struct levels *levels = &soak->levels;
    struct standing standing = {.flat = true,
                                .fine = true,
                                .whole = went_through(soak),
                                .landed = landed(soak),
                                .outside = view->wired && view->outside.verdict == VERDICT_GROWTH,
                                .outside_flat = !view->wired || view->outside.verdict == VERDICT_NO_GROWTH,
                                .full = is_full(soak)};
    for (size_t i = 0; i < soak->deciders.count; i++) {
        standing.grows = standing.grows || view->of[i].verdict == VERDICT_GROWTH;
        standing.flat = standing.flat && view->of[i].verdict == VERDICT_NO_GROWTH;
        standing.fine = standing.fine && is_fine(soak, &soak->deciders.items[i], &view->of[i]);
    }
    if (levels->count > 0)
        standing.requests = levels->requests[levels->count - 1] - levels->requests[0];
    return standing;
}

static bool is_certain(struct soak *soak)
{
    struct view view = view_now(soak);
    struct standing standing = standing_of(soak, &view);
    standing.limits_settled = true;
    if (certainty(&standing) == CERTAIN_NOT)
        return false;
    standing.limits_settled = limits_now(soak, &view) == LIMITS_SETTLED;
    return certainty(&standing) != CERTAIN_NOT;
}

void soak_look(struct soak *soak)
{
    struct soak_end *end = &soak->end;
    if (!soak->options->early_stop || soak->trials.halt != HALT_NONE || end->certain || end->spent ||
        !certain_look_due(soak->levels.count) || soak_share_over(soak) > NEARLY_OVER)
        return;
    soak->levels.look = ++end->looks;
    end->certain = is_certain(soak);
    if (end->certain)
        replay_no_more(soak->trials.replay);
}

static double elapsed_share(const struct soak *soak)
{
    return trials_elapsed_s(&soak->trials) * (double)CLOCK_NS_PER_S / (double)soak->options->budget_ns;
}

void soak_check_budget(struct soak *soak)
{
    if (!soak->end.extended || soak->end.spent || elapsed_share(soak) < 1)
        return;
    soak->end.spent = true;
    replay_no_more(soak->trials.replay);
}

/* Growth through a few passes of a short recording may be what fills at first. */
static bool is_young(struct standing standing)
{
    standing.limits_settled = true;
    return standing.grows && certainty(&standing) == CERTAIN_NOT;
}

/* Open for want of data: neither a fault nor a replay that did not land is helped by more of it. */
static bool wants_more(struct soak *soak)
{
    struct view view = view_now(soak);
    struct standing standing = standing_of(soak, &view);
    bool open = standing.grows ? is_young(standing) : !standing.flat || standing.outside;
    return standing.landed && (open || limits_now(soak, &view) == LIMITS_OPEN);
}

/* Once more what was done so far, half as often read. */
static void extend(struct soak *soak)
{
    soak->end.extended = true;
    soak->bound = 2 * soak->before;
    soak->duration_ns = 0;
    soak->trials.total_s = (double)soak->options->budget_ns / (double)CLOCK_NS_PER_S;
    soak_thin(soak);
}

/* The last reading has the last word on what was certain before it; the chance to err is that look's. */
static bool stays_certain(struct soak *soak)
{
    struct soak_end *end = &soak->end;
    end->requests = soak->before;
    end->planned = soak->planned;
    end->certain = end->certain && is_certain(soak);
    return end->certain;
}

bool soak_goes_on(struct soak *soak)
{
    struct soak_end *end = &soak->end;
    bool whole = !end->certain || (soak->planned > 0 && (double)soak->before >= soak->planned);
    if (stays_certain(soak))
        return false;
    if (!whole && !end->spent)
        return true;
    bool may = soak->options->budget_ns > 0;
    if (may || end->looks > 0)
        soak->levels.look = ++end->looks;
    end->open = may && wants_more(soak);
    if (!end->open)
        return false;
    end->spent = end->spent || elapsed_share(soak) >= 1;
    if (!end->spent)
        extend(soak);
    return !end->spent;
}

/* What was certain is then not what is said. */
static bool was_window(const struct soak *soak)
{
    return soak->held.tried && soak->result->verdict != VERDICT_GROWTH;
}

static void say_certain(const struct soak *soak, char **reason)
{
    const struct soak_end *end = &soak->end;
    char requests[UNITS_SIZE], of[UNITS_SIZE];
    const char *what = was_window(soak) ? "growth" : "the answer";
    units_count(requests, end->requests);
    if (end->extended)
        result_say(reason, "%s; the answer was open at first, and %s certain after %s requests", *reason,
                   what, requests);
    else if (end->planned > 0)
        result_say(reason, "%s; ended early, %s was certain after %s of %s requests", *reason, what, requests,
                   units_count(of, (uint64_t)end->planned));
    else
        result_say(reason, "%s; ended early, %s was certain after %s requests, well within %s", *reason, what,
                   requests, units_duration(of, (double)soak->options->duration_ns / (double)CLOCK_NS_PER_S));
}

void soak_say_end(struct soak *soak)
{
    char **reason = &soak->result->reason, budget[UNITS_SIZE], requests[UNITS_SIZE];
    const struct soak_end *end = &soak->end;
    if (soak->trials.halt != HALT_NONE)
        return;
    if (end->certain && !end->extended)
        strings_addf(&soak->result->caveats,
                     "ended early, after %s requests: %s was certain (--no-early-stop)",
                     units_count(requests, end->requests), was_window(soak) ? "growth" : "the answer");
    if (end->certain)
        say_certain(soak, reason);
    else if (end->spent && end->open)
        result_say(reason,
                   "the budget of %s was used up after %s requests: %s; a larger --budget would go on",
                   units_duration(budget, (double)soak->options->budget_ns / (double)CLOCK_NS_PER_S),
                   units_count(requests, end->requests), *reason);
}
