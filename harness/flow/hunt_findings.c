/* From the answers to what the result shows: findings and signals. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "flow/examples.h"
#include "flow/hunt_state.h"

/* The growth in every signal, from the answer that confirmed it. */
static void fill_rates(const struct hunt *hunt, struct finding *finding, const struct probed *measured)
{
    const struct detail *detail = &measured->detail;
    const char *deciding = NULL;
    finding->bytes_per_request = NAN;
    finding->linear_requests = detail->calls;
    for (size_t i = 0; i < hunt->deciders.count; i++) {
        const struct decider *decider = &hunt->deciders.items[i];
        const struct growth_answer *growth = &detail->by_decider[i];
        bool grows = growth->verdict == VERDICT_GROWTH;
        if (deciding == NULL && grows)
            deciding = decider->name;
        if (decider->objects) { /* one object that gets longer is no new object */
            bool none = !grows && fabs(growth->per_request) < decider->floor;
            finding->objects_per_request = none ? 0 : growth->per_request;
        } else if (!isfinite(finding->bytes_per_request)) {
            finding->bytes_per_request = growth->per_request;
            finding->interval = growth->interval;
            finding->linear_bytes = detail->gained[i];
        }
    }
    result_say(&finding->signal, "%s", deciding != NULL ? deciding : hunt->deciders.items[0].name);
}

/* What grows is bounded by the calls of one that pays: said per call of that one, which is twice what it is per request of
 * an even mix. */
static void per_paying_call(struct finding *finding)
{
    finding->objects_per_request *= 2;
    finding->bytes_per_request *= 2;
    finding->interval.low *= 2;
    finding->interval.high *= 2;
    finding->linear_requests /= 2;
}

static void say_order(const struct hunt *hunt, const struct search_finding *found, struct finding *finding)
{
    const char *first = hunt_name(hunt, found->members[0]),
               *last = hunt_name(hunt, found->members[found->count - 1]);
    struct text before = TEXT_EMPTY;
    for (size_t i = 0; i + 1 < found->count; i++)
        text_addf(&before, "%s%s", i > 0 ? " and " : "", hunt_name(hunt, found->members[i]));
    if (found->found == FOUND_LATCHED && found->order == ORDER_AFTER)
        result_say(&finding->order, "%s after %s", last, text_string(&before));
    else if (found->found == FOUND_LATCHED)
        result_say(&finding->order, "either after the other");
    else if (found->found == FOUND_TOGETHER && found->order == ORDER_PAYS)
        result_say(&finding->order, "each %s pays for one %s", first, last);
    else if (found->found == FOUND_TOGETHER && found->order == ORDER_EITHER)
        result_say(&finding->order, "either: each call of one lets a call of the other keep something");
    text_release(&before);
}

static void add_sites(const struct hunt *hunt, const struct search_finding *found, struct finding *finding)
{
    struct question question = {ASK_SITES, found->suspect, found->members, found->count, 0};
    char *identity = question_identity(&question);
    const struct probed *probed = hunt_probed(hunt, identity);
    double sum = 0;
    free(identity);
    for (size_t i = 0; probed != NULL && i < probed->detail.site_count; i++) {
        struct site_growth *site = finding_add_site(finding);
        *site = site_growth_copy(&probed->detail.sites[i]);
        sum += site->bytes_per_request;
    }
    if (finding->site_count > 0 && finding->bytes_per_request > 0)
        finding->explained = sum / finding->bytes_per_request;
}

static const struct probed *probed_narrow(const struct hunt *hunt, const struct search_finding *found)
{
    struct question question = {ASK_NARROW, found->suspect, found->members, found->count, 0};
    char *identity = question_identity(&question);
    const struct probed *probed = hunt_probed(hunt, identity);
    free(identity);
    return probed;
}

/* Which of its requests. One that grows by itself is kept where the endpoint does so alone: else it would want others first. */
static void add_requests(struct hunt *hunt, const struct search_finding *found, struct finding *finding)
{
    const struct probed *probed = probed_narrow(hunt, found);
    const struct hunt_options *options = hunt->options;
    struct err err = {0};
    if (probed == NULL || probed->answer.told != TOLD_GROWS)
        return;
    const struct detail *detail = &probed->detail;
    if (detail->requests != NULL) {
        result_say(&finding->requests_that_grow, "%s", detail->requests);
        strings_add(&finding->confirmed, "narrow");
    }
    struct examples examples = {.service = hunt->service,
                                .endpoint = &hunt->service->endpoints[found->suspect],
                                .requests = detail->examples,
                                .count = detail->example_count > 0,
                                .run = options->trials.run,
                                .words = detail->requests};
    if (options->keep != NULL && examples.count > 0 && found->found == FOUND_ALONE &&
        examples_keep(&examples, options->keep, finding, &err) != 0)
        strings_addf(&hunt->result->caveats, "the requests that grow were not written: %s", err.message);
}

static enum finding_kind kind_of(const struct search_finding *found)
{
    switch (found->found) {
    case FOUND_ALONE:
        return FINDING_ALONE;
    case FOUND_LATCHED:
        return FINDING_LATCHED;
    case FOUND_TOGETHER:
        return found->order == ORDER_NONE ? FINDING_JOINT : FINDING_CONSUMED;
    case FOUND_IN_MIX:
        break;
    }
    return FINDING_MIX;
}

/* When all of its members were known: of what grows only after others, once the last proof of them was there. */
static double named_s(const struct hunt *hunt, const struct search_finding *found,
                      const struct probed *measured)
{
    double named = measured->ended_s;
    for (size_t i = 0; found->found == FOUND_LATCHED && i < hunt->probe_count; i++) {
        const struct probed *probed = hunt->probes[i];
        if (probed->question.ask == ASK_AFTER && probed->question.suspect == found->suspect)
            named = fmax(named, probed->ended_s);
    }
    return named;
}

static void add_finding(struct hunt *hunt, const struct search_state *state,
                        const struct search_finding *found)
{
    const struct probed *measured = hunt_probed(hunt, found->measured);
    struct finding *finding = result_add_finding(hunt->result);
    finding->kind = kind_of(found);
    for (size_t i = 0; i < found->count; i++)
        strings_add(&finding->endpoints, hunt_name(hunt, found->members[i]));
    fill_rates(hunt, finding, measured);
    finding->named_s = named_s(hunt, found, measured);
    if (finding->kind == FINDING_CONSUMED)
        per_paying_call(finding);
    if (found->suspect != NOBODY)
        result_say(&finding->per, "%s", hunt_name(hunt, found->suspect));
    else if (finding->kind == FINDING_CONSUMED)
        result_say(&finding->per, "%s", hunt_name(hunt, found->members[0]));
    else
        result_say(&finding->per, "any of them");
    say_order(hunt, found, finding);
    if (found->suspect != NOBODY)
        strings_add(&finding->confirmed, "long_solo");
    if (found->isolated)
        strings_add(&finding->confirmed, "isolated");
    if (state->rest_checked && state->rest == TOLD_FLAT)
        strings_add(&finding->confirmed, "complement");
    if (finding->kind == FINDING_MIX)
        strings_addf(&hunt->result->caveats,
                     "%s grows on a server that has served the whole mix, not alone on a fresh one, and no "
                     "other endpoint was shown to bring it back",
                     finding->per);
    add_requests(hunt, found, finding);
    add_sites(hunt, found, finding);
}

/* Of the last check of the rest. */
static void say_signals(struct hunt *hunt, const struct probed *rest)
{
    for (size_t i = 0; rest != NULL && i < hunt->deciders.count; i++)
        levels_say(hunt->result, &hunt->deciders.items[i], &rest->detail.by_decider[i]);
    if (rest != NULL && rest->detail.rss_known) {
        struct decider rss = decider_rss(hunt->places[0].trials->watch);
        levels_say(hunt->result, &rss, &rest->detail.rss);
    }
}

static bool grew_in(const struct hunt *hunt, const struct search_state *state, const char *signal)
{
    for (size_t f = 0; f < state->finding_count; f++) {
        const struct probed *measured = hunt_probed(hunt, state->findings[f].measured);
        for (size_t i = 0; i < hunt->deciders.count; i++)
            if (measured->detail.by_decider[i].verdict == VERDICT_GROWTH &&
                strcmp(hunt->deciders.items[i].name, signal) == 0)
                return true;
    }
    return false;
}

/* With a finding, the line of a signal it grew in says what the finding keeps, not what the rest of the mix does. */
static void signals_of_findings(struct hunt *hunt, const struct search_state *state)
{
    const struct finding *finding = &hunt->result->findings[0];
    for (size_t i = 0; hunt->result->finding_count > 0 && i < hunt->result->signal_count; i++) {
        struct signal_result *signal = &hunt->result->signals[i];
        if (!grew_in(hunt, state, signal->name))
            continue;
        signal->verdict = VERDICT_GROWTH;
        signal->per_request = signal->objects ? finding->objects_per_request : finding->bytes_per_request;
        signal->interval = signal->objects ? (struct interval){NAN, NAN} : finding->interval;
    }
}

void hunt_retell_findings(struct hunt *hunt, const struct search_state *state)
{
    for (size_t i = 0; i < state->finding_count; i++)
        add_finding(hunt, state, &state->findings[i]);
    hunt_say_standings(hunt, state);
    say_signals(hunt, hunt_probed_about(hunt, ASK_REST, NOBODY));
    signals_of_findings(hunt, state);
    for (size_t i = 0; i < hunt->probe_count; i++)
        for (size_t c = 0; c < hunt->probes[i]->detail.caveats.count; c++)
            if (!strings_has(&hunt->result->caveats, hunt->probes[i]->detail.caveats.items[c]))
                strings_add(&hunt->result->caveats, hunt->probes[i]->detail.caveats.items[c]);
}
