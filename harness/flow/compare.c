#include "flow/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "flow/compare_judge.h"
#include "flow/compare_mix.h"
#include "flow/compare_side.h"

struct pair {
    struct comparison *comparison;
    struct compare_side before, after;
};

static int check_limits(const struct limits *limits, struct err *err)
{
    for (size_t i = 0; i < limits->count; i++)
        if (limits->items[i].kind != LIMIT_GROWTH || limits->items[i].per_second)
            return err_set(err, ERR_USAGE, "--fail-if '%s': compare takes limits of growth per request",
                           limits->items[i].text);
    return 0;
}

static void name_run(struct compared_run *run, const struct result *result)
{
    *run = (struct compared_run){.run = result->run,
                                 .command = xstrdup(result->command),
                                 .label = xstrdup(result->label),
                                 .service = xstrdup(result->service),
                                 .requests = result->requests,
                                 .seconds = result->seconds};
}

static int read_both(struct pair *pair, struct store *store, const struct compare_options *options,
                     struct err *err)
{
    int64_t before = 0, after = 0;
    if (store_find_run(store, options->before, &before, err) < 0 ||
        store_find_run(store, options->after, &after, err) < 0)
        return -1;
    if (before == after)
        return err_set(err, ERR_USAGE, "'%s' and '%s' are the same run, %lld", options->before,
                       options->after, (long long)before);
    if (compare_side_read(&pair->before, store, before, err) < 0 ||
        compare_side_read(&pair->after, store, after, err) < 0)
        return -1;
    name_run(&pair->comparison->before, &pair->before.result);
    name_run(&pair->comparison->after, &pair->after.result);
    return 0;
}

static void refuse(struct pair *pair, char *why_take)
{
    if (pair->comparison->refusal == NULL)
        pair->comparison->refusal = why_take;
    else
        free(why_take);
}

/* A screen shows that a leak is gone only where a screen had shown the leak. */
static void doubt_screen(struct pair *pair, const struct subject *subject, const struct compared *item)
{
    if (pair->comparison->doubt == NULL && compare_side_is_hunt(&pair->before) &&
        item->before.verdict == VERDICT_GROWTH && item->after.step == STEP_SCREEN &&
        !compare_side_screen_saw(&pair->before, subject->endpoint, item->signal))
        pair->comparison->doubt = xasprintf("run %lld only screened %s, and the screen of run %lld had not "
                                            "seen %s grow: compare with `seep run %s "
                                            "-e '%s'`",
                                            (long long)pair->after.result.run, subject->endpoint,
                                            (long long)pair->before.result.run, item->signal,
                                            pair->after.result.service, subject->endpoint);
}

/* One item for each signal that both measured, in the order in which the first did: objects before bytes. */
static void add_signals(struct pair *pair, const struct subject *subject, const char *mix)
{
    struct strings seen = {0};
    for (size_t i = 0; i < pair->before.measurement_count; i++) {
        const char *signal = pair->before.measurements[i].signal;
        const struct measurement *before = compare_side_best(&pair->before, subject, signal),
                                 *after = compare_side_best(&pair->after, subject, signal);
        if (before == NULL || after == NULL || before->objects != after->objects ||
            strings_has(&seen, signal))
            continue;
        strings_add(&seen, signal);
        struct compared *item = comparison_add(pair->comparison, mix, signal);
        item->objects = before->objects;
        item->hides = compare_side_hides(&pair->before, signal, item->objects) ||
                      compare_side_hides(&pair->after, signal, item->objects);
        item->before = compare_side_estimate(&pair->before, before);
        item->after = compare_side_estimate(&pair->after, after);
        doubt_screen(pair, subject, item);
    }
    strings_release(&seen);
}

/* What could be seen before and cannot be now, or the other way round, is worth a word. */
static void mind_missing(struct pair *pair, const struct compare_side *one, const struct compare_side *other)
{
    for (size_t i = 0; i < one->result.signal_count; i++) {
        const char *name = one->result.signals[i].name;
        bool both = false;
        for (size_t k = 0; k < pair->comparison->count; k++)
            both = both || strcmp(pair->comparison->items[k].signal, name) == 0;
        if (!both && !compare_side_hides(one, name, one->result.signals[i].objects))
            strings_addf(&pair->comparison->caveats, "%s was measured in run %lld, not in run %lld", name,
                         (long long)one->result.run, (long long)other->result.run);
    }
}

static bool is_unsuited(const struct finding *finding)
{
    return finding->kind == FINDING_CONSUMED || finding->kind == FINDING_JOINT ||
           finding->kind == FINDING_IDLE;
}

static bool is_shared(const struct compare_side *side, const char *endpoint)
{
    const struct finding *finding = compare_side_finding(side, endpoint);
    return compare_side_is_hunt(side) && finding != NULL && finding->kind != FINDING_ALONE;
}

/* Why an endpoint cannot be laid side by side; the caller's. NULL: it can. */
static char *why_not(const struct compare_side *side, const struct compare_side *other, const char *endpoint)
{
    const char *why = compare_side_why_not(side, endpoint), *only = compare_side_only(side);
    long long run = side->result.run;
    if (why != NULL)
        return xasprintf("run %lld did not look at %s: %s", run, endpoint, why);
    if (compare_side_is_hunt(side) || (only != NULL && strcmp(only, endpoint) == 0))
        return NULL;
    return xasprintf("run %lld replayed %s, run %lld is a hunt: only %s by itself can be compared with it "
                     "(seep run %s -e '%s')",
                     run, only != NULL ? only : "a mix", (long long)other->result.run, endpoint,
                     side->result.service, endpoint);
}

static void add_endpoint(struct pair *pair, const char *endpoint)
{
    for (size_t i = 0; i < pair->comparison->count; i++)
        if (strcmp(pair->comparison->items[i].mix, endpoint) == 0)
            return;
    char *why = why_not(&pair->before, &pair->after, endpoint);
    if (why == NULL)
        why = why_not(&pair->after, &pair->before, endpoint);
    if (why != NULL) {
        refuse(pair, why);
        return;
    }
    size_t had = pair->comparison->count;
    struct subject subject = {endpoint,
                              is_shared(&pair->before, endpoint) || is_shared(&pair->after, endpoint)};
    add_signals(pair, &subject, endpoint);
    if (pair->comparison->count == had)
        refuse(pair,
               xasprintf("runs %lld and %lld have no measurement of %s in a common signal",
                         (long long)pair->before.result.run, (long long)pair->after.result.run, endpoint));
}

/* What a set keeps together is not shown to be gone by what each of it does alone. */
static void refuse_set(struct pair *pair, const struct compare_side *side, const struct finding *finding)
{
    struct text again = TEXT_EMPTY;
    for (size_t i = 0; i < finding->endpoints.count; i++)
        text_addf(&again, " -e '%s'", finding->endpoints.items[i]);
    refuse(pair,
           xasprintf("run %lld found a set of endpoints (%s), and a hunt measures a set only while it grows: "
                     "compare two of `seep run %s%s`",
                     (long long)side->result.run, finding_kind_name(finding->kind), side->result.service,
                     text_string(&again)));
    text_release(&again);
}

static void add_findings(struct pair *pair, const struct compare_side *side)
{
    for (size_t i = 0; compare_side_is_hunt(side) && i < side->result.finding_count; i++)
        if (is_unsuited(&side->result.findings[i]))
            refuse_set(pair, side, &side->result.findings[i]);
        else
            add_endpoint(pair, side->result.findings[i].per);
}

static void mind_other_findings(struct pair *pair, const struct compare_side *hunt, const char *only)
{
    for (size_t i = 0; i < hunt->result.finding_count; i++) {
        char *names = strings_join(&hunt->result.findings[i].endpoints, " + ");
        if (compare_side_finding(hunt, only) != &hunt->result.findings[i])
            strings_addf(&pair->comparison->caveats, "run %lld also found %s, which is not compared",
                         (long long)hunt->result.run, names);
        free(names);
    }
}

static void add_whole(struct pair *pair)
{
    const char *only = compare_side_only(&pair->before);
    char *mix = only != NULL ? xstrdup(only) : xasprintf("the mix of %zu endpoints", pair->before.load_count);
    refuse(pair, compare_mix_differs(&pair->before, &pair->after));
    if (pair->comparison->refusal == NULL)
        add_signals(pair, &(struct subject){0}, mix);
    free(mix);
}

static void lay_side_by_side(struct pair *pair)
{
    bool hunt_before = compare_side_is_hunt(&pair->before), hunt_after = compare_side_is_hunt(&pair->after);
    const char *only = compare_side_only(hunt_before ? &pair->after : &pair->before);
    refuse(pair, compare_side_unfit(&pair->before));
    refuse(pair, compare_side_unfit(&pair->after));
    if (pair->comparison->refusal != NULL)
        return;
    if (hunt_before && hunt_after) {
        add_findings(pair, &pair->before);
        add_findings(pair, &pair->after);
    } else if (hunt_before != hunt_after && only != NULL) {
        add_endpoint(pair, only);
        mind_other_findings(pair, hunt_before ? &pair->before : &pair->after, only);
    } else if (hunt_before != hunt_after) {
        refuse(pair,
               xasprintf("run %lld is a hunt, run %lld a soak of a mix: compare two of a kind, or a soak of "
                         "one endpoint",
                         (long long)(hunt_before ? &pair->before : &pair->after)->result.run,
                         (long long)(hunt_before ? &pair->after : &pair->before)->result.run));
    }
    if (pair->comparison->count == 0 && pair->comparison->refusal == NULL)
        add_whole(pair);
    if (pair->comparison->count == 0)
        refuse(pair, xasprintf("runs %lld and %lld have no signal in common",
                               (long long)pair->before.result.run, (long long)pair->after.result.run));
    if (pair->comparison->count >
        0) { /* what can be compared is, and the rest is against calling it mended */
        if (pair->comparison->doubt == NULL)
            pair->comparison->doubt = pair->comparison->refusal;
        else
            free(pair->comparison->refusal);
        pair->comparison->refusal = NULL;
    }
}

/* A directory's last name is what people call the service. */
static void mind_service(struct pair *pair)
{
    const char *before = pair->before.result.service, *after = pair->after.result.service;
    const char *one = strrchr(before, '/'), *other = strrchr(after, '/');
    if (strcmp(one != NULL ? one + 1 : before, other != NULL ? other + 1 : after) != 0)
        strings_addf(&pair->comparison->caveats, "run %lld is of %s, run %lld of %s",
                     (long long)pair->before.result.run, before, (long long)pair->after.result.run, after);
}

static void judge(struct pair *pair, const struct limits *limits)
{
    mind_service(pair);
    mind_missing(pair, &pair->before, &pair->after);
    mind_missing(pair, &pair->after, &pair->before);
    compare_judge(pair->comparison, &pair->before, &pair->after, limits);
}

int compare(struct store *store, const struct compare_options *options, struct comparison *comparison,
            struct err *err)
{
    struct pair pair = {.comparison = comparison};
    *comparison = (struct comparison){.answer = COMPARED_OPEN, .exit_code = 125};
    int failed = check_limits(options->limits, err);
    if (!failed)
        failed = read_both(&pair, store, options, err);
    if (!failed)
        lay_side_by_side(&pair);
    if (!failed && comparison->refusal == NULL)
        judge(&pair, options->limits);
    compare_side_release(&pair.before);
    compare_side_release(&pair.after);
    return failed;
}
