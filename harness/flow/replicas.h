/* Several servers behind one address: seen before anything is sent to a target that seep did not start. */
#ifndef SEEP_FLOW_REPLICAS_H
#define SEEP_FLOW_REPLICAS_H

#include "flow/deciders.h"
#include "flow/trials.h"

/* Halts the trials (HALT_TARGET, with the reason in words) where more than one server seems to answer: each reading would
 * be that of another process, and levels of different processes cannot be compared. A signal of the service that names
 * the process (process_start_time_seconds, or a pid other than 1) decides; else what the deciders' levels jump between
 * does. Levels that are RSS, or summed over processes, are those of known processes, and are not asked; nor where
 * workers of one parent are known to answer in turn, which is told apart from this.
 *
 * Without traffic, on an attached target only: up to REPLICAS_READINGS readings, as long as they take no more than
 * 5 s; with fewer than ten nothing is said. -1: halted. */
int replicas_check(struct trials *trials, const struct deciders *deciders);

#endif
