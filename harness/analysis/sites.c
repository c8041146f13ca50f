#include "analysis/sites.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/text.h"

/* One name in both snapshots. */
struct pair {
    const char *name;
    struct site before, after; /* names unused; sums over sites of the same name */
    bool in_before, in_after;
    UT_hash_handle hh;
};

static const char *const shape_names[] = {"more_objects", "longer_object", "flat", "shrank"};

const char *growth_shape_name(enum growth_shape shape)
{
    return shape_names[shape];
}

static void add_up(struct site *sum, const struct site *site)
{
    sum->bytes += site->bytes;
    sum->objects += site->objects;
    sum->quantum += site->quantum;
}

static struct pair *find_or_add(struct pair **pairs, const char *name)
{
    struct pair *pair;
    HASH_FIND_STR(*pairs, name, pair);
    if (pair != NULL)
        return pair;
    pair = xcalloc(1, sizeof *pair);
    pair->name = name;
    HASH_ADD_KEYPTR(hh, *pairs, pair->name, strlen(pair->name), pair);
    return pair;
}

static void gather(struct pair **pairs, const struct snapshot *snapshot, bool is_after)
{
    for (size_t i = 0; i < snapshot->count; i++) {
        struct pair *pair = find_or_add(pairs, snapshot->sites[i].name);
        *(is_after ? &pair->in_after : &pair->in_before) = true;
        add_up(is_after ? &pair->after : &pair->before, &snapshot->sites[i]);
    }
}

/* Lists are often cut ("top 10"): a site that is not there may have been as large as the smallest that is. */
static double smallest(const struct snapshot *snapshot)
{
    double least = INFINITY;
    for (size_t i = 0; i < snapshot->count; i++)
        least = fmin(least, snapshot->sites[i].bytes);
    return isfinite(least) ? least : 0;
}

/* New objects of the size that was there before explain less than half of the bytes, and they are few. */
static bool got_longer(const struct pair *pair, double bytes, double objects)
{
    if (objects <= 0)
        return true;
    if (!(pair->before.objects > 0) || objects >= pair->before.objects)
        return false;
    return objects * (pair->before.bytes / pair->before.objects) < bytes / 2;
}

static enum growth_shape shape_of(const struct pair *pair, const struct site_rank *rank)
{
    if (fabs(rank->bytes) <= rank->quantum)
        return SHAPE_FLAT;
    if (rank->bytes < 0)
        return SHAPE_SHRANK;
    return !isnan(rank->objects) && got_longer(pair, rank->bytes, rank->objects) ? SHAPE_LONGER_OBJECT
                                                                                 : SHAPE_MORE_OBJECTS;
}

/* Slots hold new objects. Their mean size is taken 1 % low: rounding, or one long object among many short
 * ones, lifts a mean of 32 bytes to 32.03, and the next slot would count half as much again. */
static double taken(const struct site_rank *rank, double (*allocated)(double bytes, double objects))
{
    if (allocated == NULL || rank->shape != SHAPE_MORE_OBJECTS || !(rank->objects > 0))
        return rank->bytes;
    return fmax(rank->bytes, allocated(0.99 * rank->bytes, rank->objects));
}

static struct site_rank rank_pair(const struct pair *pair, const double least[2], double requests,
                                  double (*allocated)(double bytes, double objects))
{
    struct site_rank rank = {
        .name = pair->name, .only_after = !pair->in_before, .only_before = !pair->in_after};
    rank.bytes = pair->after.bytes - pair->before.bytes;
    rank.objects = pair->after.objects - pair->before.objects;
    rank.bytes_after = pair->after.bytes;
    rank.objects_after = pair->after.objects;
    /* Each is rounded to the nearest step. */
    rank.quantum = pair->before.quantum / 2 + pair->after.quantum / 2;
    if (rank.only_after)
        rank.quantum += least[0];
    if (rank.only_before)
        rank.quantum += least[1];
    rank.shape = shape_of(pair, &rank);
    rank.allocated = taken(&rank, allocated);
    double per = requests > 0 ? 1 / requests : (double)NAN;
    rank.bytes_per_request = rank.allocated * per;
    rank.requested_bytes_per_request = rank.bytes * per;
    rank.objects_per_request = rank.objects * per;
    return rank;
}

static int by_gain(const void *left, const void *right)
{
    const struct site_rank *a = left, *b = right;
    bool a_grew = a->shape < SHAPE_FLAT, b_grew = b->shape < SHAPE_FLAT;
    if (a_grew != b_grew)
        return a_grew ? -1 : 1;
    if (a->allocated > b->allocated || a->allocated < b->allocated)
        return a->allocated > b->allocated ? -1 : 1;
    return strcmp(a->name, b->name);
}

size_t sites_rank(const struct snapshot *before, const struct snapshot *after, double requests,
                  double (*allocated)(double bytes, double objects), struct site_rank **ranked)
{
    struct pair *pairs = NULL, *pair, *next;
    gather(&pairs, before, false);
    gather(&pairs, after, true);
    const double least[2] = {smallest(before), smallest(after)};
    size_t count = 0;
    *ranked = xcalloc(HASH_COUNT(pairs) + 1, sizeof **ranked);
    HASH_ITER(hh, pairs, pair, next)
    {
        (*ranked)[count++] = rank_pair(pair, least, requests, allocated);
        HASH_DEL(pairs, pair);
        free(pair);
    }
    qsort(*ranked, count, sizeof **ranked, by_gain);
    return count;
}
