#include "flow/thresholds.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/certain.h"
#include "base/interrupt.h"
#include "base/units.h"

#define P99_LEAST 1000 /* answers: below that the 99th percentile is a handful of requests */
#define SECONDS_PER_HOUR 3600

/* Why a limit is shown neither way. */
struct ruling {
    enum limits_standing standing;
    char why[256]; /* "": the reason of the run says it */
};

static void rule(struct ruling *ruling, enum limits_standing standing, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void rule(struct ruling *ruling, enum limits_standing standing, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(ruling->why, sizeof ruling->why, format, arguments);
    va_end(arguments);
    ruling->standing = standing;
}

static enum threshold_outcome against(double limit, const struct interval *interval)
{
    if (interval->low > limit)
        return THRESHOLD_FAIL;
    return interval->high <= limit ? THRESHOLD_PASS : THRESHOLD_INCONCLUSIVE;
}

static bool is_for(const struct limit *limit, const char *signal, bool objects)
{
    return limit->kind == LIMIT_GROWTH &&
           (limit->signal != NULL ? strcmp(limit->signal, signal) == 0 : limit->objects == objects);
}

static const struct measured_growth *growth_for(const struct limit *limit, const struct measured *measured)
{
    for (size_t i = 0; i < measured->count; i++)
        if (is_for(limit, measured->growths[i].signal, measured->growths[i].objects))
            return &measured->growths[i];
    return NULL;
}

static const char *amount(char out[64], double value, const struct limit *limit)
{
    char number[UNITS_SIZE];
    if (limit->per_second)
        value *= SECONDS_PER_HOUR;
    if (limit->objects)
        snprintf(number, sizeof number, "%.3g objects", value);
    else
        units_bytes(number, value);
    snprintf(out, 64, "%s per %s", number, limit->per_second ? "hour" : "request");
    return out;
}

static void rule_growth(const struct threshold_result *threshold, const struct limit *limit,
                        const struct measured_growth *growth, double scale, struct ruling *ruling)
{
    char low[64], high[64];
    if (growth->verdict == VERDICT_NO_GROWTH && isnan(growth->smallest_detectable))
        rule(ruling, LIMITS_OPEN, "nothing grows, but how little would have been seen is not known");
    else if (growth->verdict == VERDICT_NO_GROWTH)
        rule(ruling, LIMITS_OPEN, "nothing grows, but less than %s would not have been seen",
             amount(low, growth->smallest_detectable * scale, limit));
    else if (growth->shared)
        rule(ruling, LIMITS_STUCK,
             "the mix grows, and how much of that is this endpoint's is not known (-e)");
    else if (threshold->interval.low > limit->value)
        rule(ruling, LIMITS_OPEN, "it is passed, but growth is not shown to go on");
    else
        rule(ruling, LIMITS_OPEN, "it lies within the interval, %s to %s",
             amount(low, threshold->interval.low, limit), amount(high, threshold->interval.high, limit));
}

static void say_per_hour(struct threshold_result *threshold)
{
    threshold->value *= SECONDS_PER_HOUR;
    threshold->interval.low *= SECONDS_PER_HOUR;
    threshold->interval.high *= SECONDS_PER_HOUR;
}

static void judge_growth(struct threshold_result *threshold, const struct limit *limit,
                         const struct measured_growth *growth, struct ruling *ruling)
{
    if (growth == NULL) {
        rule(ruling, LIMITS_STUCK, "no signal that was judged counts %s",
             limit->signal != NULL ? limit->signal
             : limit->objects      ? "objects"
                                   : "bytes");
        return;
    }
    double scale = limit->per_second ? growth->requests_per_second : 1;
    if (isnan(scale)) {
        rule(ruling, LIMITS_STUCK, "how often it is called is not known");
        return;
    }
    rule(ruling, LIMITS_OPEN, "too little is known of %s", growth->signal);
    if (growth->objects != limit->objects || isnan(growth->per_request))
        return;
    threshold->value = growth->per_request * scale;
    threshold->interval = (struct interval){growth->interval.low * scale, growth->interval.high * scale};
    threshold->outcome = against(limit->value, &threshold->interval);
    /* A point without an interval shows nothing; a flat series shows no more than it could have seen. */
    if (growth->verdict == VERDICT_NO_GROWTH)
        threshold->outcome =
            growth->smallest_detectable * scale <= limit->value ? THRESHOLD_PASS : THRESHOLD_INCONCLUSIVE;
    else if ((growth->verdict == VERDICT_INCONCLUSIVE || growth->shared) &&
             threshold->outcome == THRESHOLD_FAIL)
        threshold->outcome = THRESHOLD_INCONCLUSIVE;
    if (threshold->outcome == THRESHOLD_INCONCLUSIVE)
        rule_growth(threshold, limit, growth, scale, ruling);
    if (limit->per_second)
        say_per_hour(threshold);
}

/* Wilson's interval of a share (Wilson, J. Am. Stat. Assoc. 22:209, 1927); z: the normal quantile. */
static struct interval share_interval(double hits, double n, double z)
{
    double p = hits / n, middle = p + z * z / (2 * n);
    double half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)), scale = 1 + z * z / n;
    return (struct interval){(middle - half) / scale, (middle + half) / scale};
}

static void judge_errors(struct threshold_result *threshold, double limit, const struct tally *tally,
                         double normal, struct ruling *ruling)
{
    if (tally->planned == 0) {
        rule(ruling, LIMITS_STUCK, "nothing was sent");
        return;
    }
    double wrong = (double)(tally->failed + tally->done - tally->landed);
    threshold->value = wrong / (double)tally->planned;
    threshold->interval = share_interval(wrong, (double)tally->planned, normal);
    threshold->outcome = against(limit, &threshold->interval);
    rule(ruling, LIMITS_OPEN, "it lies within the interval, %.3g %% to %.3g %%",
         threshold->interval.low * 100, threshold->interval.high * 100);
}

/* From the due time: what waited for its turn waited for its answer as well. */
static void judge_p99(struct threshold_result *threshold, double limit_s, const struct histogram *times,
                      double normal, struct ruling *ruling)
{
    char low[UNITS_SIZE], high[UNITS_SIZE];
    if (times == NULL) {
        rule(ruling, LIMITS_STUCK, "a hunt drives as fast as it can: times say nothing");
        return;
    }
    if (times->count < P99_LEAST) {
        rule(ruling, LIMITS_OPEN, "it takes %d answers, and %llu came", P99_LEAST,
             (unsigned long long)times->count);
        return;
    }
    double error = normal * sqrt(0.99 * 0.01 / (double)times->count);
    threshold->value = (double)histogram_quantile(times, 0.99) / 1e6;
    threshold->interval = (struct interval){(double)histogram_quantile(times, 0.99 - error) / 1e6,
                                            (double)histogram_quantile(times, fmin(1, 0.99 + error)) / 1e6};
    threshold->outcome = against(limit_s, &threshold->interval);
    rule(ruling, LIMITS_OPEN, "it lies within the interval, %s to %s",
         units_duration(low, threshold->interval.low), units_duration(high, threshold->interval.high));
}

/* Returns how the limit stands; a caveat says why it is not settled. */
static enum limits_standing judge_one(struct result *result, const char *text, const struct limit *limit,
                                      const struct measured *measured, const struct tally *tally,
                                      const struct histogram *times)
{
    struct threshold_result *threshold = result_add_threshold(result, text);
    struct ruling ruling = {LIMITS_STUCK, ""};
    double normal = certain_normal(measured->look);
    if (limit->kind == LIMIT_GROWTH)
        judge_growth(threshold, limit, growth_for(limit, measured), &ruling);
    else if (limit->kind == LIMIT_ERRORS)
        judge_errors(threshold, limit->value, tally, normal, &ruling);
    else
        judge_p99(threshold, limit->value, measured->timed ? times : NULL, normal, &ruling);
    if (threshold->outcome != THRESHOLD_INCONCLUSIVE)
        return LIMITS_SETTLED;
    if (ruling.why[0] != '\0')
        strings_addf(&result->caveats, "%s is not shown either way: %s", text, ruling.why);
    return ruling.standing;
}

static enum limits_standing worse(enum limits_standing a, enum limits_standing b)
{
    return a > b ? a : b;
}

enum limits_standing thresholds_judge(struct result *result, const struct limits *limits,
                                      const struct measured *measured)
{
    enum limits_standing standing = LIMITS_SETTLED;
    struct latencies all = {0};
    struct tally sum = {0};
    for (size_t i = 0; i < measured->lane_count; i++) {
        struct tally one = trials_sum(measured->lanes[i]);
        tally_merge(&sum, &one);
        trials_all_latencies(measured->lanes[i], &all);
    }
    for (size_t i = 0; i < limits->count; i++) {
        const struct limit *limit = &limits->items[i];
        standing = worse(standing, judge_one(result, limit->text, limit, measured, &sum, &all.total));
    }
    latencies_release(&all);
    return standing;
}

/* Of an endpoint whose answers were not those recorded errors are all that is known. */
static enum limits_standing leave_open(struct result *result, const char *text, const char *why)
{
    result_add_threshold(result, text);
    strings_addf(&result->caveats, "%s is not shown either way: not looked at, %s", text, why);
    return LIMITS_STUCK;
}

enum limits_standing thresholds_judge_endpoint(struct result *result, const struct service *service,
                                               size_t index, const struct measured *measured)
{
    const struct endpoint *endpoint = &service->endpoints[index];
    enum limits_standing standing = LIMITS_SETTLED;
    struct latencies times = {0};
    struct tally tally = {0};
    for (size_t i = 0; i < measured->lane_count; i++) {
        struct tally one = trials_tally(measured->lanes[i], index);
        tally_merge(&tally, &one);
        latencies_merge(&times, &measured->lanes[i]->latencies[index]);
    }
    char *why = trials_why_not_landed(&tally, NULL, NULL);
    for (size_t i = 0; i < endpoint->limits.count; i++) {
        const struct limit *limit = &endpoint->limits.items[i];
        char *text = xasprintf("%s: %s", endpoint->name, limit->text);
        if (tally.planned == 0)
            standing = worse(standing, leave_open(result, text, "nothing was sent"));
        else if (why != NULL && limit->kind != LIMIT_ERRORS)
            standing = worse(standing, leave_open(result, text, why));
        else
            standing = worse(standing, judge_one(result, text, limit, measured, &tally, &times.total));
        free(text);
    }
    free(why);
    latencies_release(&times);
    return standing;
}

double thresholds_tightest(const struct limits *limits, const char *signal, bool objects,
                           double requests_per_second)
{
    double tightest = NAN;
    for (size_t i = 0; i < limits->count; i++)
        if (is_for(&limits->items[i], signal, objects))
            tightest = fmin(tightest,
                            limits->items[i].value / (limits->items[i].per_second ? requests_per_second : 1));
    return tightest;
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

void thresholds_add_killed(struct result *result, double limit_bytes)
{
    char bytes[UNITS_SIZE];
    char *text = limit_bytes > 0 ? xasprintf("memory of the container > %s", units_bytes(bytes, limit_bytes))
                                 : xstrdup("memory of the container");
    struct threshold_result *threshold = result_add_threshold(result, text);
    threshold->outcome = THRESHOLD_FAIL;
    threshold->value = limit_bytes > 0 ? limit_bytes : (double)NAN;
    free(text);
}

int thresholds_exit_code(const struct result *result, const struct service *service, enum halt halt,
                         const struct err *err)
{
    bool all_pass = true;
    if (halt == HALT_ERROR)
        return (int)err->code;
    if (halt == HALT_INTERRUPTED)
        return 128 + interrupt_signal();
    for (size_t i = 0; i < result->threshold_count; i++) {
        if (result->thresholds[i].outcome == THRESHOLD_FAIL)
            return 1;
        all_pass = all_pass && result->thresholds[i].outcome == THRESHOLD_PASS;
    }
    if (unlimited_growth(result, service))
        return 1;
    return all_pass && result->verdict != VERDICT_INCONCLUSIVE ? 0 : 125;
}
