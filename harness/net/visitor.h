/* Whose requests for the pages of this machine are answered. A page somewhere else can make a browser ask us: by a name of
 * its own that it lets point here (DNS rebinding; told by Host), or from its own origin (told by Origin and
 * Sec-Fetch-Site). Neither learns anything. Source: RFC 9110, 7.2; Fetch, 3.2; Fetch Metadata Request Headers. */
#ifndef SEEP_NET_VISITOR_H
#define SEEP_NET_VISITOR_H

#include "base/strings.h"
#include "net/request_head.h"

struct visitor_rule {
    int port;                    /* on which we listen */
    const struct strings *names; /* "seep", "seep:8080": names beside our own; without a port: any */
};

/* "seep", "seep:8080": a name that Host may say. */
bool visitor_is_name(const char *name);

/* `local`: the address at which the request came in, as text. Returns 0; or 400 (no Host, or none that can be read),
 * 403 (another's name, another origin), with `why` static text. Taken are the address itself, loopback addresses and
 * localhost, with our port, and `names`. */
int visitor_check(const struct visitor_rule *rule, const char *local, const struct request_head *request,
                  const char **why);

#endif
