/* Private to flow/trials*.c, lanes.c and own.c: what several trials of one run have in common. Any thread may call. */
#ifndef SEEP_FLOW_TRIALS_SHARED_H
#define SEEP_FLOW_TRIALS_SHARED_H

#include <pthread.h>

#include "base/clock.h"
#include "flow/trials.h"

struct trials_shared {
    int64_t began_ns;          /* never changes; so do the next two */
    struct clock_moment began; /* the same, but of a run that goes on, when it went on */
    size_t lanes;
    pthread_mutex_t lock; /* of all below, and of the listener */
    int64_t numbers;      /* the highest that a trial was given */
    enum halt halt;       /* of the work of all */
    char halt_why[1024];
    struct err err;
    char step[160];               /* what progress says */
    const struct trials *speaker; /* who said so */
    struct progress progress;     /* of the speaker; requests and rate: of all */
    int64_t rate_at_ns;
    uint64_t rate_requests;
    int64_t told; /* the tenth of a second in which progress was told last */
};

struct trials_shared *trials_shared_new(const struct trials_options *options, size_t lanes);
void trials_shared_free(struct trials_shared *shared); /* NULL is fine */

/* As trials_open(), beside others. */
int trials_open_beside(struct trials *trials, const struct trials_options *options,
                       struct trials_shared *shared, struct err *err);

int64_t trials_shared_number(struct trials_shared *shared);  /* of the next trial */
int64_t trials_shared_numbers(struct trials_shared *shared); /* the highest given */

/* The first stays. err: of HALT_ERROR, or NULL. */
void trials_shared_halt(struct trials_shared *shared, enum halt halt, const char *why, const struct err *err);

bool trials_said(struct trials_shared *shared); /* progress has something to say */

/* Tells the listener where all stand; `own`: total_s, due and memory_bytes of `trials`. */
void trials_tell(struct trials *trials, const struct progress *own);

#endif
