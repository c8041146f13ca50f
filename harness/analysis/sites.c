#include "analysis/sites.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/site_series.h"
#include "base/hash.h"
#include "base/text.h"

#define HALF_LEAST 0.15
#define FEW_OBJECTS 16 /* of so few, one has grown; of more, nobody knows how many */

static const char *const shape_names[] = {
    "more_objects", "longer_object", "bigger_objects", "new",  "more_bytes", "flat",
    "unresolved",   "fewer_objects", "shrank",         "gone", "emptied",
};

const char *growth_shape_name(enum growth_shape shape)
{
    return shape_names[shape];
}

bool growth_shape_grew(enum growth_shape shape)
{
    return shape < SHAPE_FLAT;
}

/* One name in any of the snapshots. */
struct entry {
    const char *name;
    struct site_series series;
    UT_hash_handle hh;
};

/* What is the same for all sites. */
struct context {
    const struct snapshot *snapshots;
    double *x, *smallest; /* n each */
    size_t n;
    double span; /* requests from the first to the last; NaN: unknown */
    double (*allocated)(double bytes, double objects);
};

static struct entry *find_or_add(struct entry **entries, const struct context *context, const char *name)
{
    struct entry *entry;
    HASH_FIND_STR(*entries, name, entry);
    if (entry != NULL)
        return entry;
    size_t n = context->n;
    entry = xcalloc(1, sizeof *entry);
    entry->name = name;
    double *values = xcalloc(5 * n, sizeof *values);
    entry->series = (struct site_series){
        .x = context->x,
        .bytes = values,
        .objects = values + n,
        .quanta = values + 2 * n,
        .allocated = values + 3 * n,
        .longest = values + 4 * n,
        .listed = xcalloc(n, sizeof(bool)),
        .n = n,
    };
    HASH_ADD_KEYPTR(hh, *entries, entry->name, strlen(entry->name), entry);
    return entry;
}

static void free_entry(struct entry *entry)
{
    free(entry->series.bytes);
    free(entry->series.listed);
    free(entry);
}

/* One object is the longest, also where the format does not tell that. */
static double longest_of(const struct site *site)
{
    return site->longest == 0 && site->objects == 1 ? site->bytes : site->longest;
}

static void collect(struct entry **entries, const struct context *context, size_t which)
{
    const struct snapshot *snapshot = &context->snapshots[which];
    for (size_t i = 0; i < snapshot->count; i++) {
        struct site_series *series = &find_or_add(entries, context, snapshot->sites[i].name)->series;
        series->listed[which] = true;
        series->bytes[which] += snapshot->sites[i].bytes;
        series->objects[which] += snapshot->sites[i].objects;
        series->quanta[which] += snapshot->sites[i].quantum;
        series->allocated[which] += snapshot->sites[i].allocated;
        series->longest[which] = fmax(series->longest[which], longest_of(&snapshot->sites[i]));
    }
}

/* Lists are often cut ("top 10"): a site that is not there may have been as large as the smallest that is. */
static double smallest_of(const struct snapshot *snapshot)
{
    double least = INFINITY;
    for (size_t i = 0; i < snapshot->count; i++)
        least = fmin(least, snapshot->sites[i].bytes);
    return isfinite(least) ? least : 0;
}

/* Each value is known to half its step on either side: the two widest steps bound a difference. */
static double unknown_of(const struct site_series *series, const struct context *context)
{
    double widest = 0, next = 0, unlisted = 0;
    for (size_t i = 0; i < series->n; i++) {
        double quantum = series->quanta[i];
        next = fmax(next, fmin(widest, quantum));
        widest = fmax(widest, quantum);
        if (!series->listed[i])
            unlisted = fmax(unlisted, context->smallest[i]);
    }
    return widest / 2 + next / 2 + unlisted;
}

/* New objects of the size that was there before explain less than half of the bytes, and they are few. */
static bool got_longer(const struct site_rank *rank)
{
    if (rank->objects <= 0)
        return true;
    if (!(rank->objects_before > 0) || rank->objects >= rank->objects_before)
        return false;
    return rank->objects * (rank->bytes_before / rank->objects_before) < rank->bytes / 2;
}

static enum growth_shape grown_shape(const struct site_rank *rank)
{
    if (rank->only_after)
        return SHAPE_NEW;
    if (isnan(rank->objects))
        return SHAPE_MORE_BYTES;
    if (!got_longer(rank))
        return SHAPE_MORE_OBJECTS;
    return rank->objects_after <= FEW_OBJECTS ? SHAPE_LONGER_OBJECT : SHAPE_BIGGER_OBJECTS;
}

/* Rounding moves the slope between two near snapshots by more than it moves the ends: both have to show a gain. */
static bool is_resolved(const struct site_rank *rank)
{
    double ends = fabs(rank->bytes_after - rank->bytes_before);
    return rank->quantum == 0 || isnan(rank->bytes) ||
           (fabs(rank->bytes) > rank->quantum && (rank->emptied > 0 || ends > rank->quantum));
}

static enum growth_shape shape_of(const struct site_rank *rank, bool emptied_at_last)
{
    double gained = isnan(rank->bytes) ? rank->objects : rank->bytes;
    if (emptied_at_last)
        return SHAPE_EMPTIED;
    if (!is_resolved(rank))
        return SHAPE_UNRESOLVED;
    if (gained > 0)
        return grown_shape(rank);
    if (!(gained < 0))
        return SHAPE_FLAT;
    if (rank->only_before)
        return SHAPE_GONE;
    return rank->objects < 0 ? SHAPE_FEWER_OBJECTS : SHAPE_SHRANK;
}

/* Slots hold new objects. Their mean size is taken 1 % low: rounding, or one long object among many short
 * ones, lifts a mean of 32 bytes to 32.03, and the next slot would count half as much again. */
static double taken(const struct site_rank *rank, double (*allocated)(double bytes, double objects))
{
    bool of_objects = rank->shape == SHAPE_MORE_OBJECTS || rank->shape == SHAPE_NEW;
    if (allocated == NULL || !of_objects || !(rank->objects > 0) || isnan(rank->bytes))
        return rank->bytes;
    return fmax(rank->bytes, allocated(0.99 * rank->bytes, rank->objects));
}

/* Gained by the blocks, and by the largest of them. */
struct gain {
    double all;
    bool steady; /* of all blocks but the largest, or where that gains more, of it: it moves when it must */
};

static struct gain gain_of(const struct site_series *series, const double *values)
{
    size_t n = series->n;
    double *rest = xcalloc(n, sizeof *rest), longest = site_gain_of_longest(series);
    for (size_t i = 0; i < n; i++)
        rest[i] = values[i] - series->longest[i];
    double without = site_gain(series, rest);
    bool steady = site_gained_steadily(series, rest, HALF_LEAST) || (longest > 0 && longest > without);
    free(rest);
    return (struct gain){without + longest, steady};
}

/* What the allocator took is told, or is reckoned. */
static void rank_bytes(struct site_rank *rank, const struct site_series *series,
                       const struct context *context)
{
    size_t last = series->n - 1;
    bool told = series->allocated[last] > 0 || series->allocated[0] > 0;
    struct gain gain = gain_of(series, series->bytes);
    bool emptied_at_last;
    rank->bytes = gain.all;
    rank->emptied = site_falls(series, &emptied_at_last);
    rank->steady =
        isnan(rank->bytes) ? site_gained_steadily(series, series->objects, HALF_LEAST) : gain.steady;
    rank->shape = shape_of(rank, emptied_at_last);
    rank->allocated = told ? gain_of(series, series->allocated).all : taken(rank, context->allocated);
}

static struct site_rank rank_entry(const struct entry *entry, const struct context *context)
{
    const struct site_series *series = &entry->series;
    size_t last = series->n - 1;
    struct site_rank rank = {
        .name = entry->name,
        .objects = site_gain(series, series->objects),
        .bytes_before = series->bytes[0],
        .objects_before = series->objects[0],
        .bytes_after = series->bytes[last],
        .objects_after = series->objects[last],
        .quantum = unknown_of(series, context),
        .only_after = !series->listed[0] && series->listed[last],
        .only_before = series->listed[0] && !series->listed[last],
    };
    rank_bytes(&rank, series, context);
    rank.bytes_per_request = rank.allocated / context->span;
    rank.requested_bytes_per_request = rank.bytes / context->span;
    rank.objects_per_request = rank.objects / context->span;
    return rank;
}

/* Falling; NaN last. */
static int falling(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) - isnan(b);
    return (a < b) - (a > b);
}

static int by_gain(const void *left, const void *right)
{
    const struct site_rank *a = left, *b = right;
    int order = growth_shape_grew(b->shape) - growth_shape_grew(a->shape);
    if (order == 0)
        order = falling(a->allocated, b->allocated);
    if (order == 0)
        order = falling(a->objects, b->objects);
    return order != 0 ? order : strcmp(a->name, b->name);
}

static void prepare(struct context *context, const double *requests)
{
    size_t n = context->n;
    bool known = requests != NULL && requests[n - 1] > requests[0];
    context->x = xcalloc(2 * n, sizeof *context->x);
    context->smallest = context->x + n;
    context->span = known ? requests[n - 1] - requests[0] : (double)NAN;
    for (size_t i = 0; i < n; i++) {
        context->x[i] = known ? requests[i] : (double)i;
        context->smallest[i] = smallest_of(&context->snapshots[i]);
    }
}

size_t sites_slopes(const struct snapshot *snapshots, const double *requests, size_t n,
                    double (*allocated)(double bytes, double objects), struct site_rank **ranked)
{
    struct context context = {.snapshots = snapshots, .n = n, .allocated = allocated};
    struct entry *entries = NULL, *entry, *next;
    prepare(&context, requests);
    for (size_t i = 0; i < n; i++)
        collect(&entries, &context, i);
    size_t count = 0;
    *ranked = xcalloc(HASH_COUNT(entries) + 1, sizeof **ranked);
    HASH_ITER(hh, entries, entry, next)
    {
        (*ranked)[count++] = rank_entry(entry, &context);
        HASH_DEL(entries, entry);
        free_entry(entry);
    }
    free(context.x);
    qsort(*ranked, count, sizeof **ranked, by_gain);
    return count;
}

size_t sites_rank(const struct snapshot *before, const struct snapshot *after, double requests,
                  double (*allocated)(double bytes, double objects), struct site_rank **ranked)
{
    const struct snapshot both[] = {*before, *after};
    const double counts[] = {0, requests};
    return sites_slopes(both, counts, 2, allocated, ranked);
}
