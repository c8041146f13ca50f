/* Wakes the loop at an absolute time: one edge-triggered timerfd on CLOCK_MONOTONIC, never read. */
#ifndef SEEP_REPLAY_PACER_H
#define SEEP_REPLAY_PACER_H

#include <stdint.h>

#include "base/err.h"
#include "net/loop.h"

struct pacer;

struct pacer *pacer_new(struct loop *loop, void (*wake)(void *owner), void *owner, struct err *err);
void pacer_free(struct pacer *pacer);                /* NULL is fine */
void pacer_arm(struct pacer *pacer, int64_t due_ns); /* of clock_now_ns(); replaces what was set before */
void pacer_disarm(struct pacer *pacer);
void pacer_wake(struct pacer *pacer); /* in the next turn of the loop, without a system call */

#endif
