#include "metrics/counts.h"

#include <math.h>

static void spread(double *counts, size_t first, size_t last, double amount)
{
    for (size_t row = first; row <= last; row++)
        counts[row] = amount / (double)(last - first + 1);
}

/* When the process that is there at `row` started, where that was after `since`; NaN: it did not, or nothing tells. */
static double started_since(const struct grid *grid, const struct counts_around *around, size_t since,
                            size_t row)
{
    double started = around->started != NULL ? around->started[row] : NAN;
    return started > grid_time(grid, since) + 1 ? started : NAN;
}

/* A counter was `before` at row `last` and is `now` at `row`. */
static void add_increase(const struct grid *grid, const struct counts_around *around, size_t last,
                         double before, size_t row, double now, double *counts)
{
    double started = started_since(grid, around, last, row);
    if (now >= before && isnan(started)) {
        spread(counts, last + 1, row, now - before);
        return;
    }
    if (around->summed)
        return;
    size_t first = last + 1;
    while (first < row && !isnan(started) && grid_time(grid, first) < started)
        first++;
    if (row == last + 1 || !isnan(started))
        spread(counts, first, row, now);
}

/* The last row before `row` at which the instance was there; -1: none. */
static long alive_before(const struct counts_around *around, size_t row)
{
    for (size_t at = row; around->alive != NULL && at > 0; at--)
        if (around->alive[at - 1])
            return (long)at - 1;
    return -1;
}

void counts_of_counter(const struct grid *grid, const double *values, const struct counts_around *around,
                       double *counts)
{
    long last = -1;
    for (size_t row = 0; row < grid->rows; row++) {
        counts[row] = NAN;
        if (isnan(values[row]))
            continue;
        if (last >= 0) {
            add_increase(grid, around, (size_t)last, values[last], row, values[row], counts);
        } else {
            long before = alive_before(around, row);
            if (before >= 0)
                add_increase(grid, around, (size_t)before, 0, row, values[row], counts);
            else if (row > 0 && !isnan(started_since(grid, around, row - 1, row)))
                counts[row] = values[row];
        }
        last = (long)row;
    }
}

void counts_of_rate(const struct grid *grid, const double *values, double *counts)
{
    for (size_t row = 0; row < grid->rows; row++)
        counts[row] = values[row] * grid->step_s;
}

void counts_of_increase(const struct grid *grid, const double *values, double window_s, double *counts)
{
    for (size_t row = 0; row < grid->rows; row++)
        counts[row] = values[row] * grid->step_s / window_s;
}

void counts_note_falls(const struct grid *grid, const double *values, double *fallen, double *held)
{
    double last = NAN;
    for (size_t row = 0; row < grid->rows; row++) {
        if (isnan(values[row]))
            continue;
        held[row] += isnan(last) ? 0 : last;
        fallen[row] += values[row] < last ? last : 0;
        last = values[row];
    }
}

double counts_falls(const struct series_set *set)
{
    double falls = 0, rises = 0;
    for (size_t i = 0; i < set->count; i++) {
        double last = NAN;
        for (size_t row = 0; row < set->grid.rows; row++) {
            double value = set->items[i].values[row];
            falls += value < last;
            rises += value > last;
            last = isnan(value) ? last : value;
        }
    }
    return falls + rises > 0 ? falls / (falls + rises) : NAN;
}
