#include "metrics/samples.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "metrics/answer.h"

#define FILE_MOST ((size_t)1 << 30)

void samples_release(struct samples *samples)
{
    for (size_t i = 0; i < samples->names.count; i++)
        free(samples->lists[i].points);
    free(samples->lists);
    series_set_release(&samples->names);
    *samples = (struct samples){.lists = NULL};
}

size_t samples_list(struct samples *samples, struct labels *labels_take)
{
    size_t before = samples->names.count;
    size_t place = (size_t)(series_of(&samples->names, labels_take) - samples->names.items);
    if (place == before) {
        samples->lists = xrealloc(samples->lists, (before + 1) * sizeof *samples->lists);
        samples->lists[place] = (struct sample_list){NULL, 0, 0};
    }
    return place;
}

void samples_add(struct samples *samples, size_t list, double at_s, double value)
{
    struct sample_list *into = &samples->lists[list];
    if (into->count == into->room) {
        into->room = into->room == 0 ? 64 : into->room * 2;
        into->points = xrealloc(into->points, into->room * sizeof *into->points);
    }
    into->points[into->count++] = (struct sample_point){at_s, value};
}

bool samples_span(const struct samples *samples, double *from_s, double *until_s)
{
    bool any = false;
    for (size_t i = 0; i < samples->names.count; i++)
        for (size_t k = 0; k < samples->lists[i].count; k++) {
            double at_s = samples->lists[i].points[k].at_s;
            *from_s = !any || at_s < *from_s ? at_s : *from_s;
            *until_s = !any || at_s > *until_s ? at_s : *until_s;
            any = true;
        }
    return any;
}

static int by_size(const void *left, const void *right)
{
    double one = *(const double *)left, other = *(const double *)right;
    return (one > other) - (one < other);
}

static int by_time(const void *left, const void *right)
{
    double one = ((const struct sample_point *)left)->at_s,
           other = ((const struct sample_point *)right)->at_s;
    return (one > other) - (one < other);
}

/* Lines of a file need not be in the order of time. */
static void sort(struct samples *samples)
{
    for (size_t i = 0; i < samples->names.count; i++)
        if (samples->lists[i].count > 1)
            qsort(samples->lists[i].points, samples->lists[i].count, sizeof(struct sample_point), by_time);
}

double samples_step_s(const struct samples *samples)
{
    size_t count = 0;
    for (size_t i = 0; i < samples->names.count; i++)
        count += samples->lists[i].count;
    double *steps = xcalloc(count + 1, sizeof *steps), step = NAN;
    count = 0;
    for (size_t i = 0; i < samples->names.count; i++)
        for (size_t k = 1; k < samples->lists[i].count; k++) {
            double between = samples->lists[i].points[k].at_s - samples->lists[i].points[k - 1].at_s;
            if (between > 0)
                steps[count++] = between;
        }
    if (count > 0) {
        qsort(steps, count, sizeof *steps, by_size);
        step = steps[count / 2];
    }
    free(steps);
    return step;
}

/* What falls into a step belongs to the row at its end. */
static long row_at_end(const struct grid *grid, double at_s)
{
    double row = ceil((at_s - grid->start_s) / grid->step_s - 1e-6);
    return row >= 0 && row < (double)grid->rows ? (long)row : -1;
}

static void fold_list(const struct sample_list *list, enum samples_fold fold, const struct grid *grid,
                      double *values, size_t *counts)
{
    memset(counts, 0, grid->rows * sizeof *counts);
    for (size_t i = 0; i < list->count; i++) {
        const struct sample_point *point = &list->points[i];
        long row = fold == SAMPLES_LAST ? grid_row(grid, point->at_s) : row_at_end(grid, point->at_s);
        if (row < 0 || !isfinite(point->value))
            continue;
        bool first = counts[row]++ == 0 || fold == SAMPLES_LAST;
        values[row] = first ? point->value : values[row] + point->value;
    }
    for (size_t row = 0; fold == SAMPLES_MEAN && row < grid->rows; row++)
        if (counts[row] > 0)
            values[row] /= (double)counts[row];
}

static bool reaches(const struct sample_list *list, const struct grid *grid)
{
    for (size_t i = 0; i < list->count; i++)
        if (row_at_end(grid, list->points[i].at_s) >= 0)
            return true;
    return false;
}

void samples_onto(const struct samples *samples, enum samples_fold fold, struct series_set *set)
{
    size_t *counts = xcalloc(set->grid.rows + 1, sizeof *counts);
    for (size_t i = 0; i < samples->names.count; i++) {
        struct labels labels;
        if (!reaches(&samples->lists[i], &set->grid))
            continue;
        labels_copy(&labels, &samples->names.items[i].labels);
        fold_list(&samples->lists[i], fold, &set->grid, series_of(set, &labels)->values, counts);
    }
    free(counts);
}

/* Behind the reader of answers. */
struct taking {
    struct samples *samples;
    size_t list;
};

static bool take_series(void *owner, struct labels *labels_take)
{
    struct taking *taking = owner;
    taking->list = samples_list(taking->samples, labels_take);
    return true;
}

static void take_point(void *owner, double at_s, double value)
{
    struct taking *taking = owner;
    samples_add(taking->samples, taking->list, at_s, value);
}

static int read_json(const struct text *text, const char *path, struct samples *samples, struct err *err)
{
    struct taking taking = {samples, 0};
    struct answer_sink sink = {take_series, take_point, &taking};
    struct answer answer;
    int failed = answer_read(text_string(text), text->length, path, &sink, &answer, err);
    if (!failed && answer.failed)
        failed = err_set(err, ERR_USAGE, "%s: it holds an error that Prometheus answered: %s: %.500s", path,
                         text_string(&answer.error_type), text_string(&answer.error));
    if (!failed && answer.histograms)
        failed =
            err_set(err, ERR_USAGE,
                    "%s: it holds native histograms; histogram_count(...) of them counts requests", path);
    answer_release(&answer);
    return failed;
}

int samples_read(const char *path, const char *alone, struct samples *samples, struct err *err)
{
    struct text text = TEXT_EMPTY;
    double from_s, until_s;
    size_t at = 0;
    *samples = (struct samples){.lists = NULL};
    series_set_init(&samples->names, &(struct grid){0, 1, 0});
    int failed = text_read_file(&text, path, FILE_MOST, err);
    while (!failed && at < text.length && isspace((unsigned char)text.bytes[at]))
        at++;
    if (!failed && at < text.length && (text.bytes[at] == '{' || text.bytes[at] == '['))
        failed = read_json(&text, path, samples, err);
    else if (!failed)
        failed = samples_read_csv(text_string(&text), text.length, path, alone, samples, err);
    text_release(&text);
    if (!failed && !samples_span(samples, &from_s, &until_s))
        failed = err_set(err, ERR_USAGE, "%s: there is no point in it", path);
    sort(samples);
    return failed;
}
