/* Which of an endpoint's recorded requests grow: the rule that tells them from the others, found by asking. Pure.
 *
 * Given that the endpoint's requests grow as a whole, each hypothesis is a rule over their traits (every request; one
 * value, its absence or anything else of one attribute; from a number on or below it; two of those together). Asked for
 * is the set of requests about which the hypotheses that are still likely disagree most; told is what each of them kept on
 * average. When one is likely enough it is proven: what it names grows and makes up the whole's growth, and all else does
 * not. Ask, measure, tell.
 */
#ifndef SEEP_ANALYSIS_NARROW_H
#define SEEP_ANALYSIS_NARROW_H

#include <stdbool.h>
#include <stddef.h>

#include "model/traits.h"

struct narrow;

/* traits: borrowed. whole: what a request of the recording keeps on average, in the signal's unit (> 0). */
struct narrow *narrow_new(const struct traits *traits, double whole);
void narrow_free(struct narrow *narrow);

/* The next set to send: fills members[traits->request_count], returns its size; 0: done. `share` (out): the least part of the
 * set's calls by which the hypotheses differ, so that the caller can tell whether growth of `whole` / share per call
 * would show: it sends enough calls for that. */
size_t narrow_ask(struct narrow *narrow, bool *members, double *share);

/* What each request of the set last asked kept on average, and its standard error (both in the signal's unit). NaN:
 * not measured. */
void narrow_tell(struct narrow *narrow, double per_request, double error);

enum narrowed {
    NARROWED_ASKING,
    NARROWED_RULE, /* those that fulfil `rule`, and no others */
    NARROWED_ALL,  /* no request is without growth, as far as was tried */
    NARROWED_OPEN  /* no rule fits what was told, or too many questions were asked */
};

/* rule, examples (may be NULL): the rule; a few requests that fulfil it, each of which was asked by itself and grew.
 * examples[NARROW_EXAMPLES_MOST], *example_count. */
#define NARROW_EXAMPLES_MOST 4
enum narrowed narrow_result(const struct narrow *narrow, struct trait_rule *rule, size_t *examples,
                            size_t *example_count);

size_t narrow_asked(const struct narrow *narrow); /* how many measurements so far */

#endif
