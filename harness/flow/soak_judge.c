/* The verdict of a soak: each signal judged apart, then combined; the replay must have landed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "flow/outlook.h"
#include "flow/own.h"
#include "flow/soak_audit.h"
#include "flow/soak_combine.h"
#include "flow/soak_state.h"
#include "flow/thresholds.h"

#define COARSE 256 /* floors: 256 B of what is counted live, 5 objects, 4 KiB of RSS */

/* What a run saw before a fault cut it off may be the filling of caches and nothing else. */
static bool is_cut_short(const struct soak *soak)
{
    const struct levels *levels = &soak->levels;
    enum halt halt = soak->trials.halt;
    if (halt == HALT_NONE || halt == HALT_BUDGET || halt == HALT_CEILING || halt == HALT_KILLED)
        return false;
    return levels->count == 0 ||
           levels->requests[levels->count - 1] - levels->requests[0] < SOAK_LINEAR_LEAST;
}

/* "No growth" above a size that nobody would miss is no answer. */
static bool is_too_coarse(const struct decider *decider, const struct growth_answer *answer)
{
    return answer->verdict == VERDICT_NO_GROWTH && !(answer->smallest_detectable <= COARSE * decider->floor);
}

/* What is missing of the load was sent all the same: it is in the levels, and in no count. */
struct growth_answer soak_answer(const struct soak *soak, const struct decider *decider)
{
    struct growth_answer answer = levels_judge(&soak->levels, decider);
    if (soak->missing == NULL)
        return answer;
    answer.verdict = VERDICT_INCONCLUSIVE;
    answer.per_request = answer.smallest_detectable = NAN;
    answer.interval = (struct interval){NAN, NAN};
    return answer;
}

/* decides: else it is RSS, watched beside what does. */
static struct growth_answer judge_signal(struct soak *soak, const struct decider *decider, bool decides)
{
    struct growth_answer answer = soak_answer(soak, decider);
    if (is_cut_short(soak) || (answer.verdict == VERDICT_GROWTH && soak_went_astray(soak)))
        answer.verdict = VERDICT_INCONCLUSIVE;
    soak_weigh_held(soak, decider, &answer);
    soak_weigh_idle(soak, decider, &answer);
    if (decides && is_too_coarse(decider, &answer))
        answer.verdict = VERDICT_INCONCLUSIVE;
    char note[128];
    struct measurement measurement = {
        .trial = soak->trials.trial.number,
        .step = STEP_SOAK,
        .mix = (char *)"the mix",
        .signal = (char *)decider->name,
        .objects = decider->objects,
        .requests = soak->before > 0 ? soak->before : soak->trials.trial.requests,
        .per_request = answer.per_request,
        .interval = answer.interval,
        .verdict = answer.verdict,
        .note = (char *)growth_describe(&answer, note),
    };
    store_put_measurement(soak->options->trials.store, soak->options->trials.run, &measurement);
    levels_say(soak->result, decider, &answer);
    return answer;
}

static void add_finding(struct soak *soak, const struct growth_answer *answers)
{
    struct finding *finding = result_add_finding(soak->result);
    const struct levels *levels = &soak->levels;
    size_t last = levels->count - 1;
    const struct decider *deciding = NULL;
    for (size_t i = 0; i < soak->service->endpoint_count; i++)
        if (soak->usable[i] && soak->trials.by_endpoint[i].done > 0)
            strings_add(&finding->endpoints, soak->service->endpoints[i].name);
    finding->kind = finding->endpoints.count == 1 ? FINDING_ALONE : FINDING_MIX;
    finding->bytes_per_request = NAN;
    for (size_t i = 0; i < soak->deciders.count; i++) {
        const struct decider *decider = &soak->deciders.items[i];
        if (deciding == NULL && answers[i].verdict == VERDICT_GROWTH)
            deciding = decider;
        if (decider->objects) {
            finding->objects_per_request = answers[i].per_request;
        } else {
            finding->bytes_per_request = answers[i].per_request;
            finding->interval = answers[i].interval;
            finding->linear_bytes = levels_gain(levels, 0, last, decider);
        }
    }
    result_say(&finding->signal, "%s", deciding->name);
    result_say(&finding->per, "%s",
               finding->kind == FINDING_ALONE ? finding->endpoints.items[0] : "any of the mix");
    finding->linear_requests = (uint64_t)(levels->requests[last] - levels->requests[0]);
    outlook_project(finding, soak->service, soak_mix_rate(soak), soak->trials.warm_bytes);
    if (finding->kind == FINDING_MIX)
        result_say(&finding->reproduce, "seep bisect %s", soak->options->directory);
    else
        result_say(&finding->reproduce, "seep run %s -e '%s' --connections 4 --requests %d",
                   soak->options->directory, finding->endpoints.items[0], SOAK_LINEAR_LEAST);
}

static void say_growth(struct soak *soak, const struct growth_answer *answers)
{
    struct result *result = soak->result;
    char count[UNITS_SIZE];
    add_finding(soak, answers);
    uint64_t linear = result->findings[0].linear_requests;
    result->verdict = VERDICT_GROWTH;
    result->confidence = growth_confidence((double)linear);
    result_say(&result->reason, "%s grows as fast at the end as before, linear through %s requests%s",
               result->findings[0].signal, units_count(count, linear),
               linear < SOAK_LINEAR_LEAST ? " only: a buffer of that size would look the same" : "");
}

static void say_no_growth(struct soak *soak, const struct growth_answer *answers)
{
    char smallest[UNITS_SIZE] = "?";
    struct result *result = soak->result;
    const struct decider *last = &soak->deciders.items[soak->deciders.count - 1];
    double detectable = answers[soak->deciders.count - 1].smallest_detectable;
    if (last->objects)
        snprintf(smallest, sizeof smallest, "%.2g objects", detectable);
    else
        units_bytes(smallest, detectable);
    result->verdict = VERDICT_NO_GROWTH;
    result->confidence = 0.95;
    result_say(&result->reason, "%s is flat; %s per request would have been seen", last->name, smallest);
}

struct answers {
    bool grows, flat;
    const struct growth_answer *open; /* the last that is neither, or the first */
};

static struct answers answers_of(const struct soak *soak, const struct growth_answer *answers)
{
    struct answers all = {false, true, &answers[0]};
    for (size_t i = 0; i < soak->deciders.count; i++) {
        all.grows = all.grows || answers[i].verdict == VERDICT_GROWTH;
        all.flat = all.flat && answers[i].verdict == VERDICT_NO_GROWTH;
        if (answers[i].verdict == VERDICT_INCONCLUSIVE)
            all.open = &answers[i];
    }
    return all;
}

static bool ended_early(const struct soak *soak)
{
    return soak->trials.halt != HALT_NONE && soak->trials.halt != HALT_BUDGET;
}

/* Why nothing is shown, where neither growth nor its absence is; false: no growth is. */
static bool say_open(struct soak *soak, const struct growth_answer *answers, const struct growth_answer *rss,
                     const char *untrue, const char *rates)
{
    char text[128];
    struct answers all = answers_of(soak, answers);
    char **reason = &soak->result->reason;
    if (ended_early(soak))
        result_say(reason, "%s", soak->trials.halt_why);
    else if (untrue != NULL)
        result_say(reason, "%s%s", untrue,
                   all.open->shape == TREND_LINEAR ? "; what grows meanwhile may be what that leaves behind"
                                                   : "");
    else if (!all.flat && (all.open->shape == TREND_FLAT || all.open->shape == TREND_STOPPED))
        result_say(reason, "%s: %s, but only large growth would have been seen: more requests would tell",
                   soak->deciders.items[all.open - answers].name, growth_describe(all.open, text));
    else if (!all.flat)
        result_say(reason, "%s: %s (%zu readings)", soak->deciders.items[all.open - answers].name,
                   growth_describe(all.open, text), soak->levels.count);
    else if (rss != NULL && rss->verdict == VERDICT_GROWTH && rss->interval.low > 2 * DECIDER_RSS_FLOOR)
        result_say(reason,
                   "RSS grows while what is counted is flat: growth outside the counted heap "
                   "(through more than 32,000 requests it may be shown, or judge it with --signal rss)");
    else if (rates != NULL)
        result_say(reason, "%s", rates);
    else
        return false;
    return true;
}

/* Growth stands whatever the rates were: it is per request. Its absence does not. */
static void decide(struct soak *soak, const struct growth_answer *answers, const struct growth_answer *rss)
{
    struct result *result = soak->result;
    char *untrue = NULL, *rates = NULL;
    soak_did_not_land(soak, &untrue);
    enum rates_kept kept = soak_rates(soak, &rates);
    result->verdict = VERDICT_INCONCLUSIVE;
    result->confidence = NAN;
    bool grows = answers_of(soak, answers).grows;
    if (grows)
        say_growth(soak, answers);
    else if (!say_open(soak, answers, rss, untrue, kept == RATES_UNTRUE ? rates : NULL))
        say_no_growth(soak, answers);
    if (grows && untrue != NULL)
        strings_add(&result->caveats, untrue);
    if (rates != NULL && strcmp(result->reason, rates) != 0)
        strings_add(&result->caveats, rates);
    if (grows && soak->trials.halt != HALT_NONE)
        strings_addf(&result->caveats, "the run ended early: %s", soak->trials.halt_why);
    free(untrue);
    free(rates);
}

void soak_conclude(struct soak *soak)
{
    struct growth_answer answers[DECIDERS_MOST], rss_answer;
    struct result *result = soak->result;
    soak_set_aside(soak);
    for (size_t i = 0; i < soak->deciders.count; i++)
        answers[i] = judge_signal(soak, &soak->deciders.items[i], true);
    bool rss_decides = soak->deciders.items[0].index == 0;
    struct decider rss = soak_rss(soak);
    if (!rss_decides)
        rss_answer = judge_signal(soak, &rss, false);
    struct combined combined = soak_combine(soak, answers, rss_decides ? NULL : &rss_answer);
    if (combined.native) {
        soak->deciders = (struct deciders){.items = {rss}, .count = 1};
        soak->idle.answers[0] = *soak_idle_answer(soak, &rss);
        answers[0] = rss_answer;
        rss_decides = true;
    }
    decide(soak, answers, rss_decides ? NULL : &rss_answer);
    soak_say_held(soak);
    soak_say_combined(soak, &combined);
    soak_say_end(soak);
    soak_say_idle(soak);
    own_add_costs(result, &soak->trials);
    outlook_add(result, soak->service, &soak->trials, soak_mix_rate(soak));
    soak_audit(soak, answers, rss_decides ? NULL : &rss_answer);
    soak_judge_limits(soak, result);
    if (soak->trials.halt == HALT_KILLED)
        thresholds_add_killed(result,
                              soak->trials.target != NULL ? target_memory_limit(soak->trials.target) : 0);
    result->exit_code = thresholds_exit_code(result, soak->service, soak->trials.halt, &soak->trials.err);
}
