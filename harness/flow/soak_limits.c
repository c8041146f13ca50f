/* The limits of a soak: of the service, and of each endpoint in it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flow/outlook.h"
#include "flow/soak_state.h"

double soak_mix_rate(const struct soak *soak)
{
    double rate = 0;
    for (size_t i = 0; i < soak->service->endpoint_count; i++)
        if (soak->usable[i])
            rate += soak->service->endpoints[i].rate_per_second * soak->service->endpoints[i].weight;
    return rate;
}

static int check_limit(const struct soak *soak, const struct limit *limit, struct err *err)
{
    struct decider decider;
    if (limit->signal == NULL)
        return 0;
    if (deciders_named(&decider, soak->trials.watch, limit->signal, err) != 0)
        return err_prefix(err, "'%s'", limit->text);
    if (decider.objects == limit->objects)
        return 0;
    return err_set(err, ERR_USAGE, "'%s': %s counts %s", limit->text, limit->signal,
                   decider.objects ? "objects" : "bytes");
}

static int check_limits(const struct soak *soak, const struct limits *limits, struct err *err)
{
    for (size_t i = 0; i < limits->count; i++)
        if (check_limit(soak, &limits->items[i], err) != 0)
            return -1;
    return 0;
}

int soak_check_limits(const struct soak *soak, struct err *err)
{
    for (size_t i = 0; i < soak->service->endpoint_count; i++)
        if (check_limits(soak, &soak->service->endpoints[i].limits, err) != 0)
            return -1;
    return check_limits(soak, &soak->service->limits, err);
}

/* A signal that decides nothing is judged where a limit names it. */
static void judge_named(const struct soak *soak, const struct limits *limits, struct result *result)
{
    for (size_t i = 0; i < limits->count; i++) {
        struct decider decider;
        const char *name = limits->items[i].signal;
        bool judged = name == NULL || deciders_named(&decider, soak->trials.watch, name, NULL) != 0;
        for (size_t s = 0; !judged && s < result->signal_count; s++)
            judged = strcmp(result->signals[s].name, name) == 0;
        if (judged)
            continue;
        struct growth_answer answer = soak_answer(soak, &decider);
        levels_say(result, &decider, &answer);
    }
}

static struct measured_growth *growths_of(const struct soak *soak, const struct result *result)
{
    struct measured_growth *growths = xcalloc(result->signal_count + 1, sizeof *growths);
    for (size_t i = 0; i < result->signal_count; i++) {
        const struct signal_result *signal = &result->signals[i];
        growths[i] =
            (struct measured_growth){.signal = signal->name,
                                     .objects = signal->objects,
                                     .per_request = signal->per_request,
                                     .interval = signal->interval,
                                     .smallest_detectable = signal->smallest_detectable,
                                     .requests_per_second = outlook_rate(soak->service, soak_mix_rate(soak)),
                                     .verdict = signal->verdict};
    }
    return growths;
}

/* What the mix gains is at most all this endpoint's: so much per request of its own. */
static void give_share(struct measured_growth *growth, double share)
{
    growth->per_request /= share;
    growth->interval.low /= share;
    growth->interval.high /= share;
    growth->smallest_detectable /= share;
    growth->requests_per_second *= share;
    growth->shared = share < 1;
}

static enum limits_standing judge_endpoint(const struct soak *soak, size_t endpoint, struct result *result,
                                           size_t signals, const struct measured *of_all)
{
    struct measured_growth *growths = growths_of(soak, result);
    struct measured measured = *of_all;
    double all = (double)trials_sum(&soak->trials).done;
    double own = (double)trials_tally(&soak->trials, endpoint).done;
    for (size_t i = 0; i < signals; i++)
        give_share(&growths[i], own / all);
    measured.growths = growths;
    measured.count = own > 0 ? signals : 0;
    enum limits_standing standing = thresholds_judge_endpoint(result, soak->service, endpoint, &measured);
    free(growths);
    return standing;
}

/* What was left out by choice is held to nothing; what could not be looked at has not kept its limits. */
static bool is_held(const struct soak *soak, size_t endpoint)
{
    bool chosen = soak->usable[endpoint] || soak->options->endpoint_count == 0;
    return chosen && soak->service->endpoints[endpoint].limits.count > 0;
}

enum limits_standing soak_judge_limits(const struct soak *soak, struct result *result)
{
    judge_named(soak, &soak->service->limits, result);
    for (size_t i = 0; i < soak->service->endpoint_count; i++)
        if (is_held(soak, i))
            judge_named(soak, &soak->service->endpoints[i].limits, result);
    size_t signals = result->signal_count;
    struct measured_growth *growths = growths_of(soak, result);
    const struct trials *const lanes[] = {&soak->trials};
    struct measured measured = {growths, signals, lanes, 1, true, soak->levels.look};
    enum limits_standing standing = thresholds_judge(result, &soak->service->limits, &measured);
    for (size_t i = 0; i < soak->service->endpoint_count; i++) {
        if (!is_held(soak, i))
            continue;
        enum limits_standing own = judge_endpoint(soak, i, result, signals, &measured);
        standing = own > standing ? own : standing;
    }
    free(growths);
    return standing;
}
