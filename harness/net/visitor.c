#include "net/visitor.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "net/authority.h"

enum { AUTHORITY_MOST = 255, NO_PORT = 65536, HTTP_PORT = 80 };

static int split(struct span span, char host[256], int *port)
{
    char text[AUTHORITY_MOST + 1];
    if (span.length == 0 || span.length > AUTHORITY_MOST || memchr(span.bytes, '\0', span.length) != NULL)
        return -1;
    snprintf(text, sizeof text, "%.*s", (int)span.length, span.bytes);
    *port = NO_PORT;
    return authority_split(text, host, port);
}

static bool is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, host, &four) == 1)
        return (ntohl(four.s_addr) >> 24) == IN_LOOPBACKNET;
    return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

bool visitor_is_name(const char *name)
{
    char host[256];
    int port;
    return split((struct span){name, strlen(name)}, host, &port) == 0;
}

static bool is_named(const struct strings *names, const char *host, int port)
{
    char name[256];
    for (size_t i = 0; i < names->count; i++) {
        int wanted = NO_PORT;
        if (split((struct span){names->items[i], strlen(names->items[i])}, name, &wanted) == 0 &&
            strcasecmp(name, host) == 0 && (wanted == NO_PORT || wanted == port))
            return true;
    }
    return false;
}

static bool is_known(const struct visitor_rule *rule, const char *local, const char *host, int port)
{
    if (port == NO_PORT)
        port = HTTP_PORT;
    bool ours = strcasecmp(host, "localhost") == 0 || is_loopback(host) || strcasecmp(host, local) == 0;
    return (ours && port == rule->port) || is_named(rule->names, host, port);
}

/* "null" is that of a sandboxed page. */
static bool is_same_origin(struct span origin, struct span host)
{
    static const char scheme[] = "http://";
    size_t length = sizeof scheme - 1;
    return origin.length == length + host.length && memcmp(origin.bytes, scheme, length) == 0 &&
           strncasecmp(origin.bytes + length, host.bytes, host.length) == 0;
}

int visitor_check(const struct visitor_rule *rule, const char *local, const struct request_head *request,
                  const char **why)
{
    const struct head_field *host = head_find(&request->head, "Host");
    const struct head_field *origin = head_find(&request->head, "Origin");
    const struct head_field *site = head_find(&request->head, "Sec-Fetch-Site");
    char name[256];
    int port = NO_PORT;
    *why = "no Host that can be read";
    if (host == NULL || split(host->value, name, &port) != 0)
        return 400;
    *why = "Host is a name that is not ours; --live-host NAME allows one";
    if (!is_known(rule, local, name, port))
        return 403;
    *why = "asked for by a page of another origin";
    if (origin != NULL && !is_same_origin(origin->value, host->value))
        return 403;
    bool ours = site == NULL || span_is(site->value, "same-origin") || span_is(site->value, "none");
    return ours ? 0 : 403;
}
