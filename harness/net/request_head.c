#include "net/request_head.h"

#include <string.h>
#include <strings.h>

struct asked {
    struct request_head *request;
    unsigned hosts;
    const char *why;
};

static int take_length(struct asked *asked, struct span value)
{
    struct request_head *request = asked->request;
    uint64_t number = 0;
    asked->why = "Content-Length is not a number";
    if (value.length == 0 || value.length > 18)
        return 400;
    for (size_t i = 0; i < value.length; i++) {
        if (value.bytes[i] < '0' || value.bytes[i] > '9')
            return 400;
        number = number * 10 + (uint64_t)(value.bytes[i] - '0');
    }
    asked->why = "two of Content-Length";
    if (request->has_length)
        return 400;
    request->has_length = true;
    request->length = number;
    return 0;
}

static int take_coding(struct asked *asked, struct span value)
{
    asked->why = "a transfer coding other than chunked";
    if (asked->request->chunked || !span_is(value, "chunked"))
        return 400;
    asked->request->chunked = true;
    return 0;
}

static int take_connection(struct asked *asked, struct span value)
{
    asked->request->asked_close |= span_lists(value, "close");
    asked->request->asked_keep_alive |= span_lists(value, "keep-alive");
    asked->request->upgrades |= span_lists(value, "upgrade");
    return 0;
}

static int take_host(struct asked *asked, struct span value)
{
    (void)value;
    asked->why = "two of Host";
    return ++asked->hosts > 1 ? 400 : 0;
}

static const struct {
    const char *name;
    int (*take)(struct asked *asked, struct span value);
} takes[] = {
    {"Host", take_host},
    {"Connection", take_connection},
    {"Content-Length", take_length},
    {"Transfer-Encoding", take_coding},
};

static int take_fields(struct asked *asked)
{
    const struct head *head = &asked->request->head;
    for (size_t i = 0; i < head->count; i++)
        for (size_t k = 0; k < sizeof takes / sizeof *takes; k++) {
            if (!span_is(head->fields[i].name, takes[k].name))
                continue;
            int status = takes[k].take(asked, head->fields[i].value);
            if (status != 0)
                return status;
        }
    return 0;
}

/* A target without blanks and control characters: what follows it is the version and nothing else. */
static bool is_target(struct span target)
{
    for (size_t i = 0; i < target.length; i++)
        if ((unsigned char)target.bytes[i] <= 0x20 || target.bytes[i] == 0x7f)
            return false;
    return target.length > 0;
}

static int take_first(struct request_head *request, const char **why)
{
    struct span line = request->head.first;
    const char *end = line.bytes + line.length, *space = memchr(line.bytes, ' ', line.length);
    *why = "a malformed request line";
    if (space == NULL || end - space < 11)
        return 400;
    request->method = (struct span){line.bytes, (size_t)(space - line.bytes)};
    request->target = (struct span){space + 1, (size_t)(end - 9 - (space + 1))};
    const char *version = end - 8;
    if (version[-1] != ' ' || !span_is_token(request->method) || !is_target(request->target) ||
        memcmp(version, "HTTP/", 5) != 0)
        return 400;
    *why = "a version of HTTP other than 1.0 and 1.1";
    if (memcmp(version, "HTTP/1.0", 8) != 0 && memcmp(version, "HTTP/1.1", 8) != 0)
        return 505;
    request->http10 = version[7] == '0';
    request->is_head = span_is(request->method, "HEAD");
    *why = "CONNECT";
    return span_is(request->method, "CONNECT") ? 405 : 0;
}

static int check(struct asked *asked)
{
    const struct request_head *request = asked->request;
    asked->why = "Content-Length beside Transfer-Encoding";
    if (request->chunked && request->has_length)
        return 400;
    asked->why = "Transfer-Encoding in HTTP/1.0";
    if (request->chunked && request->http10)
        return 400;
    asked->why = "no Host";
    return asked->hosts == 0 && !request->http10 ? 400 : 0;
}

int request_head_read(struct request_head *request, const char *bytes, size_t length, const char **why)
{
    struct asked asked = {.request = request};
    memset((char *)request + sizeof request->head, 0, sizeof *request - sizeof request->head);
    *why = head_read(&request->head, bytes, length, true);
    if (*why != NULL)
        return request->head.count == HEAD_FIELDS_MOST ? 431 : 400;
    int status = take_first(request, why);
    if (status != 0)
        return status;
    status = take_fields(&asked);
    if (status == 0)
        status = check(&asked);
    *why = asked.why;
    return status;
}

static bool asks_for_http2(const struct request_head *request, const struct head_field *field)
{
    return request->upgrades && span_is(field->name, "Upgrade") && span_lists(field->value, "h2c");
}

bool request_head_differs(const struct request_head *request, const char *host)
{
    if (host != NULL || head_has_hops(&request->head))
        return true;
    for (size_t i = 0; request->upgrades && i < request->head.count; i++)
        if (asks_for_http2(request, &request->head.fields[i]))
            return true;
    return false;
}

static void add_line(struct text *out, const char *name, struct span value)
{
    text_add_string(out, name);
    text_add(out, value.bytes, value.length);
    text_add(out, "\r\n", 2);
}

static void write_field(const struct request_head *request, const struct head_field *field, const char *host,
                        struct text *out)
{
    if (span_is(field->name, "Connection") || head_is_hop(&request->head, field) ||
        asks_for_http2(request, field))
        return;
    if (host != NULL && span_is(field->name, "Host"))
        add_line(out, "Host: ", (struct span){host, strlen(host)});
    else
        text_add(out, field->line.bytes, field->line.length);
}

void request_head_write(const struct request_head *request, const char *host, struct text *out)
{
    const struct head_field *upgrade = head_find(&request->head, "Upgrade");
    bool upgrades = request->upgrades && upgrade != NULL && !asks_for_http2(request, upgrade);
    add_line(out, "", request->head.first);
    for (size_t i = 0; i < request->head.count; i++)
        write_field(request, &request->head.fields[i], host, out);
    if (request->asked_close)
        text_add_string(out, "Connection: close\r\n");
    else if (upgrades)
        text_add_string(out, "Connection: Upgrade\r\n");
    else if (request->asked_keep_alive)
        text_add_string(out, "Connection: keep-alive\r\n");
    text_add(out, "\r\n", 2);
}
