/* A soak out of what its shards kept, and its verdict: by the same code that judges one that has just been driven. */
#ifndef SEEP_FLOW_SOAK_MERGED_H
#define SEEP_FLOW_SOAK_MERGED_H

#include <stddef.h>

#include "base/err.h"
#include "flow/merge_inside.h"

/* A plain number of a soak that is kept: a row of soak_numbers, whose last one has no name. */
struct soak;
struct soak_number {
    const char *name;
    size_t offset;
    enum { NUMBER_SIZE, NUMBER_COUNT, NUMBER_REAL, NUMBER_FLAG } kind;
};
extern const struct soak_number soak_numbers[];
double soak_number_get(const struct soak *soak, const struct soak_number *number);
void soak_number_set(struct soak *soak, const struct soak_number *number, double value);

/* Judges what all parts of `merging` sent, by what shard 0 read: verdict, reason, findings, signals, thresholds, caveats and
 * exit code into `result`, which has its service; loads and measurements into its store. merging->missing: nothing is
 * shown by it. ERR_INTERNAL: what was kept cannot be read. */
int soak_merge(const struct merging *merging, struct result *result, struct err *err);

#endif
