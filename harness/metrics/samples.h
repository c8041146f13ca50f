/* Series that somebody saved: points at any times, from a file. */
#ifndef SEEP_METRICS_SAMPLES_H
#define SEEP_METRICS_SAMPLES_H

#include "base/err.h"
#include "metrics/series.h"

struct sample_point {
    double at_s, value;
};
struct sample_list {
    struct sample_point *points;
    size_t count, room;
};
struct samples {
    struct series_set names; /* without rows: the labels of each list */
    struct sample_list *lists;
};

/* CSV, or JSON as Prometheus answers query and query_range (the whole answer, its data or its result). "-" is standard input.
 * CSV has a line of names, then a line for each point or moment:
 *
 *     time,instance,endpoint,value          one point in a line; every column beside time and value is a label
 *     "Time","{instance=\"a:80\"}","b:80"   a column for each series: its labels, else its name
 *
 * between commas, semicolons or tabs; times as moment_parse() takes them; values as numbers, or with a unit of bytes ("1.5 GiB").
 * `alone`: the label that the name of a column gets, "instance" or "endpoint".
 * Errors: ERR_USAGE "FILE:LINE:COLUMN: what"; nothing in it. To be released in any case. */
int samples_read(const char *path, const char *alone, struct samples *samples, struct err *err);
void samples_release(struct samples *samples);

void samples_add(struct samples *samples, size_t list, double at_s, double value);
size_t samples_list(struct samples *samples, struct labels *labels_take); /* the list of these labels */

/* The first and the last moment; false: there is none. And seconds between two points of a series, in the middle. */
bool samples_span(const struct samples *samples, double *from_s, double *until_s);
double samples_step_s(const struct samples *samples);

/* Onto the grid of a set that is empty yet: of several points within a step the last, their sum or their mean. */
enum samples_fold { SAMPLES_LAST, SAMPLES_SUM, SAMPLES_MEAN };
void samples_onto(const struct samples *samples, enum samples_fold fold, struct series_set *set);

/* The reader of CSV alone. */
int samples_read_csv(const char *text, size_t length, const char *name, const char *alone,
                     struct samples *samples, struct err *err);

#endif
