/* Where the memory of production's instances begins anew: restarts, and what they were due to. Pure. */
#ifndef SEEP_ANALYSIS_STRETCHES_H
#define SEEP_ANALYSIS_STRETCHES_H

#include "model/history.h"
#include "model/suspects.h"

/* Rows of one instance between two restarts, or gaps of monitoring so long that nobody knows what happened. */
struct stretch {
    size_t instance, first, end; /* rows [first, end) of the history; the first and the last have memory */
    bool begun; /* the instance started with it; else it was there before, or the gap hides it */
};

struct stretches {
    struct stretch *items; /* by instance, then time */
    size_t count;
    struct restart *restarts; /* by time */
    size_t restart_count;
};

/* A process that started later than before, a counter of restarts that rose, or, where nothing tells, memory that fell by
 * a third and stayed there. Deploy: half of the instances that were there within half an hour (of two or more); memory: at nine
 * tenths of the limit, or where none is known of the most that any instance had, which then has to be a fifth above
 * the usual. An instance that ends while others begin is one that was replaced: a deploy as well.
 * limit: of one instance's memory where the history has none, bytes; NaN: not known. */
void stretches_find(const struct history *history, double limit, struct stretches *stretches);
void stretches_release(struct stretches *stretches);

#endif
