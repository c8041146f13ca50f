/* What a run cost, and what seep itself took: part of every result. */
#ifndef SEEP_FLOW_OWN_H
#define SEEP_FLOW_OWN_H

#include "flow/trials.h"
#include "model/result.h"

/* Fills requests, trials, seconds, replay, lag, peak_bytes and own from what the trials counted. */
void own_add_costs(struct result *result, const struct trials *trials);

#endif
