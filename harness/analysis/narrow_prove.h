/* What has to be measured before a rule is said to be right, whatever its probability. Pure.
 *
 * What contradicted it was asked again; all that it names grows; so do some of those by themselves, chosen so that they
 * cover the values of the others as well as so few can; and all else keeps next to nothing. Where a server keeps a little
 * whatever it is asked for, all else may keep up to 30 % per call of what all do on average: told by prove_rest_bound. */
#ifndef SEEP_ANALYSIS_NARROW_PROVE_H
#define SEEP_ANALYSIS_NARROW_PROVE_H

#include "analysis/narrow_belief.h"

enum proof {
    PROOF_WANTED, /* `set` is to be measured */
    PROOF_GIVEN,
    PROOF_FAILED, /* it was asked for often enough, and would not come out clear */
};

/* Fills the set that is to be measured, and the growth, of the whole, that has to show in it. Cost: requests x
 * attributes. */
enum proof prove(const struct belief *belief, size_t rule, uint64_t *set, double *least);

/* The part of the growth that requests which the rule does not name may bring: two standard errors above what was measured.
 * INFINITY: they were not asked. */
double prove_rest_bound(const struct belief *belief, size_t rule);

#endif
