/* One way to an origin for every libcurl handle, whatever it asks there: the URL, the address that was checked
 * (never a name, with a proxy neither), TLS, the proxy, the version of HTTP; nothing from the environment. */
#ifndef SEEP_NET_ROUTE_H
#define SEEP_NET_ROUTE_H

#include <curl/curl.h>
#include <stdbool.h>

#include "net/allow.h"

/* Of one handle; stays where it is while the handle lives. */
struct route {
    const struct allow *allow;
    bool refused;         /* a socket to an address outside `allow` was wanted, and was not opened */
    bool single;          /* set by the owner: one socket, and then no other */
    curl_socket_t socket; /* the last one opened; CURL_SOCKET_BAD: none yet */
    bool again;           /* a second was wanted, and was not opened */
    struct curl_slist *connect_to, *host;
};

/* `path` goes into the URL as it stands. Whoever sends header fields of its own appends them to route->host
 * and sets CURLOPT_HTTPHEADER again. */
void route_apply(struct route *route, CURL *easy, const struct origin *origin, const char *path,
                 const struct allow *allow);
void route_release(struct route *route); /* after the handle */

/* Why nothing came, for people: "Connection refused", "the certificate is not one that can be trusted
 * (...); see tls.ca or tls.insecure". `detail`: of CURLOPT_ERRORBUFFER. */
void route_explain(const struct route *route, CURL *easy, CURLcode code, const char *detail, struct err *err);

/* The handshake failed on what the peer showed. */
bool route_is_untrusted(CURLcode code);

#endif
