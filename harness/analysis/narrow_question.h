/* Which set of requests to measure next: the one whose answer tells most about which rule is right. Pure. */
#ifndef SEEP_ANALYSIS_NARROW_QUESTION_H
#define SEEP_ANALYSIS_NARROW_QUESTION_H

#include "analysis/narrow_belief.h"
#include "base/random.h"

/* Fills the set and the growth, of the whole, that has to show in it; returns the bits that its answer is expected to tell
 * (about 0: no set tells the rules apart that are left). Looked at: what the likeliest rules name, what two of them have in
 * common or not, what none of several names, small groups put together one by one, random parts. Measurements with
 * less to show cost more calls, and count for less.
 * Cost: 512 rules x 300 sets, some 10 ms of 2,048 requests. */
double question_choose(const struct belief *belief, struct random *random, uint64_t *set, double *least);

/* Growth that has to show in a set that keeps so much of the whole by a rule: triggers differ, and less costs more. */
double question_least(double expected);

#endif
