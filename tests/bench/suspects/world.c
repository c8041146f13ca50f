#include "world.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "numbers.h"

struct history_instance *world_add(struct world *world, const char *name)
{
    struct history *history = &world->history;
    struct history_instance *instance = history_add(history, name);
    world->hidden = xrealloc(world->hidden, history->instance_count * sizeof *world->hidden);
    world->hidden[history->instance_count - 1] = (struct hidden){
        xcalloc(history->rows + 1, sizeof(double)), xcalloc(history->rows + 1, sizeof(unsigned))};
    return instance;
}

bool world_grows(const struct world *world)
{
    return world->truth.leak_count > 0 || world->truth.idle_bytes_per_hour > 0;
}

bool world_leaks(const struct world *world, size_t endpoint)
{
    for (size_t i = 0; i < world->truth.leak_count; i++)
        if (world->truth.leaks[i].endpoint == endpoint)
            return true;
    return false;
}

double *world_hourly(const struct world *world, size_t *hours)
{
    const struct history *history = &world->history;
    size_t endpoints = history->endpoints.count;
    *hours = (size_t)((double)history->rows * history->step_s / 3600) + 1;
    double *sums = calloc(*hours * endpoints, sizeof *sums);
    for (size_t i = 0; i < history->instance_count; i++)
        for (size_t row = 0; row < history->rows; row++) {
            const float *came = history_requests(history, &history->instances[i], row);
            double *hour = sums + (size_t)((double)row * history->step_s / 3600) * endpoints;
            for (size_t e = 0; e < endpoints; e++)
                hour[e] += isnan(came[e]) ? 0 : (double)came[e];
        }
    return sums;
}

double world_moves_with(const struct world *world, const double *hourly, size_t hours, size_t a, size_t b)
{
    size_t endpoints = world->history.endpoints.count;
    return numbers_pearson(hourly + a, hourly + b, hours, endpoints);
}

void world_release(struct world *world)
{
    for (size_t i = 0; i < world->history.instance_count; i++) {
        free(world->hidden[i].leaked);
        free(world->hidden[i].life);
    }
    free(world->hidden);
    history_release(&world->history);
}
