#include <math.h>

#include "fleet_inside.h"

#define HOUR 3600.0
#define DAY 86400.0
#define MB 1e6

static double requests_in_life(const struct plan *plan, size_t endpoint)
{
    double rate = 0, life_s = plan->days * DAY / (double)(plan->deploy_count + 1);
    for (size_t e = 0; e < plan->endpoints; e++)
        if (endpoint == ALL_ENDPOINTS || endpoint == e)
            rate += plan->loads[e].rate;
    return rate * life_s / (double)plan->slots;
}

static bool chance_is(struct chance *chance, double probability)
{
    return chance_between(chance, 0, 1) < probability;
}

/* One that ends early in the life of a process: a fifth of it or less, or not at all where `slow`. */
static void draw_cache(struct plan *plan, struct chance *chance, bool slow)
{
    struct software *software = &plan->software;
    struct cache *cache = &software->caches[software->cache_count++];
    size_t any = chance_count(chance, 0, plan->endpoints - 1);
    cache->endpoint = chance_is(chance, 0.5) ? ALL_ENDPOINTS : any;
    cache->bytes = software->base * (plan->kind->caches || slow ? chance_scale(chance, 0.05, 0.5)
                                                                : chance_scale(chance, 0.005, 0.06));
    cache->fills = slow                     ? CACHE_KEYS
                   : chance_is(chance, 0.5) ? CACHE_KEYS
                   : chance_is(chance, 0.7) ? CACHE_LRU
                                            : CACHE_TAIL;
    double share = slow ? chance_between(chance, 0.5, 2) : chance_scale(chance, 0.004, 0.12);
    if (cache->fills == CACHE_TAIL)
        share /= 6;
    cache->keys = fmax(20, share * requests_in_life(plan, cache->endpoint));
}

static void draw_pools(struct plan *plan, struct chance *chance)
{
    struct software *software = &plan->software;
    double rate = 0;
    for (size_t e = 0; e < plan->endpoints; e++)
        rate += plan->loads[e].rate / (double)plan->slots;
    bool ratchet = plan->kind->ratchet;
    software->flight_bytes = software->base * chance_scale(chance, 0.002, 0.06) / rate;
    software->latency_s = chance_scale(chance, 0.02, 0.6);
    double used = rate * software->latency_s;
    software->slot_bytes =
        ratchet || chance_is(chance, 0.4)
            ? software->base * chance_scale(chance, 0.01, ratchet ? 0.25 : 0.06) / (used + 3)
            : 0;
    software->keeps = ratchet ? 1 : chance_between(chance, 0.2, 1);
    software->gives_back_hours = ratchet || chance_is(chance, 0.4) ? INFINITY : chance_scale(chance, 0.2, 24);
    software->high_water = chance_is(chance, ratchet ? 0.5 : 0.2);
    software->garbage_most = software->base * chance_scale(chance, 0.003, 0.15);
    double between_s = chance_scale(chance, 2, 2 * HOUR); /* collections */
    software->garbage_per_request = software->garbage_most / (between_s * rate) * 0.8;
    software->garbage_idle = software->garbage_most / between_s * 0.2;
}

void software_draw(struct plan *plan, struct chance *chance)
{
    struct software *software = &plan->software;
    software->base = chance_scale(chance, 60 * MB, 2000 * MB);
    software->warm_share = chance_between(chance, 0, 0.3);
    software->warm_requests = chance_scale(chance, 20, 3000);
    software->lag_s = chance_is(chance, 0.6) ? 1 : chance_scale(chance, 120, HOUR);
    software->chunk = fmin(chance_scale(chance, 4096, 4 * MB), software->base / 200);
    software->large_endpoint = SIZE_MAX;
    draw_pools(plan, chance);
    for (size_t i = chance_count(chance, plan->kind->caches ? 2 : 0, plan->kind->caches ? 3 : 2); i > 0; i--)
        draw_cache(plan, chance, false);
    if (plan->kind->slow)
        draw_cache(plan, chance, true);
    if (chance_is(chance, 0.4)) {
        software->large_endpoint = chance_count(chance, 0, plan->endpoints - 1);
        software->large_bytes = software->base * chance_scale(chance, 0.01, 0.2);
        software->large_share =
            fmin(1, chance_scale(chance, 4, 200) / requests_in_life(plan, software->large_endpoint));
    }
    software->noise = software->base * chance_scale(chance, 0.0003, 0.004);
    software->slow_noise = software->base * chance_scale(chance, 0.0003, 0.006);
}

double software_settled(const struct plan *plan)
{
    const struct software *software = &plan->software;
    double rate = 0, bytes = software->base + software->garbage_most;
    for (size_t e = 0; e < plan->endpoints; e++)
        rate += plan->loads[e].rate / (double)plan->slots;
    for (size_t i = 0; i < software->cache_count; i++)
        bytes += software->caches[i].bytes;
    return bytes + 2 * rate * (software->flight_bytes + software->latency_s * software->slot_bytes);
}

static double cache_size(const struct cache *cache, double requests)
{
    double full = requests / cache->keys;
    switch (cache->fills) {
    case CACHE_KEYS:
        return cache->bytes * (1 - exp(-full));
    case CACHE_LRU:
        return cache->bytes * fmin(1, full);
    case CACHE_TAIL:
        return cache->bytes * (1 - pow(1 + full, -1.5));
    }
    return 0;
}

static double caches_step(const struct software *software, struct process *process, const double *counts,
                          double total)
{
    double bytes = 0;
    for (size_t i = 0; i < software->cache_count; i++) {
        const struct cache *cache = &software->caches[i];
        process->cached[i] += cache->endpoint == ALL_ENDPOINTS ? total : counts[cache->endpoint];
        bytes += cache_size(cache, process->cached[i]);
    }
    return bytes;
}

/* What is kept for good. */
static double leaks_step(const struct plan *plan, struct process *process, const double *counts,
                         double seconds, bool leaks)
{
    for (size_t i = 0; leaks && i < plan->truth.leak_count; i++)
        process->pending += plan->truth.leaks[i].bytes_per_request * counts[plan->truth.leaks[i].endpoint];
    double settles = process->pending * (1 - exp(-seconds / plan->software.lag_s));
    process->pending -= settles;
    process->leaked += settles;
    process->idle += plan->truth.idle_bytes_per_hour * seconds / HOUR;
    return process->leaked + process->idle;
}

static double pools_step(const struct software *software, struct process *process, double total,
                         double seconds, struct chance *chance)
{
    double rate = total / seconds, used = rate * software->latency_s;
    double most = used + sqrt(used) * (2.5 + fabs(chance_normal(chance)));
    process->pool = fmax(process->pool, most * software->slot_bytes);
    process->flight += (1 - exp(-seconds / 120)) * (rate * software->flight_bytes - process->flight);
    return process->pool + process->flight;
}

static double large_request(const struct software *software, const double *counts, struct chance *chance)
{
    return software->large_endpoint != SIZE_MAX &&
                   chance_hits(chance, counts[software->large_endpoint], software->large_share) > 0
               ? software->large_bytes * chance_between(chance, 0.5, 1)
               : 0;
}

/* What is freed stays with the allocator in part, and is used again in part. */
static void allocator_step(const struct software *software, struct process *process, double live,
                           double large, double seconds)
{
    double more = live - process->live;
    process->kept += more < 0 ? -more * software->keeps : 0;
    process->kept = more > 0 ? fmax(0, process->kept - more) : process->kept;
    process->kept = fmax(process->kept, large * software->keeps / 2);
    process->kept *= exp(-seconds / HOUR / software->gives_back_hours);
    process->most_live = fmax(process->most_live, live);
    /* what is used again leaves no holes: those that grew for days would be growth, whatever one calls it */
    process->kept = fmin(process->kept, fmax(process->most_live - live, large));
    process->live = live;
}

double process_step(const struct plan *plan, struct process *process, const double *counts, double seconds,
                    bool leaks, struct chance *chance)
{
    const struct software *software = &plan->software;
    double total = 0;
    for (size_t e = 0; e < plan->endpoints; e++)
        total += counts[e];
    process->served += total;
    double live =
        software->base * (1 - software->warm_share * exp(-process->served / software->warm_requests)) +
        leaks_step(plan, process, counts, seconds, leaks) + caches_step(software, process, counts, total) +
        pools_step(software, process, total, seconds, chance);
    double large = large_request(software, counts, chance);
    allocator_step(software, process, live, large, seconds);
    process->garbage += total * software->garbage_per_request + seconds * software->garbage_idle;
    if (process->garbage >
        software->garbage_most) /* at a place in the saw that scatters, as collections do */
        process->garbage = fmod(process->garbage, software->garbage_most) * chance_between(chance, 0, 1);
    double taken = ceil((live + process->kept) / software->chunk) * software->chunk + process->garbage;
    double read = taken + (chance_is(chance, 0.3) ? large : 0);
    process->highest = fmax(process->highest, read);
    process->slow = 0.98 * process->slow + 0.2 * software->slow_noise * chance_normal(chance);
    return (software->high_water ? process->highest : read) + process->slow +
           software->noise * chance_normal(chance);
}
