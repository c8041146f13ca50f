/* The allow-list: the only addresses that a request may go to.
 *
 * Entries are IP addresses, CIDRs ("10.1.0.0/16", "::1/128"; one of IPv6 holds no IPv4 address unless it is written as
 * one, "::ffff:10.0.0.0/104"), host names, or Unix sockets by their path
 * ("unix:/run/shop.sock"; a ${PORT} in it stands for digits).
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
#include "model/service.h"

struct allow;

struct allow *allow_new(const struct strings *entries, struct err *err); /* ERR_USAGE on a bad entry */
void allow_free(struct allow *allow);

/* The address of a server that was started just now is in the list, instead of the one of that before. ERR_USAGE: no
 * address. */
int allow_started(struct allow *allow, const char *address, struct err *err);

bool allow_permits(const struct allow *allow, const struct sockaddr *address);

#define ORIGIN_TEXT 128 /* holds "unix:" and the longest path of a socket */

/* Between us and the target; asked to reach the address that was checked, never a name. */
enum proxy_kind { PROXY_NONE, PROXY_HTTP, PROXY_SOCKS5 };
struct proxy {
    enum proxy_kind kind;
    char host[256]; /* as written, without the port */
    int port;
    struct sockaddr_storage address; /* checked against the list as well */
    socklen_t address_length;
    char text[ORIGIN_TEXT];
};

struct trust;

/* Where a server is and how it is reached: its URL taken apart, its address resolved once and checked. */
struct origin {
    char host[256];      /* what the Host header says: `host` of the service, else the authority */
    char authority[256]; /* host and port as written */
    char name[256];      /* in SNI and in the certificate: `tls.name`, else the host as written */
    int port;            /* 0: a Unix socket */
    bool tls;
    enum http_version http;
    const struct trust *trust; /* of https (net/trust.h); borrowed; NULL: the system's authorities */
    struct sockaddr_storage address;
    socklen_t address_length;
    char text[ORIGIN_TEXT]; /* "127.0.0.1:5000", "unix:/run/shop.sock" */
    struct proxy proxy;
};

/* "http://host:port", "https://host", "unix:/path" or "unix:///path" -> origin, without a proxy, in HTTP/1.1.
 * ERR_USAGE: not such a URL, or no such host; ERR_REFUSED: resolves outside `allow` ("shop.example is
 * 203.0.113.7, which `allow` does not name; nothing was sent"). */
int origin_resolve(struct origin *origin, const char *url, const struct allow *allow, struct err *err);

/* The same, with what the service says about its target: tls, host, proxy, http. `url`: its target with the
 * port filled in. The errors of a proxy are those of a target. */
int origin_of_service(struct origin *origin, const struct service *service, const char *url,
                      const struct trust *trust, const struct allow *allow, struct err *err);

bool origin_is_unix(const struct origin *origin);
bool origin_is_plain(const struct origin *origin); /* a socket of ours reaches it: neither TLS nor a proxy */

/* The address, or a Unix socket, is this machine's; with a proxy between, the proxy's too. */
bool origin_is_loopback(const struct origin *origin);

/* "https://shop.example:8443/health", "unix:/run/shop.sock /health": for messages; the caller's. */
char *origin_url(const struct origin *origin, const char *path);

/* "http://HOST:PORT", "socks5://HOST:PORT" -> kind, host, port. ERR_USAGE; says why socks5h is refused. */
int proxy_parse(struct proxy *proxy, const char *url, struct err *err);

#endif
