/* Private to flow/trials*.c: what the engine, the clock and the readings tell. */
#ifndef SEEP_FLOW_TRIALS_INSIDE_H
#define SEEP_FLOW_TRIALS_INSIDE_H

#include "flow/trials.h"

/* trials_record.c: outcomes into tallies, times and the rows of the store. */
void trials_on_outcome(void *owner, const struct outcome *outcome);
void trials_put_rows(struct trials *trials); /* the seconds that are being filled: after each block */

/* trials_guard.c: ten times a second, the cheap signals, the limits and the progress. */
void trials_on_tick(void *owner);
void trials_check_limits(struct trials *trials); /* halts when the target, the budget or a limit is gone */
/* The same for a target that no longer answers: one that died says more than one that is not there, and until its
 * last thread has ended (some milliseconds after its sockets) nobody knows how it did. */
void trials_await_end(struct trials *trials);
/* The same, also for a container, of which the loop learns: not from within the loop. */
void trials_await_told_end(struct trials *trials);
int trials_halt_for_output(struct trials *trials,
                           const char *what); /* with the last of the target's output */
int trials_halt_on_error(struct trials *trials, const struct err *err);

#endif
