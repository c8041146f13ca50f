#include "opinion.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/suspects.h"
#include "numbers.h"

#define RESTARTED 0.8 /* memory falls below this share of the hour before: nobody takes that for growth */

const char *method_name(enum method method)
{
    static const char *const names[] = {[METHOD_SEEP] = "seep suspects",
                                        [METHOD_GROWTH] = "r with hourly growth",
                                        [METHOD_CHARTS] = "r of the two charts"};
    return names[method];
}

static size_t endpoint_named(const struct world *world, const char *name)
{
    size_t e = 0;
    while (e < world->history.endpoints.count && strcmp(world->history.endpoints.items[e], name) != 0)
        e++;
    return e;
}

static void ask_seep(struct opinion *opinion, const struct world *world)
{
    struct suspects_options options = {.limit_bytes = NAN, .seed = world->seed};
    struct suspects suspects = {.verdict = VERDICT_INCONCLUSIVE};
    suspects_analyse(&world->history, &options, &suspects);
    opinion->grows = suspects.verdict == VERDICT_GROWTH;
    opinion->named = suspects.count;
    snprintf(opinion->reason, sizeof opinion->reason, "%s", suspects.reason != NULL ? suspects.reason : "");
    for (size_t i = 0; i < suspects.count; i++)
        for (size_t k = 0; k < suspects.items[i].endpoints.count; k++) {
            size_t e = endpoint_named(world, suspects.items[i].endpoints.items[k]);
            if (e == world->history.endpoints.count)
                continue;
            opinion->rank[e] = i + 1;
            opinion->bytes[e] = suspects.items[i].bytes_per_request;
            opinion->low[e] = suspects.items[i].interval.low;
            opinion->high[e] = suspects.items[i].interval.high;
        }
    suspects_release(&suspects);
}

/* Mean memory of an instance, hour by hour; NaN where none is known. */
static void hourly_memory(const struct history *history, const struct history_instance *instance,
                          size_t hours, double *memory)
{
    double *known = calloc(hours, sizeof *known);
    memset(memory, 0, hours * sizeof *memory);
    for (size_t row = 0; row < history->rows; row++) {
        size_t hour = (size_t)((double)row * history->step_s / 3600);
        if (isnan(instance->memory[row]))
            continue;
        memory[hour] += instance->memory[row];
        known[hour]++;
    }
    for (size_t hour = 0; hour < hours; hour++)
        memory[hour] = known[hour] > 0 ? memory[hour] / known[hour] : NAN;
    free(known);
}

/* x: memory, y: requests; one after another for all instances, endpoints side by side. */
struct charts {
    double *x, *y;
    size_t count, endpoints;
};

static void add_instance(struct charts *charts, const struct history *history,
                         const struct history_instance *instance, size_t hours)
{
    double *x = charts->x + charts->count, *y = charts->y + charts->count * charts->endpoints;
    hourly_memory(history, instance, hours, x);
    for (size_t hour = hours; hour-- > 1;)
        x[hour] = x[hour] < RESTARTED * x[hour - 1] ? NAN : x[hour] - x[hour - 1];
    x[0] = NAN;
    for (size_t row = 0; row < history->rows; row++)
        for (size_t e = 0; e < charts->endpoints; e++) {
            float came = history_requests(history, instance, row)[e];
            y[(size_t)((double)row * history->step_s / 3600) * charts->endpoints + e] +=
                isnan(came) ? 0 : (double)came;
        }
    charts->count += hours;
}

static void growth_charts(struct charts *charts, const struct history *history, size_t hours)
{
    size_t all = hours * history->instance_count;
    charts->x = calloc(all, sizeof *charts->x);
    charts->y = calloc(all * charts->endpoints, sizeof *charts->y);
    for (size_t i = 0; i < history->instance_count; i++)
        add_instance(charts, history, &history->instances[i], hours);
}

static void two_charts(struct charts *charts, const struct history *history, const double *hourly,
                       size_t hours)
{
    double *one = malloc(hours * sizeof *one), *known = calloc(hours, sizeof *known);
    charts->x = calloc(hours, sizeof *charts->x);
    charts->y = malloc(hours * charts->endpoints * sizeof *charts->y);
    memcpy(charts->y, hourly, hours * charts->endpoints * sizeof *charts->y);
    for (size_t i = 0; i < history->instance_count; i++) {
        hourly_memory(history, &history->instances[i], hours, one);
        for (size_t hour = 0; hour < hours; hour++)
            if (!isnan(one[hour])) {
                charts->x[hour] += one[hour];
                known[hour]++;
            }
    }
    for (size_t hour = 0; hour < hours; hour++)
        charts->x[hour] = known[hour] > 0 ? charts->x[hour] / known[hour] : NAN;
    charts->count = hours;
    free(one);
    free(known);
}

static void rank_by_r(struct opinion *opinion, const struct charts *charts)
{
    double *r = malloc(charts->endpoints * sizeof *r);
    for (size_t e = 0; e < charts->endpoints; e++) {
        double *apart = malloc(charts->count * sizeof *apart);
        for (size_t i = 0; i < charts->count; i++)
            apart[i] = charts->y[i * charts->endpoints + e];
        r[e] = numbers_pearson(charts->x, apart, charts->count, 1);
        r[e] = isnan(r[e]) ? -1 : r[e];
        free(apart);
    }
    for (size_t e = 0; e < charts->endpoints; e++) {
        opinion->rank[e] = 1;
        for (size_t other = 0; other < charts->endpoints; other++)
            opinion->rank[e] += r[other] > r[e] || (r[other] == r[e] && other < e);
        opinion->named += r[e] > OPINION_NAMED;
    }
    opinion->grows = opinion->named > 0;
    free(r);
}

void opinion_ask(struct opinion *opinion, enum method method, const struct world *world, const double *hourly,
                 size_t hours)
{
    size_t count = world->history.endpoints.count;
    struct charts charts = {.endpoints = count};
    *opinion = (struct opinion){.rank = calloc(count, sizeof *opinion->rank),
                                .bytes = malloc(count * sizeof *opinion->bytes),
                                .low = malloc(count * sizeof *opinion->low),
                                .high = malloc(count * sizeof *opinion->high)};
    for (size_t e = 0; e < count; e++)
        opinion->bytes[e] = opinion->low[e] = opinion->high[e] = NAN;
    if (method == METHOD_SEEP)
        ask_seep(opinion, world);
    else if (method == METHOD_GROWTH)
        growth_charts(&charts, &world->history, hours);
    else
        two_charts(&charts, &world->history, hourly, hours);
    if (method != METHOD_SEEP)
        rank_by_r(opinion, &charts);
    free(charts.x);
    free(charts.y);
}

void opinion_release(struct opinion *opinion)
{
    free(opinion->rank);
    free(opinion->bytes);
    free(opinion->low);
    free(opinion->high);
}
