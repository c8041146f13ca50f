/* What is kept of answers while a recording runs: hashes of values that later requests may use (traffic/clues.h), under the key of the
 * recording. Inside flow/record* only.
 *
 * Looked at are headers, pages (their hidden fields and meta tags), and JSON of up to RECORD_JSON_MOST: where it answers something
 * else than GET, which makes things, all of it; of a GET, most of which only show them, where it speaks of a token.
 */
#ifndef SEEP_FLOW_RECORD_ANSWER_H
#define SEEP_FLOW_RECORD_ANSWER_H

#include <stdbool.h>

#include "base/inflate.h"
#include "base/secret.h"
#include "base/text.h"
#include "model/request.h"
#include "net/head.h"

#define RECORD_JSON_MOST ((size_t)16 * 1024)

/* Of what held secrets: overwritten before it is given back. */
void record_wipe(struct text *text);

/* Shared by all exchanges. All zeros: ready. */
struct record_answers {
    struct inflate inflate;
    struct text plain, field;
};
void record_answers_release(struct record_answers *answers);

/* Of one exchange. All zeros: none came. */
struct record_answer {
    struct text body;
    size_t most; /* bytes of it that are kept; 0: it is not wanted, or too long */
    enum coding coding;
};
void record_answer_release(struct record_answer *answer);

/* Returns whether the body is wanted. */
bool record_answer_head(struct record_answer *answer, struct record_answers *answers, const struct head *head,
                        struct request *request);
void record_answer_body(struct record_answer *answer, const char *bytes, size_t length);

/* The exchange is over: fills request->clues with what the answer gave and what the request, not yet redacted, uses. Nothing where no
 * answer came. */
void record_answer_end(struct record_answer *answer, struct record_answers *answers, struct request *request,
                       const struct secret_key *key);

#endif
