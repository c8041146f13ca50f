/* The memory of an instance, of which there may be several series: containers of a pod, pools of a heap, the one container
 * before and after it was started anew. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "metrics/assemble_inside.h"

#define OVERLAP_ROWS 2 /* a series that ended is seen for five minutes longer */

/* Labels that change when the same thing is started again. */
static const char *const renewed[] = {"id", "name", "uid", "container_id", "image", "image_id", NULL};

static bool is_renewed(const char *label)
{
    for (size_t i = 0; renewed[i] != NULL; i++)
        if (strcmp(renewed[i], label) == 0)
            return true;
    return false;
}

static char *identity_of(const struct labels *labels)
{
    struct text out = TEXT_EMPTY;
    for (size_t i = 0; i < labels->count; i++)
        if (!is_renewed(labels->items[i].name))
            text_addf(&out, "%s=%s\n", labels->items[i].name, labels->items[i].value);
    text_add_string(&out, "");
    return text_take(&out);
}

/* Series of one instance. */
struct members {
    const struct series **items;
    size_t count;
};

static bool names_container(const struct series *series)
{
    const char *container = labels_get(&series->labels, "container");
    return container[0] != '\0' && strcmp(container, "POD") != 0;
}

/* A pod's total and its pause container stand beside its containers: only these are summed. */
static void leave_totals_out(struct members *members)
{
    size_t kept = 0, containers = 0;
    for (size_t i = 0; i < members->count; i++)
        containers += names_container(members->items[i]);
    for (size_t i = 0; i < members->count; i++)
        if (containers == 0 || names_container(members->items[i]))
            members->items[kept++] = members->items[i];
    members->count = kept;
}

static size_t overlap(const struct series *one, const struct series *other, size_t rows)
{
    size_t both = 0;
    for (size_t row = 0; row < rows; row++)
        both += !isnan(one->values[row]) && !isnan(other->values[row]) ? 1 : 0;
    return both;
}

static size_t first_row(const double *values, size_t rows)
{
    size_t row = 0;
    while (row < rows && isnan(values[row]))
        row++;
    return row;
}

/* Behind the last that is known. */
static size_t end_row(const double *values, size_t rows)
{
    while (rows > 0 && isnan(values[rows - 1]))
        rows--;
    return rows;
}

/* The series that follows another one of the same thing takes its place where both are there. */
static void follow(double *into, const struct series *series, size_t first, size_t rows, size_t *since)
{
    for (size_t row = first; row < rows; row++)
        if (!isnan(series->values[row]) && (isnan(into[row]) || first >= since[row])) {
            into[row] = series->values[row];
            since[row] = first;
        }
}

/* A part that is missing for a while leaves the sum unknown, rather than smaller. */
static void add_part(double *sum, const double *part, size_t rows)
{
    size_t first = first_row(part, rows), end = end_row(part, rows);
    for (size_t row = 0; row < rows; row++) {
        bool within = row >= first && row < end;
        if (isnan(part[row]) && !within)
            continue;
        sum[row] = isnan(part[row]) ? INFINITY : isnan(sum[row]) ? part[row] : sum[row] + part[row];
    }
}

struct merging {
    double *part;
    size_t *since;
    size_t rows;
};

/* The series from `at` on that are one thing, put together in `part`; those taken are NULL afterwards. */
static void merge_part(struct members *members, size_t at, struct merging *merging)
{
    const struct series *first = members->items[at];
    char *identity = identity_of(&first->labels);
    for (size_t row = 0; row < merging->rows; row++) {
        merging->part[row] = NAN;
        merging->since[row] = 0;
    }
    for (size_t i = at; i < members->count; i++) {
        const struct series *series = members->items[i];
        char *own = series != NULL ? identity_of(&series->labels) : NULL;
        if (own != NULL && strcmp(own, identity) == 0 &&
            (series == first || overlap(first, series, merging->rows) <= OVERLAP_ROWS)) {
            follow(merging->part, series, first_row(series->values, merging->rows), merging->rows,
                   merging->since);
            members->items[i] = NULL;
        }
        free(own);
    }
    free(identity);
}

static size_t merge(struct members *members, double *into, struct merging *merging)
{
    size_t parts = 0;
    leave_totals_out(members);
    for (size_t i = 0; i < members->count; i++)
        if (members->items[i] != NULL) {
            merge_part(members, i, merging);
            add_part(into, merging->part, merging->rows);
            parts++;
        }
    for (size_t row = 0; row < merging->rows; row++)
        into[row] = isinf(into[row]) ? NAN : into[row];
    return parts;
}

void assemble_memory(const struct series_set *memory, const long *instance_of, const struct places *instances,
                     struct history *history)
{
    size_t rows = memory->grid.rows, summed = 0, most = 0;
    struct merging merging = {xcalloc(rows + 1, sizeof(double)), xcalloc(rows + 1, sizeof(size_t)), rows};
    struct members members = {xcalloc(memory->count + 1, sizeof(struct series *)), 0};
    for (size_t k = 0; k < places_count(instances); k++) {
        members.count = 0;
        for (size_t i = 0; i < memory->count; i++)
            if (instance_of[i] == (long)k)
                members.items[members.count++] = &memory->items[i];
        size_t parts = merge(&members, history->instances[k].memory, &merging);
        summed += parts > 1;
        most = parts > most ? parts : most;
    }
    if (summed > 0)
        strings_addf(&history->caveats, "memory of %zu instance%s is the sum of up to %zu series each",
                     summed, summed == 1 ? "" : "s", most);
    free(members.items);
    free(merging.part);
    free(merging.since);
}
