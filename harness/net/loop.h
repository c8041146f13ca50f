/* The event loop: libevent, with libcurl's multi interface on it and the
 * interrupt descriptor watched. One loop, one thread at a time, never entered twice:
 * loop_run(), loop_sleep(), fetch() are not for callbacks of the loop. */
#ifndef SEEP_NET_LOOP_H
#define SEEP_NET_LOOP_H

#include <event2/event.h>
#include <stdbool.h>

#include "base/err.h"

struct loop;
struct multi;

struct loop *loop_new(struct err *err);
void loop_free(struct loop *loop); /* NULL is fine; fetches under way are dropped without a call back */
struct event_base *loop_base(struct loop *loop);

/* libcurl on this loop (net/multi.h), made at the first call. */
struct multi *loop_multi(struct loop *loop);

/* Runs until loop_stop() or until a signal came (base/interrupt.h). Returns 0, or the signal's number; at
 * once when the signal had come before. */
int loop_run(struct loop *loop);

/* The same, deaf to signals: for clean-up after one. */
void loop_run_ignoring(struct loop *loop);
void loop_stop(struct loop *loop);

/* Runs the loop for `ns` nanoseconds (timers of others keep going). Returns as loop_run(). */
int loop_sleep(struct loop *loop, long long ns);

/* A repeating timer on the loop, e.g. the 10 Hz RSS sampler. */
struct ticker;
struct ticker *ticker_new(struct loop *loop, long long period_ns, void (*tick)(void *owner), void *owner);
void ticker_free(struct ticker *ticker); /* NULL is fine */

#endif
