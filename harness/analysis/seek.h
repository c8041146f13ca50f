/* The smallest set that still grows, where every measurement may be wrong: a Bayesian prefix search. Pure.
 *
 * Members stand in a row, the likeliest first. Whether the first k of them grow (with those pinned already) is false
 * up to some k and true from there on; that k is searched by asking where the posterior is halved, so that an answer
 * that fits nothing is asked again instead of believed. Its member is pinned, and the search goes on among those
 * before it until the pinned ones alone grow. That nothing grows is one of the hypotheses, and so is, at each pin,
 * that an earlier answer was wrong. What is not sure at the end is asked: the set, and the set without each member.
 * All is derived from all answers each time: part of a set that does not grow does not grow, what holds one that grows
 * grows, and an answer that contradicts what was pinned reopens it.
 *
 * By simulation, one set of n that grows, 1,000 hunts each; in brackets ddmin (analysis/reduce.h) on the same answers:
 *
 *                        answers right     5 % wrong                        10 % wrong
 *                        probes            probes        right              probes  right
 *   none of 20            3.0 (38.0)        5.9 (32.5)    99.9 %             7.5     99.0 %
 *   single of 20          6.5  (6.7)       11.2  (7.5)    99.4 % (71.8 %)   15.3     98.2 %
 *   pair of 20            9.7 (11.1)       17.5 (12.3)    98.8 % (58.7 %)   23.8     97.5 %
 *   triple of 20         12.9 (14.7)       23.3 (16.1)    97.8 % (48.3 %)   32.1     96.3 %
 *   pair of 64           13.3 (15.8)       22.6 (21.9)    98.8 % (46.8 %)   30.7     98.2 %
 *
 * With leads (a pair of 20, 5 % wrong): right ones 10.3 probes and 99.1 % right, wrong ones 20.6 and 98.9 %, none 17.4 and 98.4 %.
 *
 * The bound log2 C(n,k) is 4.3, 7.6 and 10.2 of 20, 11.0 for a pair of 64. Its confidence is what comes true, within
 * 1 %. Wrong answers are taken to be independent: a set that answers wrongly each time is believed.
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
 * leads: factors on these for what is asked, and in which order, by somebody's suspicion; what is believed of the answers does not
 * hang on them, so that a wrong one costs measurements and no more is believed sooner. NULL: none.
 * error: how often a measurement is wrong that says it is sure; above 0, below 0.5. */
struct seek *seek_new(size_t n, const double *weights, const double *leads, double error);
void seek_free(struct seek *seek);

/* The next set to measure: fills members[n] (true: in), returns its size; 0: done. Asks again until told. After
 * 8 + 6 (k + 1) log2(n + 1) measurements, k members pinned, it gives up. */
size_t seek_ask(struct seek *seek, bool *members);

/* probability: that the set last asked grows, as far as this measurement alone tells (0.5 or NaN: it tells nothing).
 * It is not believed beyond 1 - error. Cost of a measurement: k x n x the sets measured. */
void seek_tell(struct seek *seek, double probability);

/* Done: fills members[n] and returns the size of the set; 0: no set could be shown to grow. confidence: the
 * posterior that this set grows and that none of its members can be left out; of 0: that nothing grows. Where it gave
 * up: the smallest set that more likely grows than not. */
size_t seek_result(const struct seek *seek, bool *members, double *confidence);

size_t seek_asked(const struct seek *seek); /* how many measurements so far */

#endif
