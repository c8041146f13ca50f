/* The allow-list: the only addresses that a request may go to.
 *
 * Entries are IP addresses, CIDRs ("10.1.0.0/16", "::1/128") or host names.
 * The check is made on the address after name resolution, at each connect;
 * a host name in the list allows the addresses that it resolves to when the
 * list is made. Nothing is ever sent to an address outside the list.
 */
#ifndef SEEP_NET_ALLOW_H
#define SEEP_NET_ALLOW_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/strings.h"

struct allow;

struct allow *allow_new(const struct strings *entries, struct err *err); /* ERR_USAGE on a bad entry */
void allow_free(struct allow *allow);
bool allow_permits(const struct allow *allow, const struct sockaddr *address);

/* Where a server is: the URL taken apart and its address, resolved once and checked. */
struct origin {
    char host[256]; /* as written; what the Host header says, with the port */
    int port;
    bool tls;
    struct sockaddr_storage address;
    socklen_t address_length;
    char text[64]; /* "127.0.0.1:5000" */
};

/* "http://host:port" -> origin. ERR_USAGE: not such a URL, or no such host; ERR_REFUSED: resolves outside
 * `allow` ("shop.example is 203.0.113.7, which `allow` does not name; nothing was sent"). */
int origin_resolve(struct origin *origin, const char *url, const struct allow *allow, struct err *err);
bool origin_is_loopback(const struct origin *origin);

#endif
