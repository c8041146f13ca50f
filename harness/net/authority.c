#include "net/authority.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/text.h"

#define HOST_SIZE sizeof((struct origin *)NULL)->name

const char *unix_path(const char *url)
{
    const char *path = text_starts_with(url, UNIX_SCHEME) ? url + strlen(UNIX_SCHEME) : "";
    if (text_starts_with(path, "//"))
        path += 2;
    size_t length = strlen(path);
    bool good = path[0] == '/' && path[1] != '/' && length > 1 && path[length - 1] != '/' &&
                length < sizeof((struct sockaddr_un *)NULL)->sun_path && strpbrk(path, "\r\n") == NULL;
    return good ? path : NULL;
}

static int port_of(const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || length > 5 || strspn(text, "0123456789") != length)
        return -1;
    long port = strtol(text, NULL, 10);
    return port >= 1 && port <= 65535 ? (int)port : -1;
}

int authority_split(const char *text, char *host, int *port)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    bool bracket = text[0] == '[';
    const char *start = text + bracket;
    size_t length = strspn(start, bracket ? "0123456789abcdefABCDEF:." : letters);
    const char *end = start + length;
    if (length == 0 || length >= HOST_SIZE || (bracket && *end++ != ']'))
        return -1;
    snprintf(host, HOST_SIZE, "%.*s", (int)length, start);
    if (*end == ':')
        *port = port_of(end + 1);
    return (*end == ':' || *end == '\0') && *port > 0 ? 0 : -1;
}

static void describe(char *text, const struct sockaddr *address, socklen_t length, int port)
{
    char host[48] = "?";
    getnameinfo(address, length, host, sizeof host, NULL, 0, NI_NUMERICHOST);
    host[strcspn(host, "%")] = '\0'; /* a link-local scope */
    if (port < 0)
        snprintf(text, ORIGIN_TEXT, "%s", host);
    else
        snprintf(text, ORIGIN_TEXT, strchr(host, ':') != NULL ? "[%s]:%d" : "%s:%d", host, port);
}

static int take_allowed(const struct addrinfo *found, const char *host, const struct allow *allow,
                        struct sockaddr_storage *address, socklen_t *length, struct err *err)
{
    for (const struct addrinfo *at = found; at != NULL; at = at->ai_next) {
        if (!allow_permits(allow, at->ai_addr))
            continue;
        memcpy(address, at->ai_addr, at->ai_addrlen);
        *length = at->ai_addrlen;
        return 0;
    }
    char text[ORIGIN_TEXT];
    describe(text, found->ai_addr, found->ai_addrlen, -1);
    if (strcmp(text, host) == 0)
        return err_set(err, ERR_REFUSED, "%s is not an address that `allow` names; nothing was sent", text);
    return err_set(err, ERR_REFUSED, "%s is %s, which `allow` does not name; nothing was sent", host, text);
}

int authority_resolve(const char *host, int port, const struct allow *allow, struct sockaddr_storage *address,
                      socklen_t *length, char *text, struct err *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    char number[8];
    snprintf(number, sizeof number, "%d", port);
    int error = getaddrinfo(host, number, &hints, &found);
    if (error != 0)
        return err_set(err, ERR_USAGE, "%s: %s", host, gai_strerror(error));
    int failed = take_allowed(found, host, allow, address, length, err);
    if (!failed)
        describe(text, (const struct sockaddr *)address, *length, port);
    freeaddrinfo(found);
    return failed;
}
