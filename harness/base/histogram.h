/* Log-linear histogram of times: bounded memory, bounded relative error.
 *
 * 64 linear sub-buckets for each power of two: a value is known to within
 * 1/64 (1.6 %). Values from HISTOGRAM_LIMIT on (microseconds: 4.8 hours) fall into the last bucket; only
 * `max` still knows them. A group of 64 buckets (256 bytes) is made when the first value falls into it:
 * times from 0.1 ms to 100 ms take 3 KB, all that a histogram can hold takes 7.7 KB.
 * A zeroed struct is an empty histogram; release it.
 * Source: the idea of HdrHistogram (Tene, hdrhistogram.org).
 */
#ifndef SEEP_BASE_HISTOGRAM_H
#define SEEP_BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_SUB_BITS 6
#define HISTOGRAM_LIMIT_BITS 34
#define HISTOGRAM_LIMIT (UINT64_C(1) << HISTOGRAM_LIMIT_BITS)
/* One group below 64, one per power of two above. */
#define HISTOGRAM_GROUPS (HISTOGRAM_LIMIT_BITS - HISTOGRAM_SUB_BITS + 1)

struct histogram {
    uint64_t count;
    uint64_t max;
    uint64_t zeros; /* of count; kept apart, since most lags are 0 where nothing has a time of its own */
    uint32_t *groups[HISTOGRAM_GROUPS]; /* NULL: no value fell into it */
};
void histogram_release(struct histogram *histogram); /* empty again */

void histogram_add(struct histogram *histogram, uint64_t value);
void histogram_merge(struct histogram *into, const struct histogram *from);

/* How many values are in a bucket, and that many more into it: to keep a histogram and to have it again. Zeros are in none;
 * `max` is not set. */
#define HISTOGRAM_BUCKETS ((size_t)HISTOGRAM_GROUPS << HISTOGRAM_SUB_BITS)
uint32_t histogram_in(const struct histogram *histogram, size_t bucket);
void histogram_put(struct histogram *histogram, size_t bucket, uint32_t many);

/* The value that `quantile` (0..1) of the counted values do not exceed: the upper end of its bucket, so never
 * below the exact value and at most 1/64 above it (and never above `max`). 0 when empty. */
uint64_t histogram_quantile(const struct histogram *histogram, double quantile);

#endif
