/* Words about a finding: what it is, in which order its endpoints make it, why to believe it. */
#include <math.h>
#include <string.h>

#include "base/units.h"
#include "report/say.h"
#include "report/story.h"

static void say_subject(struct text *out, const struct finding *finding)
{
    switch (finding->kind) {
    case FINDING_LATCHED:
        if (finding->endpoints.count == 2)
            text_addf(out, "%s, once %s was called,", finding->endpoints.items[1],
                      finding->endpoints.items[0]);
        else
            say_names(out, &finding->endpoints, " + ");
        break;
    case FINDING_CONSUMED:
        text_add_string(out, "each pair of ");
        say_names(out, &finding->endpoints, " and ");
        break;
    case FINDING_JOINT:
        say_names(out, &finding->endpoints, " + ");
        break;
    default:
        if (finding->endpoints.count > 3)
            text_addf(out, "the mix of %zu endpoints", finding->endpoints.count);
        else if (finding->endpoints.count > 0)
            say_names(out, &finding->endpoints, " + ");
        else
            text_add_string(out, "the mix");
    }
}

static void say_in_brackets(struct text *out, struct interval interval)
{
    if (!isfinite(interval.low) || !isfinite(interval.high))
        return;
    text_add_string(out, " (");
    say_interval(out, interval, false);
    text_add_string(out, ")");
}

static void say_idle(struct text *out, const struct finding *finding)
{
    text_add_string(out, "the server grows by itself, without any request");
    if (finding->endpoints.count > 0) {
        text_add_string(out, ", once ");
        say_names(out, &finding->endpoints, " and ");
        text_add_string(out, finding->endpoints.count > 1 ? " were called" : " was called");
    }
    if (!isfinite(finding->bytes_per_second))
        return;
    text_add_string(out, ": ");
    say_amount(out, finding->bytes_per_second, false);
    text_add_string(out, " per second");
    say_in_brackets(out, finding->interval);
}

static bool is_many(const struct finding *finding)
{
    return finding->endpoints.count > 1 && finding->endpoints.count <= 3 &&
           finding->kind != FINDING_LATCHED && finding->kind != FINDING_CONSUMED;
}

void say_finding(struct text *out, const struct finding *finding)
{
    char number[UNITS_SIZE];
    if (finding->kind == FINDING_IDLE) {
        say_idle(out, finding);
        return;
    }
    say_subject(out, finding);
    text_add_string(out, is_many(finding) ? " keep " : " keeps ");
    if (isfinite(finding->bytes_per_request)) {
        say_amount(out, finding->bytes_per_request, false);
        text_add_string(out, finding->kind == FINDING_CONSUMED ? "" : " per request");
        say_in_brackets(out, finding->interval);
        text_add_string(out, isfinite(finding->objects_per_request) ? ", " : "");
    }
    if (isfinite(finding->objects_per_request)) {
        say_amount(out, finding->objects_per_request, true);
        text_add_string(out, isfinite(finding->bytes_per_request) ? "" : " per request");
    }
    if (finding->linear_requests > 0)
        text_addf(out, ", linear through %s calls", units_count(number, finding->linear_requests));
}

void say_order(struct text *out, const struct finding *finding)
{
    bool several = finding->kind == FINDING_LATCHED || finding->kind == FINDING_CONSUMED ||
                   finding->kind == FINDING_JOINT;
    if (finding->order != NULL)
        text_add_string(out, finding->order);
    if (several)
        text_addf(out, finding->order != NULL ? " (%s)" : "%s", finding_kind_name(finding->kind));
}

/* What was seen, not how the step is called. */
static const char *const seen[STEP_COUNT] = {
    [STEP_SCREEN] = "it stood out in the screen",
    [STEP_LONG_SOLO] = "it went on growing in a long solo",
    [STEP_HOLD] = "nothing of it went away while idle",
    [STEP_ISOLATED] = "it grew at the same rate alone on a fresh server",
    [STEP_PARTNER] = "its partner brought the growth back",
    [STEP_COMPLEMENT] = "the rest of the mix is flat without it",
    [STEP_REDUCE] = "no smaller set of endpoints grows",
    [STEP_NARROW] = "those of its requests grow, and no others",
    [STEP_SITES] = "its allocation sites grow",
    [STEP_SOAK] = "it grew through the whole soak",
};
static const char *const seen_idle[STEP_COUNT] = {
    [STEP_NULL] = "it grew while nothing was sent",
    [STEP_HOLD] = "it went on growing while nothing was sent",
    [STEP_ISOLATED] = "it grew at the same rate on a fresh server that was sent nothing",
    [STEP_COMPLEMENT] = "the requests add nothing to it",
};

const char *say_confirmation(const struct finding *finding, const char *step)
{
    int found = step_from_name(step);
    if (found < 0)
        return step;
    if (finding->kind == FINDING_IDLE && seen_idle[found] != NULL)
        return seen_idle[found];
    if (found == STEP_ISOLATED && finding->kind == FINDING_LATCHED)
        return "alone on a fresh server it is flat, and grows at the same rate after the other was called";
    if (found == STEP_ISOLATED && finding->kind != FINDING_ALONE)
        return "they grow together on a fresh server, and no smaller set does";
    if (found == STEP_COMPLEMENT && finding->endpoints.count > 1)
        return "the rest of the mix is flat without them";
    return seen[found] != NULL ? seen[found] : step;
}

/* Some steps measure no endpoint by itself: then what they say is of the finding, whatever the mix is called. */
static bool concerns(const struct finding *finding, enum step step, const char *mix)
{
    bool together = finding->kind == FINDING_JOINT || finding->kind == FINDING_CONSUMED;
    return step == STEP_COMPLEMENT || (step == STEP_ISOLATED && together) ||
           (mix != NULL && strings_has(&finding->endpoints, mix)) || finding->kind == FINDING_IDLE;
}

/* The last measurement of a step, in the finding's signal where there is one; or NULL. */
static const struct measurement *measured(const struct report *report, const struct finding *finding,
                                          enum step step)
{
    const struct measurement *found = NULL;
    for (size_t i = 0; i < report->measurement_count; i++) {
        const struct measurement *one = &report->measurements[i];
        if (one->step != step || !isfinite(one->per_request) || finding->kind == FINDING_IDLE ||
            !concerns(finding, step, one->mix))
            continue;
        if (found == NULL || finding->signal == NULL || strcmp(one->signal, finding->signal) == 0)
            found = one;
    }
    return found;
}

/* What the last answer of a step said; or NULL. */
static const struct probe *answered(const struct report *report, const struct finding *finding,
                                    enum step step)
{
    for (size_t i = report->probe_count; i-- > 0;) {
        const struct probe *one = &report->probes[i];
        bool told = story_shows(one) && one->step == step && one->says != NULL && one->says[0] != '\0';
        if (told && concerns(finding, step, one->mix))
            return one;
    }
    return NULL;
}

static void say_measured(struct text *out, const struct measurement *one)
{
    char calls[UNITS_SIZE];
    say_amount(out, one->per_request, one->objects);
    text_add_string(out, " per request (");
    say_interval(out, one->interval, one->objects);
    text_addf(out, ") over %s calls in trial %lld", units_count(calls, one->requests), (long long)one->trial);
    if (one->note != NULL && one->note[0] != '\0')
        text_addf(out, "; %s", one->note);
}

void say_evidence(struct text *out, const struct report *report, const struct finding *finding,
                  const char *step)
{
    int found = step_from_name(step);
    if (found < 0)
        return;
    const struct measurement *one = measured(report, finding, (enum step)found);
    const struct probe *probe = answered(report, finding, (enum step)found);
    if (one != NULL && (found != STEP_HOLD || probe == NULL)) { /* of a hold it is its length that matters */
        say_measured(out, one);
    } else if (probe != NULL) {
        text_add_string(out, probe->says);
        if (probe->reused_from != 0) {
            text_add_string(out, ", ");
            say_reused(out, probe);
        }
    }
}

void say_site_whose(struct text *out, const struct site_growth *site)
{
    if (site->whose != WHOSE_UNKNOWN)
        text_add_string(out, whose_name(site->whose));
    if (site->package != NULL)
        text_addf(out, "%s%s", site->whose != WHOSE_UNKNOWN ? ", " : "", site->package);
    if (site->package != NULL && site->version != NULL)
        text_addf(out, " %s", site->version);
    if (site->called_from != NULL)
        text_addf(out, "%scalled from %s", out->length > 0 ? ", " : "", site->called_from);
}

void say_site_growth(struct text *out, const struct site_growth *site)
{
    if (isfinite(site->objects_per_request) && fabs(site->objects_per_request) < 0.005 &&
        site->bytes_per_request > 0)
        text_add_string(out, "one object getting longer");
    else if (isfinite(site->objects_per_request))
        say_amount(out, site->objects_per_request, true);
}
