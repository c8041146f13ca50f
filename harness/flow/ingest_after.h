/* Which endpoints' answers the requests of an endpoint build on: who sets the cookie, the token, the id that they use. From hashes of
 * values, in the order of time, where answers were recorded. Inside flow/ingest only.
 *
 * A value counts where one session was given it by one endpoint and uses it later. What several sessions are given,
 * or use without having been given it, is common to all and says nothing. A session that begins with a cookie or a header that
 * was given in another is that session going on: the login has no cookie yet.
 *
 * What ingest_capture.h finds in the same pass stands in the same struct.
 */
#ifndef SEEP_FLOW_INGEST_AFTER_H
#define SEEP_FLOW_INGEST_AFTER_H

#include <stddef.h>
#include <stdint.h>

#include "flow/ingest.h"
#include "traffic/clue_place.h"

#define INGEST_AFTER_MOST 3     /* of one endpoint */
#define INGEST_AFTER_SHARE 0.8  /* of its requests, at least */
#define INGEST_AFTER_GIVEN 0.01 /* of the giver's answers, at least */
#define INGEST_AFTER_REQUESTS 3 /* in two sessions or more; */
#define INGEST_AFTER_ALONE 5    /* in one */

/* All zeros before the first request; nothing is allocated until then. Memory: 12 MB for any length. */
struct ingest_after {
    struct after_value *values;     /* by hash; a later one takes the place of another */
    struct after_session *sessions; /* likewise */
    struct after_use *uses;         /* by place, taker and spot; no more than there is room for */
    size_t use_count;
    struct after_place *places; /* likewise */
    size_t place_count;
    uint64_t *answered; /* by endpoint: requests whose answer is known */
    size_t endpoint_count;
    /* ingest_capture */
    struct after_latest *latest; /* what each session was given last in each place; by hash, as values */
    struct strings spots;        /* where in requests */
    struct ingest_captured *captured;
    size_t captured_count;
    struct rewritten rewritten;
};

/* A request of the endpoint `index`, with clues. */
void ingest_after_add(struct ingest_after *after, size_t index, const struct request *request);

/* Fills after and after_why of the endpoints, which stand as they were counted: never in a circle. */
void ingest_after_finish(struct ingest_after *after, struct ingest *ingest);
void ingest_after_release(struct ingest_after *after);

#endif
