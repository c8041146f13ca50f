/* Which of an endpoint's recorded requests grow: the rule that tells them from the others, found by asking. Pure.
 *
 * Given that the endpoint's requests grow as a whole, each hypothesis is a rule over their traits (narrow_rules.h). Asked
 * for is the set of requests whose answer tells most (narrow_question.h); told is what each of them kept on average. When
 * one rule is likely enough it is proven (narrow_prove.h). Where none is likely, the smallest set that grew is halved down
 * to one request, whose conditions, two at a time, are looked at as well; what finds no rule then ends open. Ask, measure,
 * tell.
 *
 * By simulation (tests/unit/test_narrow.c), 100 recordings each of 200 distinct requests with 40 attributes; requests that
 * grow keep unequal amounts (a factor of e^0.4), the standard error is a sixth to a third of what has to show, and 2 % of
 * the answers are of something else:
 *
 *                                          right    open    wrong   questions, at most
 *   a value of the query, about 5 %       100 %      0 %     0 %    19.8  37
 *   a value of a field of the body        100 %      0 %     0 %    19.4  31
 *   one request                           100 %      0 %     0 %    17.4  34
 *   a key that is there                   100 %      0 %     0 %    14.6  25
 *   or is not                             100 %      0 %     0 %    15.7  25
 *   from a number on                      100 %      0 %     0 %    22.6  50
 *   a status                              100 %      0 %     0 %    15.1  29
 *   all but one value                      99 %      0 %     1 %    19.6  40
 *   two conditions                         99 %      0 %     1 %    32.6  58
 *   every request                         100 %      0 %     0 %    26.1  40
 *   different ones, none by itself         84 %     16 %     0 %    23.5  47
 *   no rule: any third of them                     100 %     0 %    27.7  49
 *   no rule: two thirds of a value                  92 %     8 %    40.0  64
 *
 * On a busy server, which keeps up to 15 % of the whole whatever it is asked for and whose readings prove five times as
 * noisy as was thought first, 97 % of the rules are right, 3 % open, one in a thousand wrong.
 *
 * What was wrong: an exception whose only request that was asked by itself was read as growing; a rule that differs from
 * the right one in one request; a value of which some requests, by nothing that was recorded, do not grow. A growth of the
 * whole that is told twice too large or too small costs right answers (about one in eight ends open).
 *
 * Source: expected information, Lindley, Ann. Math. Statist. 27:986, 1956; as a search among hypotheses, Nowak, IEEE Trans.
 * Inf. Theory 57:7893, 2011.
 */
#ifndef SEEP_ANALYSIS_NARROW_H
#define SEEP_ANALYSIS_NARROW_H

#include <stdbool.h>
#include <stddef.h>

#include "model/traits.h"

struct narrow;

/* traits: borrowed. whole: what a request of the recording keeps on average, in the signal's unit. Without requests, or where
 * it is not above 0, nothing is asked. Cost: some 25 ms of 2,048 requests and 64 attributes; of an answer 5 to 10. */
struct narrow *narrow_new(const struct traits *traits, double whole);
void narrow_free(struct narrow *narrow);

/* The next set to send, each of its requests as often as the others: fills members[traits->request_count], returns its size;
 * 0: done. Asks again until told. least (out): growth per call, in the signal's unit, that has to show: send as many
 * calls as make the standard error a quarter of it. */
size_t narrow_ask(struct narrow *narrow, bool *members, double *least);

/* What each call of the set last asked kept on average over so many calls. noise: the standard error of what they kept
 * together, by all that is known of the server now: what was told before is held against it as well. All in the signal's
 * unit. NaN: not measured, which counts as asked. */
void narrow_tell(struct narrow *narrow, double per_request, double calls, double noise);

enum narrowed {
    NARROWED_ASKING,
    NARROWED_RULE,    /* those that fulfil `rule`, and no others */
    NARROWED_ALL,     /* no request is without growth, as far as was tried */
    NARROWED_VARIETY, /* a set of different requests grows, neither of its halves does: no request by itself */
    NARROWED_OPEN     /* no rule fits what was told, or too many questions were asked */
};

/* rule: of NARROWED_RULE and NARROWED_ALL; else of no condition. examples (may be NULL): a few requests, each of which was
 * asked by itself and grew; of NARROWED_RULE they fulfil it. examples[NARROW_EXAMPLES_MOST], *example_count. */
#define NARROW_EXAMPLES_MOST 4
enum narrowed narrow_result(const struct narrow *narrow, struct trait_rule *rule, size_t *examples,
                            size_t *example_count);

/* Of NARROWED_RULE: the part of the growth that requests which the rule does not name may bring, at most (two standard
 * errors above what was measured); above 0.05 where the server keeps a little whatever it is asked for. */
double narrow_rest(const struct narrow *narrow);

size_t narrow_asked(const struct narrow *narrow); /* how many measurements so far */

#endif
