/* Which values of answers have to be taken anew in a replay: a token, a CSRF field, an id that a later request of the session has in
 * its URL, a header or its body. Beside flow/ingest_after, with what that counts. Inside flow/ingest only.
 *
 * A place of an endpoint's answers and a spot in another's requests belong together where nearly all of these requests have there
 * what the session was given last in that place, which is what a replay will have captured. Cookies do not count: a replay keeps them.
 */
#ifndef SEEP_FLOW_INGEST_CAPTURE_H
#define SEEP_FLOW_INGEST_CAPTURE_H

#include "flow/ingest_after.h"

struct after_session;

#define INGEST_CAPTURE_SHARE 0.9 /* of the requests, at least */
#define INGEST_CAPTURE_GIVEN                                                                                 \
    0.5 /* of the giver's answers have the place, and the first one, which stands for all as `after` */
#define INGEST_CAPTURE_VALUES 3 /* different ones, where chance might have made two the same */
#define INGEST_CAPTURE_MOST 64  /* variables */

/* Called by ingest_after_add(), in its order: what the request uses, then what its answer gives. */
void ingest_capture_use(struct ingest_after *after, uint32_t taker, const struct clue *clue, uint32_t place,
                        const struct after_session *who);
void ingest_capture_given(struct ingest_after *after, uint32_t giver, const struct clue *clue,
                          const struct after_session *who);

/* A session begins with what another was given: of several clients that were one until then, it is that one. */
void ingest_capture_goes_on(struct ingest_after *after, const struct after_session *who, uint32_t place,
                            uint64_t hash);

/* After ingest_after_finish(): fills capture and capture_why of the givers, and after of the takers where it is not said yet. The
 * endpoints stand as they were counted. */
void ingest_capture_finish(struct ingest_after *after, struct ingest *ingest);

/* In a second pass, in the same order: puts {{captured:name|recorded}} where a capture brings the value. The request points into
 * `after` until the next one. Without captures: nothing. */
void ingest_capture_rewrite(struct ingest_after *after, size_t index, struct request *request);

void ingest_capture_release(struct ingest_after *after);

#endif
