/* One connection to the target, and the request on it. Two kinds behind one interface: HTTP/1.1 on a stream of
 * bytes (net/stream.h: a socket of ours, or one that libcurl opened through TLS or a proxy), and HTTP/2 in
 * libcurl's multi interface. */
#ifndef SEEP_REPLAY_CONNECTION_H
#define SEEP_REPLAY_CONNECTION_H

#include <event2/event_struct.h>
#include <stdbool.h>
#include <stddef.h>

#include "net/allow.h"
#include "net/response.h"
#include "net/stream.h"

enum progress {
    PROGRESS_UNDER_WAY,
    PROGRESS_ANSWERED,  /* connection.response is whole */
    PROGRESS_ABANDONED, /* the first byte of the answer came, and we hung up as `message.abandon` asked */
    PROGRESS_REFUSED,   /* nobody listens there, or a proxy or a handshake said no; nothing was sent */
    PROGRESS_FORBIDDEN, /* outside `allow`; no socket was opened */
    PROGRESS_STALE,   /* was used before, and closed before a byte of this answer: may be tried once again */
    PROGRESS_BROKEN,  /* reset, cut short, malformed */
    PROGRESS_HUNG_UP, /* the peer closed (or spoke) while no request was under way */
};

struct connection;
struct message;

/* How requests travel: a row per version of HTTP. Only for connection.c and its kinds. */
struct connection_kind {
    enum progress (*send)(struct connection *connection, const struct message *message);
    void (*go_on)(struct connection *connection);
    void (*close)(struct connection *connection);
    void (*opened)(struct stream *stream, enum stream_opening opening); /* stream_setting.opened */
};

/* What all connections of one engine share. */
struct wire {
    const struct connection_kind *kind; /* set by wire_init() */
    struct stream_setting setting;      /* likewise */
    bool hangs_up;                      /* what is closed now waits for the peer's end: stream_hang_up() */
    char *buffer;                       /* what was just received; nothing of it is kept */
    size_t buffer_size;
    /* From the loop. */
    void (*progressed)(void *owner, struct connection *connection, enum progress progress);
    void *owner;
};

/* `origin` may become another one of the same service, while all connections are closed; `allow` is checked at
 * each connect. Both are borrowed. The rest of the wire is the caller's to fill. */
void wire_init(struct wire *wire, struct event_base *base, const struct origin *origin,
               const struct allow *allow);
void wire_release(struct wire *wire); /* once all connections are closed */

/* Descriptors that one connection to the origin takes. */
unsigned wire_descriptors(const struct origin *origin);

/* A request as it goes out, in the form of HTTP/1.1 (another kind takes it apart again). Borrowed, and its
 * bytes too, until its progress is another than PROGRESS_UNDER_WAY. */
struct message {
    const char *bytes;
    size_t length;
    size_t body;                        /* where its body begins; `length`: none */
    size_t target, target_length;       /* where "/a?b" stands in the request line */
    bool head;                          /* no body follows the answer's header */
    bool pause;                         /* the body waits for 100 Continue; see connection_go_on() */
    bool abandon;                       /* hang up after the first byte of the answer */
    const struct response_sink *reader; /* of the final answer's fields and body; NULL: nobody reads */
    void *reader_owner;
    struct familiar *familiar; /* net/response.h; NULL: none */
};

struct connection {
    struct stream stream; /* first, so that a stream is its connection; of HTTP/1.1 */
    struct wire *wire;
    bool open;      /* until connection_close() */
    bool connected; /* bytes have gone out */
    bool used;      /* has answered before */
    bool busy;      /* a request is under way */
    bool reusable;  /* after PROGRESS_ANSWERED */
    bool ends;      /* likewise: the peer said that it closes it now */
    const char
        *why; /* after PROGRESS_BROKEN and PROGRESS_REFUSED: what came instead of an answer; static text */
    const struct message *message;
    size_t sent, received;
    size_t until; /* how much of the message may go out yet: see message.pause */
    struct event readable, writable;
    struct exchange *exchange; /* of HTTP/2; NULL: closed */
    struct response response;
};

void connection_init(struct connection *connection, struct wire *wire);
void connection_close(struct connection *connection); /* closed: nothing to do; may be sent on again after */
void connection_release(struct connection *connection); /* closes; initialise it anew before another use */

/* Sends a request, connecting first where need be. Never calls wire.progressed. */
enum progress connection_send(struct connection *connection, const struct message *message);

/* Sends the body that waits for 100 Continue after all (RFC 9110, 10.1.1: not longer than a moment). Nothing
 * where none waits. */
void connection_go_on(struct connection *connection);

/* The rows of connection_kind. */
extern const struct connection_kind connection_http1, connection_http2;

#endif
