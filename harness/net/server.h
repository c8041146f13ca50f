/* The side of HTTP that listens: an address, its connections as they come, TLS with a certificate of the user's. */
#ifndef SEEP_NET_SERVER_H
#define SEEP_NET_SERVER_H

#include <event2/event.h>
#include <stdbool.h>

#include "base/err.h"
#include "net/stream.h"

#define SERVER_TEXT 64 /* holds "[ffff:...:ffff]:65535" */

struct server_setting {
    struct event_base *base;
    const char *listen;     /* "127.0.0.1:8080", "[::1]:8080", "8080" (of 127.0.0.1); port 0: a free one */
    const char *cert, *key; /* PEM files; both NULL: plain */
    /* A client came. `stream` is open and the callee's: copied by value, it stays where it is put then.
     * `client` is its address without the port. */
    void (*accepted)(void *owner, struct stream *stream, const char *client);
    void *owner;
};

struct server;

/* ERR_USAGE: no such address, one that cannot be listened on ("127.0.0.1:80: Permission denied"), a file that
 * holds no certificate or key. */
struct server *server_new(const struct server_setting *setting, struct err *err);
void server_free(struct server *server); /* NULL is fine; the connections stay */

const char *server_address(const struct server *server); /* with the port that it got */
bool server_is_loopback(const struct server *server);

/* Leaves new connections in the kernel's queue, and takes them again. */
void server_pause(struct server *server);
void server_resume(struct server *server);

#endif
