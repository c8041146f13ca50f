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
    size_t endpoint;  /* index into service.endpoints */
    size_t request;   /* index into that endpoint's recording */
    uint64_t session; /* hash of the recorded session and the pass through the recording; 0: none */
    bool counted;     /* false: a prerequisite, sent beside the mix */
};

struct schedule;

/* 1: *due is the next one; 0: the schedule has ended. Offsets never decrease. */
int schedule_next(struct schedule *schedule, struct due *due);

/* Counted requests in all. 0: unbounded, or (Poisson arrivals with a duration) not known beforehand. */
uint64_t schedule_planned(const struct schedule *schedule);
void schedule_free(struct schedule *schedule); /* NULL is fine */

/* Prerequisites (endpoint.after): once per session, before the first request that needs them, the first
 * recorded request of each endpoint named there comes with counted == false, what that needs before it; not
 * where the session made such a request by itself before. Requests without a session share one. Unknown names
 * and empty recordings are left out. At least the last 65,536 sessions are remembered. */

/* One share of a mix. */
struct share {
    size_t endpoint;   /* index into service.endpoints; its recording is not empty */
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

/* Open loop: Poisson arrivals at `rate_per_second` in all, endpoints in recorded proportions (times weight),
 * each going through its recording in order. */
struct schedule *schedule_rate(const struct service *service, const struct share *shares, size_t count,
                               double rate_per_second, int64_t duration_ns, uint64_t requests, uint64_t seed);

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

/* Every endpoint's recorded rate: requests / span of the whole recording. `span_us` of the import that wrote
 * them: last minus first time over all endpoints, at least one second. */
int64_t schedule_span_us(const struct service *service);

#endif
