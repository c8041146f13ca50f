#include "traffic/curl.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "traffic/redact.h"
#include "traffic/wire.h"

/* The connection's, or curl's own to say. Source: RFC 9110, 7.6.1. */
static const char *const left_out[] = {"host",       "connection", "content-length",   "transfer-encoding",
                                       "keep-alive", "te",         "proxy-connection", "upgrade",
                                       "trailer",    "expect",     "accept-encoding"};

static bool is_left_out(const char *name)
{
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
        if (strcasecmp(left_out[i], name) == 0)
            return true;
    return false;
}

static void add_header(struct text *out, const char *name, const char *value)
{
    char *line = xasprintf("%s: %s", name, value);
    text_add_string(out, " -H ");
    text_add_quoted(out, line, strlen(line));
    free(line);
}

/* Anything else is said by printf, and would not survive a terminal. */
static bool is_plain(const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] < 0x20 || bytes[i] == 0x7f)
            return false;
    return wire_is_utf8(bytes, length) && (length == 0 || bytes[0] != '@');
}

enum body { BODY_NONE, BODY_PLAIN, BODY_PRINTED, BODY_LONG };

static enum body body_of(const struct request *request)
{
    if (request->body_length == 0)
        return BODY_NONE;
    if (request->body_length > CURL_BODY_MOST)
        return BODY_LONG;
    return is_plain(request->body, request->body_length) ? BODY_PLAIN : BODY_PRINTED;
}

/* Source: POSIX.1-2017, printf: escapes of the format. */
static void add_printed(struct text *out, const struct request *request)
{
    text_add_string(out, "printf '");
    for (size_t i = 0; i < request->body_length; i++) {
        unsigned char byte = request->body[i];
        if (byte == '%')
            text_add_string(out, "%%");
        else if (byte >= 0x20 && byte < 0x7f && byte != '\'' && byte != '\\')
            text_add_char(out, (char)byte);
        else
            text_addf(out, "\\%03o", byte);
    }
    text_add_string(out, "' | ");
}

static void add_body(struct text *out, const struct request *request)
{
    static const char *const from[] = {"", " --data-binary ", " --data-binary @-", " --data-binary @-"};
    enum body body = body_of(request);
    text_add_string(out, from[body]);
    if (body == BODY_PLAIN)
        text_add_quoted(out, (const char *)request->body, request->body_length);
}

static void add_method(struct text *out, const char *method)
{
    if (strcmp(method, "HEAD") == 0)
        text_add_string(out, " --head");
    else if (strcmp(method, "GET") != 0)
        text_addf(out, " -X %s", method);
}

/* What redaction changes is a copy. */
static struct request copy_of(const struct request *request)
{
    struct request copy = {.method = xstrdup(request->method), .url = xstrdup(request->url)};
    for (size_t i = 0; i < request->headers.count; i++)
        headers_add(&copy.headers, request->headers.items[i].name, request->headers.items[i].value);
    copy.body_length = request->body_length;
    if (copy.body_length > 0) {
        copy.body = xmalloc(copy.body_length);
        memcpy(copy.body, request->body, copy.body_length);
    }
    return copy;
}

char *curl_line(const struct request *request, const char *target, const struct headers *own)
{
    struct redactor redactor = {.keep = false};
    struct request copy = copy_of(request);
    struct text out = TEXT_EMPTY;
    secret_key_random(&redactor.key);
    redact_request(&redactor, &copy);
    if (body_of(&copy) == BODY_PRINTED)
        add_printed(&out, &copy);
    text_add_string(&out, "curl -sS");
    add_method(&out, copy.method);
    for (size_t i = 0; i < copy.headers.count; i++)
        if (!is_left_out(copy.headers.items[i].name) &&
            (own == NULL || headers_find(own, copy.headers.items[i].name) == NULL))
            add_header(&out, copy.headers.items[i].name, copy.headers.items[i].value);
    for (size_t i = 0; own != NULL && i < own->count; i++)
        add_header(&out, own->items[i].name, "...");
    if (headers_find(&copy.headers, "Content-Type") == NULL && copy.body_length > 0)
        text_add_string(&out, " -H 'Content-Type:'"); /* curl would say it is a form */
    add_body(&out, &copy);
    text_addf(&out, " \"%s\"", target);
    text_add_quoted(&out, copy.url, strlen(copy.url));
    request_release(&copy);
    redactor_release(&redactor);
    return text_take(&out);
}
