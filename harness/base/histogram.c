#include "base/histogram.h"

#include <math.h>
#include <stddef.h>

#define SUB_COUNT (UINT64_C(1) << HISTOGRAM_SUB_BITS)

static size_t bucket_of(uint64_t value)
{
    if (value < SUB_COUNT)
        return (size_t)value;
    int exponent = 63 - __builtin_clzll(value);
    int shift = exponent - HISTOGRAM_SUB_BITS;
    return ((size_t)(shift + 1) << HISTOGRAM_SUB_BITS) + (size_t)((value >> shift) - SUB_COUNT);
}

/* The highest value that falls into the bucket. */
static uint64_t upper_end(size_t bucket)
{
    if (bucket < SUB_COUNT)
        return bucket;
    unsigned shift = (unsigned)(bucket >> HISTOGRAM_SUB_BITS) - 1;
    uint64_t first = ((bucket & (SUB_COUNT - 1)) + SUB_COUNT) << shift;
    return first + ((UINT64_C(1) << shift) - 1);
}

/* A full bucket takes no more, and what it does not take is not counted either. */
static void add_many(struct histogram *histogram, size_t bucket, uint32_t many)
{
    uint32_t room = UINT32_MAX - histogram->buckets[bucket];
    if (many > room)
        many = room;
    histogram->buckets[bucket] += many;
    histogram->count += many;
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
    add_many(histogram, bucket_of(value), 1);
    if (value > histogram->max)
        histogram->max = value;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        if (from->buckets[i] > 0)
            add_many(into, i, from->buckets[i]);
    if (from->max > into->max)
        into->max = from->max;
}

uint64_t histogram_quantile(const struct histogram *histogram, double quantile)
{
    if (histogram->count == 0)
        return 0;
    double wanted = ceil(quantile * (double)histogram->count);
    uint64_t rank = wanted >= 1 ? (uint64_t)wanted : 1, seen = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen >= rank)
            return upper_end(i) < histogram->max ? upper_end(i) : histogram->max;
    }
    return histogram->max;
}
