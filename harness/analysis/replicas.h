/* How many servers seem to answer behind one address, from successive readings without traffic. Pure.
 *
 * Every reading is one process's; of several that answer in turn the levels jump to and fro between a few values that
 * each stay where they are. A reading's own noise, a saw, a ramp or a step does not do that.
 */
#ifndef SEEP_ANALYSIS_REPLICAS_H
#define SEEP_ANALYSIS_REPLICAS_H

#include <stdbool.h>
#include <stddef.h>

#define REPLICAS_READINGS 16 /* that are worth taking */
#define REPLICAS_MOST 5      /* servers that can be told apart by levels */

/* levels: count readings in their order, on a new connection each, of a signal that is read after a collection.
 * quantum: its own step. Returns how many servers seem to answer; 1: no sign of more, or fewer than 10 readings.
 *
 * More are said where the values fall into 2 to REPLICAS_MOST groups of 2 readings or more, the narrowest gap
 * between groups is 64 quanta and 8 times what any group spreads by; readings change from group to group at least half
 * as often as chance would have it; and they do not climb through evenly spaced groups and fall back, as a saw does.
 * Two groups that strictly take turns may be a saw of two readings: then the gap must be a hundredth of the level as
 * well.
 * Simulated (tests/unit/test_replicas.c): said of one server in at most 0.5 %, missed of 2 to 4 that answer in turn in none, of 2 that answer by chance in 5 %. */
size_t replicas_count(const double *levels, size_t count, double quantum);

/* The same of what names the server (a pid, the time it began): values that come again after others did. An exact value
 * that changes once is a restart. */
size_t replicas_named(const double *values, size_t count);

#endif
