/* Where requests go: entries of an allow-list, a line each, then after an empty line a URL of a target, one of a proxy, and what a
 * visitor of a page says. Names are not looked up here, so nothing is asked of anybody. Whatever a URL says, an address outside the
 * list is never the origin's; what the Host header says is one line. */
#include <arpa/inet.h>
#include <ctype.h>

#include "net/allow.h"
#include "net/authority.h"
#include "net/visitor.h"

#include "fuzz.h"

static bool is_numeric(const char *host)
{
    struct in6_addr address;
    return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

/* No name in an entry or a URL: what could be one has a letter that no address has. */
static bool names_nobody(const char *text)
{
    const char *host = strstr(text, "://") != NULL ? strstr(text, "://") + 3 : text;
    char name[256];
    int port;
    if (strncmp(text, "unix:", 5) == 0)
        return true;
    char *alone = xstrndup(host, strcspn(host, "/"));
    bool is = authority_split(alone, name, &port) == 0
                  ? is_numeric(name)
                  : strspn(alone, "0123456789abcdefABCDEF.:[]/%") == strlen(alone);
    free(alone);
    return is;
}

static struct allow *list_of(struct span *left)
{
    struct strings entries = {NULL, 0};
    struct err err = {0};
    struct span line;
    while (left->length > 0 && (line = fuzz_line(left)).length > 0) {
        char *entry = fuzz_string(line);
        if (is_numeric(entry) || strncmp(entry, "unix:", 5) == 0 ||
            strspn(entry, "0123456789abcdefABCDEF.:/") == strlen(entry))
            if (strchr(entry, '/') != NULL || is_numeric(entry))
                strings_add(&entries, entry);
        free(entry);
    }
    struct allow *allow = allow_new(&entries, &err);
    if (allow == NULL)
        hold_one_line(&err);
    strings_release(&entries);
    return allow;
}

static void resolve(const struct allow *allow, const char *url)
{
    struct origin origin;
    struct proxy proxy;
    struct err err = {0};
    if (proxy_parse(&proxy, url, &err) != 0)
        hold_one_line(&err);
    else
        hold(strpbrk(proxy.host, "\r\n @/") == NULL && proxy.port > 0 && proxy.port < 65536);
    if (!names_nobody(url))
        return;
    if (origin_resolve(&origin, url, allow, &err) != 0) {
        hold_one_line(&err);
        return;
    }
    hold(allow_permits(allow, (const struct sockaddr *)&origin.address));
    hold(strpbrk(origin.host, "\r\n @/\t") == NULL && strpbrk(origin.authority, "\r\n @\t") == NULL);
    hold(origin_is_unix(&origin) || (origin.port > 0 && origin.port < 65536));
    char *said = origin_url(&origin, "/health");
    hold(strpbrk(said, "\r\n") == NULL);
    free(said);
}

/* Under a name of its own, evil.example, no page is answered. */
static void visit(struct span bytes)
{
    static struct request_head request;
    const struct strings none = {NULL, 0};
    const struct visitor_rule rule = {8080, &none};
    const char *why = NULL;
    size_t end = head_find_end(bytes.bytes, bytes.length, 0);
    if (end == 0 || request_head_read(&request, bytes.bytes, end, &why) != 0)
        return;
    int status = visitor_check(&rule, "127.0.0.1", &request, &why);
    hold(status == 0 || ((status == 400 || status == 403) && why != NULL));
    const struct head_field *host = head_find(&request.head, "Host");
    hold(status != 0 || host != NULL);
    hold(status != 0 || memmem(host->value.bytes, host->value.length, "evil", 4) == NULL);
}

FUZZ_TARGET(allow)
{
    struct span left = {(const char *)data, size};
    struct allow *allow = list_of(&left);
    char *url = fuzz_string(fuzz_line(&left));
    if (allow != NULL)
        resolve(allow, url);
    visitor_is_name(url);
    visit(left);
    allow_free(allow);
    free(url);
    return 0;
}
