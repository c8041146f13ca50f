/* What a run would do, without a recorded request being sent. */
#ifndef SEEP_FLOW_CHECK_H
#define SEEP_FLOW_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/deciders.h"
#include "model/result.h"
#include "model/service.h"

struct check_signal {
    char *name;
    enum signal_unit unit;
    double value; /* NaN: could not be read, `why` says why */
    char *why;    /* NULL when it was read */
    bool decides;
    double smallest; /* per request, through `calls` requests of one endpoint; NaN unless it decides */
    char *about;     /* who tells it, "python agent, 3 processes"; NULL: the kernel or the service */
};

struct check {
    struct result left_out; /* not_looked_at: what would not be replayed, and why */
    bool *usable;           /* by endpoint */
    size_t usable_count;
    uint64_t recorded; /* requests of the usable ones */
    double span_s;     /* of the recording */
    bool offline;      /* nothing below was looked at */
    char target[128];  /* "127.0.0.1:40613" */
    bool started, restartable;
    char *program;            /* that listens there, "/usr/bin/python3.11"; NULL: not to be seen */
    struct strings elsewhere; /* after an error: where what was started listens instead */
    double ready_s;           /* how long it took to be ready */
    int asked_status;         /* that `path` was answered with; 0: not asked, or no answer: asked_why */
    char *asked_why;
    struct check_signal *signals;
    size_t signal_count;
    bool live;            /* a live signal decides */
    uint64_t calls;       /* what `smallest` rests on */
    char *snapshot;       /* "tracemalloc: 212 sites", or why there are none; NULL: no snapshot endpoint */
    double hunt_requests; /* about how many a hunt sends when one endpoint leaks */
};

/* Reads what recordings_load() loaded, starts the target if it has a `start`, asks if it is
 * ready, reads every signal twice and the first snapshot once, and stops it again. path: is asked for once, so that a
 * server whose port is open before it can answer is up, or seen to fail; NULL: no request is sent. Errors:
 * as recordings_load() and target_start(); ERR_TARGET: it ended when it was asked. */
int check(const struct service *service, const char *path, bool offline, struct check *check,
          struct err *err);
void check_release(struct check *check);

#endif
