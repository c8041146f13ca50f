/* The smallest set that still grows, where every measurement may be wrong: a Bayesian prefix search. Pure.
 *
 * Members stand in a row. Whether the first k of them grow (with those pinned already) is false up to some k and true
 * from there on; that k is searched by asking where the posterior is halved, so that an answer that fits nothing is
 * asked again instead of believed. Its member is pinned, and the search goes on among those before it until the
 * pinned ones alone grow. At the end the set is asked once more, and so is the set without each of its members.
 *
 * Source: the divide-and-conquer scheme of QuickXplain (Junker, AAAI 2004) taken as a search over prefixes; the
 * noisy binary search is that of Horstein (IEEE Trans. Inf. Theory 9:136, 1963) in discrete form (Burnashev and
 * Zigangirov, 1974; Ben-Or and Hassidim, FOCS 2008).
 */
#ifndef SEEP_ANALYSIS_SEEK_H
#define SEEP_ANALYSIS_SEEK_H

#include <stdbool.h>
#include <stddef.h>

struct seek;

/* weights: how likely each of n >= 1 members is to be one of those that grow, up to a factor; NULL: all alike.
 * error: how often a measurement is wrong that says it is sure; above 0, below 0.5. */
struct seek *seek_new(size_t n, const double *weights, double error);
void seek_free(struct seek *seek);

/* The next set to measure: fills members[n] (true: in), returns its size; 0: done. */
size_t seek_ask(struct seek *seek, bool *members);

/* probability: that the set last asked grows, as far as this measurement alone tells (0.5: it tells nothing). */
void seek_tell(struct seek *seek, double probability);

/* Done: fills members[n] and returns the size of the set; 0: no set could be shown to grow. confidence: the
 * posterior that this set grows and that none of its members can be left out. */
size_t seek_result(const struct seek *seek, bool *members, double *confidence);

size_t seek_asked(const struct seek *seek); /* how many measurements so far */

#endif
