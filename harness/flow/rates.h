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

enum rates_kept {
    RATES_KEPT,
    RATES_STRAINED, /* more than 1 % went out late (REPLAY_LATE_NS) or were skipped as too late: worth a word */
    RATES_UNTRUE, /* more than 10 % did, the median lag is above 50 ms, or less than 90 % of the rate was sent */
};

/* *why says with figures what was not kept ("the rates were not true: ..."); the caller's. NULL: all was. */
enum rates_kept rates_judge(const struct rates *rates, char **why);

#endif
