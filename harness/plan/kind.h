/* What a kind of schedule brings, and what all kinds share. For plan/ only. */
#ifndef SEEP_PLAN_KIND_H
#define SEEP_PLAN_KIND_H

#include "plan/lanes.h"
#include "plan/prerequisites.h"
#include "plan/schedule.h"

struct schedule_kind {
    /* 1 and the next request of the mix, 0 at the end; session and counted are
     * filled in by schedule_next(). */
    int (*next)(struct schedule *schedule, struct due *due, uint64_t *pass);
};

/* Each kind is a struct that begins with this one. */
struct schedule {
    const struct schedule_kind *kind;
    const struct service *service;
    struct share *shares;
    size_t count;
    struct lanes lanes; /* which share is next */
    struct prerequisites prerequisites;
    uint64_t planned;
};

/* A zeroed schedule of `size` bytes with a copy of `shares`. */
struct schedule *schedule_alloc(size_t size, const struct schedule_kind *kind, const struct service *service,
                                const struct share *shares, size_t count);

const struct recording *schedule_recording(const struct schedule *schedule, size_t share);

/* A well-mixed number for the parts given; the same on every machine. */
uint64_t schedule_hash(uint64_t a, uint64_t b, uint64_t c);

#endif
