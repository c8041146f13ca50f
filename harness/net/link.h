/* One end of a relay: a stream with its events, and what could not be sent on it yet.
 *
 * What is sent goes out at once as far as the socket takes it; the rest waits in `out`, and until it is gone whoever
 * fills it stops reading. So `out` holds no more than was read at one go (LINK_READ_BYTES) and a header block beside it.
 * Inside net/ only. */
#ifndef SEEP_NET_LINK_H
#define SEEP_NET_LINK_H

#include <event2/event_struct.h>
#include <stdbool.h>

#include "base/text.h"
#include "net/stream.h"

#define LINK_READ_BYTES ((size_t)64 << 10)
#define LINK_KEPT_BYTES ((size_t)4 << 10) /* what an idle one may go on to hold */

struct link {
    struct stream stream;
    struct event readable, writable;
    bool open;    /* its events are there */
    bool reading; /* `readable` is watched */
    bool writing; /* `writable` is */
    bool ended;   /* the peer's end came */
    bool sent;    /* something went out: it is connected */
    struct text out;
    size_t out_at; /* of `out`, sent */
};

/* The stream has a descriptor: watches it. The callbacks get `owner`. */
void link_open(struct link *link, struct event_base *base, event_callback_fn on_readable,
               event_callback_fn on_writable, void *owner);
void link_close(struct link *link); /* and drops what was not sent; twice is fine */

void link_read(struct link *link, bool wanted);

/* Before link_open() all of it waits. -1: the stream failed. */
int link_send(struct link *link, const char *bytes, size_t length);
int link_flush(struct link *link); /* what waits; -1: the stream failed */
bool link_is_full(const struct link *link);

#endif
