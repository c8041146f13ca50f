/* Recorded requests as the bytes that go out.
 *
 * Request line with the recorded URL (blanks and control characters percent-encoded), Host, the endpoint's
 * own `headers`, the recorded headers but for hop-by-hop, framing and redacted ones and those that the
 * endpoint sets, User-Agent as recorded or seep's, X-Seep-Run, Content-Length, body. */
#ifndef SEEP_REPLAY_RENDER_H
#define SEEP_REPLAY_RENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "model/service.h"
#include "net/allow.h"

struct rendered {
    const char *bytes;
    size_t length;
    bool head;    /* no body follows the answer's header */
    bool allowed; /* service_allows_method(): else never sent */
    int status;   /* as recorded; 0: unknown */
};

struct rendering;

/* Renders everything. ERR_USAGE: a request that cannot be said in HTTP ("GET /cart/{id}, request 3: ..."). */
struct rendering *rendering_new(const struct service *service, const struct origin *origin,
                                const char *run_header, bool close, struct err *err);
void rendering_free(struct rendering *rendering); /* NULL is fine */
const struct rendered *rendering_of(const struct rendering *rendering, size_t endpoint, size_t request);

#endif
