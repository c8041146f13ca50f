#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "net/authority.h"

static const struct {
    const char *scheme;
    enum proxy_kind kind; /* PROXY_NONE: known, and refused */
    const char *why;
} kinds[] = {
    {"http://", PROXY_HTTP, NULL},
    {"socks5://", PROXY_SOCKS5, NULL},
    {"socks5h://", PROXY_NONE,
     "the proxy would resolve the target's name, where nobody can check its address against `allow`; "
     "socks5:// is given the address that was checked"},
    {"https://", PROXY_NONE, "TLS to a proxy is not supported; http:// and socks5:// are"},
    {"socks4://", PROXY_NONE, "SOCKS 4 is not supported; http:// and socks5:// are"},
    {"socks4a://", PROXY_NONE, "SOCKS 4 is not supported; http:// and socks5:// are"},
};

int proxy_parse(struct proxy *proxy, const char *url, struct err *err)
{
    *proxy = (struct proxy){.kind = PROXY_NONE, .port = -1};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!text_starts_with(url, kinds[i].scheme))
            continue;
        if (kinds[i].kind == PROXY_NONE)
            return err_set(err, ERR_USAGE, "proxy '%s': %s", url, kinds[i].why);
        char *rest = xstrdup(url + strlen(kinds[i].scheme));
        size_t length = strlen(rest);
        if (length > 0 && rest[length - 1] == '/')
            rest[length - 1] = '\0';
        int failed = authority_split(rest, proxy->host, &proxy->port);
        free(rest);
        proxy->kind = kinds[i].kind;
        if (!failed)
            return 0;
    }
    *proxy = (struct proxy){.kind = PROXY_NONE};
    return err_set(err, ERR_USAGE, "'%s' is not a proxy of the form http://HOST:PORT or socks5://HOST:PORT",
                   url);
}
