#include "mark.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "strength.h"

enum { MORE_IN_GROUP = 2 };
#define APART 0.8 /* r below which two endpoints do not belong in one group */

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A world with what is worked out of it once. */
struct marking {
    const struct world *world;
    double *hourly;
    size_t hours;
    const struct opinion *opinion;
};

static double moves_with(const struct marking *marking, size_t a, size_t b)
{
    return a == b ? 1 : world_moves_with(marking->world, marking->hourly, marking->hours, a, b);
}

static double requests(const struct marking *marking, size_t endpoint)
{
    double sum = 0;
    for (size_t hour = 0; hour < marking->hours; hour++)
        sum += marking->hourly[hour * marking->world->history.endpoints.count + endpoint];
    return sum;
}

/* Bytes of a request to any of a suspect's endpoints. */
static double true_bytes(const struct marking *marking, size_t rank)
{
    double bytes = 0, all = 0;
    const struct truth *truth = &marking->world->truth;
    for (size_t e = 0; e < marking->world->history.endpoints.count; e++)
        all += marking->opinion->rank[e] == rank ? requests(marking, e) : 0;
    for (size_t i = 0; i < truth->leak_count; i++)
        if (marking->opinion->rank[truth->leaks[i].endpoint] == rank)
            bytes += truth->leaks[i].bytes_per_request * requests(marking, truth->leaks[i].endpoint);
    return bytes / all;
}

static void mark_leak(const struct marking *marking, const struct leak *leak, size_t collinear,
                      struct told *told)
{
    const struct opinion *opinion = marking->opinion;
    size_t together = 0, alien = 0, size = 0;
    *told = (struct told){.rank = opinion->rank[leak->endpoint], .truth = NAN};
    if (told->rank == 0)
        return;
    for (size_t e = 0; e < marking->world->history.endpoints.count; e++)
        if (opinion->rank[e] == told->rank && e != leak->endpoint) {
            double r = moves_with(marking, e, leak->endpoint);
            size++;
            together += r >= WORLD_COLLINEAR;
            alien += r < APART;
        }
    told->found = told->rank <= FIRST && size <= collinear + MORE_IN_GROUP;
    told->group_right = told->found && together == collinear && alien == 0;
    told->bytes = opinion->bytes[leak->endpoint];
    told->low = opinion->low[leak->endpoint];
    told->high = opinion->high[leak->endpoint];
    told->stated = !leak->ends && !isnan(told->low) && !isnan(told->high);
    told->truth = true_bytes(marking, told->rank);
    told->held = told->stated && told->low <= told->truth && told->truth <= told->high;
}

static size_t count_beside(const struct marking *marking)
{
    const struct truth *truth = &marking->world->truth;
    size_t beside = 0;
    for (size_t rank = 1; rank <= marking->opinion->named; rank++) {
        bool near = false;
        for (size_t e = 0; e < marking->world->history.endpoints.count; e++)
            for (size_t i = 0; marking->opinion->rank[e] == rank && i < truth->leak_count; i++)
                near = near || moves_with(marking, e, truth->leaks[i].endpoint) >= WORLD_COLLINEAR;
        beside += !near;
    }
    return beside;
}

static void mark_method(struct marking *marking, enum method method, struct mark *mark)
{
    struct marked *marked = &mark->by[method];
    struct opinion opinion;
    double from = now_s();
    opinion_ask(&opinion, method, marking->world, marking->hourly, marking->hours);
    marked->seconds = now_s() - from;
    marking->opinion = &opinion;
    marked->named = opinion.named;
    marked->grows = opinion.grows;
    if (method == METHOD_SEEP)
        memcpy(mark->reason, opinion.reason, sizeof mark->reason);
    marked->beside = count_beside(marking);
    for (size_t i = 0; i < mark->leak_count; i++)
        mark_leak(marking, &marking->world->truth.leaks[i], mark->collinear[i], &marked->told[i]);
    opinion_release(&opinion);
}

static void mark_truth(const struct marking *marking, struct mark *mark)
{
    const struct world *world = marking->world;
    mark->endpoints = world->history.endpoints.count;
    mark->instances = world->history.instance_count;
    mark->rows = world->history.rows;
    mark->days = (double)mark->rows * world->history.step_s / 86400;
    mark->leak_count = world->truth.leak_count;
    mark->grows = world_grows(world);
    mark->unsettled = world->truth.unsettled;
    for (size_t i = 0; i < mark->leak_count; i++) {
        mark->leakers[i] = world->truth.leaks[i].endpoint;
        mark->growth[i] = world->truth.leaks[i].growth;
        mark->strength[i] = strength_of(world, &world->truth.leaks[i], marking->hourly, marking->hours);
        for (size_t e = 0; e < mark->endpoints; e++)
            mark->collinear[i] +=
                e != mark->leakers[i] && moves_with(marking, e, mark->leakers[i]) >= WORLD_COLLINEAR;
    }
}

void mark_world(struct mark *mark, const struct world_maker *maker, size_t kind, uint64_t seed)
{
    struct world world;
    double from = now_s();
    maker->make(&world, kind, seed);
    struct marking marking = {.world = &world};
    marking.hourly = world_hourly(&world, &marking.hours);
    *mark = (struct mark){.kind = kind, .seed = seed, .made_seconds = now_s() - from};
    mark_truth(&marking, mark);
    for (size_t method = 0; method < METHODS; method++)
        mark_method(&marking, (enum method)method, mark);
    free(marking.hourly);
    world_release(&world);
}
