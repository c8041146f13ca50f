/* The hunt: which smallest mix grows, and what in it. What is asked, and why: analysis/search.h.
 *
 * Where no signal is read after a collection, only RSS is there: then each endpoint, and each set of them, is measured on
 * a fresh server of its own, since differences of RSS on a shared server name the wrong endpoint.
 *
 * Attached to a server that cannot be restarted, a hunt screens, confirms by long solo, and says what it could
 * not prove.
 */
#ifndef SEEP_FLOW_HUNT_H
#define SEEP_FLOW_HUNT_H

#include "analysis/search.h"
#include "base/err.h"
#include "flow/trials.h"
#include "model/result.h"

struct swarm;

struct hunt_options {
    struct trials_options trials; /* service with recordings; store; run; listener; budget */
    struct service *service;      /* the same service: chosen endpoints get their weights */
    const char *directory;        /* as the user wrote it: for the command that reproduces */
    uint64_t confirm;             /* calls of a long solo; 0: 10,000 */
    const char *signal;           /* judge by this signal alone; NULL: all that count */
    const char *const *endpoints; /* only these; count 0: all */
    size_t endpoint_count;
    const char *keep; /* directory for recordings of few requests that grow; NULL: none is written */
    size_t
        jobs; /* servers driven at once; 0: one, and with RSS alone as many as processors, at most 4; given with `swarm` */
    int64_t resume;         /* the run that goes on; 0: a new one */
    struct resumed resumed; /* what it had come to; resume != 0 */
    bool fresh;             /* measure all anew: reuse nothing of other runs */
    const char *build; /* digest of the service and its build (flow/build.h); NULL: nothing can be reused */
    enum search_strategy strategy;
    const struct suspicions *suspects; /* of production: looked at first; NULL: none */
    bool errand;                       /* one trial of a hunt that is elsewhere: hunt_errand() */
    struct swarm *swarm; /* where drivers measure, each in a stack of its own (target/swarm.h); NULL: here */
};

/* Runs to its end. Early ends are results: result->verdict inconclusive with the reason, findings so far
 * kept, and result->exit_code set. Returns -1 only for errors (configuration, store, a target that does not
 * start); result is then filled as far as it went. */
int hunt(const struct hunt_options *options, struct result *result, struct err *err);

#endif
