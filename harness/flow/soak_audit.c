#include "flow/soak_audit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/doubt.h"
#include "base/text.h"
#include "base/units.h"
#include "sample/memory_limits.h"

#define STEP_MOST 0.5 /* of the rise, in one window: then it is a step, not a slope */
#define STEP_MUCH 0.25
#define BACK_MOST 0.5 /* of the rise, taken back by the settled reading */
#define BACK_MUCH 0.25
#define CUTS_MOST 3 /* rows to a cut, at the least */
#define GAPS_MOST 0.5
#define OWN_MATTERS 0.05         /* of the rise */
#define READING_MAY_ADD 4096.0   /* bytes */
#define READING_MAY_ADD_SOME 8.0 /* objects */
#define SWAPPED_MATTERS 1048576.0

static const struct decider *decider_of(const struct audited *audited)
{
    return &audited->soak->deciders.items[audited->deciding];
}

static double rise_of(const struct audited *audited, const struct decider *decider)
{
    const struct levels *levels = &audited->soak->levels;
    return levels->count > 1 ? levels_gain(levels, 0, levels->count - 1, decider) : 0;
}

static char *amount(char out[UNITS_SIZE], const struct decider *decider, double value)
{
    if (!decider->objects)
        return units_bytes(out, value);
    snprintf(out, UNITS_SIZE, "%.0f objects", value);
    return out;
}

static enum audit_finds taken_back(const struct audited *audited, char **why)
{
    const struct decider *decider = decider_of(audited);
    size_t count = audited->soak->levels.count;
    double *values = levels_column(&audited->soak->levels, decider->index),
           settled = audited->soak->at.settled[decider->index];
    if (!isnan(settled))
        values[count++] = settled;
    double back = doubt_taken_back(values, count);
    free(values);
    if (audited->verdict != VERDICT_GROWTH || !(back > BACK_MUCH))
        return AUDIT_NOTHING;
    *why = xasprintf(
        "the settled reading after the last request took back %.0f %% of what %s rose by: readings under "
        "traffic held what is freed later; run it longer, or at a lower rate",
        back * 100, decider->name);
    return back > BACK_MOST ? AUDIT_OVERTURNS : AUDIT_UNDERMINES;
}

static enum audit_finds never_settled(const struct audited *audited, char **why)
{
    if (audited->soak->trials.unsettled == 0)
        return AUDIT_NOTHING;
    *why = xasprintf(
        "%llu of the readings before and after the traffic still fell at the last of six collections: "
        "levels are higher than what is kept",
        (unsigned long long)audited->soak->trials.unsettled);
    return AUDIT_UNDERMINES;
}

static enum audit_finds one_window(const struct audited *audited, char **why)
{
    double share = audited->answers[audited->deciding].largest_step;
    if (audited->verdict != VERDICT_GROWTH || !(share > STEP_MUCH))
        return AUDIT_NOTHING;
    *why = xasprintf(
        "one window of requests carries %.0f %% of what %s rose by: a step, which may not come again; run "
        "it longer (--requests, --duration) to see whether it does",
        share * 100, decider_of(audited)->name);
    return share > STEP_MOST ? AUDIT_OVERTURNS : AUDIT_UNDERMINES;
}

/* A runtime's own heap is what its signal says; what other limits count is RSS, of which a counted heap is a part. */
static enum audit_finds clipped_by(const struct audited *audited, const struct memory_limit *limit,
                                   char **why)
{
    const struct decider *decider = decider_of(audited);
    bool of_heap = isnan(limit->used_bytes);
    double used = limit->used_bytes;
    double *values = levels_column(&audited->soak->levels, decider->index);
    bool clipped = of_heap && !decider->objects &&
                   doubt_clipped(values, audited->soak->levels.count, limit->limit_bytes);
    free(values);
    char at[UNITS_SIZE], most[UNITS_SIZE];
    if (!of_heap)
        clipped = doubt_clipped((double[]){used, used, used}, 3, limit->limit_bytes);
    if (!clipped)
        return AUDIT_NOTHING;
    units_bytes(most, limit->limit_bytes);
    *why = xasprintf(
        "memory stands at its limit: %s%s%s is %s; what is at a limit is flat whatever is kept: raise it "
        "and run again",
        of_heap ? "" : units_bytes(at, used), of_heap ? "" : " are used, and ", limit->what, most);
    return of_heap || !decider->collected ? AUDIT_OVERTURNS : AUDIT_UNDERMINES;
}

static enum audit_finds at_a_limit(const struct audited *audited, char **why)
{
    const struct memory_limits *limits = &audited->soak->limits;
    enum audit_finds finds = AUDIT_NOTHING;
    if (audited->verdict != VERDICT_NO_GROWTH)
        return AUDIT_NOTHING;
    for (size_t i = 0; i < limits->count && finds == AUDIT_NOTHING; i++)
        finds = clipped_by(audited, &limits->items[i], why);
    return finds;
}

/* RSS as seep reads it counts what is swapped out; a control group's or a container's figure does not. */
static enum audit_finds swapped_out(const struct audited *audited, char **why)
{
    const struct decider *decider = decider_of(audited);
    char bytes[UNITS_SIZE];
    if (audited->verdict != VERDICT_NO_GROWTH || decider->collected || decider->index == 0)
        return AUDIT_NOTHING;
    double swapped = audited->soak->limits.swapped_bytes - audited->soak->at.swapped_bytes;
    if (!(swapped > SWAPPED_MATTERS))
        return AUDIT_NOTHING;
    *why = xasprintf("%s were swapped out meanwhile, which %s does not count: judge it with --signal rss",
                     units_bytes(bytes, swapped), decider->name);
    return AUDIT_OVERTURNS;
}

static enum audit_finds own_readings(const struct audited *audited, char **why)
{
    const struct decider *decider = decider_of(audited);
    const struct levels *levels = &audited->soak->levels;
    double added = decider->per_read * (double)levels->count, rise = rise_of(audited, decider);
    char each[UNITS_SIZE];
    if (!(added > OWN_MATTERS * (fabs(rise) + added)))
        return AUDIT_NOTHING;
    *why = xasprintf("each of our own readings adds %s to %s: taken off, %.0f %% of its rise",
                     amount(each, decider, decider->per_read), decider->name,
                     added / (added + fmax(rise, 0)) * 100);
    return AUDIT_UNDERMINES;
}

static enum audit_finds own_readings_unknown(const struct audited *audited, char **why)
{
    const struct soak *soak = audited->soak;
    const struct decider *decider = decider_of(audited);
    double may_add = decider->objects ? READING_MAY_ADD_SOME : READING_MAY_ADD;
    char took[UNITS_SIZE];
    if (!soak->at.null_missed || audited->verdict != VERDICT_GROWTH ||
        rise_of(audited, decider) > may_add * (double)soak->levels.count)
        return AUDIT_NOTHING;
    *why = xasprintf(
        "what our own readings add to %s was not measured, since one takes %s: so slow a growth may be "
        "theirs; run it longer",
        decider->name, units_duration(took, soak->at.read_s));
    return AUDIT_UNDERMINES;
}

static enum audit_finds workers(const struct audited *audited, char **why)
{
    const struct levels *levels = &audited->soak->levels;
    const struct watch *watch = audited->soak->trials.watch;
    size_t replaced = levels->cut_count + (watch != NULL ? watch_short_lived(watch) : 0);
    if (replaced * CUTS_MOST <= levels->count)
        return AUDIT_NOTHING;
    *why = xasprintf(
        "workers of the target were replaced %zu times or more within %zu readings: what lies between is too "
        "short to judge; let workers live longer (--max-requests and the like), or run it slower",
        replaced, levels->count);
    return AUDIT_OVERTURNS;
}

static enum audit_finds restarts(const struct audited *audited, char **why)
{
    if (audited->soak->at.restarts == 0)
        return AUDIT_NOTHING;
    *why = xasprintf(
        "the target was started anew %zu time%s meanwhile, as %s says: levels before and after are not "
        "compared",
        audited->soak->at.restarts, audited->soak->at.restarts == 1 ? "" : "s",
        watch_signal(audited->soak->trials.watch, audited->soak->at.start_time)->name);
    return AUDIT_UNDERMINES;
}

static enum audit_finds gaps(const struct audited *audited, char **why)
{
    const struct soak *soak = audited->soak;
    if (soak->gaps == 0)
        return AUDIT_NOTHING;
    *why = xasprintf("%zu of %zu readings while traffic flowed are gaps: %s", soak->gaps, soak->readings,
                     soak->gap_why);
    return (double)soak->gaps > GAPS_MOST * (double)soak->readings ? AUDIT_OVERTURNS : AUDIT_UNDERMINES;
}

/* What requests hold is noise while as many are under way, and a slope while they pile up. */
static enum audit_finds under_way(const struct audited *audited, char **why)
{
    const struct soak *soak = audited->soak;
    struct doubt_met met = doubt_met(soak->at.met, soak->levels.count);
    bool noisy =
        audited->verdict == VERDICT_INCONCLUSIVE && audited->answers[audited->deciding].shape == TREND_NOISY;
    if (met.readings == 0 || (!noisy && !met.piles_up))
        return AUDIT_NOTHING;
    if (met.piles_up)
        *why = xasprintf(
            "readings met more and more requests under way, %.0f at first and %.0f at the end: what those "
            "hold is in them; run it at a lower rate",
            met.early, met.late);
    else
        *why = xasprintf(
            "%zu of %zu readings met up to %.0f requests under way: what those hold is in them; a lower "
            "rate, or --connections, leaves moments without",
            met.readings, soak->levels.count, met.most);
    return AUDIT_UNDERMINES;
}

static const struct audit audits[] = {
    {"workers", workers},       {"gaps", gaps},
    {"limit", at_a_limit},      {"swap", swapped_out},
    {"step", one_window},       {"taken back", taken_back},
    {"settled", never_settled}, {"own readings", own_readings},
    {"restarts", restarts},     {"own readings unknown", own_readings_unknown},
    {"under way", under_way},
};

static size_t deciding_of(const struct soak *soak, const struct growth_answer *answers)
{
    for (size_t i = 0; i < soak->deciders.count; i++)
        if (answers[i].verdict == VERDICT_GROWTH)
            return i;
    return soak->deciders.count - 1;
}

/* No limit is kept or crossed by what was overturned: it has no interval any more. */
static void overturn_signal(struct signal_result *signal)
{
    signal->verdict = VERDICT_INCONCLUSIVE;
    signal->interval = (struct interval){NAN, NAN};
    signal->smallest_detectable = NAN;
}

static void overturn(struct result *result, enum verdict of_requests, const char *why)
{
    enum verdict before = of_requests;
    result_say(&result->reason, "%s", why);
    result->verdict = VERDICT_INCONCLUSIVE;
    result->confidence = NAN;
    for (size_t i = 0; i < result->signal_count; i++)
        if (result->signals[i].verdict == before)
            overturn_signal(&result->signals[i]);
    for (size_t i = result->finding_count; i-- > 0;)
        if (result->findings[i].kind != FINDING_IDLE)
            result_drop_finding(result, i);
}

/* What grows whatever is sent was measured without requests: it stands. */
static void keep_idle(struct result *result, const char *idle)
{
    if (idle == NULL)
        return;
    char *why = result->reason;
    result->reason = NULL;
    result->verdict = VERDICT_GROWTH;
    result->confidence = IDLE_CONFIDENCE;
    result_say(&result->reason, "%s; of requests, without that: %s", idle, why);
    free(why);
}

void soak_audit(struct soak *soak, const struct growth_answer *answers, const struct growth_answer *rss)
{
    const struct audited audited = {.soak = soak,
                                    .verdict = soak->idle.of_requests,
                                    .answers = answers,
                                    .rss = rss,
                                    .deciding = deciding_of(soak, answers)};
    bool overturns = audited.verdict != VERDICT_INCONCLUSIVE;
    for (size_t i = 0; i < sizeof audits / sizeof *audits; i++) {
        char *why = NULL;
        enum audit_finds finds = audits[i].ask(&audited, &why);
        if (finds == AUDIT_OVERTURNS && overturns) {
            overturn(soak->result, audited.verdict, why);
            keep_idle(soak->result, soak->idle.reason);
            overturns = false;
        } else if (finds != AUDIT_NOTHING)
            strings_add(&soak->result->caveats, why);
        free(why);
    }
}
