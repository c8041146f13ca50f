#include "net/allow.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct authority {
    char host[256];   /* without brackets */
    const char *port; /* in the URL, or NULL */
};

static const char *after_scheme(const char *url, bool *tls)
{
    *tls = text_starts_with(url, "https://");
    if (*tls)
        return url + strlen("https://");
    return text_starts_with(url, "http://") ? url + strlen("http://") : NULL;
}

/* "[::1]:80", "shop.example" -> host and port. Nothing that could end a header
 * line, name a user or hide a path. */
static bool split_authority(struct authority *authority, const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    bool bracket = text[0] == '[';
    const char *start = text + bracket;
    size_t length = strspn(start, bracket ? "0123456789abcdefABCDEF:." : letters);
    const char *end = start + length;
    if (length == 0 || length >= sizeof authority->host || (bracket && *end++ != ']'))
        return false;
    snprintf(authority->host, sizeof authority->host, "%.*s", (int)length, start);
    authority->port = *end == ':' ? end + 1 : NULL;
    return *end == ':' || *end == '\0';
}

static int port_of(const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || length > 5 || strspn(text, "0123456789") != length)
        return -1;
    long port = strtol(text, NULL, 10);
    return port >= 1 && port <= 65535 ? (int)port : -1;
}

static int parse(struct origin *origin, struct authority *authority, const char *url)
{
    const char *rest = after_scheme(url, &origin->tls);
    if (rest == NULL)
        return -1;
    size_t length = strlen(rest);
    length -= length > 0 && rest[length - 1] == '/';
    if (length >= sizeof origin->host)
        return -1;
    snprintf(origin->host, sizeof origin->host, "%.*s", (int)length, rest);
    if (!split_authority(authority, origin->host))
        return -1;
    origin->port = authority->port != NULL ? port_of(authority->port) : origin->tls ? 443 : 80;
    return origin->port < 0 ? -1 : 0;
}

static void describe(char *text, size_t size, const struct sockaddr *address, socklen_t length, int port)
{
    char host[48] = "?";
    getnameinfo(address, length, host, sizeof host, NULL, 0, NI_NUMERICHOST);
    host[strcspn(host, "%")] = '\0'; /* a link-local scope */
    if (port < 0)
        snprintf(text, size, "%s", host);
    else
        snprintf(text, size, strchr(host, ':') != NULL ? "[%s]:%d" : "%s:%d", host, port);
}

/* Takes the first address that is allowed: "localhost" is ::1 and 127.0.0.1. */
static int take_allowed(struct origin *origin, const struct addrinfo *found, const char *host,
                        const struct allow *allow, struct err *err)
{
    for (const struct addrinfo *at = found; at != NULL; at = at->ai_next) {
        if (!allow_permits(allow, at->ai_addr))
            continue;
        memcpy(&origin->address, at->ai_addr, at->ai_addrlen);
        origin->address_length = at->ai_addrlen;
        describe(origin->text, sizeof origin->text, at->ai_addr, at->ai_addrlen, origin->port);
        return 0;
    }
    char text[64];
    describe(text, sizeof text, found->ai_addr, found->ai_addrlen, -1);
    if (strcmp(text, host) == 0)
        return err_set(err, ERR_REFUSED, "%s is not an address that `allow` names; nothing was sent", text);
    return err_set(err, ERR_REFUSED, "%s is %s, which `allow` does not name; nothing was sent", host, text);
}

int origin_resolve(struct origin *origin, const char *url, const struct allow *allow, struct err *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    struct authority authority;
    char port[8];
    memset(origin, 0, sizeof *origin);
    if (parse(origin, &authority, url) != 0)
        return err_set(err, ERR_USAGE, "'%s' is not a URL of the form http://HOST:PORT", url);
    snprintf(port, sizeof port, "%d", origin->port);
    int error = getaddrinfo(authority.host, port, &hints, &found);
    if (error != 0)
        return err_set(err, ERR_USAGE, "%s: %s", authority.host, gai_strerror(error));
    int result = take_allowed(origin, found, authority.host, allow, err);
    freeaddrinfo(found);
    return result;
}

bool origin_is_loopback(const struct origin *origin)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (origin->address.ss_family == AF_INET) {
        memcpy(&v4, &origin->address, sizeof v4);
        return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
    }
    if (origin->address.ss_family != AF_INET6)
        return false;
    memcpy(&v6, &origin->address, sizeof v6);
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) ||
           (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) && v6.sin6_addr.s6_addr[12] == 127);
}
