#include "flow/thresholds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"

static enum threshold_outcome against(double limit, const struct interval *interval)
{
    if (interval->low > limit)
        return THRESHOLD_FAIL;
    return interval->high <= limit ? THRESHOLD_PASS : THRESHOLD_INCONCLUSIVE;
}

static const struct measured_growth *growth_for(const struct limit *limit,
                                                const struct measured_growth *growths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (limit->signal != NULL ? strcmp(limit->signal, growths[i].signal) == 0
                                  : growths[i].objects == limit->objects)
            return &growths[i];
    return NULL;
}

static void judge_growth(struct threshold_result *threshold, const struct limit *limit,
                         const struct measured_growth *growth)
{
    if (growth == NULL || growth->objects != limit->objects || isnan(growth->per_request))
        return;
    double scale = limit->per_second ? growth->requests_per_second : 1;
    threshold->value = growth->per_request * scale;
    threshold->interval = (struct interval){growth->interval.low * scale, growth->interval.high * scale};
    threshold->outcome = against(limit->value, &threshold->interval);
    /* A point without an interval shows nothing; a flat series shows no more than it could have seen. */
    if (growth->verdict == VERDICT_NO_GROWTH)
        threshold->outcome =
            growth->smallest_detectable * scale <= limit->value ? THRESHOLD_PASS : THRESHOLD_INCONCLUSIVE;
    else if (growth->verdict == VERDICT_INCONCLUSIVE && threshold->outcome == THRESHOLD_FAIL)
        threshold->outcome = THRESHOLD_INCONCLUSIVE;
}

/* Wilson's interval of a share at 95 % (Wilson, J. Am. Stat. Assoc. 22:209, 1927). */
static struct interval share_interval(double hits, double n)
{
    double z = 1.96, p = hits / n, middle = p + z * z / (2 * n);
    double half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)), scale = 1 + z * z / n;
    return (struct interval){(middle - half) / scale, (middle + half) / scale};
}

static void judge_errors(struct threshold_result *threshold, double limit, const struct tally *tally)
{
    if (tally->planned == 0)
        return;
    double wrong = (double)(tally->failed + tally->done - tally->landed);
    threshold->value = wrong / (double)tally->planned;
    threshold->interval = share_interval(wrong, (double)tally->planned);
    threshold->outcome = against(limit, &threshold->interval);
}

/* From the due time: what waited for its turn waited for its answer as well. */
static void judge_p99(struct threshold_result *threshold, double limit_s, const struct histogram *times)
{
    if (times->count < 1000) /* below that the 99th percentile is a handful of requests */
        return;
    double error = sqrt(0.99 * 0.01 / (double)times->count);
    threshold->value = (double)histogram_quantile(times, 0.99) / 1e6;
    threshold->interval =
        (struct interval){(double)histogram_quantile(times, 0.99 - 1.96 * error) / 1e6,
                          (double)histogram_quantile(times, fmin(1, 0.99 + 1.96 * error)) / 1e6};
    threshold->outcome = against(limit_s, &threshold->interval);
}

static void judge_one(struct threshold_result *threshold, const struct limit *limit,
                      const struct measured_growth *growth, const struct tally *tally,
                      const struct histogram *times)
{
    if (limit->kind == LIMIT_GROWTH)
        judge_growth(threshold, limit, growth);
    else if (limit->kind == LIMIT_ERRORS)
        judge_errors(threshold, limit->value, tally);
    else if (times != NULL)
        judge_p99(threshold, limit->value, times);
}

void thresholds_judge(struct result *result, const struct limits *limits,
                      const struct measured_growth *growths, size_t count, const struct trials *trials,
                      bool timed)
{
    struct latencies all = {0};
    trials_all_latencies(trials, &all);
    for (size_t i = 0; i < limits->count; i++) {
        const struct limit *limit = &limits->items[i];
        judge_one(result_add_threshold(result, limit->text), limit, growth_for(limit, growths, count),
                  &trials->all, timed ? &all.total : NULL);
    }
    latencies_release(&all);
}

void thresholds_judge_endpoint(struct result *result, const struct endpoint *endpoint,
                               const struct measured_growth *growth, const struct trials *trials, bool timed)
{
    size_t index = (size_t)(endpoint - trials->options.service->endpoints);
    for (size_t i = 0; i < endpoint->limits.count; i++) {
        const struct limit *limit = &endpoint->limits.items[i];
        char *text = xasprintf("%s: %s", endpoint->name, limit->text);
        judge_one(result_add_threshold(result, text), limit, growth, &trials->by_endpoint[index],
                  timed ? &trials->latencies[index].total : NULL);
        free(text);
    }
}

static bool has_growth_limit(const struct limits *limits)
{
    for (size_t i = 0; i < limits->count; i++)
        if (limits->items[i].kind == LIMIT_GROWTH)
            return true;
    return false;
}

/* Growth that no limit was set for, neither of the service nor of the endpoint that grows. */
static bool unlimited_growth(const struct result *result, const struct service *service)
{
    if (result->verdict != VERDICT_GROWTH || has_growth_limit(&service->limits))
        return false;
    for (size_t i = 0; i < result->finding_count; i++) {
        const struct endpoint *endpoint = service_find(service, result->findings[i].per);
        if (endpoint == NULL || !has_growth_limit(&endpoint->limits))
            return true;
    }
    return false;
}

int thresholds_exit_code(const struct result *result, const struct trials *trials)
{
    bool all_pass = true;
    if (trials->halt == HALT_ERROR)
        return (int)trials->err.code;
    if (trials->halt == HALT_INTERRUPTED)
        return 128 + interrupt_signal();
    for (size_t i = 0; i < result->threshold_count; i++) {
        if (result->thresholds[i].outcome == THRESHOLD_FAIL)
            return 1;
        all_pass = all_pass && result->thresholds[i].outcome == THRESHOLD_PASS;
    }
    if (unlimited_growth(result, trials->options.service))
        return 1;
    return all_pass && result->verdict != VERDICT_INCONCLUSIVE ? 0 : 125;
}
