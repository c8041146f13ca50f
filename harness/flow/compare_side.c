#include "flow/compare_side.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "flow/deciders.h"

#define LANDED_LEAST 0.9

int compare_side_read(struct compare_side *side, struct store *store, int64_t run, struct err *err)
{
    *side = (struct compare_side){0};
    if (store_read_result(store, run, &side->result, err) < 0 ||
        store_read_measurements(store, run, &side->measurements, &side->measurement_count, err) < 0)
        return -1;
    return store_read_loads(store, run, &side->loads, &side->load_count, err);
}

void compare_side_release(struct compare_side *side)
{
    for (size_t i = 0; i < side->measurement_count; i++)
        measurement_release(&side->measurements[i]);
    for (size_t i = 0; i < side->load_count; i++)
        endpoint_load_release(&side->loads[i]);
    free(side->measurements);
    free(side->loads);
    result_release(&side->result);
    *side = (struct compare_side){0};
}

bool compare_side_is_hunt(const struct compare_side *side)
{
    return strcmp(side->result.command, "bisect") == 0;
}

static double landed(const struct compare_side *side)
{
    const struct tally *tally = &side->result.replay;
    return tally->planned > 0 ? (double)tally->landed / (double)tally->planned : 0;
}

char *compare_side_unfit(const struct compare_side *side)
{
    const struct result *result = &side->result;
    long long run = result->run;
    if (result->ended_us == 0)
        return xasprintf("run %lld was not ended: it is still under way, or seep died", run);
    if (result->exit_code > 128 && result->exit_code < ERR_USAGE)
        return xasprintf("run %lld was interrupted: what it saw until then may be warming up", run);
    if (result->exit_code >= ERR_USAGE)
        return xasprintf("run %lld failed: %s", run, result->reason);
    if (result->replay.planned == 0)
        return xasprintf("run %lld sent nothing", run);
    /* What a hunt set aside is not in its measurements. */
    if (!compare_side_is_hunt(side) && landed(side) < LANDED_LEAST)
        return xasprintf(
            "the replay of run %lld did not land: of %llu requests %llu were answered as recorded", run,
            (unsigned long long)result->replay.planned, (unsigned long long)result->replay.landed);
    return NULL;
}

const char *compare_side_only(const struct compare_side *side)
{
    return !compare_side_is_hunt(side) && side->load_count == 1 ? side->loads[0].endpoint : NULL;
}

const char *compare_side_why_not(const struct compare_side *side, const char *endpoint)
{
    for (size_t i = 0; i < side->result.not_looked_at_count; i++)
        if (strings_has(&side->result.not_looked_at[i].endpoints, endpoint))
            return side->result.not_looked_at[i].why;
    return NULL;
}

const struct finding *compare_side_finding(const struct compare_side *side, const char *endpoint)
{
    for (size_t i = 0; i < side->result.finding_count; i++) {
        const char *per = side->result.findings[i].per;
        if (per != NULL && strcmp(per, endpoint) == 0)
            return &side->result.findings[i];
    }
    return NULL;
}

/* The last one, since later ones rest on more. A soak is asked for what it did, whatever it is called. */
static const struct measurement *last_of(const struct compare_side *side, enum step step, const char *mix,
                                         const char *signal)
{
    for (size_t i = side->measurement_count; i-- > 0;) {
        const struct measurement *measurement = &side->measurements[i];
        if (measurement->step == step && strcmp(measurement->signal, signal) == 0 &&
            (mix == NULL || strcmp(measurement->mix, mix) == 0))
            return measurement;
    }
    return NULL;
}

/* One that came to an answer, else the first that has a number. */
static const struct measurement *of_endpoint(const struct compare_side *side, const struct subject *subject,
                                             const char *signal)
{
    static const enum step steps[] = {STEP_ISOLATED, STEP_LONG_SOLO, STEP_SCREEN};
    const struct measurement *open = NULL;
    for (size_t i = subject->shared ? 1 : 0; i < sizeof steps / sizeof *steps; i++) {
        const struct measurement *one = last_of(side, steps[i], subject->endpoint, signal);
        if (one == NULL || !isfinite(one->per_request) || !isfinite(one->interval.low))
            continue;
        if (one->verdict != VERDICT_INCONCLUSIVE)
            return one;
        open = open != NULL ? open : one;
    }
    return open;
}

const struct measurement *compare_side_best(const struct compare_side *side, const struct subject *subject,
                                            const char *signal)
{
    if (!compare_side_is_hunt(side))
        return last_of(side, STEP_SOAK, NULL, signal);
    if (subject->endpoint == NULL)
        return last_of(side, STEP_COMPLEMENT, NULL, signal);
    return of_endpoint(side, subject, signal);
}

bool compare_side_screen_saw(const struct compare_side *side, const char *endpoint, const char *signal)
{
    const struct measurement *screen = last_of(side, STEP_SCREEN, endpoint, signal);
    return screen != NULL && screen->verdict == VERDICT_GROWTH;
}

static const struct signal_result *signal_of(const struct compare_side *side, const char *name)
{
    for (size_t i = 0; i < side->result.signal_count; i++)
        if (strcmp(side->result.signals[i].name, name) == 0)
            return &side->result.signals[i];
    return NULL;
}

/* The result's own line of a signal is of the whole run: of a hunt, of its mix. */
static double smallest_detectable(const struct compare_side *side, const struct measurement *measurement)
{
    const struct signal_result *signal = signal_of(side, measurement->signal);
    bool whole = measurement->step == STEP_SOAK || measurement->step == STEP_COMPLEMENT;
    return whole && signal != NULL ? signal->smallest_detectable : NAN;
}

struct estimate compare_side_estimate(const struct compare_side *side, const struct measurement *measurement)
{
    return (struct estimate){.requests = measurement->requests,
                             .per_request = measurement->per_request,
                             .interval = measurement->interval,
                             .verdict = measurement->verdict,
                             .smallest_detectable = smallest_detectable(side, measurement),
                             .step = measurement->step};
}

/* The store does not say which of a service's own signals are read after a collection. Where a dead zone was
 * reckoned with, less than two of them over the requests was never said to be detectable (growth.h). */
bool compare_side_hides(const struct compare_side *side, const char *signal, bool objects)
{
    static const char *const kernels[] = {"rss", "pss", "cgroup_anon", "container_memory"};
    if (objects || text_starts_with(signal, "live_"))
        return false;
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++)
        if (strcmp(kernels[i], signal) == 0)
            return true;
    const struct signal_result *of = signal_of(side, signal);
    return of == NULL ||
           !(of->smallest_detectable * (double)side->result.requests < 2 * DECIDER_RSS_DEAD_ZONE);
}
