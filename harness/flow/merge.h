/* Shards of one run, joined into one run. */
#ifndef SEEP_FLOW_MERGE_H
#define SEEP_FLOW_MERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "model/result.h"
#include "store/store.h"

struct merge_options {
    const char *const *paths; /* stores with the shards' runs */
    size_t count;
    const char *output; /* the store of the merged run, made where it is not there */
    const char *label;  /* NULL: that of the shards */
    const char *arguments;
    bool partial; /* also where shards are missing: inconclusive then */
};

/* Of each store the shards with the key of the newest one in the first store. Counts, seconds and outcomes are added, shard 0's
 * readings get the requests of all shards at their moment, and growth and limits are judged on them as in a run
 * (soak_merged.h). Nothing is written before all is checked. The result is stored; result->run is its number; *store is open, the caller's, NULL after
 * errors before that.
 * ERR_USAGE: a shard is missing (without `partial`), there twice, of another run, of another number of shards, has not ended, or
 * sent at another time than shard 0. */
int merge(const struct merge_options *options, struct store **store, struct result *result, struct err *err);

#endif
