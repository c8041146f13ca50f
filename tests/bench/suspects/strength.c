#include "strength.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { OTHERS_BETTER = 2, FEW = 4 };

/* Hours of one process, one after another: what memory is without the leak, and requests so far. */
struct hour {
    size_t life, number; /* of its instance; of the world */
    double memory, rows;
};

struct innovations {
    double *memory;   /* count */
    double *requests; /* count x columns: what endpoints, and last time, would add, whitened */
    size_t count, columns;
};

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Half the width of the middle two thirds; sorts. */
static double robust_deviation(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return count < 6 ? NAN : (values[count * 5 / 6] - values[count / 6]) / 2;
}

static size_t hour_of(const struct history *history, size_t row)
{
    return (size_t)((double)row * history->step_s / 3600);
}

/* As many as hours_of() has, where processes end within hours as well. */
static size_t count_hours(const struct world *world, size_t index)
{
    const unsigned *life = world->hidden[index].life;
    size_t count = 0, last = SIZE_MAX;
    for (size_t row = 0; row < world->history.rows; row++) {
        if (life[row] == 0)
            continue;
        count += last == SIZE_MAX || life[last] != life[row] ||
                 hour_of(&world->history, last) != hour_of(&world->history, row);
        last = row;
    }
    return count;
}

/* An hour in which a process ends is one for each of them. so_far: hours x columns, at the end of each. */
static size_t hours_of(const struct world *world, size_t index, struct hour *hours, double *so_far)
{
    const struct history *history = &world->history;
    const struct history_instance *instance = &history->instances[index];
    size_t columns = history->endpoints.count + 1, count = 0;
    double *sums = xcalloc(columns, sizeof *sums);
    for (size_t row = 0; row < history->rows; row++) {
        unsigned life = world->hidden[index].life[row];
        size_t number = hour_of(history, row);
        if (life == 0)
            continue;
        if (count == 0 || hours[count - 1].life != life || hours[count - 1].number != number)
            hours[count++] = (struct hour){life, number, 0, 0};
        const float *came = history_requests(history, instance, row);
        for (size_t e = 0; e + 1 < columns; e++)
            sums[e] += isnan(came[e]) ? 0 : (double)came[e];
        sums[columns - 1]++;
        hours[count - 1].memory += instance->memory[row] - world->hidden[index].leaked[row];
        hours[count - 1].rows++;
        memcpy(so_far + (count - 1) * columns, sums, columns * sizeof *sums);
    }
    for (size_t i = 0; i < count; i++)
        hours[i].memory /= hours[i].rows;
    free(sums);
    return count;
}

static bool follows(const struct hour *hours, size_t i)
{
    return i > 0 && hours[i].life == hours[i - 1].life && hours[i].number == hours[i - 1].number + 1;
}

/* One value of each hour and the hour before, by the mean of the process; products and squares are added. */
static void add_correlation(const struct hour *hours, size_t count, double *products, double *squares)
{
    for (size_t from = 0, to; from < count; from = to) {
        double mean = 0;
        for (to = from; to < count && hours[to].life == hours[from].life; to++)
            mean += hours[to].memory;
        mean /= (double)(to - from);
        for (size_t i = from; i < to; i++)
            if (follows(hours, i)) {
                *products += (hours[i].memory - mean) * (hours[i - 1].memory - mean);
                *squares += (hours[i - 1].memory - mean) * (hours[i - 1].memory - mean);
            }
    }
}

static void add_innovations(struct innovations *all, const struct hour *hours, const double *so_far,
                            size_t count, double kept)
{
    size_t columns = all->columns;
    for (size_t i = 0; i < count; i++) {
        if (!follows(hours, i))
            continue;
        all->memory[all->count] = hours[i].memory - kept * hours[i - 1].memory;
        for (size_t e = 0; e < columns; e++)
            all->requests[all->count * columns + e] =
                so_far[i * columns + e] - kept * so_far[(i - 1) * columns + e];
        all->count++;
    }
}

/* Each process has a level of its own. */
static void take_means(struct innovations *all, size_t from)
{
    size_t columns = all->columns, count = all->count - from;
    for (size_t e = 0; e <= columns; e++) {
        double *first = e < columns ? all->requests + from * columns + e : all->memory + from, mean = 0;
        size_t stride = e < columns ? columns : 1;
        for (size_t i = 0; i < count; i++)
            mean += first[i * stride] / (double)count;
        for (size_t i = 0; i < count; i++)
            first[i * stride] -= mean;
    }
}

static void gather(const struct world *world, struct innovations *all)
{
    const struct history *history = &world->history;
    struct hour **hours = xcalloc(history->instance_count, sizeof *hours);
    double **so_far = xcalloc(history->instance_count, sizeof *so_far), products = 0, squares = 0;
    size_t *counts = xcalloc(history->instance_count, sizeof *counts), sum = 0;
    for (size_t i = 0; i < history->instance_count; i++) {
        size_t most = count_hours(world, i) + 1;
        hours[i] = xcalloc(most, sizeof **hours);
        so_far[i] = xcalloc(most * all->columns, sizeof **so_far);
        counts[i] = hours_of(world, i, hours[i], so_far[i]);
        add_correlation(hours[i], counts[i], &products, &squares);
        sum += counts[i];
    }
    double kept = squares > 0 ? fmin(fmax(products / squares, 0), 1) : 1;
    all->memory = xcalloc(sum + 1, sizeof *all->memory);
    all->requests = xcalloc((sum + 1) * all->columns, sizeof *all->requests);
    for (size_t i = 0; i < history->instance_count; i++)
        for (size_t from = 0, to; from < counts[i]; from = to) {
            size_t before = all->count;
            for (to = from; to < counts[i] && hours[i][to].life == hours[i][from].life; to++)
                ;
            if (to - from >= FEW)
                add_innovations(all, hours[i] + from, so_far[i] + from * all->columns, to - from, kept);
            take_means(all, before);
        }
    for (size_t i = 0; i < history->instance_count; i++) {
        free(hours[i]);
        free(so_far[i]);
    }
    free(hours);
    free(so_far);
    free(counts);
}

/* What is left of the leak where another column explains what it can of it: a share of its squares. */
static double left_beside(const struct innovations *all, size_t leaker, size_t other)
{
    double own = 0, others = 0, both = 0;
    for (size_t i = 0; i < all->count; i++) {
        const double *row = all->requests + i * all->columns;
        own += row[leaker] * row[leaker];
        others += row[other] * row[other];
        both += row[leaker] * row[other];
    }
    return own - (both > 0 && others > 0 ? both * both / others : 0);
}

double strength_of(const struct world *world, const struct leak *leak, const double *hourly, size_t hours)
{
    size_t endpoints = world->history.endpoints.count, count = 0;
    struct innovations all = {.columns = endpoints + 1};
    gather(world, &all);
    double *left = xcalloc(endpoints + 1, sizeof *left);
    for (size_t e = 0; e < endpoints; e++)
        if (e != leak->endpoint &&
            !(world_moves_with(world, hourly, hours, e, leak->endpoint) >= WORLD_COLLINEAR))
            left[count++] = left_beside(&all, leak->endpoint, e);
    qsort(left, count, sizeof *left, by_value);
    double least = fmin(count > OTHERS_BETTER ? left[OTHERS_BETTER] : INFINITY,
                        left_beside(&all, leak->endpoint, endpoints));
    double strength =
        leak->bytes_per_request * sqrt(fmax(0, least)) / robust_deviation(all.memory, all.count);
    free(left);
    free(all.memory);
    free(all.requests);
    return strength;
}
