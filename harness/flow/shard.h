/* One run that several drivers send at once: what that asks of a service, and how its parts know one another. */
#ifndef SEEP_FLOW_SHARD_H
#define SEEP_FLOW_SHARD_H

#include "base/err.h"
#include "model/service.h"
#include "model/shard.h"

/* Shards but the first start nothing and watch nothing: the service is changed to that. ERR_USAGE: seep would start the target
 * itself, where it ends with the shard that did, whoever is sending still. */
int shard_prepare(const struct shard *shard, struct service *service, struct err *err);

/* This shard's part of so many requests at once; ERR_USAGE: fewer than there are shards. */
int shard_connections(const struct shard *shard, unsigned all, unsigned *own, struct err *err);

/* What the key of a run's shards is made of, beside the endpoints that take part. */
struct shard_load {
    const struct load *load; /* of the whole */
    uint64_t requests, seed;
    int64_t duration_ns;
    const char *label;
};

/* The same for all shards of one run, and another where anything differs that decides what is sent or when: endpoints (those of `usable`),
 * weights, `after`, times and sessions of their requests, the load, the seed, the label, the number of shards and the common
 * start. Hex, the caller's. Cost: one pass over the tapes' entries. */
char *shard_key(const struct shard *shard, const struct service *service, const bool *usable,
                const struct shard_load *load);

#endif
