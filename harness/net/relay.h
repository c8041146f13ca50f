/* A reverse proxy for HTTP/1.1 that shows what goes by: each client has a connection to the origin of its own, so that
 * what belongs to a connection (its authentication, its end, who keeps it open) is as it was without a proxy.
 *
 * Both ways are streamed. What is passed on is what came, byte by byte, but for fields of one connection (RFC 9110,
 * 7.6.1); nothing is added: no Via and no X-Forwarded-For, since the service is to see what it saw before. `close`,
 * `keep-alive` and the version are the client's and the service's own, passed through. Requests of one client are
 * served in their order, one at a time. An upgrade (WebSocket) makes of both connections one tunnel.
 *
 * A client may be slow, but not for ever: struct relay_limits. A service may.
 *
 * Memory: per client at most 64 KiB of each way that the other side did not take yet, and a header block; nobody
 * is read from while they wait. */
#ifndef SEEP_NET_RELAY_H
#define SEEP_NET_RELAY_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/allow.h"
#include "net/head.h"
#include "net/request_head.h"
#include "net/server.h"

/* How an exchange ended. */
enum relay_end {
    RELAY_ANSWERED,
    RELAY_UPGRADED,     /* 101: a tunnel from here on */
    RELAY_EVENT_STREAM, /* text/event-stream; ended, whoever ended it */
    RELAY_LEFT,         /* the client went before the answer was whole */
    RELAY_CUT,          /* the origin went before it was */
    RELAY_INCOMPLETE,   /* whichever went, the request was not whole */
    RELAY_UNREACHED,    /* no connection to it, or no HTTP from it: the client got 502 */
    RELAY_ENDS          /* how many there are */
};

struct relay_client {
    const char *address; /* without the port */
    uint64_t connection; /* the how-manieth it is, from 1 */
};

/* Whoever watches. Requests that were refused are not shown. */
struct relay_observer {
    /* The header of a request. What it returns comes with the other calls; NULL: they are not wanted. */
    void *(*begin)(void *owner, const struct request_head *request, const struct relay_client *client);
    /* Its body, piece by piece, without framing. */
    void (*body)(void *owner, void *kept, const char *bytes, size_t length);
    /* The header of its answer, the final one. Returns whether its body is wanted, which then comes piece by piece, without framing
     * and still coded. */
    bool (*answer)(void *owner, void *kept, const struct head *head);
    void (*answer_body)(void *owner, void *kept, const char *bytes, size_t length);
    /* Exactly once for each that was begun and wanted. `status`: 0 where none came. */
    void (*end)(void *owner, void *kept, enum relay_end how, int status);
    void *owner;
};

enum relay_refusal {
    RELAY_MALFORMED, /* 400: not HTTP, or to be read in two ways */
    RELAY_TOO_LARGE, /* 431 */
    RELAY_UNKNOWN,   /* 405, 505 */
    RELAY_SLOW,      /* 408, or closed: its header, its body or its reading took too long */
    RELAY_REFUSALS   /* how many there are */
};

struct relay_counts {
    uint64_t connections; /* that came */
    uint64_t open;        /* that are there */
    uint64_t refused[RELAY_REFUSALS];
};

/* How long a client may take, in nanoseconds. A WebSocket may be silent for as long as it likes: the kernel finds dead
 * peers. */
struct relay_limits {
    int64_t header_ns;  /* from a header's first byte to its last: 408 */
    int64_t stalled_ns; /* without a byte of a body that it sends, or of an answer that it takes: dropped */
    int64_t first_ns;   /* until its first request, a handshake included: closed */
    int64_t idle_ns;    /* between two: closed; services end them sooner, and that is mirrored */
    int64_t connect_ns; /* not a client's: until the origin takes the connection: 502 */
    int64_t linger_ns;  /* after the last answer, until it closes */
    int64_t sweep_ns;   /* how often all that is looked at */
};
extern const struct relay_limits relay_limits_usual; /* 30 s, 60 s, 60 s, 600 s, 10 s, 2 s; each second */

struct relay_setting {
    struct server_setting server; /* `base` as well; `accepted` and `owner` are the relay's */
    const struct origin *origin;
    const struct allow *allow;
    const char *host; /* in place of what clients say in Host; NULL: as they say it */
    unsigned most;    /* clients at one time; more wait in the kernel's queue */
    struct relay_limits limits;
    const char *unreachable; /* the line that a client gets with a 502 */
    struct relay_observer observer;
};

struct relay;

/* All that the setting points to is borrowed. Errors: those of server_new(). */
struct relay *relay_new(const struct relay_setting *setting, struct err *err);
void relay_free(struct relay *relay); /* ends what is under way; NULL is fine */

const struct server *relay_server(const struct relay *relay);
const struct relay_counts *relay_counts(const struct relay *relay);

/* No new client, and none may send another request; what is under way goes on. */
void relay_stop(struct relay *relay);

/* Requests whose answers are under way; tunnels and streams of events, which have no end, do not count. */
unsigned relay_under_way(const struct relay *relay);

#endif
