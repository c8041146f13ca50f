/* Requests as they go out: what the tape holds, and what is ours to say.
 *
 * The request line; Host, the endpoint's own `headers`, X-Seep-Run, Connection; the recorded headers; the session's
 * cookies; Content-Length; the body.
 */
#ifndef SEEP_REPLAY_COMPOSE_H
#define SEEP_REPLAY_COMPOSE_H

#include "base/err.h"
#include "base/text.h"
#include "model/service.h"
#include "net/allow.h"
#include "plan/schedule.h"
#include "replay/connection.h"
#include "tape/tape.h"

struct composer;

/* ERR_USAGE: a header of an endpoint's own that is none. close: `reuse: never`. */
struct composer *composer_new(const struct service *service, const struct origin *origin,
                              const char *run_header, bool close, struct err *err);
void composer_free(struct composer *composer); /* NULL is fine */

/* service_allows_method(): requests of this endpoint are sent at all. */
bool composer_allows(const struct composer *composer, size_t endpoint);

/* Into `out` (cleared); `message` points into it. */
void compose(const struct composer *composer, size_t endpoint, const struct tape_request *request,
             struct text *out, struct message *message);

#endif
