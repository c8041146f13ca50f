/* The smallest set that still does it: delta debugging by ask and tell.
 *
 * Given a set of n members that grows as a whole, finds a subset from which no single member can be left
 * out. The caller measures: ask, measure, tell. No suspects are needed, and pairs and triples are found
 * as well as singles. Part of a set that does not grow is taken not to grow either, and is not asked
 * for. Of 16 members a single takes 6 probes (8 at most), a pair 9.9 (14), a triple 13 (18), all sixteen
 * 30; without that memory a pair takes 33 (44).
 * Source: Zeller and Hildebrandt, IEEE Trans. Softw. Eng. 28:183 (2002), ddmin.
 */
#ifndef SEEP_ANALYSIS_REDUCE_H
#define SEEP_ANALYSIS_REDUCE_H

#include <stdbool.h>
#include <stddef.h>

struct reduce;

struct reduce *reduce_new(size_t n); /* all of 0..n-1 are in; n >= 1 */
void reduce_free(struct reduce *reduce);

/* The next subset to measure: fills members[n] (true: in), returns its size;
 * 0: done, members is the answer. */
size_t reduce_ask(struct reduce *reduce, bool *members);

/* Whether the subset last asked grows. Unknown answers are told as "does not grow": the set only stays
 * larger (no part of it is asked for again). */
void reduce_tell(struct reduce *reduce, bool grows);

size_t reduce_asked(const struct reduce *reduce); /* how many measurements so far */

#endif
