/* Whether an open loop kept the rates it was asked for. */
#ifndef SEEP_FLOW_RATES_H
#define SEEP_FLOW_RATES_H

#include <stdbool.h>
#include <stdint.h>

#include "model/outcome.h"

/* What was planned and what became of it, from the begin of the replay on. */
struct rates {
    const struct tally *tally;
    double lag_p50_us;
    double due_s;  /* from the begin until the last request was due */
    double sent_s; /* until the last one was sent */
};

/* True where rates were not kept: the median lag is above 50 ms, more than 1 % of the requests went out late
 * (REPLAY_LATE_NS) or were skipped as too late, or less than 90 % of the scheduled rate was sent. *why says so
 * with figures ("the rates were not true: ..."); the caller's. NULL: they were kept. */
bool rates_untrue(const struct rates *rates, char **why);

#endif
