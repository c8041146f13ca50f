/* What production's monitoring kept: the memory of each instance and the requests that it served, on one grid of time. */
#ifndef SEEP_MODEL_HISTORY_H
#define SEEP_MODEL_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"

/* One process or container, as the label says that memory and requests have in common. Arrays of history.rows; row r is
 * what was known at start_s + r * step_s. */
struct history_instance {
    char *name;     /* "10.2.0.7:8080", "shop-7c9-x2" */
    double *memory; /* bytes; NaN: not known */
    double
        *started; /* when its process started, seconds since the epoch; NaN: not known; NULL: nothing tells */
    double *limit;    /* of its memory, bytes; NaN: not known; NULL: nothing tells */
    double *restarts; /* a counter of its restarts; NaN: not known; NULL: nothing tells */
    float *requests;  /* rows x endpoints: how many came since the row before; NaN: not known */
};

struct history {
    double start_s; /* of the first row, seconds since the epoch */
    double step_s;
    size_t rows;
    struct strings endpoints;
    struct history_instance *instances;
    size_t instance_count;
    struct strings caveats; /* of the reading: "2 series of requests belong to no instance" */
};

/* rows, step and endpoints are set: a further instance of which nothing is known (NaN), at the end of the list. */
struct history_instance *history_add(struct history *history, const char *name);
float *history_requests(const struct history *history, const struct history_instance *instance, size_t row);
void history_release(struct history *history);

#endif
