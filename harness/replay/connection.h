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

enum progress {
    PROGRESS_UNDER_WAY,
    PROGRESS_ANSWERED,  /* connection.response is whole */
    PROGRESS_ABANDONED, /* the first byte of the answer came, and we hung up as `message.abandon` asked */
    PROGRESS_REFUSED,   /* nobody listens there; nothing was sent */
    PROGRESS_FORBIDDEN, /* outside `allow`; no socket was opened */
    PROGRESS_STALE,   /* was used before, and closed before a byte of this answer: may be tried once again */
    PROGRESS_BROKEN,  /* reset, cut short, malformed */
    PROGRESS_HUNG_UP, /* the peer closed (or spoke) while no request was under way */
};

struct connection;

/* What all connections of one engine share. */
struct wire {
    struct event_base *base;
    const struct origin *origin;
    const struct allow *allow; /* checked at each connect */
    char *buffer;              /* what was just received; nothing of it is kept */
    size_t buffer_size;
    /* From the loop. */
    void (*progressed)(void *owner, struct connection *connection, enum progress progress);
    void *owner;
};

/* A request as it goes out, in the form of HTTP/1.1 (another kind takes it apart again). Borrowed, and its
 * bytes too, until its progress is another than PROGRESS_UNDER_WAY. */
struct message {
    const char *bytes;
    size_t length;
    size_t body;                        /* where its body begins; `length`: none */
    bool head;                          /* no body follows the answer's header */
    bool pause;                         /* the body waits for 100 Continue; see connection_go_on() */
    bool abandon;                       /* hang up after the first byte of the answer */
    const struct response_sink *reader; /* of the final answer's fields and body; NULL: nobody reads */
    void *reader_owner;
};

struct connection {
    struct wire *wire;
    int descriptor; /* -1: closed */
    bool connected; /* bytes have gone out */
    bool used;      /* has answered before */
    bool busy;      /* a request is under way */
    bool reusable;  /* after PROGRESS_ANSWERED */
    const struct message *message;
    size_t sent, received;
    struct event readable, writable;
    struct response response;
};

void connection_init(struct connection *connection, struct wire *wire);
void connection_close(struct connection *connection); /* closed: nothing to do; may be sent on again after */

/* Sends a request, connecting first where need be. Never calls wire.progressed. */
enum progress connection_send(struct connection *connection, const struct message *message);

/* Sends the body that waits for 100 Continue after all (RFC 9110, 10.1.1: not longer than a moment). Nothing
 * where none waits. */
void connection_go_on(struct connection *connection);

#endif
