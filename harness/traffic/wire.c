#include "traffic/wire.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/scan.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static const char *const known_methods[] = {
    "GET",   "HEAD", "POST", "PUT",  "DELETE", "PATCH",    "OPTIONS",   "TRACE",
    "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "PROPFIND", "PROPPATCH", "REPORT",
};

/* Of one connection or of the message's framing: the replay makes its own. */
static const char *const dropped_headers[] = {
    "Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Content-Length", "TE",
    "Trailer",    "Upgrade",    "Expect",           "HTTP2-Settings",
};

bool wire_known_method(const char *method)
{
    for (size_t i = 0; i < LENGTH(known_methods); i++)
        if (strcmp(known_methods[i], method) == 0)
            return true;
    return false;
}

static bool is_token(const char *text)
{
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++)
        if (!isalnum((unsigned char)*text) && strchr("!#$%&'*+-.^_`|~", *text) == NULL)
            return false;
    return true;
}

static bool is_clean_value(const char *value)
{
    size_t length = strlen(value), at = scan_until(value, length, scan_control);
    while (at < length && value[at] == '\t')
        at += 1 + scan_until(value + at + 1, length - at - 1, scan_control);
    return at == length;
}

const char *request_fault(const struct request *request, const char **field)
{
    *field = "method";
    if (request->method == NULL)
        return "no method";
    if (!is_token(request->method))
        return "the method is no token";
    *field = "url";
    if (request->url == NULL)
        return "no url";
    if (request->url[0] != '/')
        return "the url does not begin with '/'";
    size_t length = strlen(request->url);
    if (scan_until(request->url, length, scan_not_graphic) < length)
        return "the url holds a space, a control character or a byte above 0x7e";
    *field = "header";
    if (request->headers.count > WIRE_HEADERS_MOST)
        return "more than 256 headers";
    for (size_t i = 0; i < request->headers.count; i++) {
        if (!is_token(request->headers.items[i].name))
            return "a header's name is no token";
        const char *value = request->headers.items[i].value;
        if (!is_clean_value(value))
            return "a header's value holds a control character";
        if (strcasecmp(request->headers.items[i].name, "Host") == 0 &&
            scan_until(value, strlen(value), scan_not_graphic) < strlen(value))
            return "the host holds a space, a control character or a byte above 0x7e";
    }
    return NULL;
}

static size_t ascii_run(const char *bytes, size_t length)
{
    return scan_until(bytes, length, scan_not_ascii);
}

/* Length of "scheme://" or 0. */
static size_t scheme_length(const char *target, size_t length)
{
    if (length > 0 && target[0] == '/')
        return 0;
    size_t at = 0;
    while (at < length && (isalnum((unsigned char)target[at]) || strchr("+-.", target[at]) != NULL))
        at++;
    return at > 0 && at + 3 <= length && memcmp(target + at, "://", 3) == 0 ? at + 3 : 0;
}

int wire_origin_form(const char *target, size_t length, struct text *out, struct text *host)
{
    size_t start = scheme_length(target, length);
    if (start > 0) {
        size_t end = start;
        while (end < length && strchr("/?#", target[end]) == NULL)
            end++;
        const char *user = memrchr(target + start, '@', end - start);
        if (user != NULL)
            start = (size_t)(user + 1 - target);
        if (host != NULL)
            text_add(host, target + start, end - start);
        start = end;
        if (start == length || target[start] != '/')
            text_add_char(out, '/');
    } else if (length == 0 || target[0] != '/') {
        return -1;
    }
    const char *fragment = memchr(target + start, '#', length - start);
    size_t end = fragment != NULL ? (size_t)(fragment - target) : length;
    for (size_t i = start; i < end;) {
        size_t plain = ascii_run(target + i, end - i);
        text_add(out, target + i, plain);
        i += plain;
        if (i < end)
            text_addf(out, "%%%02X", (unsigned)(unsigned char)target[i++]);
    }
    return 0;
}

static size_t utf8_length(const unsigned char *at, size_t length)
{
    static const struct {
        unsigned char first_low, first_high, second_low, second_high;
        size_t length;
    } forms[] = {
        {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < LENGTH(forms); i++) {
        if (at[0] < forms[i].first_low || at[0] > forms[i].first_high || forms[i].length > length)
            continue;
        bool good = forms[i].length == 1 || (at[1] >= forms[i].second_low && at[1] <= forms[i].second_high);
        for (size_t k = 2; k < forms[i].length; k++)
            good = good && (at[k] & 0xc0) == 0x80;
        return good ? forms[i].length : 0;
    }
    return 0;
}

bool wire_is_utf8(const void *bytes, size_t length)
{
    for (size_t i = ascii_run(bytes, length); i < length;
         i += ascii_run((const char *)bytes + i, length - i)) {
        size_t step = utf8_length((const unsigned char *)bytes + i, length - i);
        if (step == 0)
            return false;
        i += step;
    }
    return true;
}

void wire_add_header(struct headers *headers, const char *name, const char *value)
{
    wire_add_header_of(headers, name, value, strlen(value));
}

void wire_add_header_of(struct headers *headers, const char *name, const char *value, size_t length)
{
    if (name[0] == ':' || name[0] == '\0')
        return;
    int first = toupper((unsigned char)name[0]);
    for (size_t i = 0; i < LENGTH(dropped_headers); i++)
        if (dropped_headers[i][0] == first && strcasecmp(dropped_headers[i], name) == 0)
            return;
    char *copy = xstrndup(value, length);
    if (!wire_is_utf8(copy, length))
        for (char *at = copy; *at != '\0'; at++)
            if ((unsigned char)*at >= 0x80)
                *at = '?';
    headers_add_take(headers, name, copy);
}
