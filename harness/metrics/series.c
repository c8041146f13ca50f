#include "metrics/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

struct series_index {
    char *key;
    size_t place;
    UT_hash_handle hh;
};

double grid_time(const struct grid *grid, size_t row)
{
    return grid->start_s + (double)row * grid->step_s;
}

long grid_row(const struct grid *grid, double at_s)
{
    double row = round((at_s - grid->start_s) / grid->step_s);
    return row >= 0 && row < (double)grid->rows ? (long)row : -1;
}

double grid_align(double at_s, double step_s)
{
    return floor(at_s / step_s) * step_s;
}

double step_nice(double least_s)
{
    static const double steps[] = {1,   2,   5,    10,   15,   30,    60,    120,   300,
                                   600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400};
    size_t last = sizeof steps / sizeof *steps - 1;
    for (size_t i = 0; i < last; i++)
        if (steps[i] >= least_s)
            return steps[i];
    return steps[last];
}

void series_set_init(struct series_set *set, const struct grid *grid)
{
    *set = (struct series_set){.grid = *grid};
}

void series_set_release(struct series_set *set)
{
    struct series_index *entry, *next;
    HASH_ITER(hh, set->index, entry, next)
    {
        HASH_DEL(set->index, entry);
        free(entry->key);
        free(entry);
    }
    for (size_t i = 0; i < set->count; i++) {
        labels_release(&set->items[i].labels);
        free(set->items[i].values);
    }
    free(set->items);
    strings_release(&set->warnings);
    *set = (struct series_set){.count = 0};
}

static char *key_of(const struct labels *labels)
{
    struct text key = TEXT_EMPTY;
    labels_say(labels, &key);
    return text_take(&key);
}

static struct series *add(struct series_set *set, struct labels *labels_take)
{
    if ((set->count & (set->count - 1)) == 0) /* a power of two: full */
        set->items = xrealloc(set->items, (set->count == 0 ? 1 : set->count * 2) * sizeof *set->items);
    struct series *series = &set->items[set->count++];
    *series = (struct series){*labels_take, xcalloc(set->grid.rows + 1, sizeof(double))};
    *labels_take = (struct labels){NULL, 0};
    for (size_t i = 0; i < set->grid.rows; i++)
        series->values[i] = NAN;
    return series;
}

struct series *series_of(struct series_set *set, struct labels *labels_take)
{
    struct series_index *entry = NULL;
    labels_sort(labels_take);
    char *key = key_of(labels_take);
    HASH_FIND_STR(set->index, key, entry);
    if (entry != NULL) {
        free(key);
        labels_release(labels_take);
        return &set->items[entry->place];
    }
    entry = xcalloc(1, sizeof *entry);
    entry->key = key;
    entry->place = set->count;
    HASH_ADD_KEYPTR(hh, set->index, entry->key, strlen(entry->key), entry);
    return add(set, labels_take);
}

size_t series_points(const struct series_set *set)
{
    size_t points = 0;
    for (size_t i = 0; i < set->count; i++)
        for (size_t row = 0; row < set->grid.rows; row++)
            points += isnan(set->items[i].values[row]) ? 0 : 1;
    return points;
}

void series_values(const struct series_set *set, const char *label, struct strings *values)
{
    for (size_t i = 0; i < set->count; i++) {
        const char *value = labels_get(&set->items[i].labels, label);
        if (!strings_has(values, value))
            strings_add(values, value);
    }
}

void series_label_names(const struct series_set *set, struct strings *names)
{
    for (size_t i = 0; i < set->count; i++)
        for (size_t k = 0; k < set->items[i].labels.count; k++) {
            const char *name = set->items[i].labels.items[k].name;
            if (strcmp(name, LABEL_NAME) != 0 && !strings_has(names, name))
                strings_add(names, name);
        }
}
