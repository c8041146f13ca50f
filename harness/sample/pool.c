#include "sample/pool.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"

void pool_reset(struct pool *pool)
{
    pool->before_count = pool->now_count = 0;
    pool->level = (double)NAN;
}

void pool_release(struct pool *pool)
{
    free(pool->before);
    free(pool->now);
    *pool = (struct pool){0};
}

void pool_add(struct pool *pool, pid_t pid, uint64_t start_time, double value)
{
    if (pool->now_count == pool->capacity) {
        pool->capacity = pool->capacity == 0 ? 8 : 2 * pool->capacity;
        pool->now = xrealloc(pool->now, pool->capacity * sizeof *pool->now);
        pool->before = xrealloc(pool->before, pool->capacity * sizeof *pool->before);
    }
    pool->now[pool->now_count++] = (struct pool_member){pid, start_time, value};
}

static const struct pool_member *find(const struct pool_member *members, size_t count, pid_t pid,
                                      uint64_t start_time)
{
    for (size_t i = 0; i < count; i++)
        if (members[i].pid == pid && members[i].start_time == start_time)
            return &members[i];
    return NULL;
}

bool pool_lost(const struct pool *pool, pid_t pid, uint64_t start_time)
{
    return find(pool->before, pool->before_count, pid, start_time) != NULL &&
           find(pool->now, pool->now_count, pid, start_time) == NULL;
}

void pool_give_up(struct pool *pool)
{
    pool->now_count = 0;
}

double pool_level(struct pool *pool)
{
    if (pool->now_count == 0)
        return (double)NAN;
    double gained = 0;
    for (size_t i = 0; i < pool->now_count; i++) {
        const struct pool_member *before =
            find(pool->before, pool->before_count, pool->now[i].pid, pool->now[i].start_time);
        if (before != NULL)
            gained += pool->now[i].value - before->value;
        else if (isnan(pool->level))
            gained += pool->now[i].value;
    }
    pool->level = gained + (isnan(pool->level) ? 0 : pool->level);
    struct pool_member *spare = pool->before;
    pool->before = pool->now;
    pool->before_count = pool->now_count;
    pool->now = spare;
    pool->now_count = 0;
    return pool->level;
}
