/* From what the steps left to the verdict, its reason and everything that must be said beside it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "flow/hunt_state.h"
#include "flow/outlook.h"
#include "flow/own.h"
#include "flow/thresholds.h"

#define NOT_LANDED_MOST 0.01 /* of the recorded requests may stay unlooked at beside "no growth" */
#define REPRODUCE_REQUESTS 5000

/* One remark for each reason. */
static void clear(struct hunt *hunt, const char *why, const char *name)
{
    struct result *result = hunt->result;
    for (size_t i = 0; i < result->cleared_count; i++)
        if (strcmp(result->cleared[i].why, why) == 0) {
            strings_add(&result->cleared[i].endpoints, name);
            return;
        }
    strings_add(&result_add_cleared(result, why)->endpoints, name);
}

static void clear_what_was_flat(struct hunt *hunt)
{
    const char *flat =
        hunt->deciders.live ? "flat in solo blocks" : "flat alone on a fresh server, as far as RSS shows";
    for (size_t i = 0; i < hunt->service->endpoint_count; i++) {
        const struct candidate *candidate = &hunt->candidates[i];
        if (candidate->standing == STANDING_CLEAR)
            clear(hunt, flat, hunt->service->endpoints[i].name);
        else if (candidate->standing == STANDING_BOUNDED)
            clear(hunt, candidate->why, hunt->service->endpoints[i].name);
    }
}

/* What the screen could not tell is cleared by the authority alone: a mix that held it and was flat. Returns
 * how many are left that nothing cleared. */
static size_t unclear(struct hunt *hunt)
{
    struct text names = TEXT_EMPTY;
    size_t left = 0;
    bool mix_clears = hunt->rest_checked && hunt->rest == SCREEN_CLEAR && hunt->deciders.live;
    for (size_t i = 0; i < hunt->service->endpoint_count; i++) {
        const struct candidate *candidate = &hunt->candidates[i];
        const char *name = hunt->service->endpoints[i].name;
        if (candidate->standing != STANDING_UNKNOWN && candidate->standing != STANDING_SUSPECT)
            continue;
        if (mix_clears && candidate->standing == STANDING_UNKNOWN) {
            clear(hunt, "too noisy alone, but the mix that holds it is flat", name);
            continue;
        }
        left++;
        text_addf(&names, "%s%s", names.length > 0 ? ", " : "", name);
        if (candidate->why != NULL)
            text_addf(&names, " (%s)", candidate->why);
    }
    if (left > 0)
        strings_addf(&hunt->result->caveats, "not judged: %s", text_string(&names));
    text_release(&names);
    return left;
}

/* Share of the recorded requests whose endpoint was never exercised as recorded. */
static double share_not_looked_at(const struct hunt *hunt)
{
    double all = 0, out = 0;
    for (size_t i = 0; i < hunt->service->endpoint_count; i++) {
        double count = (double)hunt->service->endpoints[i].recorded;
        if (hunt->candidates[i].not_chosen)
            continue;
        all += count;
        out += hunt->candidates[i].standing == STANDING_OUT ? count : 0;
    }
    return all > 0 ? out / all : 1;
}

/* Growth is shown as far as it was driven, in calls and in time: beyond that nothing is. */
static void say_bounds(struct hunt *hunt)
{
    char count[UNITS_SIZE];
    units_count(count, hunt->result->findings[0].linear_requests);
    if (isfinite(hunt->held_s))
        strings_addf(&hunt->result->caveats,
                     "still there %.0f s after its last call; what keeps more than %s entries, or forgets "
                     "them only later than that, would look the same",
                     floor(hunt->held_s), count);
    else
        strings_add(&hunt->result->caveats,
                    "not tried: whether what is kept goes away in time; what forgets its "
                    "entries by age would look the same");
}

static void say_growth(struct hunt *hunt)
{
    if (hunt->workers > 0)
        strings_addf(
            &hunt->result->caveats,
            "the target runs %zu workers, and the signals were those of whichever one answered: all of "
            "them together keep more per request than is said here",
            hunt->workers);
    struct result *result = hunt->result;
    char count[UNITS_SIZE];
    result->verdict = VERDICT_GROWTH;
    result->confidence = 0.99;
    for (size_t i = 0; i < result->finding_count; i++) {
        struct finding *finding = &result->findings[i];
        if (hunt->rest_checked && hunt->rest == SCREEN_CLEAR)
            strings_add(&finding->confirmed, "complement");
        if (!isfinite(hunt->held_s) && finding->kind == FINDING_ALONE)
            result->confidence = fmin(result->confidence, 0.95);
        if (finding->confirmed.count < 3 && finding->kind == FINDING_ALONE)
            result->confidence = fmin(result->confidence, finding->confirmed.count == 2 ? 0.95 : 0.9);
        if (finding->kind == FINDING_MIX || finding->linear_requests < 10000)
            result->confidence = fmin(result->confidence, 0.9);
    }
    uint64_t linear = result->findings[0].linear_requests;
    result_say(&result->reason, "linear through %s calls%s%s", units_count(count, linear),
               linear < 10000 ? " only: a buffer of that size would look the same" : "",
               !hunt->rest_checked          ? "; the rest of the mix was not checked"
               : hunt->rest == SCREEN_CLEAR ? "; the mix without it is flat"
               : hunt->rest == SCREEN_GROWS ? "; the mix without it still grows: there is more"
                                            : "; the mix without it has not settled");
    say_bounds(hunt);
    if (hunt->trials.halt != HALT_NONE)
        strings_addf(&result->caveats, "the hunt ended early: %s", hunt->trials.halt_why);
}

static void say_inconclusive(struct hunt *hunt, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void say_inconclusive(struct hunt *hunt, const char *format, ...)
{
    struct text text = TEXT_EMPTY;
    va_list arguments;
    va_start(arguments, format);
    text_addv(&text, format, arguments);
    va_end(arguments);
    hunt->result->verdict = VERDICT_INCONCLUSIVE;
    result_say(&hunt->result->reason, "%s", text_string(&text));
    text_release(&text);
}

static void say_no_growth(struct hunt *hunt)
{
    struct result *result = hunt->result;
    char smallest[UNITS_SIZE] = "?", alone[UNITS_SIZE];
    result->verdict = VERDICT_NO_GROWTH;
    result->confidence = 0.95;
    for (size_t i = 0; i < result->signal_count; i++)
        if (!result->signals[i].objects && result->signals[i].verdict == VERDICT_NO_GROWTH) {
            units_bytes(smallest, result->signals[i].smallest_detectable);
            break;
        }
    if (!hunt->deciders.live && hunt->alone_smallest > 0)
        result_say(
            &result->reason,
            "the mix and each of its endpoints are flat; %s per request of one endpoint alone would have "
            "been seen, and %s of the mix",
            units_bytes(alone, hunt->alone_smallest), smallest);
    else
        result_say(&result->reason,
                   "the mix and each of its endpoints are flat; %s per request would have been seen",
                   smallest);
}

static void decide(struct hunt *hunt)
{
    struct result *result = hunt->result;
    size_t left = unclear(hunt);
    double out = share_not_looked_at(hunt);
    result->confidence = NAN;
    if (result->finding_count > 0)
        say_growth(hunt);
    else if (hunt->trials.halt != HALT_NONE)
        say_inconclusive(hunt, "%s", hunt->trials.halt_why);
    else if (!hunt->rest_checked)
        say_inconclusive(
            hunt, "only RSS can be read and the target cannot be restarted from here: RSS on a shared server "
                  "names the wrong endpoint (give `start`, or a signal that counts what is live)");
    else if (hunt->workers > 0)
        say_inconclusive(
            hunt,
            "the target runs %zu workers, and a signal read by URL is that of whichever one answers: "
            "start it with one worker for a hunt",
            hunt->workers);
    else if (hunt->rest == SCREEN_GROWS)
        say_inconclusive(hunt, "the whole mix grows, but no endpoint and no set of them was shown to be why "
                               "(a larger --budget or --confirm may tell)");
    else if (hunt->rest != SCREEN_CLEAR)
        say_inconclusive(hunt, "the mix had not settled: %s", hunt->rest_why);
    else if (hunt->outside_heap)
        say_inconclusive(hunt, "RSS grows while what is counted is flat: growth outside the counted heap "
                               "(hunt it with --signal rss)");
    else if (left > 0)
        say_inconclusive(hunt, "%zu endpoint%s could not be judged", left, left == 1 ? "" : "s");
    else if (out > NOT_LANDED_MOST)
        say_inconclusive(hunt, "%.0f %% of the recorded requests were not looked at", out * 100);
    else
        say_no_growth(hunt);
}

static bool grew_in(const struct hunt *hunt, const char *signal)
{
    for (size_t i = 0; i < hunt->deciders.count; i++)
        if (hunt->grew[i] && strcmp(hunt->deciders.items[i].name, signal) == 0)
            return true;
    return false;
}

/* With a finding, the line of a signal it grew in says what the finding keeps, not
 * what the rest of the mix does. */
static void signals_of_findings(struct hunt *hunt)
{
    const struct finding *finding = &hunt->result->findings[0];
    for (size_t i = 0; hunt->result->finding_count > 0 && i < hunt->result->signal_count; i++) {
        struct signal_result *signal = &hunt->result->signals[i];
        if (!grew_in(hunt, signal->name))
            continue;
        signal->verdict = VERDICT_GROWTH;
        signal->per_request = signal->objects ? finding->objects_per_request : finding->bytes_per_request;
        signal->interval = signal->objects ? (struct interval){NAN, NAN} : finding->interval;
    }
}

static void project(struct hunt *hunt, struct finding *finding)
{
    const struct endpoint *endpoint = service_find(hunt->service, finding->per);
    double rate = endpoint != NULL ? endpoint->rate_per_second * endpoint->weight : 0;
    outlook_project(finding, hunt->service, rate, hunt->trials.warm_bytes);
}

/* Of all endpoints that were looked at. */
static double mix_rate(const struct hunt *hunt)
{
    double rate = 0;
    for (size_t i = 0; i < hunt->service->endpoint_count; i++)
        if (!hunt->candidates[i].not_chosen && hunt->candidates[i].standing != STANDING_OUT)
            rate += hunt->service->endpoints[i].rate_per_second * hunt->service->endpoints[i].weight;
    return rate;
}

static void say_how_to_reproduce(struct hunt *hunt, struct finding *finding)
{
    struct text line = TEXT_EMPTY;
    text_addf(&line, "seep run %s", hunt->options->directory);
    for (size_t i = 0; i < finding->endpoints.count; i++)
        text_addf(&line, " -e '%s'", finding->endpoints.items[i]);
    text_addf(&line, " --connections 4 --requests %d", REPRODUCE_REQUESTS);
    free(finding->reproduce);
    finding->reproduce = text_take(&line);
}

static const struct decider *bytes_decider(const struct hunt *hunt)
{
    for (size_t i = 0; i < hunt->deciders.count; i++)
        if (!hunt->deciders.items[i].objects)
            return &hunt->deciders.items[i];
    return NULL;
}

static struct measured_growth growth_of_finding(const struct finding *finding, const struct decider *decider)
{
    return (struct measured_growth){decider->name,     false, finding->bytes_per_request,
                                    finding->interval, NAN,   finding->projection.at_rate_per_second,
                                    VERDICT_GROWTH,    false};
}

/* What a limit on the service's growth is held against: the largest finding in the
 * bytes that decide, else the mix. */
static size_t growths_of_service(const struct hunt *hunt, struct measured_growth *growths)
{
    const struct result *result = hunt->result;
    const struct decider *bytes = bytes_decider(hunt);
    size_t count = 0;
    for (size_t i = 0; i < result->signal_count && count < DECIDERS_MOST; i++) {
        const struct signal_result *signal = &result->signals[i];
        growths[count] = (struct measured_growth){signal->name,
                                                  signal->objects,
                                                  signal->per_request,
                                                  signal->interval,
                                                  signal->smallest_detectable,
                                                  NAN,
                                                  signal->verdict,
                                                  false};
        bool decides = bytes != NULL && strcmp(bytes->name, signal->name) == 0;
        for (size_t f = 0; decides && f < result->finding_count; f++)
            if (f == 0 || result->findings[f].bytes_per_request > growths[count].per_request)
                growths[count] = growth_of_finding(&result->findings[f], bytes);
        count++;
    }
    return count;
}

/* What is known of one endpoint's growth in bytes; false: nothing. */
static bool growth_of_endpoint(const struct hunt *hunt, size_t endpoint, struct measured_growth *growth)
{
    const struct decider *bytes = bytes_decider(hunt);
    const char *name = hunt->service->endpoints[endpoint].name;
    enum standing standing = hunt->candidates[endpoint].standing;
    if (bytes == NULL)
        return false;
    for (size_t i = 0; i < hunt->result->finding_count; i++)
        if (strcmp(hunt->result->findings[i].per, name) == 0) {
            *growth = growth_of_finding(&hunt->result->findings[i], bytes);
            return true;
        }
    if (standing != STANDING_CLEAR && standing != STANDING_BOUNDED)
        return false;
    *growth = (struct measured_growth){
        bytes->name, false, 0, {-bytes->floor, bytes->floor}, bytes->floor, NAN, VERDICT_NO_GROWTH, false};
    return true;
}

static void judge_limits(struct hunt *hunt)
{
    struct measured_growth growths[DECIDERS_MOST], one;
    const struct service *service = hunt->service;
    size_t count = growths_of_service(hunt, growths);
    struct measured measured = {.growths = growths, .count = count, .trials = &hunt->trials};
    thresholds_judge(hunt->result, &service->limits, &measured);
    for (size_t i = 0; i < service->endpoint_count; i++) {
        size_t known = growth_of_endpoint(hunt, i, &one);
        thresholds_judge_endpoint(
            hunt->result, &service->endpoints[i],
            &(struct measured){.growths = &one, .count = known, .trials = &hunt->trials});
    }
}

void hunt_conclude(struct hunt *hunt)
{
    struct result *result = hunt->result;
    clear_what_was_flat(hunt);
    decide(hunt);
    for (size_t i = 0; i < result->finding_count; i++) {
        project(hunt, &result->findings[i]);
        say_how_to_reproduce(hunt, &result->findings[i]);
    }
    signals_of_findings(hunt);
    judge_limits(hunt);
    own_add_costs(result, &hunt->trials);
    outlook_add(result, hunt->service, &hunt->trials, mix_rate(hunt));
    result->exit_code = thresholds_exit_code(result, &hunt->trials);
}
