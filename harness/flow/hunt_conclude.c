/* From what was found to the verdict, its reason and everything that must be said beside it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "flow/hunt_state.h"
#include "flow/idle.h"
#include "flow/outlook.h"
#include "flow/thresholds.h"

#define NOT_LANDED_MOST 0.01 /* of the recorded requests may stay unlooked at beside "no growth" */
#define LINEAR_PROMISED 10000
#define TOGETHER_MOST 4 /* times as much as alone, of one endpoint in the mix */
#define REPRODUCE_REQUESTS 5000

/* What the answers come to, gathered for the words. */
struct conclusion {
    struct hunt *hunt;
    struct search_state state;
    const struct probed *rest; /* the last check of the mix without the findings; NULL */
    size_t workers;            /* several behind one port */
    bool outside_heap;         /* RSS grew while what is counted was flat */
    double held_s; /* for how long all findings were seen to stay without traffic; INFINITY: not tried */
    double alone_smallest; /* RSS alone: the least growth that every endpoint would have shown; 0 */
};

/* Share of the recorded requests whose endpoint was never exercised as recorded. */
static double share_not_looked_at(const struct conclusion *conclusion)
{
    const struct hunt *hunt = conclusion->hunt;
    double all = 0, out = 0;
    for (size_t i = 0; i < hunt->service->endpoint_count; i++) {
        double count = (double)hunt->service->endpoints[i].recorded;
        if (hunt->not_chosen[i])
            continue;
        all += count;
        out += conclusion->state.standings[i] == STANDING_OUT ? count : 0;
    }
    return all > 0 ? out / all : 1;
}

/* Growth is shown as far as it was driven, in calls and in time: beyond that nothing is. */
static void say_bounds(const struct conclusion *conclusion)
{
    struct hunt *hunt = conclusion->hunt;
    char count[UNITS_SIZE];
    units_count(count, hunt->result->findings[0].linear_requests);
    if (isfinite(conclusion->held_s))
        strings_addf(&hunt->result->caveats,
                     "still there %.0f s after its last call; what keeps more than %s entries, or forgets "
                     "them only later than that, would look the same",
                     floor(conclusion->held_s), count);
    else
        strings_add(&hunt->result->caveats,
                    "not tried: whether what is kept goes away in time; what forgets its "
                    "entries by age would look the same");
}

/* When warm, of the last server that was read. */
static double warm_bytes(const struct hunt *hunt)
{
    double bytes = NAN;
    for (size_t i = 0; i < hunt->place_count && !isfinite(bytes); i++)
        bytes = hunt->places[i].trials->warm_bytes;
    return bytes;
}

/* Over the check of the rest, in which what time adds was taken off. */
static bool adds_under_traffic(const struct conclusion *conclusion, size_t decider, double per_second)
{
    const struct probed *rest = conclusion->rest;
    double seconds = rest != NULL ? rest->ended_s - rest->started_s : 0;
    double risen = rest != NULL ? rest->detail.gained[decider] + per_second * seconds : NAN;
    return idle_holds_under_traffic(risen, per_second, seconds);
}

/* What grows by itself, after the findings of requests. */
static void add_idle(struct conclusion *conclusion)
{
    struct hunt *hunt = conclusion->hunt;
    const struct probed *known = hunt_idle_known(hunt);
    struct deciders deciders = hunt->deciders;
    for (size_t i = 0; i < deciders.count; i++) {
        double per_second = known != NULL ? known->detail.per_second[i] : 0;
        deciders.items[i].per_second =
            per_second > 0 && adds_under_traffic(conclusion, i, per_second) ? per_second : 0;
    }
    if (known == NULL)
        return;
    struct finding *finding = idle_add_finding(hunt->result, &deciders, known->detail.idle,
                                               hunt->service->memory_limit_bytes, warm_bytes(hunt));
    if (finding != NULL)
        finding->named_s = known->ended_s;
}

/* How sure each step makes a finding: how far it was linear, and what it was confirmed by. */
static double confidence_of(const struct conclusion *conclusion, size_t index)
{
    const struct finding *finding = &conclusion->hunt->result->findings[index];
    if (finding->kind == FINDING_IDLE)
        return IDLE_CONFIDENCE;
    double confidence = fmin(growth_confidence((double)finding->linear_requests),
                             conclusion->state.findings[index].confidence);
    if (finding->confirmed.count < 3 && finding->kind == FINDING_ALONE)
        confidence = fmin(confidence, finding->confirmed.count == 2 ? 0.95 : 0.9);
    bool held = conclusion->hunt->deciders.live ? conclusion->state.findings[index].held
                                                : isfinite(conclusion->held_s); /* by RSS in its long solo */
    if (finding->kind == FINDING_ALONE && !held)
        confidence = fmin(confidence, 0.95);
    return finding->kind == FINDING_MIX ? fmin(confidence, 0.9) : confidence;
}

/* Nothing but time: no request is to blame. */
static void say_idle(const struct conclusion *conclusion)
{
    const struct search_state *state = &conclusion->state;
    result_say(&conclusion->hunt->result->reason, "it grows by itself, while nothing is sent; %s",
               !state->rest_checked       ? "what requests add was not checked"
               : state->rest == TOLD_FLAT ? "requests add nothing to that"
                                          : "whether requests add to that is not clear");
}

static void say_growth(struct conclusion *conclusion)
{
    struct hunt *hunt = conclusion->hunt;
    struct result *result = hunt->result;
    char count[UNITS_SIZE];
    if (conclusion->workers > 0)
        strings_addf(
            &result->caveats,
            "the target runs %zu workers, and the signals were those of whichever one answered: all of "
            "them together keep more per request than is said here",
            conclusion->workers);
    result->verdict = VERDICT_GROWTH;
    result->confidence = 1;
    for (size_t i = 0; i < result->finding_count; i++)
        result->confidence = fmin(result->confidence, confidence_of(conclusion, i));
    if (result->findings[0].kind == FINDING_IDLE) {
        say_idle(conclusion);
        return;
    }
    uint64_t linear = result->findings[0].linear_requests;
    const struct search_state *state = &conclusion->state;
    result_say(&result->reason, "linear through %s calls%s%s", units_count(count, linear),
               linear < LINEAR_PROMISED ? " only: a buffer of that size would look the same" : "",
               !state->rest_checked        ? "; the rest of the mix was not checked"
               : state->rest == TOLD_FLAT  ? "; the mix without it is flat"
               : state->rest == TOLD_GROWS ? "; the mix without it still grows: there is more"
                                           : "; the mix without it has not settled");
    say_bounds(conclusion);
    if (hunt->halt != HALT_NONE)
        strings_addf(&result->caveats, "the hunt ended early: %s", hunt->halt_why);
}

static void say_inconclusive(struct conclusion *conclusion, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void say_inconclusive(struct conclusion *conclusion, const char *format, ...)
{
    struct text text = TEXT_EMPTY;
    va_list arguments;
    va_start(arguments, format);
    text_addv(&text, format, arguments);
    va_end(arguments);
    conclusion->hunt->result->verdict = VERDICT_INCONCLUSIVE;
    result_say(&conclusion->hunt->result->reason, "%s", text_string(&text));
    text_release(&text);
}

/* Those that the mix alone clears. */
static size_t too_noisy_alone(const struct conclusion *conclusion)
{
    size_t count = 0;
    for (size_t i = 0; i < conclusion->hunt->service->endpoint_count; i++)
        count += conclusion->state.standings[i] == STANDING_UNKNOWN;
    return count;
}

static void say_no_growth(struct conclusion *conclusion)
{
    struct result *result = conclusion->hunt->result;
    char smallest[UNITS_SIZE] = "?", alone[UNITS_SIZE];
    size_t noisy = too_noisy_alone(conclusion);
    result->verdict = VERDICT_NO_GROWTH;
    result->confidence = 0.95;
    for (size_t i = 0; i < result->signal_count; i++)
        if (!result->signals[i].objects && result->signals[i].verdict == VERDICT_NO_GROWTH) {
            units_bytes(smallest, result->signals[i].smallest_detectable);
            break;
        }
    if (!conclusion->hunt->deciders.live && conclusion->alone_smallest > 0)
        result_say(
            &result->reason,
            "the mix and each of its endpoints are flat; %s per request of one endpoint alone would have "
            "been seen, and %s of the mix",
            units_bytes(alone, conclusion->alone_smallest), smallest);
    else if (noisy > 0)
        result_say(
            &result->reason,
            "the mix is flat, and %s per request of it would have been seen; %zu of its endpoints move too "
            "much to be called flat alone, and each of them would have shown %s per call",
            smallest, noisy, units_bytes(alone, hunt_hidden_most(conclusion->hunt, &conclusion->state)));
    else
        result_say(&result->reason,
                   "the mix and each of its endpoints are flat; %s per request would have been seen",
                   smallest);
}

/* By RSS each endpoint was judged alone on a fresh server. What grows only together is thinned out in the mix, and a mix
 * creeps: what an endpoint would show alone it does not show there. 0: that much can be said of the mix as well; INFINITY: nothing
 * can. */
static double together_smallest(const struct conclusion *conclusion)
{
    const struct hunt *hunt = conclusion->hunt;
    size_t count = 0;
    for (size_t i = 0; i < hunt->service->endpoint_count; i++)
        count += conclusion->state.standings[i] != STANDING_OUT;
    if (hunt->deciders.live || count < 2 || conclusion->rest == NULL)
        return 0;
    double in_mix = conclusion->rest->detail.by_decider[0].smallest_detectable;
    if (isnan(in_mix))
        return INFINITY;
    return in_mix * (double)count <= TOGETHER_MOST * conclusion->alone_smallest ? 0 : in_mix;
}

static void decide(struct conclusion *conclusion)
{
    struct hunt *hunt = conclusion->hunt;
    const struct search_state *state = &conclusion->state;
    size_t left = hunt_unclear(hunt, state);
    double out = share_not_looked_at(conclusion), together = together_smallest(conclusion);
    char alone_bytes[UNITS_SIZE], mix_bytes[UNITS_SIZE];
    hunt->result->confidence = NAN;
    if (hunt->result->finding_count > 0)
        say_growth(conclusion);
    else if (hunt->halt != HALT_NONE)
        say_inconclusive(conclusion, "%s", hunt->halt_why);
    else if (hunt->options->strategy != SEARCH_SEEP)
        say_inconclusive(conclusion, "this strategy named nothing, and proves nothing");
    else if (!state->rest_checked)
        say_inconclusive(
            conclusion,
            "only RSS can be read and the target cannot be restarted from here: RSS on a shared server "
            "names the wrong endpoint (give `start`, or a signal that counts what is live)");
    else if (conclusion->workers > 0)
        say_inconclusive(
            conclusion,
            "the target runs %zu workers, and a signal read by URL is that of whichever one answers: "
            "start it with one worker for a hunt",
            conclusion->workers);
    else if (state->rest == TOLD_GROWS)
        say_inconclusive(conclusion,
                         "the whole mix grows, but no endpoint and no set of them was shown to be why "
                         "(a larger --budget or --confirm may tell)");
    else if (state->rest != TOLD_FLAT)
        say_inconclusive(conclusion, "the mix had not settled: %s",
                         conclusion->rest->detail.why != NULL ? conclusion->rest->detail.why : "it moves");
    else if (conclusion->outside_heap)
        say_inconclusive(conclusion,
                         "RSS grows while what is counted is flat: growth outside the counted heap "
                         "(hunt it with --signal rss)");
    else if (left > 0)
        say_inconclusive(conclusion, "%zu endpoint%s could not be judged", left, left == 1 ? "" : "s");
    else if (out > NOT_LANDED_MOST)
        say_inconclusive(conclusion, "%.0f %% of the recorded requests were not looked at", out * 100);
    else if (together > 0)
        say_inconclusive(
            conclusion,
            "each endpoint alone is flat, and %s per request would have been seen; of what grows only "
            "together RSS shows no less than %s per request of the mix (give a signal that counts what "
            "is live)",
            units_bytes(alone_bytes, conclusion->alone_smallest), units_bytes(mix_bytes, together));
    else
        say_no_growth(conclusion);
}

static void project(struct hunt *hunt, struct finding *finding)
{
    const struct endpoint *endpoint = service_find(hunt->service, finding->per);
    double rate = endpoint != NULL ? endpoint->rate_per_second * endpoint->weight : 0;
    outlook_project(finding, hunt->service, rate, warm_bytes(hunt));
}

/* Of all endpoints that were looked at. */
static double mix_rate(const struct hunt *hunt)
{
    double rate = 0;
    for (size_t i = 0; i < hunt->service->endpoint_count; i++)
        if (!hunt->not_chosen[i] && hunt->usable[i])
            rate += hunt->service->endpoints[i].rate_per_second * hunt->service->endpoints[i].weight;
    return rate;
}

/* Where only some of its requests grow, it is those that do; where each does, it is the endpoint. */
static void say_how_to_reproduce(struct hunt *hunt, struct finding *finding)
{
    struct text line = TEXT_EMPTY;
    bool some = finding->recording != NULL && finding->requests_that_grow != NULL;
    text_addf(&line, "seep run %s", hunt->options->directory);
    if (some)
        text_addf(&line, " --recording %s", finding->recording);
    for (size_t i = 0; !some && i < finding->endpoints.count; i++)
        text_addf(&line, " -e '%s'", finding->endpoints.items[i]);
    text_addf(&line, " --connections 4 --requests %d", REPRODUCE_REQUESTS);
    free(finding->reproduce);
    finding->reproduce = text_take(&line);
}

static struct conclusion gather(struct hunt *hunt)
{
    struct conclusion conclusion = {.hunt = hunt,
                                    .state = search_state(hunt->search),
                                    .rest = hunt_probed_about(hunt, ASK_REST, NOBODY),
                                    .held_s = INFINITY};
    const struct probed *warm = hunt_probed_about(hunt, ASK_WARM_UP, NOBODY);
    conclusion.workers = warm != NULL ? warm->detail.workers : 0;
    if (conclusion.rest != NULL && conclusion.rest->detail.rss_known) {
        const struct growth_answer *rss = &conclusion.rest->detail.rss;
        conclusion.outside_heap = rss->verdict == VERDICT_GROWTH && rss->interval.low > 2 * DECIDER_RSS_FLOOR;
    }
    for (size_t i = 0; i < hunt->probe_count; i++) {
        const struct probed *probed = hunt->probes[i];
        bool grew = probed->answer.told == TOLD_GROWS;
        if (grew && isfinite(probed->detail.held_s))
            conclusion.held_s = fmin(conclusion.held_s, probed->detail.held_s);
        if (!hunt->deciders.live && probed->question.ask == ASK_SCREEN && probed->answer.told == TOLD_FLAT)
            conclusion.alone_smallest =
                fmax(conclusion.alone_smallest, probed->detail.by_decider[0].smallest_detectable);
    }
    return conclusion;
}

/* What the run had cost before it was resumed. */
static void add_resumed(struct hunt *hunt)
{
    const struct resumed *before = &hunt->options->resumed;
    hunt->result->requests += before->requests;
    tally_merge(&hunt->result->replay, &before->tally);
    if (hunt->options->resume != 0 && !(before->peak_bytes <= hunt->result->peak_bytes))
        hunt->result->peak_bytes = before->peak_bytes;
}

static bool ended_early(const struct hunt *hunt)
{
    return hunt->halt != HALT_NONE && hunt->halt != HALT_ERROR;
}

void hunt_conclude(struct hunt *hunt)
{
    struct result *result = hunt->result;
    struct conclusion conclusion = gather(hunt);
    hunt_retell_findings(hunt, &conclusion.state);
    if (!hunt->restartable)
        strings_add(&result->caveats,
                    "the target cannot be restarted from here (no `start`): nothing was tried "
                    "alone on a fresh server");
    add_idle(&conclusion);
    decide(&conclusion);
    for (size_t i = 0; i < conclusion.state.finding_count; i++) { /* what grows by itself has its own */
        project(hunt, &result->findings[i]);
        say_how_to_reproduce(hunt, &result->findings[i]);
    }
    hunt_judge_limits(hunt, &conclusion.state);
    lanes_add_costs(hunt->lanes, result);
    add_resumed(hunt);
    outlook_add(result, hunt->service, hunt->places[0].trials, mix_rate(hunt));
    result->ended_early = ended_early(hunt);
    struct err err = {0};
    trials_halt_of_all(hunt->places[0].trials, NULL, &err);
    result->exit_code = thresholds_exit_code(result, hunt->service, hunt->halt, &err);
}
