/* Recorded requests as the bytes of a tape: what is the same in every replay.
 *
 * The request line with the recorded URL (blanks and control characters percent-encoded); the recorded headers but
 * for hop-by-hop, framing and redacted ones, Host, and those that the endpoint sets itself; User-Agent as recorded
 * or seep's; the body. The rest is said when it goes out (replay/compose.h).
 */
#ifndef SEEP_REPLAY_RENDER_H
#define SEEP_REPLAY_RENDER_H

#include "base/err.h"
#include "base/text.h"
#include "model/service.h"
#include "tape/tape.h"

/* Where a request is rendered; used again for the next. */
struct rendering {
    struct text line, fields, cookie;
};
void rendering_release(struct rendering *rendering);

/* Fills `rendered`, which points into `rendering` and `request`. ERR_USAGE: what cannot be said in HTTP (no method,
 * a URL that does not start with '/', a line break in a header). */
int render(struct rendering *rendering, const struct service *service, const struct endpoint *endpoint,
           const struct request *request, struct tape_request *rendered, struct err *err);

/* Ours to say, or the connection's: never taken from a recording. Source: RFC 9110, 7.6.1. */
bool render_drops(const char *name);

/* ERR_USAGE: no header of HTTP. */
int render_check_header(const struct header *header, struct err *err);

#endif
