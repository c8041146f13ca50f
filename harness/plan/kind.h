/* What a kind of schedule brings, and what all kinds share. For plan/ only. */
#ifndef SEEP_PLAN_KIND_H
#define SEEP_PLAN_KIND_H

#include "plan/lanes.h"
#include "plan/prerequisites.h"
#include "plan/schedule.h"

struct schedule_kind {
    /* 1 and the next request of the mix, 0 at the end. `session` is the recorded one: schedule_next() mixes the
     * pass in; it also fills in `counted`. */
    int (*next)(struct schedule *schedule, struct due *due);
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
    int64_t ramp_ns;  /* 0: none */
    int64_t begun_ns; /* due times count from here */
    bool beside;      /* the mix is not counted */
    struct cut cut;   /* count 0: none */
};

/* A zeroed schedule of `size` bytes with a copy of `shares`. */
struct schedule *schedule_alloc(size_t size, const struct schedule_kind *kind, const struct service *service,
                                const struct share *shares, size_t count);

struct tape *schedule_tape(const struct schedule *schedule, size_t share);
size_t schedule_length(const struct schedule *schedule, size_t share); /* requests on it */

/* What would be due later is never due: longer than a century, so that the clock can be added. */
#define OFFSET_MOST_NS INT64_C(4000000000000000000)
static inline int64_t offset_of(double ns)
{
    return ns < (double)OFFSET_MOST_NS ? (int64_t)ns : OFFSET_MOST_NS;
}

/* A request of the mix, its session mixed with the pass (plan/cut.c). */
bool cut_has(const struct cut *cut, const struct due *due);

/* Due times of a ramped schedule (plan/ramp.c). */
int64_t ramp_due_ns(int64_t offset_ns, int64_t ramp_ns);

#endif
