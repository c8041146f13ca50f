/* A stream of bytes to an origin, in two kinds behind one table: *plain*, a non-blocking socket of ours (TCP or
 * Unix), and *curl*, a connection that libcurl opens (TLS, HTTP proxies by CONNECT, SOCKS 5) and then only
 * carries bytes. Those that a client opened to us (net/server.h) are *served*, plain or in TLS. Nobody waits: what cannot be done now is done when the descriptor is ready. The address of
 * every socket is checked against `allow`. */
#ifndef SEEP_NET_STREAM_H
#define SEEP_NET_STREAM_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "net/allow.h"

struct stream;
struct tunnel;
struct lingering;
struct ssl_st;

enum stream_opening {
    STREAM_OPEN,      /* may be sent on; a plain one may still be on its way, and then sends nothing yet */
    STREAM_LATER,     /* stream_setting.opened will be called, from the loop */
    STREAM_REFUSED,   /* nobody listens there, or a proxy or a handshake said no: nothing was sent */
    STREAM_FORBIDDEN, /* outside `allow`; no socket was opened */
    STREAM_BROKEN,    /* no descriptor is left, or the connection broke while it was made */
};

/* What `send` and `receive` of a kind return beside a number of bytes; receive: 0 is the peer's end. */
enum { STREAM_AGAIN = -1, STREAM_FAILED = -2 };

/* A handshake holds 30 KB that a connection does not: of the curl kind, so many are made at once, and the rest
 * wait for their turn. */
#define STREAM_OPENING_MOST 24
struct stream_turns {
    unsigned opening;
    TAILQ_HEAD(, tunnel) waiting;
};

/* What all streams of one user share. */
struct stream_setting {
    struct event_base *base;
    const struct origin *origin;
    const struct allow *allow;
    /* STREAM_OPEN, or why not: then the stream is closed already. */
    void (*opened)(struct stream *stream, enum stream_opening opening);
    struct stream_turns turns;
    unsigned lingerers; /* of `lingering` */
    TAILQ_HEAD(, lingering) lingering;
    unsigned deaf; /* peers in a row that did not end when we hung up */
    /* When the last lingering one has ended, from the loop; NULL: nobody asks. */
    void (*all_ended)(void *owner);
    void *owner;
};

void stream_setting_init(struct stream_setting *setting, struct event_base *base, const struct origin *origin,
                         const struct allow *allow,
                         void (*opened)(struct stream *stream, enum stream_opening opening));

void stream_setting_release(struct stream_setting *setting); /* once all streams are closed */

struct stream_kind {
    const char *name;
    unsigned descriptors; /* that one stream takes */
    enum stream_opening (*open)(struct stream *stream);
    ssize_t (*send)(struct stream *stream, const char *bytes, size_t length);
    ssize_t (*receive)(struct stream *stream, char *bytes, size_t size);
    bool (*holds)(struct stream *stream); /* bytes that came and that the descriptor does not show */
    void (*close)(struct stream *stream);
};

struct stream {
    struct stream_setting *setting;
    const struct stream_kind *kind; /* of the open one */
    int descriptor;                 /* to watch; -1: not open yet */
    bool refused;          /* after STREAM_FAILED: the connect did not come about, nothing was sent */
    struct tunnel *tunnel; /* of the curl kind; NULL: none */
    struct ssl_st *tls;    /* of the served kind with TLS; NULL: none */
};

/* The kind that reaches the origin. */
const struct stream_kind *stream_kind_of(const struct origin *origin);

void stream_init(struct stream *stream, struct stream_setting *setting);

/* Connects; the stream is closed. */
enum stream_opening stream_open(struct stream *stream);
void stream_close(struct stream *stream); /* closed: nothing to do; also while it is being opened */

/* Closes it where the peer has said that it closes it itself: a plain one to another machine, or to a container, once the peer
 * did, 1 s later at the latest. Who closes first keeps the port for a minute (TIME-WAIT: RFC 9293, 3.6.1): 28,000 requests a
 * minute to one address would use up all of them, and connect() looks for a free one long before. Over loopback they are used
 * again at once (tcp_tw_reuse in ip-sysctl). */
void stream_leave(struct stream *stream);

/* Closes our side of a plain one and waits for the peer to close its own (stream_setting.all_ended), STREAM_HANG_UP_MS at most:
 * what a server holds for a connection, a thread and its buffers, is gone when its end comes, and not before. After some peers in a
 * row that stayed silent, and of any other kind, it is closed at once. */
void stream_hang_up(struct stream *stream);
#define STREAM_HANG_UP_MS 1000

/* Inside net/: the rows of the table. */
extern const struct stream_kind stream_plain, stream_curl, stream_served_tls;

#endif
