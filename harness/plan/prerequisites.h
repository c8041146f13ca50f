/* Which endpoints have to be called before which, once per session. */
#ifndef SEEP_PLAN_PREREQUISITES_H
#define SEEP_PLAN_PREREQUISITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/service.h"
#include "plan/schedule.h"

/* A set of numbers that forgets the older half when it is full. */
struct seen {
    uint64_t *now, *before; /* open addressing, 0 is empty */
    size_t capacity;        /* of each; a power of two */
    size_t count;           /* in `now` */
};

struct prerequisites {
    const struct service *service;
    bool any;        /* some share needs something */
    bool *needed;    /* by endpoint: something needs it */
    bool *strangers; /* by endpoint: the requests without a session have had it; they come in every pass */
    struct seen seen;
    struct due *queue; /* what goes out before the request that was pulled, and that request */
    size_t queued, sent, capacity;
};

void prerequisites_init(struct prerequisites *prerequisites, const struct service *service,
                        const struct share *shares, size_t count);
void prerequisites_release(struct prerequisites *prerequisites);

/* Queues what `due` needs and its session has not had, then `due` itself. */
void prerequisites_put(struct prerequisites *prerequisites, const struct due *due);
bool prerequisites_take(struct prerequisites *prerequisites, struct due *due); /* false: the queue is empty */

#endif
