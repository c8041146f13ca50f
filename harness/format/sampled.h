/* Allocation samples: what stood behind those that were seen. */
#ifndef SEEP_FORMAT_SAMPLED_H
#define SEEP_FORMAT_SAMPLED_H

/* Go, jemalloc and tcmalloc look at one allocated byte in `rate` (on average, exponentially spaced): a block of s
 * bytes is seen with the chance p = 1 - exp(-s / rate).
 * Source: Go src/runtime/pprof/protomem.go scaleHeapSample; jemalloc bin/jeprof AdjustSamples (heap_v2). */

/* What one seen block of `each` bytes stands for: 1 / p. 1 for a rate of at most 1, which sees all. */
double sampled_scale(double each, double rate);

/* What sampling leaves unknown of an estimate of `bytes` in blocks of `each`: three standard deviations,
 * 3 sqrt(bytes * each * (1 - p) / p). Near 0 for blocks far above the rate. NaN `each` stands for small blocks.
 * Source: Horvitz and Thompson, J. Am. Stat. Assoc. 47:663 (1952), under independent sampling. */
double sampled_quantum(double bytes, double each, double rate);

#endif
