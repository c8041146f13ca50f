/* Requests as they go out: what the tape holds, and what is ours to say.
 *
 * The request line; Host, the endpoint's own `headers`, X-Seep-Run, Connection; the recorded headers; cookies;
 * Content-Length; the body. Where the tape or the endpoint's headers hold {{names}} or keys that are to be fresh,
 * these are put in first.
 */
#ifndef SEEP_REPLAY_COMPOSE_H
#define SEEP_REPLAY_COMPOSE_H

#include "base/err.h"
#include "base/text.h"
#include "model/service.h"
#include "net/allow.h"
#include "replay/client.h"
#include "replay/connection.h"
#include "tape/tape.h"

struct composer;

/* ERR_USAGE: a header of an endpoint's own that is none. ours: as service_allows_method() has it; close: `reuse: never`. */
struct composer *composer_new(const struct service *service, const struct origin *origin,
                              const char *run_header, bool ours, bool close, struct err *err);
void composer_free(struct composer *composer); /* NULL is fine */

/* service_allows_method(): requests of this endpoint are sent at all. */
bool composer_allows(const struct composer *composer, size_t endpoint);

/* Whose request it is. */
struct outfit {
    const struct client *own, *shared; /* shared: NULL where it is the same, or nobody's */
    const struct asking *asking;       /* its target is not looked at */
    uint64_t pass, seed;               /* of fresh keys */
};

/* Into `out` (cleared); of `message` all but who reads the answer and whether it is abandoned. endpoint: service_endpoint(). -1: a {{name}} in it has no value,
 * or one that cannot stand there; `unfilled` says which. */
int compose(struct composer *composer, size_t endpoint, const struct tape_request *request,
            const struct outfit *outfit, struct text *out, struct message *message,
            struct unfilled *unfilled);

#endif
