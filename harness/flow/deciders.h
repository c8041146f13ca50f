/* Which signals decide, and what is too small to be growth in each. */
#ifndef SEEP_FLOW_DECIDERS_H
#define SEEP_FLOW_DECIDERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/strings.h"
#include "sample/watch.h"

#define DECIDERS_MOST 8
#define DECIDER_OBJECTS_FLOOR 0.02 /* objects per request: one kept by one request in fifty */
#define DECIDER_OBJECTS_QUANTUM 1
#define DECIDER_BYTES_FLOOR 1.0 /* bytes per request, of those that are counted live */
#define DECIDER_BYTES_QUANTUM 64
#define DECIDER_RSS_QUANTUM 65536
#define DECIDER_RSS_FLOOR 16.0 /* bytes per request: leak-free servers creep 3 to 13 under a full mix */
#define DECIDER_RSS_DEAD_ZONE 200000.0 /* bytes that a fresh server's heap takes before RSS moves */

struct decider {
    size_t index; /* in the watch */
    const char *name;
    bool objects;
    bool collected;
    double floor;     /* per request */
    double mix_floor; /* the same for the net growth of a whole mix: one rare endpoint is thinned out in it */
    double quantum;   /* per reading */
    double dead_zone; /* bytes that may be kept before the signal shows any */
    double per_read;  /* what one of our own readings adds (null block); 0 at first */
    double per_second; /* what time adds, whatever is sent (flow/idle.h); 0 at first */
};

struct deciders {
    struct decider items[DECIDERS_MOST]; /* objects first, then bytes */
    size_t count;
    bool live; /* read after a collection */
};

/* Live signals decide; RSS only where there is none. `only`: this signal and no other, or NULL.
 * ERR_USAGE: no such signal. */
int deciders_choose(struct deciders *deciders, const struct watch *watch, const char *only, struct err *err);

/* One signal as a decider, whether it decides or not. ERR_USAGE: there is none of that name that counts bytes or
 * objects; says which there are. */
int deciders_named(struct decider *decider, const struct watch *watch, const char *name, struct err *err);

/* One more by its name, behind those that are there: as an earlier trial, or another driver, had them. As deciders_named(); what
 * is more than DECIDERS_MOST is left out. */
int deciders_add(struct deciders *deciders, const struct watch *watch, const char *name, struct err *err);

/* After a start: signals that depend on what the target turns out to be (an agent that did not load, a runtime
 * that counts no objects) and cannot be read decide nothing; where none is left RSS does, and a
 * caveat says why. */
void deciders_keep_readable(struct deciders *deciders, const struct watch *watch, const double *values,
                            struct strings *caveats);

/* True when each of them is read of every process apart. */
bool deciders_pooled(const struct deciders *deciders, const struct watch *watch);

/* RSS as a decider: the trip wire beside live signals. */
struct decider decider_rss(const struct watch *watch);

struct trials;

/* trials_need() for each of them. */
void deciders_need(const struct deciders *deciders, struct trials *trials);

#endif
