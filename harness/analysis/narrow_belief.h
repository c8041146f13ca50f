/* What measurements say about rules: the sets that were measured, and how likely each rule is after them. Pure.
 *
 * A rule that names the share q of what was recorded keeps, per call of a request that fulfils it, whole / q on average;
 * a set of which the part f fulfils it is expected to keep f / q of the whole. Requests differ in how much they keep: that
 * is taken to be log-normal, a factor of 2 either way. All is told in levels: none, or half octaves of the whole. */
#ifndef SEEP_ANALYSIS_NARROW_BELIEF_H
#define SEEP_ANALYSIS_NARROW_BELIEF_H

#include "analysis/narrow_rules.h"

#define LEVELS 36 /* 0: nothing; k: 2^((k - 11) / 2) of the whole */
#define OTHERS 3  /* no rule, but some of the requests: one of so many */

/* A set that was measured, maybe more than once. */
struct record {
    size_t size;
    double least;        /* growth that was to show, of the whole */
    double odds;         /* log odds that it grows */
    double grown;        /* log likelihood: grows, by as much as all its measurements bear out best; */
    double flat;         /* does not */
    double kept, error;  /* by its best measurement, of the whole */
    double mean, weight; /* of all measurements, by their errors: of the whole, and 1 / error^2 */
    double bound;        /* the least upper bound of its growth, by one measurement or by all, of the whole */
    size_t tells;
    double middle;         /* half of its measurements are not above it, of the whole */
    double levels[LEVELS]; /* log likelihood by growth, from all measurements: of this very set, */
    double rules[LEVELS];  /* and of a rule that expects this level */
};

/* What one block of calls told. */
struct told {
    size_t record;
    double kept, calls; /* of the whole */
};

struct belief {
    struct rules rules;
    struct record *records;
    uint64_t *sets; /* of the records, record_count x words */
    size_t record_count;
    struct told *told;
    size_t told_count;
    double noise;    /* standard error of what a block gains, of what the whole keeps per call */
    double *weights; /* by rule: posterior probability; 0: refuted */
    double *logs;    /* by rule: log prior and likelihoods; -INFINITY: refuted */
    double others;   /* that no rule is right */
};

void belief_init(struct belief *belief, const struct traits *traits);
void belief_release(struct belief *belief);

/* A set kept `kept` (of the whole) on average over so many calls; `least` should have shown. noise: standard error of what
 * the block gained, of what the whole keeps per call; what is known of it now holds for all that was told before. Cost: rules
 * x records x requests / 64. */
void belief_tell(struct belief *belief, const uint64_t *set, double least, double kept, double calls,
                 double noise);

/* A set could not be measured. */
void belief_tell_nothing(struct belief *belief, const uint64_t *set, double least);

/* More rules, which all that was measured is held against. Returns whether there are. */
bool belief_add_pairs_of(struct belief *belief, size_t request);

size_t belief_best(const struct belief *belief); /* the likeliest rule */

/* The likeliest but `rank`; rules.count: there is none. Cost: rank x rules. */
size_t belief_ranked(const struct belief *belief, size_t rank);

/* What a set keeps by a rule, of the whole: `common` of its `size` requests fulfil it. */
size_t level_of(size_t common, size_t size, double share);
double level_size(size_t level);

/* The record of this set; NULL: it was not measured. */
const struct record *belief_record(const struct belief *belief, const uint64_t *set);
static inline const uint64_t *record_set(const struct belief *belief, size_t i)
{
    return belief->sets + i * belief->rules.words;
}

/* By one measurement that was clear; settled: by two that agree. Three that agree refute rules. */
bool record_grows(const struct record *record);
bool record_flat(const struct record *record);
bool record_settled(const struct record *record);

/* Whether what was measured of record `i` is against the rule: 1 it is, -1 it is for it, 0 it tells nothing. A server keeps
 * a little whatever it is asked for: a set that by the rule keeps nothing speaks against it from a third of what one growing
 * request in it would bring, and from TOLERATED of the whole. */
#define TOLERATED 0.2
int belief_against(const struct belief *belief, size_t rule, size_t i);

#endif
