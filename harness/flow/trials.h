/* Trials: fresh servers, blocks of requests on them, readings between blocks.
 *
 * Owns the target, the engine and the watch, and connects their callbacks to
 * the store. Soak and hunt drive it; neither touches a room below for itself.
 *
 * Work ends early for reasons that are results, not errors: a signal, the
 * budget, a target that died or passed its ceiling. The first such reason is
 * kept in `halt`; from then on every call returns -1 at once.
 *
 * Several trials of one run may be under way at once, each on a thread of its own (lanes.h). HALT_TARGET, HALT_KILLED
 * and HALT_CEILING then end the trials of one lane, until trials_recover(); every other halt ends those of all, at the
 * next tick or before the next block.
 */
#ifndef SEEP_FLOW_TRIALS_H
#define SEEP_FLOW_TRIALS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "model/evidence.h"
#include "model/progress.h"
#include "model/service.h"
#include "net/loop.h"
#include "plan/schedule.h"
#include "replay/replay.h"
#include "sample/watch.h"
#include "store/store.h"
#include "target/target.h"

enum halt {
    HALT_NONE,
    HALT_INTERRUPTED, /* SIGINT or SIGTERM */
    HALT_BUDGET,      /* the time is used up */
    HALT_TARGET,      /* the target died, was replaced, answers nothing any more, or is several */
    HALT_CEILING,     /* the target passed its memory ceiling */
    HALT_KILLED,      /* the kernel killed it at the memory limit of its container */
    HALT_MEMORY,      /* seep itself passed --mem-limit */
    HALT_ERROR,       /* an error of ours: `err` */
};

struct trials_options {
    const struct service *service; /* recordings loaded */
    struct store *store;
    int64_t run;
    const struct listener *listener; /* or NULL */
    int64_t budget_ns;               /* since the run began; 0: none */
    double elapsed_s;                /* a run that goes on: what of it is over; else 0 */
    int64_t trials_before;           /* the highest number that one of its trials had */
    int64_t late_limit_ns;           /* 0: none */
    int64_t coalesce_ns;             /* 0: none */
    int64_t mem_limit_bytes;         /* of seep itself; 0: none */
    unsigned connections;            /* 0: from the service's load, else 4 */
    uint64_t seed;
    int64_t told_as; /* the number of the run in the header of each request; 0: that of the run */
    bool steady;  /* servers as target_steady() has them */
    bool unread;  /* memory is another's to read: nothing of the target is watched */
    bool verbose; /* each step is a note of its own */
};

/* What is being gathered of one endpoint. Its tally is not yet in by_endpoint and in_block. */
struct gathered {
    struct outcome_row row; /* the second that is being filled */
    int64_t ends_ns;        /* when it is over; 0: nothing gathered */
};

struct trials_shared; /* trials_shared.h: the halt of all, numbers of trials, the listener's lock */

struct trials {
    struct trials_options options;
    struct trials_shared *shared;
    bool shares; /* it is another's */
    struct loop *loop;
    struct target *target;
    struct watch *watch;
    struct replay *replay;
    struct ticker *ticker;
    char run_header[32];
    int64_t began_ns;

    enum halt halt; /* of this lane: its own, or that of all */
    char halt_why[1024];
    struct err err; /* HALT_ERROR */

    struct trial trial; /* the present one; number 0: none yet */
    uint64_t servers;   /* trials that began here */
    int64_t block_number;
    size_t *cursors;             /* where each endpoint goes on in its recording */
    size_t endpoints;            /* of the arrays below: those of the mix, then those of the setup */
    struct tally *by_endpoint;   /* over the whole run; whole between blocks */
    struct tally *in_block;      /* by endpoint, in the last block; whole once it ended */
    struct latencies *latencies; /* by endpoint: over the whole run */
    struct gathered *gathered;   /* by endpoint */
    struct tally all;
    uint64_t requests;       /* done, over all trials */
    double peak_bytes;       /* highest resident memory of any trial, untraced; NaN */
    double kept_bytes;       /* that trial's at its last settled reading; NaN */
    bool peak_is_older;      /* it was reached before our first request */
    double settled_bytes;    /* of the present trial: resident when last settled; NaN */
    double older_peak_bytes; /* of its server: before our first request; NaN */
    bool traced;             /* its server pays for snapshots: the peak is not the load's */
    double warm_bytes;       /* the last resident memory read; NaN */
    uint64_t told_requests;  /* of `requests`, in progress already */
    double lag_max_us;       /* since progress last took a rate */
    char live_by[48];        /* who last told what is live: "python agent"; empty: nobody */
    double *now_values;      /* cheap signals, last tick */
    bool *needed;            /* by signal: nothing can be judged without it; trials_need() */
    double *first_values;    /* by signal: what later readings are held against; NaN: not read yet */
    int64_t answered_ns;     /* when an answer came last, or the replay began */
    int64_t tick_ns;         /* the last tick */
    int64_t last_due_ns, last_sent_ns; /* the latest of all requests; 0: none */
    uint64_t replaced;                 /* readings that found a worker replaced and went on */
    bool goes_on_replaced;             /* that ends no work: its owner cuts what it has read */
    uint64_t unsettled;   /* settled readings that still fell when they were taken as they were */
    uint64_t asked_again; /* settled readings that brought nothing at first */
    unsigned unanswered;  /* requests that failed since */
    double ceiling_bytes;
    double total_s;    /* for progress: the duration or the budget */
    bool open_loop;    /* requests have due times: progress says how many are due */
    bool stop_on_halt; /* a replay is under way */
};

/* Makes target, engine's loop and watch; starts nothing. */
int trials_open(struct trials *trials, const struct trials_options *options, struct err *err);
void trials_close(struct trials *trials);

/* A fresh server (the one before is stopped), or in attach mode the same one again. One that does not start is an error
 * (HALT_ERROR) where none of this run did before, else the end of this trial (HALT_TARGET). */
int trials_start(struct trials *trials, enum step step, const char *mix);

/* True when several servers of this service may be up at once: seep starts them, each on a ${PORT} or in a compose project of its own, and
 * neither a `reset` nor a fixed `watch` or signal URL is about all of them. */
bool trials_may_run_beside(const struct service *service);

/* After HALT_TARGET, HALT_KILLED or HALT_CEILING: ends the trial and its server, so that trials_start() works again; `trial` is
 * empty then. Nothing otherwise. -1: the work of all has ended. In attach mode the target is as it was. */
int trials_recover(struct trials *trials);

/* What progress shows from now on. Any thread may call, as trials_note(), also while the lane is busy. */
void trials_say(struct trials *trials, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line worth keeping on the screen. */
void trials_note(struct trials *trials, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A stretch of the block that is under way, from the trial's first request and `from_s` until now, as a block of its own:
 * what was left out in front. */
void trials_mark(struct trials *trials, enum step step, const char *mix, double from_s);

/* Exactly shares[i].requests of each endpoint, as fast as the target answers.
 * trials->in_block has what became of them. */
int trials_block(struct trials *trials, enum step step, const char *mix, const struct share *shares,
                 size_t count);

/* The same of some requests of one endpoint's recording, in turn. */
int trials_chosen(struct trials *trials, enum step step, const char *mix, const struct share *share,
                  const size_t *requests, size_t count);

/* Any other schedule (taken over). */
int trials_replay(struct trials *trials, enum step step, const char *mix, struct schedule *schedule_take);

/* A signal that a verdict is to rest on. */
void trials_need(struct trials *trials, size_t signal);

/* A settled reading of every signal into values[watch_count()]; stored. A needed signal of the service that
 * stays unreadable halts the work, and so does one that could be read before and cannot any more. */
int trials_read(struct trials *trials, double *values);

/* Halts where a needed signal fell below half of the first reading since the trial began or a worker was replaced: its
 * target was restarted behind our back, or it counts something else now. */
int trials_check_cliff(struct trials *trials, const double *values);

/* What was read before is nothing to hold later readings against. */
void trials_forget_first(struct trials *trials);

/* Nothing is sent until so many seconds after the work began: in steps, so that a budget that ends or a target that dies
 * is noticed. */
int trials_hold_until(struct trials *trials, double at_s);

/* Fetches a snapshot URL of the target. `err` says why there is no body. */
int trials_fetch(struct trials *trials, const char *path, struct text *body, struct err *err);

/* Ends the work with a reason; returns -1. The first reason stays. */
int trials_halt(struct trials *trials, enum halt halt, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The lane has ended, or all have. */
bool trials_halted(struct trials *trials);

/* What ended the work of all lanes, HALT_NONE: nothing so far. *why (or NULL): its reason, as long as the trials are
 * open; *err (or NULL): of HALT_ERROR. Any thread may call. */
enum halt trials_halt_of_all(const struct trials *trials, const char **why, struct err *err);

double trials_elapsed_s(const struct trials *trials);
double trials_left_s(const struct trials *trials); /* of the budget; INFINITY without one */

/* NULL when the answers in `tally` were those recorded, nine times out of ten at least; else why not, in words that are
 * the caller's: such an endpoint was not looked at. why, lost: what the engine knows of it (replay_why(), replay_lost()), or NULL. */
char *trials_why_not_landed(const struct tally *tally, const char *why, const char *lost);

/* Stores a reading of every signal. */
void trials_put_values(struct trials *trials, enum sample_kind kind, const double *values);

/* Takes the present trial's peak and what it kept into `peak_bytes` and `kept_bytes`, if it is the highest. */
void trials_weigh(struct trials *trials);

/* Snapshots are taken of the present trial's server from now on: what it takes for them is not the load's. */
void trials_trace(struct trials *trials);

/* Halts when a process of the target is not the one that was started. A worker whose parent goes on is only counted
 * in `replaced`, where goes_on_replaced is set or all needed signals are pooled. */
int trials_check_process(struct trials *trials);

/* What became of an endpoint's requests so far, and of all, also while a replay is under way. */
struct tally trials_tally(const struct trials *trials, size_t endpoint);
struct tally trials_sum(const struct trials *trials);

/* The times of all endpoints of the mix together, added to `into` (zeroed; the caller releases it). */
void trials_all_latencies(const struct trials *trials, struct latencies *into);

/* Stores one endpoint_load row for each endpoint of the mix that was planned something. */
void trials_store_loads(struct trials *trials);

/* The same, over all lanes of a run. */
void trials_store_all_loads(struct trials *const *lanes, size_t count);

#endif
