#include <math.h>
#include <string.h>

#include "other_inside.h"

#define HOUR 3600.0
#define DAY 86400.0
#define MB 1e6

static bool chance_is(struct chance *chance, double probability)
{
    return chance_between(chance, 0, 1) < probability;
}

static double rate_of_all(const struct other_plan *plan)
{
    double rate = 0;
    for (size_t e = 0; e < plan->endpoints; e++)
        rate += plan->flows[e].rate / (double)plan->replicas;
    return rate;
}

void heap_draw(struct other_plan *plan, struct chance *chance)
{
    const struct other_kind *kind = plan->kind;
    double rate = rate_of_all(plan);
    plan->base = chance_scale(chance, 80 * MB, 3000 * MB);
    plan->leaks_share = kind->leak == LEAK_SOME ? chance_scale(chance, 0.01, 0.2) : 1;
    plan->leaks_sigma = kind->leak == LEAK_LOGNORMAL ? chance_between(chance, 1, 2) : 0.3;
    plan->pink =
        plan->base * (kind->pink ? chance_scale(chance, 0.003, 0.02) : chance_scale(chance, 0.0002, 0.003));
    plan->heap_grows = chance_is(chance, 0.5) ? chance_between(chance, 0.05, 0.3) : 0.01;
    plan->garbage = plan->base * plan->heap_grows / (rate * chance_scale(chance, 5, HOUR));
    plan->large_tail = chance_between(chance, 1.2, 2.5);
    plan->large_bytes = plan->base * chance_scale(chance, 0.001, kind->large ? 0.03 : 0.004);
    plan->large_share = chance_scale(chance, 2, 60) / (rate * DAY);
    plan->fragments = chance_between(chance, 0, kind->large ? 0.6 : 0.3);
    plan->first_keys = rate * chance_scale(chance, 30, 6 * HOUR);
    plan->first_bytes = plan->base * chance_scale(chance, 0.01, 0.25);
    plan->daily_endpoint = chance_count(chance, 0, plan->endpoints - 1);
    plan->daily_at_midnight = chance_is(chance, 0.5);
    double a_day = plan->flows[plan->daily_endpoint].rate / (double)plan->replicas * DAY;
    plan->daily_keys = fmax(10, a_day * chance_scale(chance, 0.1, 3));
    plan->daily_bytes =
        kind->daily_cache ? plan->base * chance_scale(chance, 0.03, 0.4) / plan->daily_keys : 0;
    plan->session_hours = chance_scale(chance, 0.05, 4);
    plan->session_bytes =
        plan->base * chance_scale(chance, 0.003, 0.12) / (rate * plan->session_hours * HOUR);
    plan->recycled_after = rate / 4 * chance_scale(chance, HOUR, 12 * HOUR);
    plan->recycled_bytes =
        kind->recycled ? plan->base * chance_scale(chance, 0.02, 0.15) / plan->recycled_after : 0;
}

/* The sum of `count` draws whose mean is `mean`. */
static double lognormal_sum(struct chance *chance, double count, double mean, double sigma)
{
    enum { EACH = 60 };
    double sum = 0, spread = sqrt(exp(sigma * sigma) - 1);
    if (count > EACH)
        return fmax(0, mean * (count + sqrt(count) * fmin(spread, 6) * chance_normal(chance)));
    for (double i = 0; i < count; i++)
        sum += mean * exp(sigma * chance_normal(chance) - sigma * sigma / 2);
    return sum;
}

/* Entries of a hash map: half of the bytes are the entries, half is a table that doubles when it is full. */
static double table_bytes(double entries, double bytes)
{
    return entries * bytes / 2 + (entries < 1 ? 0 : exp2(ceil(log2(entries))) * bytes / 2 / 1.5);
}

static double leaks_step(const struct other_plan *plan, struct other_process *process, const double *counts,
                         double *gained, struct chance *chance)
{
    double all = 0;
    for (size_t i = 0; i < plan->truth.leak_count; i++) {
        const struct leak *leak = &plan->truth.leaks[i];
        double leaking = chance_hits(chance, counts[leak->endpoint], plan->leaks_share),
               before = process->leaked[i];
        double bytes = leak->bytes_per_request / plan->leaks_share;
        if (plan->kind->leak == LEAK_TABLE && i == 0)
            process->leaked[i] = table_bytes(process->entries += leaking, bytes);
        else
            process->leaked[i] += lognormal_sum(chance, leaking, bytes, plan->leaks_sigma);
        gained[i] += process->leaked[i] - before;
        all += process->leaked[i];
    }
    return all;
}

/* Keys of the last day, by the hour; or of this day, forgotten at midnight. */
static double daily_step(const struct other_plan *plan, struct other_process *process, double came,
                         double at_s)
{
    size_t bin = (size_t)(fmod(at_s, DAY) / HOUR);
    double distinct = 0;
    if (bin != process->daily_bin) {
        if (plan->daily_at_midnight && bin == 0)
            memset(process->daily, 0, sizeof process->daily);
        process->daily[bin] = 0;
        process->daily_bin = bin;
    }
    process->daily[bin] += came;
    for (size_t i = 0; i < TTL_BINS; i++)
        distinct += process->daily[i];
    return plan->daily_bytes * plan->daily_keys * (1 - exp(-distinct / plan->daily_keys));
}

/* Long memory: processes of 5 minutes to 9 days, as much of each. */
static double pink_step(const struct other_plan *plan, struct other_process *process, double seconds,
                        struct chance *chance)
{
    double sum = 0, tau = 300;
    for (size_t i = 0; i < OCTAVES; i++, tau *= 7) {
        double kept = exp(-seconds / tau);
        process->octaves[i] =
            kept * process->octaves[i] + sqrt(1 - kept * kept) * plan->pink * chance_normal(chance);
        sum += process->octaves[i];
    }
    return sum;
}

static double large_step(const struct other_plan *plan, struct other_process *process, double total,
                         double seconds, struct chance *chance)
{
    double now = 0;
    for (double i = chance_hits(chance, total, fmin(1, plan->large_share)); i > 0; i--) {
        double bytes = plan->large_bytes * pow(chance_between(chance, 0, 1), -1 / plan->large_tail);
        bytes = fmin(bytes, plan->base / 4);
        process->fragments = fmax(process->fragments, bytes * plan->fragments);
        now = chance_is(chance, 0.2) ? fmax(now, bytes) : now; /* it is still held as memory is read */
    }
    process->fragments *= exp(-seconds / (3 * DAY));
    return fmax(now, process->fragments);
}

static double workers_step(const struct other_plan *plan, struct other_process *process, double total)
{
    double bytes = 0;
    for (size_t i = 0; i < 4; i++) {
        process->worker[i] += total / 4 * (1 + 0.02 * (double)i);
        if (process->worker[i] > plan->recycled_after)
            process->worker[i] = 0;
        bytes += process->worker[i] * plan->recycled_bytes;
    }
    return bytes;
}

double heap_step(const struct other_plan *plan, struct other_process *process, const double *counts,
                 double at_s, double seconds, double *gained, struct chance *chance)
{
    double total = 0;
    for (size_t e = 0; e < plan->endpoints; e++)
        total += counts[e];
    process->served += total;
    process->idle += plan->truth.idle_bytes_per_hour * seconds / HOUR;
    double tau_s = HOUR * plan->session_hours, kept = exp(-seconds / tau_s);
    process->sessions = process->sessions * kept + total * (1 - kept) * tau_s / seconds;
    double live = plan->base + process->sessions * plan->session_bytes +
                  plan->first_bytes * (1 - exp(-process->served / plan->first_keys)) + process->idle +
                  leaks_step(plan, process, counts, gained, chance) +
                  daily_step(plan, process, counts[plan->daily_endpoint], at_s) +
                  workers_step(plan, process, total);
    process->heap += total * plan->garbage;
    if (process->heap > plan->heap_grows * live) /* where in its saw it is read, is chance */
        process->heap = plan->heap_grows * live * chance_between(chance, 0, 1);
    return live + process->heap + large_step(plan, process, total, seconds, chance) +
           pink_step(plan, process, seconds, chance);
}
