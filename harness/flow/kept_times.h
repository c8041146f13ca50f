/* Whole histograms of times as JSON: what one driver of several tells, and what is made of it. */
#ifndef SEEP_FLOW_KEPT_TIMES_H
#define SEEP_FLOW_KEPT_TIMES_H

#include "base/json.h"
#include "model/outcome.h"

/* Sets "lag", "service", "total" (each: the highest, the zeros, then each bucket that has some and how many) and
 * "service_sum_us" of `object`. */
void kept_times_write(json_t *object, const struct latencies *latencies);

/* Adds them to `into`. What is not there, or no such list, adds nothing. */
void kept_times_take(struct latencies *into, const json_t *object);

#endif
