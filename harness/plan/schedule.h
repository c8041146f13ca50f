/* Schedules: which request is due when. Pure and seeded: no I/O, no clock.
 *
 * The engine pulls one due request after another; a schedule never holds more
 * than its cursors, whatever the length of the run. Requests of one session
 * come in recorded order.
 */
#ifndef SEEP_PLAN_SCHEDULE_H
#define SEEP_PLAN_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/service.h"

#define DUE_AT_ONCE INT64_C(-1)

struct due {
    /* Since the start of the schedule; DUE_AT_ONCE: when a connection is free (closed loop). */
    int64_t offset_ns;
    size_t endpoint;   /* index into service.endpoints */
    size_t request;    /* of that endpoint's tape, from 0 */
    uint64_t position; /* where tape_read() finds it */
    uint64_t pass;     /* through the recording, from 0 */
    uint64_t session;  /* hash of the recorded session and the pass; 0: none */
    bool counted;      /* false: a prerequisite, sent beside the mix */
};

struct schedule;

/* 1: *due is the next one; 0: the schedule has ended. Offsets never decrease. */
int schedule_next(struct schedule *schedule, struct due *due);

/* Counted requests in all. 0: unbounded, or (Poisson and constant arrivals with a duration) not known beforehand. */
uint64_t schedule_planned(const struct schedule *schedule);
void schedule_free(struct schedule *schedule); /* NULL is fine */

/* Prerequisites (endpoint.after): once per session, before the first request that needs them, the first
 * recorded request of each endpoint named there comes with counted == false, what that needs before it; not
 * where the session made such a request by itself before. Requests without a session share one. Unknown names
 * and empty recordings are left out. At least the last 65,536 that
 * went out so are remembered. */

/* One share of a mix. */
struct share {
    size_t endpoint;   /* index into service.endpoints; its tape is not empty */
    double weight;     /* times the recorded rate; 1 */
    uint64_t requests; /* schedule_block(): exactly so many */
};

/* Open loop: the recorded times of all shares merged, `speed` times as fast, again from the start after the
 * last (a pass lasts as long as the recording) until `duration_ns` or `requests` (0: no bound; both 0: one
 * pass). A weight w != 1 repeats or leaves out requests of that endpoint (seeded, w on average), moving no
 * other's. Times count from the first request of the whole service, chosen or not. Planned with w != 1 costs
 * one step per request. */
struct schedule *schedule_recorded(const struct service *service, const struct share *shares, size_t count,
                                   double speed, int64_t duration_ns, uint64_t requests, uint64_t seed);

/* Open loop: each endpoint's requests arrive by themselves, in recorded order, as `arrivals` says: Poisson, or
 * at equal distances (seeded where the first falls). Rates are `rate_per_second` in all, endpoints in recorded
 * proportions times weight; or, where that is 0, each endpoint's own `rate` times its weight times `speed`, so
 * that taking one out of a mix changes no other's. */
struct arriving_options {
    enum arrivals arrivals; /* ARRIVALS_POISSON or ARRIVALS_CONSTANT */
    double rate_per_second;
    double speed;
    int64_t duration_ns; /* 0: no bound */
    uint64_t requests;   /* 0: no bound */
    uint64_t seed;
};
struct schedule *schedule_arriving(const struct service *service, const struct share *shares, size_t count,
                                   const struct arriving_options *options);

/* The rate of an open loop rises from zero to the whole within `ramp_ns`: due times are moved, none is added or
 * taken away. Before the first schedule_next(). */
void schedule_ramp(struct schedule *schedule, int64_t ramp_ns);

/* Leaves out the next `requests` counted ones, with what would have gone out before them: those that an earlier
 * schedule, made alike, has sent already. Due times count from the last of them. One step per request. */
void schedule_skip(struct schedule *schedule, uint64_t requests);

/* All of it goes out beside the mix: nothing in it is counted. */
void schedule_beside(struct schedule *schedule);

/* A part of a schedule: each counted request of the whole is in exactly one of `count` cuts, all of one session in the same
 * one; those without a session are told apart by their place in the recording and the pass. Due times are those of the
 * whole, and so is a bound in requests: the cuts add up to it. The same on every machine. */
struct cut {
    size_t index, count; /* index < count; count 0: all of it */
};

/* Before the first schedule_next(). Then schedule_planned() is only right for the whole: see schedule_count(). */
void schedule_cut(struct schedule *schedule, struct cut cut);

/* How many counted requests it has, by going through it, and frees it. For one that ends. One step per request of the
 * whole. */
uint64_t schedule_count(struct schedule *schedule_take);
void schedule_plan(struct schedule *schedule,
                   uint64_t planned); /* what schedule_planned() says from now on */

/* How long a schedule has to be to fill `time_ns` when it is ramped so: shorter by up to half of the ramp. */
int64_t schedule_ramped_ns(int64_t time_ns, int64_t ramp_ns);

/* Closed loop: as fast as it answers, in recorded proportions, in recorded order,
 * `requests` in all (0: until stopped). */
struct schedule *schedule_closed(const struct service *service, const struct share *shares, size_t count,
                                 uint64_t requests, uint64_t seed);

/* A block: exactly share.requests of each, due at once, the endpoints evenly interleaved (seeded),
 * each going on in its recording where `cursors[endpoint]` says; cursors are moved on, so that
 * blocks in a row make whole passes. `cursors` has service.endpoint_count entries, zero at first,
 * and is the caller's; they are moved on when the schedule is made, and never wrap: cursor / count
 * is the pass, cursor % count the next request. */
struct schedule *schedule_block(const struct service *service, const struct share *shares, size_t count,
                                size_t *cursors, uint64_t seed);

/* Exactly share->requests of one endpoint, due at once: those `requests` of its recording (count indices, copied) in turn.
 * *pass: the number of the first pass through them, moved on to the next, so that keys are fresh and sessions new in each. */
struct schedule *schedule_chosen(const struct service *service, const struct share *share,
                                 const size_t *requests, size_t count, uint64_t *pass);

/* A well-mixed number for the parts given; the same on every machine. */
uint64_t schedule_hash(uint64_t a, uint64_t b, uint64_t c);

/* Every endpoint's recorded rate: requests / span of the whole recording. `span_us` of the import that wrote
 * them: last minus first time over all endpoints, at least one second. */
int64_t schedule_span_us(const struct service *service);

#endif
