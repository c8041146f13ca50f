#include "traffic/http_message.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "base/text.h"
#include "traffic/wire.h"

/* How long the body is. */
struct framing {
    bool chunked, has_length;
    size_t length;
};

/* What is left of the message. */
struct rest {
    const char *at, *end;
};

struct piece {
    const char *bytes;
    size_t length;
};

/* The next line without its end; false: there is no end, so it is cut. */
static bool take_line(struct rest *rest, struct piece *line)
{
    const char *end = memchr(rest->at, '\n', (size_t)(rest->end - rest->at));
    if (end == NULL)
        return false;
    *line = (struct piece){rest->at, (size_t)(end - rest->at)};
    line->length -= line->length > 0 && end[-1] == '\r';
    rest->at = end + 1;
    return true;
}

static bool is_blank(char character)
{
    return character == ' ' || character == '\t';
}

static struct piece trimmed(struct piece piece)
{
    while (piece.length > 0 && is_blank(piece.bytes[0])) {
        piece.bytes++;
        piece.length--;
    }
    while (piece.length > 0 && is_blank(piece.bytes[piece.length - 1]))
        piece.length--;
    return piece;
}

static bool is(const struct piece *piece, const char *word)
{
    return piece->length == strlen(word) && strncasecmp(piece->bytes, word, piece->length) == 0;
}

static bool has_control(const struct piece *piece)
{
    for (size_t i = 0; i < piece->length; i++)
        if (((unsigned char)piece->bytes[i] < 0x20 && piece->bytes[i] != '\t') || piece->bytes[i] == 0x7f)
            return true;
    return false;
}

static bool is_version(const char *bytes, size_t length)
{
    return length == 8 && memcmp(bytes, "HTTP/1.", 7) == 0 && isdigit((unsigned char)bytes[7]);
}

static enum skip_reason read_request_line(const struct piece *line, struct request *request,
                                          struct text *host)
{
    const char *end = line->bytes + line->length;
    const char *first = memchr(line->bytes, ' ', line->length),
               *last = memrchr(line->bytes, ' ', line->length);
    if (first == NULL || !is_version(last + 1, (size_t)(end - last - 1)))
        return SKIP_NOT_HTTP;
    request->method = xstrndup(line->bytes, (size_t)(first - line->bytes));
    if (!wire_known_method(request->method))
        return SKIP_METHOD;
    if (has_control(line))
        return SKIP_UNSAFE;
    if (first == last || memchr(first + 1, ' ', (size_t)(last - first - 1)) != NULL)
        return SKIP_REQUEST_LINE;
    struct text url = TEXT_EMPTY;
    int no_path = wire_origin_form(first + 1, (size_t)(last - first - 1), &url, host);
    request->url = text_take(&url);
    return no_path ? SKIP_TARGET : SKIP_REASONS;
}

static bool read_length(const struct piece *value, struct framing *framing)
{
    size_t length = 0;
    for (size_t i = 0; i < value->length; i++) {
        if (!isdigit((unsigned char)value->bytes[i]) || length > SIZE_MAX / 16)
            return false;
        length = length * 10 + (size_t)(value->bytes[i] - '0');
    }
    bool same = !framing->has_length || framing->length == length;
    framing->has_length = true;
    framing->length = length;
    return same && value->length > 0;
}

static enum skip_reason read_framing(const struct piece *name, const struct piece *value,
                                     struct framing *framing)
{
    if (is(name, "Content-Length"))
        return read_length(value, framing) ? SKIP_REASONS : SKIP_HEADER;
    if (is(name, "Upgrade") && is(value, "websocket"))
        return SKIP_WEBSOCKET;
    if (!is(name, "Transfer-Encoding") || is(value, "identity"))
        return SKIP_REASONS;
    framing->chunked = is(value, "chunked");
    return framing->chunked ? SKIP_REASONS : SKIP_BODY;
}

static enum skip_reason read_header(const struct piece *line, struct request *request,
                                    struct framing *framing)
{
    const char *colon = memchr(line->bytes, ':', line->length);
    if (is_blank(line->bytes[0]) || colon == NULL || colon == line->bytes || is_blank(colon[-1]))
        return SKIP_HEADER;
    if (has_control(line))
        return SKIP_UNSAFE;
    const struct piece name = {line->bytes, (size_t)(colon - line->bytes)};
    const struct piece value = trimmed((struct piece){colon + 1, line->length - name.length - 1});
    enum skip_reason reason = read_framing(&name, &value, framing);
    if (reason != SKIP_REASONS)
        return reason;
    char *name_copy = xstrndup(name.bytes, name.length), *value_copy = xstrndup(value.bytes, value.length);
    bool again = is(&name, "Host") && headers_find(&request->headers, "Host") != NULL;
    if (!again) /* the target's own goes first */
        wire_add_header(&request->headers, name_copy, value_copy);
    free(name_copy);
    free(value_copy);
    return SKIP_REASONS;
}

static enum skip_reason read_headers(struct rest *rest, struct request *request, struct framing *framing)
{
    struct piece line;
    while (take_line(rest, &line)) {
        if (line.length == 0)
            return SKIP_REASONS;
        enum skip_reason reason = read_header(&line, request, framing);
        if (reason != SKIP_REASONS)
            return reason;
    }
    return SKIP_TRUNCATED;
}

/* "1a;name=value": the extension is nobody's here. */
static bool chunk_size(const struct piece *line, size_t *size)
{
    size_t at = 0;
    *size = 0;
    for (; at < line->length && hex_value(line->bytes[at]) >= 0; at++) {
        if (*size > SIZE_MAX / 32)
            return false;
        *size = *size * 16 + (size_t)hex_value(line->bytes[at]);
    }
    struct piece left = trimmed((struct piece){line->bytes + at, line->length - at});
    return at > 0 && (left.length == 0 || left.bytes[0] == ';');
}

static enum skip_reason read_chunks(struct rest *rest, struct text *body)
{
    struct piece line;
    size_t size;
    while (take_line(rest, &line)) {
        if (!chunk_size(&line, &size))
            return SKIP_BODY;
        if (size == 0)
            break;
        if (size > (size_t)(rest->end - rest->at))
            return SKIP_TRUNCATED;
        text_add(body, rest->at, size);
        rest->at += size;
        if (!take_line(rest, &line))
            return SKIP_TRUNCATED;
        if (line.length != 0)
            return SKIP_BODY;
    }
    do /* trailers */
        if (!take_line(rest, &line))
            return SKIP_TRUNCATED;
    while (line.length != 0);
    return SKIP_REASONS;
}

static enum skip_reason read_body(struct rest *rest, const struct framing *framing, struct request *request)
{
    struct text body = TEXT_EMPTY;
    enum skip_reason reason = SKIP_REASONS;
    if (framing->chunked)
        reason = read_chunks(rest, &body);
    else if (framing->length > (size_t)(rest->end - rest->at))
        reason = SKIP_TRUNCATED;
    else if (framing->length > 0) {
        text_add(&body, rest->at, framing->length);
        rest->at += framing->length;
    }
    request->body_length = body.length;
    request->body = body.length > 0 ? (unsigned char *)text_take(&body) : NULL;
    text_release(&body);
    return reason;
}

/* No line ends here: a request line that is cut, or something else. */
static enum skip_reason without_line(const char *bytes, size_t length)
{
    return length == 0 || isupper((unsigned char)bytes[0]) ? SKIP_TRUNCATED : SKIP_NOT_HTTP;
}

enum skip_reason http_message_request(const char *bytes, size_t length, struct request *request, size_t *used)
{
    struct rest rest = {bytes, bytes + length};
    struct framing framing = {.chunked = false};
    struct text host = TEXT_EMPTY;
    struct piece line;
    memset(request, 0, sizeof *request);
    enum skip_reason reason =
        take_line(&rest, &line) ? read_request_line(&line, request, &host) : without_line(bytes, length);
    if (host.length > 0)
        headers_add(&request->headers, "Host", host.bytes);
    if (reason == SKIP_REASONS)
        reason = read_headers(&rest, request, &framing);
    if (reason == SKIP_REASONS)
        reason = read_body(&rest, &framing, request);
    if (reason != SKIP_REASONS)
        request_release(request);
    text_release(&host);
    *used = (size_t)(rest.at - bytes);
    return reason;
}

static int status_of(const struct piece *line)
{
    int status = 0;
    if (line->length < 12 || !is_version(line->bytes, 8) || line->bytes[8] != ' ' ||
        (line->length > 12 && line->bytes[12] != ' '))
        return 0;
    for (size_t i = 9; i < 12; i++) {
        if (!isdigit((unsigned char)line->bytes[i]))
            return 0;
        status = status * 10 + (line->bytes[i] - '0');
    }
    return status >= 100 && status <= 599 ? status : 0;
}

int http_message_status(const char *bytes, size_t length)
{
    struct rest rest = {bytes, bytes + length};
    struct piece line;
    for (;;) {
        int status = take_line(&rest, &line) ? status_of(&line) : 0;
        if (status >= 200 || status == 0 || status == 101)
            return status;
        do
            if (!take_line(&rest, &line))
                return status;
        while (line.length > 0);
    }
}
