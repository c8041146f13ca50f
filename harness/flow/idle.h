/* Growth while idle, measured: the present server is read without traffic, back to back and with pauses between.
 *
 * A timer, a poller or a scheduler that leaks adds to every window of requests by how long it took. So what
 * time adds is measured apart and taken off (levels_gain(), levels_judge()), and is a finding of its own. */
#ifndef SEEP_FLOW_IDLE_H
#define SEEP_FLOW_IDLE_H

#include <stdbool.h>

#include "analysis/idle.h"
#include "flow/deciders.h"
#include "flow/trials.h"

struct idle_plan {
    bool
        settled; /* each reading is a trials_read(), as between blocks; else one watch_read(), as under traffic */
    double pause_s; /* of each of the first three */
};

/* Measures what is in `deciders` and sets per_read and per_second of each, for readings such as the plan's. answers:
 * one for each decider. *readings (may be NULL): how many were taken.
 *
 * Six readings back to back; up to 24 while they add something, since a cold server fills what it fills once: taken for
 * what each reading adds that would hide a leak in every later window. Three pauses; and where time seems to
 * add, once more from the beginning with twelve pauses of a second at least, if the budget has room for them. Cost:
 * 3 pauses where nothing is suspected, else up to some 15 s more. To be asked of a warm server.
 * -1: halted; then per_read and per_second are as they were. */
int idle_measure(struct trials *trials, const struct idle_plan *plan, struct deciders *deciders,
                 struct idle_answer *answers, size_t *readings);

/* What comes and goes while one looks may seem steady: what time is said to add must have added under traffic too. risen:
 * what the signal rose by in so many seconds of it, nothing taken off; NaN: not known, then it holds. */
bool idle_holds_under_traffic(double risen, double per_second, double seconds);

#define IDLE_CONFIDENCE 0.95 /* that of the interval of what time adds */

/* A finding of kind idle, where time adds to a decider: per second, with a projection by the clock. What takes part is
 * read from per_second, so that its caller may have set one to 0. used_bytes: when warm; NaN. NULL: nothing does. */
struct finding *idle_add_finding(struct result *result, const struct deciders *deciders,
                                 const struct idle_answer *answers, double memory_limit_bytes,
                                 double used_bytes);

#endif
