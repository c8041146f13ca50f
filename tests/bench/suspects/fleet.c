#include "fleet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet_inside.h"
#include "names.h"

#define HOUR 3600.0
#define DAY 86400.0
#define A_MIDNIGHT 1788134400.0
enum { STEPS_BEFORE = 40 };
#define MOST_CELLS 8000000.0 /* rows x endpoints x slots: a world is made in less than a second */

static const struct fleet_kind kinds[] = {
    {.name = "one leaker", .weight = 4, .leakers = 1},
    {.name = "two leakers", .weight = 2, .leakers = 2},
    {.name = "leaker collinear with others", .weight = 2, .leakers = 1, .leaker = LEAKER_COLLINEAR},
    {.name = "leaker rare", .weight = 1, .leakers = 1, .leaker = LEAKER_RARE},
    {.name = "leak and caches", .weight = 2, .leakers = 1, .caches = true},
    {.name = "leak to the limit", .weight = 1, .leakers = 1, .oom = true},
    {.name = "leak that a deploy ends", .weight = 1, .leakers = 1, .fixed = true},
    {.name = "leak and idle growth", .weight = 1, .leakers = 1, .idle = true},
    {.name = "leak, one instance", .weight = 1, .leakers = 1, .single = true},
    {.name = "leak, two days", .weight = 1, .leakers = 1, .days = 2},
    {.name = "none", .weight = 3},
    {.name = "none, caches", .weight = 2, .caches = true},
    {.name = "none, a cache still filling", .weight = 1, .slow = true},
    {.name = "none, ratchets", .weight = 2, .ratchet = true},
    {.name = "none, the load drifts", .weight = 2, .drift = true},
    {.name = "none, many deploys", .weight = 1, .deploys = true},
    {.name = "none, one instance", .weight = 1, .single = true},
    {.name = "none, two days", .weight = 1, .days = 2},
    {.name = "idle growth only", .weight = 1, .idle = true},
};

static bool chance_is(struct chance *chance, double probability)
{
    return chance_between(chance, 0, 1) < probability;
}

static void draw_size(struct plan *plan, struct chance *chance)
{
    static const double steps[] = {60, 120, 300, 600, 900};
    const struct fleet_kind *kind = plan->kind;
    plan->days = kind->days > 0 ? kind->days : floor(chance_scale(chance, 3, 21.99));
    plan->endpoints = (size_t)chance_scale(chance, 5, MOST_ENDPOINTS + 0.99);
    plan->slots = kind->single ? 1 : chance_count(chance, 1, MOST_SLOTS);
    size_t step = chance_count(chance, 0, sizeof steps / sizeof *steps - 1);
    double cells = plan->days * DAY * (double)plan->endpoints * (double)plan->slots;
    while (step + 1 < sizeof steps / sizeof *steps && cells / steps[step] > MOST_CELLS)
        step++;
    plan->step_s = steps[step];
    plan->rows = (size_t)(plan->days * DAY / plan->step_s);
    plan->start_s = A_MIDNIGHT + DAY * (double)chance_count(chance, 0, 6);
}

static void draw_deploys(struct plan *plan, struct chance *chance)
{
    double expected = plan->kind->deploys  ? plan->days * chance_between(chance, 0.5, 1)
                      : plan->kind->single ? plan->days / 14
                                           : plan->days * chance_scale(chance, 0.03, 0.4);
    plan->deploy_count = (size_t)fmin(MOST_DEPLOYS, chance_poisson(chance, expected));
    if (plan->deploy_count == 0 && (plan->kind->fixed || plan->kind->deploys))
        plan->deploy_count = 1;
    bool renames = chance_is(chance, 0.5) && !plan->kind->single;
    for (size_t i = 0; i < plan->deploy_count; i++) {
        struct deploy *deploy = &plan->deploys[i];
        double day =
            floor(plan->days * ((double)i + chance_between(chance, 0.2, 1)) / (double)plan->deploy_count);
        deploy->at_s = day * DAY + chance_between(chance, 9, 18) * HOUR;
        deploy->renames = renames;
        bool changes = chance_is(chance, 0.4);
        for (size_t e = 0; e < plan->endpoints; e++)
            deploy->mix[e] = changes && chance_is(chance, 0.1) ? exp(0.7 * chance_normal(chance)) : 1;
    }
    plan->fixed_at_s = plan->kind->fixed ? plan->deploys[plan->deploy_count / 2].at_s : INFINITY;
}

static bool has_calls(const struct plan *plan, size_t endpoint)
{
    for (size_t e = 0; e < plan->endpoints; e++)
        if (plan->loads[e].parent == endpoint && plan->loads[e].follow >= 1)
            return true;
    return false;
}

/* Whether an endpoint can be the leaker that the kind asks for. */
static bool fits(const struct plan *plan, size_t endpoint)
{
    const struct load *load = &plan->loads[endpoint];
    bool family = has_calls(plan, endpoint) || (load->parent != SIZE_MAX && load->follow >= 1);
    double an_hour = load->rate * HOUR;
    if (plan->kind->leaker == LEAKER_COLLINEAR)
        return family && an_hour > 500;
    return !family && (plan->kind->leaker == LEAKER_RARE ? an_hour <= 40 && an_hour >= 1 : an_hour > 40);
}

/* Where no endpoint fits, one is made to. */
static void make_fit(struct plan *plan, size_t endpoint, struct chance *chance)
{
    struct load *load = &plan->loads[endpoint];
    for (size_t e = 0; e < plan->endpoints; e++)
        if (plan->loads[e].parent == endpoint)
            plan->loads[e].parent = SIZE_MAX;
    load->parent = SIZE_MAX;
    load->rate =
        plan->kind->leaker == LEAKER_RARE ? chance_scale(chance, 2, 30) / HOUR : fmax(load->rate, 0.1);
    if (plan->kind->leaker != LEAKER_COLLINEAR)
        return;
    size_t other = endpoint > 0 ? endpoint - 1 : 1;
    struct load *call = &plan->loads[other];
    for (size_t e = 0; e < plan->endpoints; e++)
        if (plan->loads[e].parent == other)
            plan->loads[e].parent = SIZE_MAX;
    load->rate = fmax(load->rate, 0.5);
    call->parent = endpoint;
    call->follow = 1;
    call->multiple = (double)chance_count(chance, 1, 3);
    call->rate = load->rate * call->multiple;
}

static size_t draw_leaker(struct plan *plan, struct chance *chance)
{
    size_t endpoint = 0;
    for (size_t tries = 0; tries < 200; tries++) {
        endpoint = chance_count(chance, 0, plan->endpoints - 1);
        bool taken = plan->truth.leak_count > 0 && plan->truth.leaks[0].endpoint == endpoint;
        if (!taken && fits(plan, endpoint))
            return endpoint;
    }
    endpoint = plan->truth.leak_count > 0 ? (plan->truth.leaks[0].endpoint + 2) % plan->endpoints : endpoint;
    make_fit(plan, endpoint, chance);
    return endpoint;
}

/* Growth is of one process in its usual life. */
static void draw_truth(struct plan *plan, struct chance *chance)
{
    struct truth *truth = &plan->truth;
    truth->base_bytes = plan->software.base;
    truth->unsettled = plan->kind->slow;
    double life_s = plan->days * DAY / (double)(plan->deploy_count + 1);
    double growth =
        chance_scale(chance, 0.01, 0.6) / (double)(plan->kind->leakers + (plan->kind->idle ? 1 : 0));
    growth *= plan->kind->oom ? 3 : 1;
    double all = plan->kind->idle ? growth : 0;
    for (size_t i = 0; i < plan->kind->leakers; i++) {
        double part = growth * (i > 0 ? chance_scale(chance, 0.4, 1) : 1);
        const struct load *load = &plan->loads[truth->leaks[i].endpoint];
        truth->leaks[i].bytes_per_request =
            part * truth->base_bytes / (load->rate * life_s / (double)plan->slots);
        truth->leaks[i].growth = part;
        truth->leaks[i].ends = plan->kind->fixed;
        all += part;
    }
    truth->idle_bytes_per_hour = plan->kind->idle ? growth * truth->base_bytes / (life_s / HOUR) : 0;
    plan->limit = plan->kind->oom
                      ? software_settled(plan) + truth->base_bytes * all * chance_between(chance, 0.15, 0.5)
                      : truth->base_bytes * (chance_between(chance, 2, 4) + all);
}

static void draw_plan(struct plan *plan, const struct fleet_kind *kind, struct chance *chance)
{
    *plan = (struct plan){.kind = kind};
    draw_size(plan, chance);
    load_draw(plan, chance);
    for (size_t i = 0; i < kind->leakers; i++) {
        plan->truth.leaks[i].endpoint = draw_leaker(plan, chance);
        plan->truth.leak_count++;
    }
    draw_deploys(plan, chance);
    software_draw(plan, chance);
    draw_truth(plan, chance);
    plan->imbalance = chance_scale(chance, 0.01, 0.35);
    plan->crashes_per_day = chance_is(chance, 0.5) ? 0 : chance_scale(chance, 0.01, 0.15);
    plan->gaps_per_day = chance_is(chance, 0.5) ? 0 : chance_scale(chance, 0.05, 1);
    plan->tells_start = !kind->single && chance_is(chance, 0.8);
    plan->tells_limit = chance_is(chance, 0.6);
    plan->tells_restarts = !kind->single && chance_is(chance, 0.5);
    plan->late_series = !kind->single && chance_is(chance, 0.5);
}

/* A place that instances run in, one after another. */
struct slot {
    size_t instance; /* in history */
    struct process process;
    double started_s, down_until_s, gap_until_s;
    double weight, restarts;
    size_t deploys;
    unsigned life;
    bool was_known; /* the row before */
    bool seen[MOST_ENDPOINTS];
};

struct run {
    const struct plan *plan;
    struct world *world;
    struct history *history;
    struct chance *chance;
    struct slot slots[MOST_SLOTS];
};

static double *nothing_known(size_t rows)
{
    double *values = malloc(rows * sizeof *values);
    for (size_t i = 0; i < rows; i++)
        values[i] = NAN;
    return values;
}

static void slot_name(struct run *run, size_t index)
{
    struct slot *slot = &run->slots[index];
    char name[64];
    if (run->plan->deploy_count > 0 && run->plan->deploys[0].renames)
        snprintf(name, sizeof name, "shop-%05llx-%zu",
                 (unsigned long long)(chance_next(run->chance) & 0xfffff), index);
    else
        snprintf(name, sizeof name, "10.0.0.%zu:8080", index + 11);
    struct history_instance *instance = world_add(run->world, name);
    slot->instance = run->history->instance_count - 1;
    if (run->plan->tells_start && instance->started == NULL)
        instance->started = nothing_known(run->plan->rows);
    if (run->plan->tells_limit && instance->limit == NULL)
        instance->limit = nothing_known(run->plan->rows);
    if (run->plan->tells_restarts && instance->restarts == NULL)
        instance->restarts = nothing_known(run->plan->rows);
    slot->restarts = 0;
    slot->was_known = false;
    memset(slot->seen, 0, sizeof slot->seen);
}

static void slot_restart(struct slot *slot, double at_s, double down_s)
{
    slot->down_until_s = at_s + down_s;
    slot->started_s = slot->down_until_s;
    slot->life++;
    slot->process = (struct process){0};
}

/* What ends processes; a rolling deploy takes a minute for each. */
static void slot_events(struct run *run, size_t index, double at_s)
{
    struct slot *slot = &run->slots[index];
    const struct plan *plan = run->plan;
    double down_s = chance_scale(run->chance, 3, 90);
    while (slot->deploys < plan->deploy_count &&
           at_s >= plan->deploys[slot->deploys].at_s + 60 * (double)index) {
        slot_restart(slot, at_s, down_s);
        if (plan->deploys[slot->deploys++].renames)
            slot_name(run, index);
    }
    if (chance_is(run->chance, plan->crashes_per_day * plan->step_s / DAY)) {
        slot_restart(slot, at_s, down_s);
        slot->restarts++;
    }
    if (chance_is(run->chance, plan->gaps_per_day * plan->step_s / DAY))
        slot->gap_until_s = at_s + chance_scale(run->chance, 1, 90) * 60;
}

static void slot_write(struct run *run, struct slot *slot, size_t row, double memory, const double *counts,
                       bool known)
{
    struct history_instance *instance = &run->history->instances[slot->instance];
    instance->memory[row] = memory;
    run->world->hidden[slot->instance].leaked[row] = slot->process.leaked;
    run->world->hidden[slot->instance].life[row] = slot->life + 1;
    if (instance->started != NULL)
        instance->started[row] = run->plan->start_s + slot->started_s;
    if (instance->limit != NULL)
        instance->limit[row] = run->plan->limit;
    if (instance->restarts != NULL)
        instance->restarts[row] = slot->restarts;
    float *came = instance->requests + row * run->plan->endpoints;
    for (size_t e = 0; known && e < run->plan->endpoints; e++) {
        bool first = run->plan->late_series && !slot->seen[e]; /* its series begins with what came */
        came[e] = first ? 0 : (float)counts[e];
        slot->seen[e] = slot->seen[e] || counts[e] > 0;
    }
}

static void slot_row(struct run *run, size_t index, size_t row, const double *rates, double share)
{
    struct slot *slot = &run->slots[index];
    const struct plan *plan = run->plan;
    double at_s = (double)row * plan->step_s, counts[MOST_ENDPOINTS];
    double up_s = fmin(plan->step_s, at_s - slot->started_s);
    if (up_s <= 0)
        return;
    load_counts(plan, rates, share, up_s, run->chance, counts);
    bool leaks = at_s < plan->fixed_at_s;
    double memory = process_step(plan, &slot->process, counts, up_s, leaks, run->chance);
    if (memory > plan->limit) {
        slot_restart(slot, at_s, chance_scale(run->chance, 3, 60));
        slot->restarts++;
        return;
    }
    bool gap = at_s < slot->gap_until_s;
    if (!gap)
        slot_write(run, slot, row, memory, counts, slot->was_known);
    slot->was_known = !gap;
}

/* What a process did before monitoring is asked about it. */
static void live_before(struct run *run, struct slot *slot, const double *rates, double age_s)
{
    double counts[MOST_ENDPOINTS];
    slot->started_s = -age_s;
    for (size_t i = 0; i < STEPS_BEFORE; i++) {
        const double *then = rates + (run->plan->rows - 1) * i / STEPS_BEFORE * run->plan->endpoints;
        double step_s = age_s / STEPS_BEFORE;
        load_counts(run->plan, then, 1 / (double)run->plan->slots, step_s, run->chance, counts);
        process_step(run->plan, &slot->process, counts, step_s, true, run->chance);
    }
    memset(slot->seen, 1, sizeof slot->seen);
}

static void begin(struct run *run, const double *rates)
{
    double age_s = chance_scale(run->chance, 60, 2 * DAY);
    for (size_t i = 0; i < run->plan->slots; i++) {
        struct slot *slot = &run->slots[i];
        slot_name(run, i);
        slot->weight = run->plan->imbalance * chance_normal(run->chance);
        live_before(run, slot, rates, age_s * chance_between(run->chance, 0.9, 1));
    }
}

static void pass_time(struct run *run, const double *rates)
{
    const struct plan *plan = run->plan;
    double most[MOST_SLOTS];
    for (size_t i = 0; i < plan->slots; i++)
        most[i] = exp(run->slots[i].weight);
    for (size_t row = 0; row < plan->rows; row++) {
        double at_s = (double)row * plan->step_s, sum = 0;
        for (size_t i = 0; i < plan->slots; i++) {
            slot_events(run, i, at_s);
            double kept = exp(-plan->step_s / DAY);
            run->slots[i].weight = kept * run->slots[i].weight +
                                   sqrt(1 - kept * kept) * plan->imbalance * chance_normal(run->chance);
            most[i] = at_s >= run->slots[i].down_until_s ? exp(run->slots[i].weight) : 0;
            sum += most[i];
        }
        for (size_t i = 0; i < plan->slots; i++)
            slot_row(run, i, row, rates + row * plan->endpoints, sum > 0 ? most[i] / sum : 0);
    }
}

static void make(struct world *world, size_t kind, uint64_t seed)
{
    uint64_t numbers[] = {0xf1ee7, kind, seed};
    struct chance chance = chance_of(numbers, sizeof numbers / sizeof *numbers);
    struct plan *plan = malloc(sizeof *plan);
    draw_plan(plan, &kinds[kind], &chance);
    *world = (struct world){.kind = kinds[kind].name, .seed = seed, .truth = plan->truth};
    world->history = (struct history){.start_s = plan->start_s, .step_s = plan->step_s, .rows = plan->rows};
    names_add_endpoints(&world->history.endpoints, plan->endpoints);
    struct run *run = calloc(1, sizeof *run);
    *run = (struct run){.plan = plan, .world = world, .history = &world->history, .chance = &chance};
    double *rates = load_rates(plan, &chance);
    begin(run, rates);
    pass_time(run, rates);
    free(rates);
    free(run);
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

const struct world_maker fleet = {.name = "fleet",
                                  .says = "web services as they are run",
                                  .kinds = sizeof kinds / sizeof *kinds,
                                  .kind = kind_name,
                                  .weight = kind_weight,
                                  .make = make};
