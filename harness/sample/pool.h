/* One level out of those of many processes that come and go.
 *
 * The first reading is their sum. From then on the level moves by what each process gained that was in the
 * reading before as well: a worker that is replaced takes nothing away, and what its successor holds from
 * the start is not growth. What a process gained between its last reading and its end is not known. */
#ifndef SEEP_SAMPLE_POOL_H
#define SEEP_SAMPLE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct pool_member {
    pid_t pid;
    uint64_t start_time; /* with the pid: which process */
    double value;
};

struct pool {
    struct pool_member *before, *now;
    size_t before_count, now_count, capacity;
    double level; /* NaN before the first reading */
};

void pool_reset(struct pool *pool); /* works on a zeroed one, too */
void pool_release(struct pool *pool);

void pool_add(struct pool *pool, pid_t pid, uint64_t start_time, double value);

/* Ends a reading: its level; NaN (and nothing changes) where nothing was added. */
double pool_level(struct pool *pool);
void pool_give_up(struct pool *pool); /* ends it without a level: what was added is forgotten */
/* It was in the last whole reading, and has not been added to the present one. */
bool pool_lost(const struct pool *pool, pid_t pid, uint64_t start_time);

#endif
