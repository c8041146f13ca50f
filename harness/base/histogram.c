#include "base/histogram.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define SUB_COUNT (UINT64_C(1) << HISTOGRAM_SUB_BITS)

/* The highest value that falls into a bucket; of the last one of all, whatever was the highest. */
static uint64_t upper_end(const struct histogram *histogram, size_t group, size_t sub)
{
    if (group == HISTOGRAM_GROUPS - 1 && sub == SUB_COUNT - 1)
        return histogram->max;
    size_t shift = group > 0 ? group - 1 : 0;
    uint64_t first = (group > 0 ? sub + SUB_COUNT : sub) << shift;
    uint64_t end = first + ((UINT64_C(1) << shift) - 1);
    return end < histogram->max ? end : histogram->max;
}

static uint32_t *group_at(struct histogram *histogram, size_t group)
{
    if (histogram->groups[group] == NULL)
        histogram->groups[group] = xcalloc(SUB_COUNT, sizeof *histogram->groups[group]);
    return histogram->groups[group];
}

/* A full bucket takes no more, and what it does not take is not counted either. */
static void add_many(struct histogram *histogram, size_t group, size_t sub, uint32_t many)
{
    uint32_t *bucket = &group_at(histogram, group)[sub], room = UINT32_MAX - *bucket;
    if (many > room)
        many = room;
    *bucket += many;
    histogram->count += many;
}

/* Counts three times in each request: what is rare is left to add_many(). */
void histogram_add(struct histogram *histogram, uint64_t value)
{
    if (value == 0) {
        histogram->zeros++;
        histogram->count++;
        return;
    }
    if (value > histogram->max)
        histogram->max = value;
    if (value >= HISTOGRAM_LIMIT)
        value = HISTOGRAM_LIMIT - 1;
    /* Of the seven highest bits the first says the group, the others the bucket in it. */
    size_t shift = (size_t)(63 - __builtin_clzll(value | SUB_COUNT)) - HISTOGRAM_SUB_BITS;
    size_t group = shift + (value >= SUB_COUNT), sub = (value >> shift) & (SUB_COUNT - 1);
    uint32_t *buckets = histogram->groups[group];
    if (buckets == NULL || buckets[sub] == UINT32_MAX) {
        add_many(histogram, group, sub, 1);
        return;
    }
    buckets[sub]++;
    histogram->count++;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    for (size_t group = 0; group < HISTOGRAM_GROUPS; group++)
        for (size_t sub = 0; from->groups[group] != NULL && sub < SUB_COUNT; sub++)
            add_many(into, group, sub, from->groups[group][sub]);
    into->zeros += from->zeros;
    into->count += from->zeros;
    if (from->max > into->max)
        into->max = from->max;
}

uint32_t histogram_in(const struct histogram *histogram, size_t bucket)
{
    const uint32_t *group = histogram->groups[bucket / SUB_COUNT];
    return group != NULL ? group[bucket % SUB_COUNT] : 0;
}

void histogram_put(struct histogram *histogram, size_t bucket, uint32_t many)
{
    add_many(histogram, bucket / SUB_COUNT, bucket % SUB_COUNT, many);
}

uint64_t histogram_quantile(const struct histogram *histogram, double quantile)
{
    if (histogram->count == 0)
        return 0;
    double wanted = ceil(quantile * (double)histogram->count);
    uint64_t rank = wanted >= 1 ? (uint64_t)wanted : 1, seen = histogram->zeros;
    if (seen >= rank)
        return 0;
    for (size_t group = 0; group < HISTOGRAM_GROUPS; group++)
        for (size_t sub = 0; histogram->groups[group] != NULL && sub < SUB_COUNT; sub++) {
            seen += histogram->groups[group][sub];
            if (seen >= rank)
                return upper_end(histogram, group, sub);
        }
    return histogram->max;
}

void histogram_release(struct histogram *histogram)
{
    for (size_t group = 0; group < HISTOGRAM_GROUPS; group++)
        free(histogram->groups[group]);
    memset(histogram, 0, sizeof *histogram);
}
