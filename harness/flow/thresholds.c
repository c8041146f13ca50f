#include "flow/thresholds.h"

#include <math.h>
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

static void judge_errors(struct threshold_result *threshold, double limit, const struct trials *trials)
{
    const struct tally *tally = &trials->all;
    if (tally->planned == 0)
        return;
    double wrong = (double)(tally->failed + tally->done - tally->landed);
    threshold->value = wrong / (double)tally->planned;
    threshold->interval = share_interval(wrong, (double)tally->planned);
    threshold->outcome = against(limit, &threshold->interval);
}

static void judge_p99(struct threshold_result *threshold, double limit_s, const struct trials *trials)
{
    const struct histogram *times = &trials->all_latencies.total;
    if (times->count < 1000) /* below that the 99th percentile is a handful of requests */
        return;
    double error = sqrt(0.99 * 0.01 / (double)times->count);
    threshold->value = (double)histogram_quantile(times, 0.99) / 1e6;
    threshold->interval =
        (struct interval){(double)histogram_quantile(times, 0.99 - 1.96 * error) / 1e6,
                          (double)histogram_quantile(times, fmin(1, 0.99 + 1.96 * error)) / 1e6};
    threshold->outcome = against(limit_s, &threshold->interval);
}

void thresholds_judge(struct result *result, const struct limits *limits,
                      const struct measured_growth *growths, size_t count, const struct trials *trials)
{
    for (size_t i = 0; i < limits->count; i++) {
        const struct limit *limit = &limits->items[i];
        struct threshold_result *threshold = result_add_threshold(result, limit->text);
        if (limit->kind == LIMIT_GROWTH)
            judge_growth(threshold, limit, growth_for(limit, growths, count));
        else if (limit->kind == LIMIT_ERRORS && trials != NULL)
            judge_errors(threshold, limit->value, trials);
        else if (limit->kind == LIMIT_P99 && trials != NULL)
            judge_p99(threshold, limit->value, trials);
    }
}

static bool has_growth_limit(const struct limits *limits)
{
    for (size_t i = 0; i < limits->count; i++)
        if (limits->items[i].kind == LIMIT_GROWTH)
            return true;
    return false;
}

int thresholds_exit_code(const struct result *result, const struct limits *limits,
                         const struct trials *trials)
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
    if (result->verdict == VERDICT_GROWTH && !has_growth_limit(limits))
        return 1;
    if (!all_pass || result->verdict == VERDICT_INCONCLUSIVE)
        return 125;
    return 0;
}
