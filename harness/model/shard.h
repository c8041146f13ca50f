/* One run cut into parts that several drivers send at once. */
#ifndef SEEP_MODEL_SHARD_H
#define SEEP_MODEL_SHARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which part a run is. */
struct shard {
    size_t index, count; /* index < count; count 0: it is whole */
    int64_t start_us;    /* when all begin, microseconds since 1970; 0: as soon as each is ready */
};

/* A stored run that is one. Strings are owned. */
struct shard_run {
    int64_t run;
    size_t shard, shards;
    char *key;  /* what all shards of one run share, and no other's */
    char *kept; /* JSON, flow's own; NULL: it has not ended, or in an error */
    char *service, *label, *seed;
    char *target, *machine; /* NULL: not known */
    char *reason;           /* "" before it has ended */
    int64_t started_us;
    bool ended;
    double seconds, own_max_rss_bytes;
    uint64_t planned;
};
void shard_run_release(struct shard_run *run);

/* Of a merged run: one of the runs that it was put together from. */
struct shard_part {
    size_t shard, shards;
    char *source; /* the store as it was named; owned */
    int64_t source_run;
    uint64_t planned, done;
};

#endif
