/* The soak: one run of a mix on one server, watched all along, judged at the end. */
#ifndef SEEP_FLOW_SOAK_H
#define SEEP_FLOW_SOAK_H

#include "base/err.h"
#include "flow/trials.h"
#include "model/result.h"
#include "model/shard.h"

struct soak_options {
    struct trials_options trials;
    struct service *service; /* the same; chosen endpoints get their weights */
    const char *directory;   /* as the user wrote it */
    struct load load;        /* what to drive: the service's, or what the options said */
    struct shard shard;      /* which part of it; the load and the bounds are those of the whole */
    const char *label;       /* what tells one run from others in the key of its shards; NULL: nothing */
    uint64_t requests;       /* 0: no such bound */
    int64_t duration_ns;     /* 0: no such bound; with neither: one pass of the recording */
    int64_t warm_up_ns;      /* left out of the judgement, in front */
    bool early_stop;         /* end as soon as the answer is certain */
    int64_t budget_ns;       /* until then it goes on where the answer is open at the end; 0: it does not */
    /* What grows is looked at again after so long without traffic; 0: it is not; negative: about as long as
     * there was traffic, at most 32 s. */
    int64_t hold_ns;
    const char *signal; /* judge by this signal alone; NULL: all that count */
    const char *const *endpoints;
    size_t endpoint_count;
};

/* Runs to its end; what a fault ends is a result as well. -1: errors only, as hunt(). */
int soak(const struct soak_options *options, struct result *result, struct err *err);

#endif
