/* Log-linear histogram of times: fixed size, bounded relative error.
 *
 * 64 linear sub-buckets for each power of two: a value is known to within
 * 1/64 (1.6 %). Source: the idea of HdrHistogram (Tene, hdrhistogram.org).
 */
#ifndef SEEP_BASE_HISTOGRAM_H
#define SEEP_BASE_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_SUB_BITS 6
/* One group below 64, one per power of two above. */
#define HISTOGRAM_BUCKETS ((65 - HISTOGRAM_SUB_BITS) << HISTOGRAM_SUB_BITS)

struct histogram {
    uint64_t count;
    uint64_t max;
    uint32_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t value);
void histogram_merge(struct histogram *into, const struct histogram *from);

/* The value that `quantile` (0..1) of the counted values do not exceed: the upper end of its bucket, so never
 * below the exact value and at most 1/64 above it (and never above `max`). 0 when empty. */
uint64_t histogram_quantile(const struct histogram *histogram, double quantile);

#endif
