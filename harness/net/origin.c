#include "net/allow.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "base/text.h"
#include "net/authority.h"

static const char *after_scheme(const char *url, bool *tls)
{
    *tls = text_starts_with(url, "https://");
    if (*tls)
        return url + strlen("https://");
    return text_starts_with(url, "http://") ? url + strlen("http://") : NULL;
}

static int parse(struct origin *origin, const char *url)
{
    const char *rest = after_scheme(url, &origin->tls);
    if (rest == NULL)
        return -1;
    size_t length = strlen(rest);
    length -= length > 0 && rest[length - 1] == '/';
    if (length >= sizeof origin->authority)
        return -1;
    snprintf(origin->authority, sizeof origin->authority, "%.*s", (int)length, rest);
    snprintf(origin->host, sizeof origin->host, "%s", origin->authority);
    origin->port = origin->tls ? 443 : 80;
    return authority_split(origin->authority, origin->name, &origin->port);
}

static int resolve_socket(struct origin *origin, const char *url, const struct allow *allow, struct err *err)
{
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    const char *path = unix_path(url);
    if (path == NULL)
        return err_set(err, ERR_USAGE, "'%s' is not a Unix socket of the form unix:/PATH (at most %zu bytes)",
                       url, sizeof place.sun_path - 1);
    memcpy(place.sun_path, path, strlen(path) + 1);
    memcpy(&origin->address, &place, sizeof place);
    origin->address_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1);
    snprintf(origin->text, sizeof origin->text, UNIX_SCHEME "%s", path);
    for (size_t i = 0; i < 3; i++)
        snprintf((char *[]){origin->host, origin->authority, origin->name}[i], sizeof origin->host,
                 "localhost");
    if (allow_permits(allow, (const struct sockaddr *)&place))
        return 0;
    return err_set(err, ERR_REFUSED, "%s is not a socket that `allow` names; nothing was sent", origin->text);
}

int origin_resolve(struct origin *origin, const char *url, const struct allow *allow, struct err *err)
{
    memset(origin, 0, sizeof *origin);
    if (text_starts_with(url, UNIX_SCHEME))
        return resolve_socket(origin, url, allow, err);
    if (parse(origin, url) != 0)
        return err_set(err, ERR_USAGE, "'%s' is not a URL of the form http://HOST:PORT", url);
    return authority_resolve(origin->name, origin->port, allow, &origin->address, &origin->address_length,
                             origin->text, err);
}

static int resolve_proxy(struct proxy *proxy, const char *url, const struct allow *allow, struct err *err)
{
    if (proxy_parse(proxy, url, err) != 0)
        return -1;
    if (authority_resolve(proxy->host, proxy->port, allow, &proxy->address, &proxy->address_length,
                          proxy->text, err) != 0)
        return err_prefix(err, "proxy");
    return 0;
}

int origin_of_service(struct origin *origin, const struct service *service, const char *url,
                      const struct trust *trust, const struct allow *allow, struct err *err)
{
    if (origin_resolve(origin, url, allow, err) != 0)
        return -1;
    origin->http = service->http;
    origin->trust = trust;
    if (service->host != NULL)
        snprintf(origin->host, sizeof origin->host, "%s", service->host);
    if (service->tls.name != NULL)
        snprintf(origin->name, sizeof origin->name, "%s", service->tls.name);
    return service->proxy != NULL ? resolve_proxy(&origin->proxy, service->proxy, allow, err) : 0;
}

static bool is_loopback(const struct sockaddr_storage *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (address->ss_family == AF_UNIX)
        return true;
    if (address->ss_family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
    }
    if (address->ss_family != AF_INET6)
        return false;
    memcpy(&v6, address, sizeof v6);
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) ||
           (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) && v6.sin6_addr.s6_addr[12] == 127);
}

bool origin_is_loopback(const struct origin *origin)
{
    return is_loopback(&origin->address) &&
           (origin->proxy.kind == PROXY_NONE || is_loopback(&origin->proxy.address));
}

bool origin_is_unix(const struct origin *origin)
{
    return origin->address.ss_family == AF_UNIX;
}

bool origin_is_plain(const struct origin *origin)
{
    return !origin->tls && origin->proxy.kind == PROXY_NONE;
}

char *origin_url(const struct origin *origin, const char *path)
{
    if (origin_is_unix(origin))
        return xasprintf("%s %s", origin->text, path);
    return xasprintf("%s://%s%s", origin->tls ? "https" : "http", origin->authority, path);
}
