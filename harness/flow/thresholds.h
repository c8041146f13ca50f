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
};

/* Adds one threshold_result for each limit of the service. growths: count of them, the deciding one first.
 * timed: false where latency says nothing, as in a hunt, which drives as fast as it can:
 * p99 limits are then inconclusive. */
void thresholds_judge(struct result *result, const struct limits *limits,
                      const struct measured_growth *growths, size_t count, const struct trials *trials,
                      bool timed);

/* The same for the limits of one endpoint, which are named after it: "GET /quote/{sku}: p99 > 300 ms".
 * growth: of that endpoint alone, or NULL when nothing is known of it. */
void thresholds_judge_endpoint(struct result *result, const struct endpoint *endpoint,
                               const struct measured_growth *growth, const struct trials *trials, bool timed);

/* The exit code by result->verdict, the thresholds and how the work ended (see `seep help exit`). */
int thresholds_exit_code(const struct result *result, const struct trials *trials);

#endif
