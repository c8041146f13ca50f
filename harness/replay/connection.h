/* One connection to the target, and the request on it: plain HTTP/1.1 on raw
 * libevent events. EV_READ stays registered while the socket is open; EV_WRITE
 * is asked for only after a short write or for a connect that takes its time. */
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

struct connection {
    struct wire *wire;
    int descriptor;    /* -1: closed */
    bool connected;    /* bytes have gone out */
    bool used;         /* has answered before */
    bool busy;         /* a request is under way */
    bool reusable;     /* after PROGRESS_ANSWERED */
    const char *bytes; /* the request, borrowed */
    size_t length, sent, received;
    struct event readable, writable;
    struct response response;
};

void connection_init(struct connection *connection, struct wire *wire);
void connection_close(struct connection *connection); /* closed: nothing to do; may be sent on again after */

/* Sends a request, connecting first where need be. Never calls wire.progressed. */
enum progress connection_send(struct connection *connection, const char *bytes, size_t length, bool head);

#endif
