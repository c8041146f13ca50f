/* Series of memory, of requests and of what else is known, put together as the history of instances. */
#ifndef SEEP_METRICS_ASSEMBLE_H
#define SEEP_METRICS_ASSEMBLE_H

#include "metrics/counts.h"
#include "metrics/endpoint_labels.h"
#include "metrics/join.h"
#include "model/history.h"

/* All sets are on the grid of `memory`. */
struct assembly {
    const struct series_set *memory;
    const struct series_set *requests;                   /* NULL: they come otherwise (history_spread()) */
    const struct series_set *starts, *limits, *restarts; /* NULL: not known */
    enum promql_kind kind;              /* of requests; PROMQL_UNKNOWN: looked for in the values */
    double window_s;                    /* of an increase; NaN: a step */
    bool summed;                        /* their query puts several counters into one */
    const char *join, *endpoint_labels; /* as given; NULL */
    route_speller *spell;
    void *owner; /* of spell */
};

/* Fills `history` but for source and queries; released by the caller in any case. What belongs to nothing is counted in its
 * caveats. ERR_USAGE: nothing fits together, with what would help. */
int assemble(const struct assembly *assembly, struct history *history, struct err *err);

/* Requests that were counted for all instances together: rows x endpoints of `counts`, NaN where nothing is known, spread evenly
 * over the instances that are there at each row. */
void history_spread(struct history *history, const double *counts);

/* Room for the requests of endpoints that became known after the instances; nothing is known of them. */
void history_cells(struct history *history);

#endif
