/* Lanes: several trials at once, each with a server, an engine and a loop of its own, on a thread of its own.
 *
 * What all lanes share - the clock of the run, the numbers of trials, the budget, the halt, the listener - is in one
 * struct that each of their `struct trials` points at: a halt on one lane (a signal, the budget, an error) ends the
 * work of all at their next tick. A server that died or passed its ceiling halts its own lane only, until
 * trials_recover(). The store takes rows from any thread.
 *
 * Everything here is for one thread, the one that opened the lanes. It alone may touch a lane's trials, while no job is
 * on it; of a busy lane it may use trials_say(), trials_note(), trials_elapsed_s(), trials_left_s() and
 * trials_halt_of_all().
 */
#ifndef SEEP_FLOW_LANES_H
#define SEEP_FLOW_LANES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "flow/trials.h"
#include "model/result.h"

struct lanes;

/* Opens `count` >= 1 trials; starts no target. One lane only where trials_may_run_beside() says that there can be one
 * server: lanes_count() tells. A service without `ceiling` gets half of the available memory, shared out equally. */
struct lanes *lanes_open(const struct trials_options *options, size_t count, struct err *err);

/* Every target is stopped. No lane may be busy. NULL is fine. */
void lanes_close(struct lanes *lanes);

size_t lanes_count(const struct lanes *lanes);
struct trials *lanes_trials(struct lanes *lanes, size_t lane);
bool lanes_busy(const struct lanes *lanes, size_t lane);

/* Runs job(owner, trials) on the lane's thread, where its target's parent is. The lane is busy until lanes_wait() has
 * returned it. */
typedef void lane_job(void *owner, struct trials *trials);
void lanes_begin(struct lanes *lanes, size_t lane, lane_job *job, void *owner);

/* Waits until the job of a busy lane ends, and returns that lane: of several the one that ended first. At least one
 * must be busy. */
size_t lanes_wait(struct lanes *lanes);

/* What the run cost, over all lanes (own.h), and one endpoint_load row for each endpoint into the store. No lane may be
 * busy. */
void lanes_add_costs(struct lanes *lanes, struct result *result);
void lanes_store_loads(struct lanes *lanes);

#endif
