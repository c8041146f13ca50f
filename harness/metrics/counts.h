/* What came since the row before: counters, rates and increases brought to one form. */
#ifndef SEEP_METRICS_COUNTS_H
#define SEEP_METRICS_COUNTS_H

#include <stdbool.h>

#include "metrics/promql.h"
#include "metrics/series.h"

/* What is known of the instance that a series belongs to, beside it. */
struct counts_around {
    const bool *alive; /* rows: some series of it has a value there; NULL: not known */
    bool
        summed; /* several counters in one: where it falls, one of them began again, and what came is not known */
    const double *started; /* rows: when its process started; NULL or NaN: not known */
};

/* Fills `counts` (grid.rows): the increase since the row before; NaN: not known. A counter that fell, or whose process started
 * since, began again at 0. One that is born while its instance is there began at 0. What came within a gap is spread evenly over
 * it, of a restart in it only what came after, where it is known when. */
void counts_of_counter(const struct grid *grid, const double *values, const struct counts_around *around,
                       double *counts);

/* The same of values that are per second, or that are the increase within the last `window_s`. */
void counts_of_rate(const struct grid *grid, const double *values, double *counts);
void counts_of_increase(const struct grid *grid, const double *values, double window_s, double *counts);

/* Where nothing else tells of restarts, counters do: all of a process begin again together. Adds to `fallen` what each counter
 * held at the row before one at which it fell, to `held` what each held before any row at which it is known. Rows of grid. */
void counts_note_falls(const struct grid *grid, const double *values, double *fallen, double *held);
#define COUNTS_RESTART 0.5 /* of what all held, at least, belongs to such as fell: a restart */

/* The share of changes that are falls, of all series together: a counter's are its restarts. NaN: nothing changes. */
double counts_falls(const struct series_set *set);

#endif
