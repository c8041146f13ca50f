#include "other_fleet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "other_inside.h"

#define HOUR 3600.0
#define DAY 86400.0
#define A_MIDNIGHT 1780272000.0
#define MOST_CELLS 6000000.0

enum { MOST_NAMES = 48, HOURS_BEFORE = 36 };

static const struct other_kind kinds[] = {
    {.name = "one leaker", .weight = 4, .leakers = 1},
    {.name = "two leakers", .weight = 2, .leakers = 2},
    {.name = "leaker called with another", .weight = 2, .leakers = 1, .siblings = true},
    {.name = "leak of some requests", .weight = 2, .leakers = 1, .leak = LEAK_SOME},
    {.name = "leak of log-normal size", .weight = 2, .leakers = 1, .leak = LEAK_LOGNORMAL},
    {.name = "leak in a table that doubles", .weight = 1, .leakers = 1, .leak = LEAK_TABLE},
    {.name = "leak, sticky sessions", .weight = 1, .leakers = 1, .sticky = true},
    {.name = "leak, instances by load", .weight = 1, .leakers = 1, .scales = true},
    {.name = "leak, queues", .weight = 1, .leakers = 1, .queues = true},
    {.name = "leak and a daily cache", .weight = 1, .leakers = 1, .daily_cache = true},
    {.name = "leak and 1/f noise", .weight = 1, .leakers = 1, .pink = true},
    {.name = "none", .weight = 3},
    {.name = "none, a daily cache", .weight = 2, .daily_cache = true},
    {.name = "none, 1/f noise", .weight = 2, .pink = true},
    {.name = "none, large requests", .weight = 2, .large = true},
    {.name = "none, switching loads", .weight = 1, .switches = true},
    {.name = "none, instances by load", .weight = 1, .scales = true},
    {.name = "none, workers recycled", .weight = 1, .recycled = true},
    {.name = "idle growth only", .weight = 1, .idle = true},
};

static bool chance_is(struct chance *chance, double probability)
{
    return chance_between(chance, 0, 1) < probability;
}

static void draw_size(struct other_plan *plan, struct chance *chance)
{
    static const double steps[] = {60, 120, 300, 600, 900};
    plan->days = (double)chance_count(chance, 3, 16);
    plan->endpoints = chance_count(chance, 6, OTHER_ENDPOINTS);
    plan->replicas = chance_count(chance, plan->kind->scales ? 3 : 1, 6);
    plan->most_replicas = plan->kind->scales ? OTHER_REPLICAS : plan->replicas;
    size_t step = chance_count(chance, 0, 4);
    double cells = plan->days * DAY * (double)plan->endpoints * (double)plan->replicas *
                   (plan->kind->scales ? 6 : 2); /* names that come and go have rows of their own */
    while (step < 4 && cells / steps[step] > MOST_CELLS)
        step++;
    plan->step_s = steps[step];
    plan->rows = (size_t)(plan->days * DAY / plan->step_s);
    plan->start_s = A_MIDNIGHT + HOUR * (double)chance_count(chance, 0, 7 * 24);
}

static void draw_rollouts(struct other_plan *plan, struct chance *chance)
{
    double at_s = chance_scale(chance, 0.3, 9) * DAY;
    while (plan->rollout_count < OTHER_ROLLOUTS && at_s < plan->days * DAY) {
        plan->rollouts[plan->rollout_count++] = at_s;
        at_s += chance_scale(chance, 0.8, 12) * DAY;
    }
    plan->new_names = plan->kind->scales || chance_is(chance, 0.4);
    plan->tells_start = chance_is(chance, 0.7);
    plan->tells_limit = chance_is(chance, 0.5);
}

static bool hangs_together(const struct other_plan *plan, size_t endpoint)
{
    bool together = plan->flows[endpoint].with != SIZE_MAX;
    for (size_t e = 0; e < plan->endpoints; e++)
        together = together || plan->flows[e].with == endpoint;
    return together;
}

static size_t draw_leaker(struct other_plan *plan, struct chance *chance, size_t taken)
{
    for (size_t tries = 0; tries < 300; tries++) {
        size_t e = chance_count(chance, 0, plan->endpoints - 1);
        if (e != taken && plan->flows[e].rate * HOUR > 30 && hangs_together(plan, e) == plan->kind->siblings)
            return e;
    }
    size_t e = taken == plan->endpoints - 1 ? plan->endpoints - 2 : plan->endpoints - 1;
    struct flow *flow =
        &plan->flows[e]; /* nothing hangs on the last; the one before it, on the last neither */
    flow->after = SIZE_MAX;
    flow->with = plan->kind->siblings ? 0 : SIZE_MAX;
    flow->goes_on = 1;
    if (plan->kind->siblings) {
        plan->flows[0].rate = fmax(plan->flows[0].rate, 0.1);
        flow->rate = plan->flows[0].rate;
    } else
        flow->rate = fmax(flow->rate, 0.05);
    return e;
}

/* The mean time from a start to the next. */
static double usual_life_s(const struct other_plan *plan)
{
    double life_s = plan->days * DAY / (double)(plan->rollout_count + 1);
    return plan->kind->scales ? fmin(life_s, DAY) : life_s;
}

static void draw_truth(struct other_plan *plan, struct chance *chance)
{
    struct truth *truth = &plan->truth;
    double life_s = usual_life_s(plan);
    double growth = chance_scale(chance, 0.015, 0.6) / (double)(plan->kind->leakers > 1 ? 2 : 1);
    truth->base_bytes = plan->base;
    for (size_t i = 0; i < truth->leak_count; i++) {
        struct leak *leak = &truth->leaks[i];
        leak->growth = growth * (i > 0 ? chance_between(chance, 0.5, 1) : 1);
        double requests = plan->flows[leak->endpoint].rate * life_s / (double)plan->replicas;
        leak->bytes_per_request = leak->growth * plan->base / requests;
    }
    truth->idle_bytes_per_hour = plan->kind->idle ? growth * plan->base / (life_s / HOUR) : 0;
}

static void draw_plan(struct other_plan *plan, const struct other_kind *kind, struct chance *chance)
{
    *plan = (struct other_plan){.kind = kind};
    draw_size(plan, chance);
    flows_draw(plan, chance);
    for (size_t i = 0; i < kind->leakers; i++) {
        plan->truth.leaks[i].endpoint =
            draw_leaker(plan, chance, i > 0 ? plan->truth.leaks[0].endpoint : SIZE_MAX);
        plan->truth.leak_count++;
    }
    draw_rollouts(plan, chance);
    heap_draw(plan, chance);
    draw_truth(plan, chance);
    plan->uneven = kind->sticky ? chance_between(chance, 0.3, 1) : chance_scale(chance, 0.01, 0.15);
}

/* Where a process runs; up to `most_replicas` at a time. */
struct replica {
    bool up, known;
    unsigned life;
    size_t instance, rollouts;
    double started_s;
    double uneven[OTHER_ENDPOINTS], before[OTHER_ENDPOINTS];
    struct other_process process;
};

struct going_on {
    const struct other_plan *plan;
    struct world *world;
    struct history *history;
    struct chance *chance;
    struct replica replicas[OTHER_REPLICAS];
    double gained[MOST_LEAKS], came[MOST_LEAKS]; /* bytes and requests, of all processes */
};

static double *nothing_known(size_t rows)
{
    double *values = malloc(rows * sizeof *values);
    for (size_t i = 0; i < rows; i++)
        values[i] = NAN;
    return values;
}

static void give_name(struct going_on *on, struct replica *replica)
{
    char name[] = "api-0123456789";
    for (size_t i = 4; i < sizeof name - 1; i++)
        name[i] = "bcdfghjklmnpqrstvwxz2456789"[chance_count(on->chance, 0, 26)];
    struct history_instance *instance = world_add(on->world, name);
    instance->started = on->plan->tells_start ? nothing_known(on->plan->rows) : NULL;
    instance->limit = on->plan->tells_limit ? nothing_known(on->plan->rows) : NULL;
    replica->instance = on->history->instance_count - 1;
    replica->known = false;
}

static void start(struct going_on *on, struct replica *replica, double at_s, bool new_name)
{
    if (new_name || !replica->up)
        give_name(on, replica);
    replica->up = true;
    replica->life++;
    replica->started_s = at_s;
    replica->process = (struct other_process){.daily_bin = 0};
    memset(replica->before, 0, sizeof replica->before);
}

/* So many as the load of the last minutes wants, one more or less at a time. */
static void scale(struct going_on *on, const double *rates, double at_s)
{
    const struct other_plan *plan = on->plan;
    double now = 0, mean = 0;
    size_t up = 0;
    for (size_t e = 0; e < plan->endpoints; e++) {
        now += rates[e];
        mean += plan->flows[e].rate;
    }
    while (up < plan->most_replicas && on->replicas[up].up)
        up++;
    double wanted = fmin(fmax(2, now / mean * (double)plan->replicas), (double)plan->most_replicas);
    if (wanted > (double)up + 0.7 && up < plan->most_replicas && on->history->instance_count < MOST_NAMES)
        start(on, &on->replicas[up], at_s, true);
    else if (wanted < (double)up - 1.2 && up > 2)
        on->replicas[up - 1].up = false;
}

static void roll_out(struct going_on *on, size_t index, double at_s)
{
    struct replica *replica = &on->replicas[index];
    while (replica->up && replica->rollouts < on->plan->rollout_count &&
           at_s >= on->plan->rollouts[replica->rollouts] + 120 * (double)index) {
        replica->rollouts++;
        start(on, replica, at_s, on->plan->new_names && on->history->instance_count < MOST_NAMES);
    }
}

static void drift_shares(struct going_on *on)
{
    double kept = exp(-on->plan->step_s / (8 * HOUR));
    for (size_t i = 0; i < on->plan->most_replicas; i++)
        for (size_t e = 0; e < on->plan->endpoints; e++)
            on->replicas[i].uneven[e] = kept * on->replicas[i].uneven[e] +
                                        sqrt(1 - kept * kept) * on->plan->uneven * chance_normal(on->chance);
}

static void shares_of(const struct going_on *on, const struct replica *replica, double *shares)
{
    for (size_t e = 0; e < on->plan->endpoints; e++) {
        double sum = 0;
        for (size_t i = 0; i < on->plan->most_replicas; i++)
            sum += on->replicas[i].up ? exp(on->replicas[i].uneven[e]) : 0;
        shares[e] = exp(replica->uneven[e]) / sum;
    }
}

static void write_row(struct going_on *on, struct replica *replica, size_t row, double memory,
                      const double *counts)
{
    struct history_instance *instance = &on->history->instances[replica->instance];
    struct hidden *hidden = &on->world->hidden[replica->instance];
    instance->memory[row] = floor(memory / 4096) * 4096;
    hidden->life[row] = replica->life;
    for (size_t i = 0; i < on->plan->truth.leak_count; i++)
        hidden->leaked[row] += replica->process.leaked[i];
    if (instance->started != NULL)
        instance->started[row] = on->plan->start_s + replica->started_s;
    if (instance->limit != NULL)
        instance->limit[row] = 8 * on->plan->base;
    for (size_t e = 0; replica->known && e < on->plan->endpoints; e++)
        instance->requests[row * on->plan->endpoints + e] = (float)counts[e];
    replica->known = true;
}

static double replica_step(struct going_on *on, struct replica *replica, const double *rates, double at_s,
                           double seconds, double *counts)
{
    double shares[OTHER_ENDPOINTS];
    shares_of(on, replica, shares);
    flows_counts(on->plan, rates, shares, seconds, replica->before, on->chance, counts);
    memcpy(replica->before, counts, sizeof replica->before);
    for (size_t i = 0; i < on->plan->truth.leak_count; i++)
        on->came[i] += counts[on->plan->truth.leaks[i].endpoint];
    return heap_step(on->plan, &replica->process, counts, on->plan->start_s + at_s, seconds, on->gained,
                     on->chance);
}

static void live_before(struct going_on *on, const double *rates)
{
    const struct other_plan *plan = on->plan;
    size_t age = chance_count(on->chance, 1, HOURS_BEFORE), in_hour = (size_t)(HOUR / plan->step_s);
    double counts[OTHER_ENDPOINTS];
    for (size_t i = 0; i < plan->replicas; i++)
        start(on, &on->replicas[i], -(double)age * HOUR, true);
    for (size_t hour = 0; hour < age; hour++)
        for (size_t i = 0; i < plan->replicas; i++)
            replica_step(on, &on->replicas[i], rates + (hour * in_hour) % plan->rows * plan->endpoints,
                         -(double)(age - hour) * HOUR, HOUR, counts);
}

static void go_on(struct going_on *on, const double *rates)
{
    const struct other_plan *plan = on->plan;
    double counts[OTHER_ENDPOINTS] = {0};
    live_before(on, rates);
    for (size_t row = 0; row < plan->rows; row++) {
        double at_s = (double)row * plan->step_s;
        const double *now = rates + row * plan->endpoints;
        drift_shares(on);
        if (plan->kind->scales && row % 3 == 0)
            scale(on, now, at_s);
        for (size_t i = 0; i < plan->most_replicas; i++) {
            struct replica *replica = &on->replicas[i];
            roll_out(on, i, at_s);
            double up_s = fmin(plan->step_s, at_s - replica->started_s);
            if (!replica->up || up_s <= 0)
                continue;
            double memory = replica_step(on, replica, now, at_s, up_s, counts);
            write_row(on, replica, row, memory, counts);
        }
    }
}

static void make(struct world *world, size_t kind, uint64_t seed)
{
    uint64_t numbers[] = {0x07e6, kind, seed};
    struct chance chance = chance_of(numbers, sizeof numbers / sizeof *numbers);
    struct other_plan *plan = malloc(sizeof *plan);
    draw_plan(plan, &kinds[kind], &chance);
    *world = (struct world){.kind = kinds[kind].name, .seed = seed, .truth = plan->truth};
    world->history = (struct history){.start_s = plan->start_s, .step_s = plan->step_s, .rows = plan->rows};
    names_add_endpoints(&world->history.endpoints, plan->endpoints);
    struct going_on *on = calloc(1, sizeof *on);
    *on = (struct going_on){.plan = plan, .world = world, .history = &world->history, .chance = &chance};
    double *rates = flows_rates(plan, &chance);
    go_on(on, rates);
    for (size_t i = 0; i < plan->truth.leak_count; i++) /* as it turned out */
        world->truth.leaks[i].bytes_per_request = on->came[i] > 0 ? on->gained[i] / on->came[i] : 0;
    free(rates);
    free(on);
    free(plan);
}

static const char *kind_name(size_t index)
{
    return kinds[index].name;
}

static double kind_weight(size_t index)
{
    return kinds[index].weight;
}

const struct world_maker other_fleet = {.name = "other",
                                        .says = "fleets of another build",
                                        .kinds = sizeof kinds / sizeof *kinds,
                                        .kind = kind_name,
                                        .weight = kind_weight,
                                        .make = make};
