/* When processes started, what limits them, how often they were started again. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "metrics/assemble_inside.h"

#define NO_LIMIT 4e18 /* bytes: how cgroups say that there is none */

enum fold { FOLD_LATEST, FOLD_SUM };

static const struct extra {
    const char *option;
    size_t set, into; /* offsets in struct assembly, struct history_instance */
    enum fold fold;
    bool positive; /* 0 says that it is not known, or not limited */
} extras[] = {
    {"--starts", offsetof(struct assembly, starts), offsetof(struct history_instance, started), FOLD_LATEST,
     true},
    {"--limit", offsetof(struct assembly, limits), offsetof(struct history_instance, limit), FOLD_SUM, true},
    {"--restarts", offsetof(struct assembly, restarts), offsetof(struct history_instance, restarts), FOLD_SUM,
     false},
};

static void fold_in(const struct extra *extra, const double *from, double *into, size_t rows)
{
    for (size_t row = 0; row < rows; row++) {
        double value = from[row];
        if (isnan(value) || (extra->positive && (value <= 0 || value > NO_LIMIT)))
            continue;
        if (isnan(into[row]))
            into[row] = value;
        else if (extra->fold == FOLD_SUM)
            into[row] += value;
        else if (value > into[row])
            into[row] = value;
    }
}

static double *unknown(size_t rows)
{
    double *values = xcalloc(rows + 1, sizeof *values);
    for (size_t row = 0; row < rows; row++)
        values[row] = NAN;
    return values;
}

static size_t take_by(const struct extra *extra, const struct series_set *set, const struct join *join,
                      const struct strings *names, const struct places *instances, struct history *history)
{
    long *instance = instances_of(join, names, set, instances);
    size_t taken = 0;
    for (size_t i = 0; i < set->count; i++) {
        if (instance[i] < 0)
            continue;
        double **place = (double **)(void *)((char *)&history->instances[instance[i]] + extra->into);
        if (*place == NULL)
            *place = unknown(history->rows);
        fold_in(extra, set->items[i].values, *place, history->rows);
        taken++;
    }
    free(instance);
    return taken;
}

void assemble_extras(const struct assembly *assembly, const struct join *join, const struct places *instances,
                     struct history *history)
{
    for (size_t i = 0; i < sizeof extras / sizeof *extras; i++) {
        const struct series_set *set =
            *(const struct series_set *const *)(const void *)((const char *)assembly + extras[i].set);
        if (set == NULL || set->count == 0)
            continue;
        size_t taken = take_by(&extras[i], set, join, &join->memory, instances, history);
        if (taken == 0 && join->requests.count > 0)
            taken = take_by(&extras[i], set, join, &join->requests, instances, history);
        if (taken == 0)
            strings_addf(&history->caveats,
                         "%s: none of its %zu series belongs to an instance whose memory is known",
                         extras[i].option, set->count);
    }
}
