/* seep compare BEFORE AFTER: two stored runs side by side, from the store alone.
 *
 * What is compared is a mix that both measured, signal by signal, per request; so they may differ in length and
 * rate:
 *   run, run        what was replayed: the same endpoints in the same shares (compare_mix.h)
 *   bisect, bisect  each endpoint that either run found, by the best that each measured of it: alone on a fresh
 *                   server, else in a long solo, else in the screen; where neither found one, the whole mix
 *   bisect, run     the endpoint that the run replayed alone
 * A directory may lie elsewhere, or be called otherwise: the same service is what has the same endpoints. */
#ifndef SEEP_FLOW_COMPARE_H
#define SEEP_FLOW_COMPARE_H

#include "base/err.h"
#include "model/comparison.h"
#include "model/service.h"
#include "store/store.h"

struct compare_options {
    const char *before, *after;  /* RUN */
    const struct limits *limits; /* of growth per request; none: each signal's own floor (deciders.h) */
};

/* Fills the comparison; release it with comparison_release() also after -1. Runs that cannot be compared, and what
 * is not shown, are results. ERR_USAGE: no such run, a run with itself, a limit that is not of growth per request.
 * Signals that count what is live decide; RSS and its like where there is none, or where a limit names them. */
int compare(struct store *store, const struct compare_options *options, struct comparison *comparison,
            struct err *err);

#endif
