#include "analysis/replicas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define READINGS_LEAST 10
#define MEMBERS_LEAST 2
#define GAP_QUANTA 64
#define GAP_SPREADS 8
#define GAP_OF_LEVEL 0.01
#define EVEN 0.15   /* gaps that differ by no more than this, of the wider one, are evenly spaced */
#define CLIMBS 0.8  /* of all steps: up by one group, or back to the lowest */
#define CHANGES 0.5 /* of those that chance would have */

struct groups {
    size_t count;
    double low[REPLICAS_MOST], high[REPLICAS_MOST]; /* of each, rising */
    size_t members[REPLICAS_MOST];
};

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Splits where neighbours are further apart than `apart`; false: into too many. */
static bool split(const double *sorted, size_t count, double apart, struct groups *groups)
{
    *groups = (struct groups){.count = 1, .low = {sorted[0]}, .high = {sorted[0]}, .members = {1}};
    for (size_t i = 1; i < count; i++) {
        bool next = sorted[i] - sorted[i - 1] >= apart;
        if (next && groups->count == REPLICAS_MOST)
            return false;
        size_t group = next ? groups->count++ : groups->count - 1;
        if (next)
            groups->low[group] = sorted[i];
        groups->high[group] = sorted[i];
        groups->members[group]++;
    }
    return true;
}

static bool apart(const struct groups *groups)
{
    double spread = 0, gap = INFINITY;
    for (size_t i = 0; i < groups->count; i++) {
        if (groups->members[i] < MEMBERS_LEAST)
            return false;
        spread = fmax(spread, groups->high[i] - groups->low[i]);
        if (i > 0)
            gap = fmin(gap, groups->low[i] - groups->high[i - 1]);
    }
    return gap >= GAP_SPREADS * spread;
}

static size_t group_of(const struct groups *groups, double level)
{
    size_t group = 0;
    while (group + 1 < groups->count && level >= groups->low[group + 1])
        group++;
    return group;
}

static bool evenly_spaced(const struct groups *groups)
{
    double least = INFINITY, most = 0;
    for (size_t i = 1; i < groups->count; i++) {
        double gap = groups->low[i] - groups->low[i - 1];
        least = fmin(least, gap);
        most = fmax(most, gap);
    }
    return least >= (1 - EVEN) * most;
}

/* Steps from reading to reading. */
struct steps {
    size_t changes, climbs, all;
};

static struct steps steps_of(const struct groups *groups, const double *levels, size_t count)
{
    struct steps steps = {.all = count - 1};
    for (size_t i = 1; i < count; i++) {
        size_t from = group_of(groups, levels[i - 1]), to = group_of(groups, levels[i]);
        steps.changes += from != to;
        steps.climbs += to == from + 1 || (to == 0 && from + 1 == groups->count);
    }
    return steps;
}

static bool looks_like_saw(const struct groups *groups, const struct steps *steps)
{
    if ((double)steps->climbs < CLIMBS * (double)steps->all || !evenly_spaced(groups))
        return false;
    return groups->count > 2 || groups->low[1] - groups->high[0] < GAP_OF_LEVEL * fabs(groups->high[1]);
}

/* Changes that readings in random order would have. */
static double changes_by_chance(const struct groups *groups, size_t count)
{
    double same = 0;
    for (size_t i = 0; i < groups->count; i++) {
        double share = (double)groups->members[i] / (double)count;
        same += share * share;
    }
    return (1 - same) * (double)(count - 1);
}

static bool is_several(const double *levels, size_t count, const struct groups *groups)
{
    struct steps steps = steps_of(groups, levels, count);
    return (double)steps.changes >= CHANGES * changes_by_chance(groups, count) &&
           steps.changes > groups->count && !looks_like_saw(groups, &steps);
}

/* The widest split at which all holds: by each gap between neighbours, from the widest down. */
size_t replicas_count(const double *levels, size_t count, double quantum)
{
    if (count < READINGS_LEAST)
        return 1;
    double *sorted = xmalloc(count * sizeof *sorted);
    memcpy(sorted, levels, count * sizeof *sorted);
    size_t found = 1;
    bool gaps = false;
    for (size_t i = 0; i < count; i++)
        gaps = gaps || isnan(levels[i]);
    qsort(sorted, count, sizeof *sorted, compare);
    for (size_t i = 1; i < count && !gaps; i++) {
        struct groups groups;
        double wide = sorted[i] - sorted[i - 1];
        if (wide >= GAP_QUANTA * quantum && split(sorted, count, wide, &groups) && apart(&groups) &&
            is_several(levels, count, &groups) && groups.count > found)
            found = groups.count;
    }
    free(sorted);
    return found;
}

static bool came_before(const double *values, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (values[i] == values[index])
            return true;
    return false;
}

size_t replicas_named(const double *values, size_t count)
{
    size_t different = 0, again = 0;
    for (size_t i = 0; i < count; i++) {
        bool known = came_before(values, i);
        different += !known && !isnan(values[i]);
        again += known && i > 0 && values[i] != values[i - 1];
    }
    return again > 0 ? different : 1;
}
