#include "net/route.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/text.h"
#include "net/trust.h"

/* The last gate: whatever a name resolved to, no socket is opened to an address outside the list. */
static curl_socket_t open_socket(void *owner, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    struct route *route = owner;
    route->refused = !allow_permits(route->allow, &address->addr);
    route->again = route->single && route->socket != CURL_SOCKET_BAD;
    if (route->refused || route->again)
        return CURL_SOCKET_BAD;
    route->socket =
        socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->protocol);
    return route->socket;
}

static void set_url(CURL *easy, const struct origin *origin, const char *path)
{
    bool v6 = strchr(origin->name, ':') != NULL;
    char *url = xasprintf("%s://%s%s%s:%d%s", origin->tls ? "https" : "http", v6 ? "[" : "", origin->name,
                          v6 ? "]" : "", origin->port > 0 ? origin->port : 80, path);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    free(url);
}

/* The address that was checked, not asked for again. */
static void set_place(struct route *route, CURL *easy, const struct origin *origin)
{
    if (origin_is_unix(origin)) {
        struct sockaddr_un place;
        memcpy(&place, &origin->address, sizeof place);
        curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, place.sun_path);
        return;
    }
    char *pin = xasprintf("::%s", origin->text);
    route->connect_to = curl_slist_append(NULL, pin);
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, route->connect_to);
    free(pin);
}

static void set_proxy(CURL *easy, const struct proxy *proxy)
{
    curl_easy_setopt(easy, CURLOPT_PROXY, proxy->text);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    if (proxy->kind == PROXY_NONE)
        return;
    curl_easy_setopt(easy, CURLOPT_PROXYTYPE,
                     (long)(proxy->kind == PROXY_HTTP ? CURLPROXY_HTTP : CURLPROXY_SOCKS5));
    curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

static void set_version(CURL *easy, const struct origin *origin)
{
    long version = origin->http == HTTP_1_1 ? CURL_HTTP_VERSION_1_1
                   : origin->tls            ? CURL_HTTP_VERSION_2TLS
                                            : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, version);
}

void route_apply(struct route *route, CURL *easy, const struct origin *origin, const char *path,
                 const struct allow *allow)
{
    *route = (struct route){.allow = allow, .socket = CURL_SOCKET_BAD};
    set_url(easy, origin, path);
    set_place(route, easy, origin);
    set_proxy(easy, &origin->proxy);
    set_version(easy, origin);
    if (origin->tls)
        trust_apply(origin->trust, easy);
    char *host = xasprintf("Host: %s", origin->host);
    route->host = curl_slist_append(NULL, host);
    free(host);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, route->host);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, route);
}

void route_release(struct route *route)
{
    curl_slist_free_all(route->connect_to);
    curl_slist_free_all(route->host);
    route->connect_to = route->host = NULL;
}

bool route_is_untrusted(CURLcode code)
{
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_ISSUER_ERROR;
}

void route_explain(const struct route *route, CURL *easy, CURLcode code, const char *detail, struct err *err)
{
    long number = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
    const char *said = detail != NULL && detail[0] != '\0' ? detail : curl_easy_strerror(code);
    if (route->refused)
        err_set(err, ERR_REFUSED, "the address is not one that `allow` names; nothing was sent");
    else if (route_is_untrusted(code))
        err_set(err, ERR_USAGE, "the certificate is not trusted: %s (see tls.ca, tls.name and tls.insecure)",
                said);
    else if (code == CURLE_OUT_OF_MEMORY) /* what libcurl says where a line passes its limit */
        err_set(err, ERR_USAGE, "a header line that is longer than is read (100 KiB)");
    else if (code == CURLE_COULDNT_CONNECT && number != 0)
        err_set(err, ERR_USAGE, "%s", strerror((int)number));
    else
        err_set(err, ERR_USAGE, "%s", said);
}
