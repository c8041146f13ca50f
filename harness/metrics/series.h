/* Labelled series on one grid of time. */
#ifndef SEEP_METRICS_SERIES_H
#define SEEP_METRICS_SERIES_H

#include "base/strings.h"
#include "metrics/labels.h"

/* Row r is the moment start_s + r * step_s, seconds since the epoch. */
struct grid {
    double start_s, step_s;
    size_t rows;
};
double grid_time(const struct grid *grid, size_t row);

/* The row at this moment, to the nearest; -1: none is within half a step of it. */
long grid_row(const struct grid *grid, double at_s);

struct series {
    struct labels labels;
    double *values; /* grid.rows; NaN: not known */
};

struct series_index;
struct series_set {
    struct grid grid;
    struct series *items;
    size_t count;
    struct strings warnings;    /* of whoever gave them */
    struct series_index *index; /* by labels */
};

void series_set_init(struct series_set *set, const struct grid *grid);
void series_set_release(struct series_set *set);

/* The series of these labels, NaN throughout where it is new; labels are taken over. Good until the next. */
struct series *series_of(struct series_set *set, struct labels *labels_take);

size_t series_points(const struct series_set *set); /* values that are known */

/* What series have under a label, each once, in the order in which it comes; "" where one has none. */
void series_values(const struct series_set *set, const char *label, struct strings *values);
void series_label_names(const struct series_set *set, struct strings *names); /* without __name__ */

/* Seconds from the epoch on of a step that is a multiple of `step_s`, at or before `at_s`. */
double grid_align(double at_s, double step_s);

/* 15 s, 30 s, 1 min, ... 1 d: the first that is at least `least_s`; the last where none is. */
double step_nice(double least_s);

#endif
