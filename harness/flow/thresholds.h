/* Limits against what was measured: each passes, fails, or cannot be told; and the exit code of it all. */
#ifndef SEEP_FLOW_THRESHOLDS_H
#define SEEP_FLOW_THRESHOLDS_H

#include <stdbool.h>

#include "flow/trials.h"
#include "model/result.h"
#include "model/service.h"

/* What a growth limit is held against. */
struct measured_growth {
    const char *signal; /* a limit that names another signal is not this one's */
    bool objects;
    double per_request;
    struct interval interval;   /* per request */
    double smallest_detectable; /* per request; what "no growth" rests on; NaN */
    double requests_per_second; /* for limits per hour */
    enum verdict verdict;
    bool shared; /* of an endpoint in a mix: no more than this is its own, but less may be */
};

/* What was measured of a service, or of one endpoint of it. */
struct measured {
    const struct measured_growth *growths; /* the deciding one first */
    size_t count;
    const struct trials *const *lanes; /* what was sent, and what became of it: of all of them together */
    size_t lane_count;
    /* false where latency says nothing, as in a hunt, which drives as fast as it can: p99 limits are then
     * inconclusive. */
    bool timed;
    size_t look; /* growth_question.look: errors and p99 are then held to an interval as much wider */
};

enum limits_standing {
    LIMITS_SETTLED,
    LIMITS_OPEN, /* one is not, for want of requests */
    LIMITS_STUCK /* one is not, and more requests would not help */
};

/* Adds one threshold_result for each limit of the service, and a caveat for each that is inconclusive. */
enum limits_standing thresholds_judge(struct result *result, const struct limits *limits,
                                      const struct measured *measured);

/* The same for the limits of one endpoint, which are named after it: "GET /quote/{sku}: p99 > 300 ms".
 * measured: of that endpoint; its growths are none where nothing is known of it. Where it was not
 * looked at, each limit but that of errors is inconclusive. */
enum limits_standing thresholds_judge_endpoint(struct result *result, const struct service *service,
                                               size_t endpoint, const struct measured *measured);

/* The tightest growth limit that a signal is held to, per request; NaN: none. requests_per_second: for limits
 * per hour. */
double thresholds_tightest(const struct limits *limits, const char *signal, bool objects,
                           double requests_per_second);

/* The target was killed at a memory limit of its own, bytes (0: not known): that limit is crossed. */
void thresholds_add_killed(struct result *result, double limit_bytes);

/* The exit code by result->verdict, the thresholds and how the work ended (see `seep help exit`); err: of HALT_ERROR. */
int thresholds_exit_code(const struct result *result, const struct service *service, enum halt halt,
                         const struct err *err);

#endif
