#include "report/thin.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void thinner_init(struct thinner *thinner, size_t most)
{
    *thinner = (struct thinner){.most = most};
}

void thinner_release(struct thinner *thinner)
{
    free(thinner->buckets);
    memset(thinner, 0, sizeof *thinner);
}

/* A gap (NaN) gives way to any value of its bucket. */
static void merge_point(struct bucket *into, const struct point *point)
{
    if (isnan(into->low.value) || point->value < into->low.value)
        into->low = *point;
    if (isnan(into->high.value) || point->value > into->high.value)
        into->high = *point;
}

static void merge_all(struct thinner *thinner)
{
    size_t kept = 0;
    double from = thinner->buckets[0].from_s;
    for (size_t i = 1; i < thinner->count; i++) {
        struct bucket *bucket = &thinner->buckets[i], *last = &thinner->buckets[kept];
        double column = floor((bucket->from_s - from) / thinner->width_s);
        if (column <= floor((last->from_s - from) / thinner->width_s)) {
            merge_point(last, &bucket->low);
            merge_point(last, &bucket->high);
        } else {
            thinner->buckets[++kept] = *bucket;
        }
    }
    thinner->count = kept + 1;
}

/* Columns get wider until at least half of the room is free. */
static void make_room(struct thinner *thinner)
{
    double span = thinner->buckets[thinner->count - 1].from_s - thinner->buckets[0].from_s;
    double least = span > 0 ? span / (double)(thinner->most / 2) : 1e-9;
    do {
        thinner->width_s = thinner->width_s * 2 > least ? thinner->width_s * 2 : least * 1.0001;
        merge_all(thinner);
    } while (thinner->count > thinner->most / 2 + 1);
}

static bool same_column(const struct thinner *thinner, double at_s)
{
    if (thinner->count == 0 || thinner->width_s <= 0)
        return false;
    double from = thinner->buckets[0].from_s;
    return floor((at_s - from) / thinner->width_s) <=
           floor((thinner->buckets[thinner->count - 1].from_s - from) / thinner->width_s);
}

void thinner_add(struct thinner *thinner, const struct point *point)
{
    if (same_column(thinner, point->at_s)) {
        merge_point(&thinner->buckets[thinner->count - 1], point);
        return;
    }
    if (thinner->count == thinner->most)
        make_room(thinner);
    if (thinner->buckets == NULL)
        thinner->buckets = xcalloc(thinner->most, sizeof *thinner->buckets);
    thinner->buckets[thinner->count++] = (struct bucket){point->at_s, *point, *point};
}

void thinner_narrow(struct thinner *thinner, size_t most)
{
    thinner->most = most;
    if (thinner->count > most)
        make_room(thinner);
    if (thinner->buckets != NULL)
        thinner->buckets = xrealloc(thinner->buckets, most * sizeof *thinner->buckets);
}

size_t thinner_room(const struct thinner *thinner)
{
    return thinner->buckets != NULL ? 2 * thinner->most : 0;
}

static bool same_point(const struct point *a, const struct point *b)
{
    return a->at_s == b->at_s && (a->value == b->value || (isnan(a->value) && isnan(b->value)));
}

struct point *thinner_points(const struct thinner *thinner, size_t *count)
{
    struct point *points = xcalloc(thinner_room(thinner), sizeof *points);
    *count = 0;
    for (size_t i = 0; i < thinner->count; i++) {
        const struct bucket *bucket = &thinner->buckets[i];
        bool low_first = bucket->low.at_s <= bucket->high.at_s;
        points[(*count)++] = low_first ? bucket->low : bucket->high;
        if (!same_point(&bucket->low, &bucket->high))
            points[(*count)++] = low_first ? bucket->high : bucket->low;
    }
    return points;
}
