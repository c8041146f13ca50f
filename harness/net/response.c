#include "net/response.h"

#include <string.h>
#include <strings.h>

#define HEADER_BYTES_MAX ((size_t)64 << 10)
#define HEADER_COUNT_MAX 256
#define INTERIM_MAX 32

enum phase {
    PHASE_STATUS,
    PHASE_FIELD,
    PHASE_CHUNK_SIZE,
    PHASE_CHUNK_END, /* the empty line after a chunk */
    PHASE_TRAILER,
    PHASE_LINES, /* those before are read line by line */
    PHASE_LENGTH = PHASE_LINES,
    PHASE_CHUNK,
    PHASE_CLOSE,
    PHASE_DONE,
    PHASE_BAD,
};

struct line {
    const char *bytes;
    size_t length; /* without its end */
    bool cut;      /* longer than could be kept; only its start is here */
};

static int bad(struct response *response, const char *why)
{
    response->why = why;
    response->phase = PHASE_BAD;
    return -1;
}

void response_init(struct response *response, bool head_request)
{
    memset(response, 0, offsetof(struct response, line)); /* the line's own bytes need none */
    response->head_request = head_request;
}

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* "HTTP/1.1 200 OK"; the reason may be missing, with or without its space. */
static int take_status(struct response *response, const struct line *line)
{
    const char *text = line->bytes;
    if (line->length < 12 || memcmp(text, "HTTP/1.", 7) != 0 || !is_digit(text[7]) || text[8] != ' ' ||
        (line->length > 12 && text[12] != ' '))
        return bad(response, "not an HTTP/1.x status line");
    if (text[9] < '1' || text[9] > '5' || !is_digit(text[10]) || !is_digit(text[11]))
        return bad(response, "status is not a number of 100 to 599");
    response->status = (text[9] - '0') * 100 + (text[10] - '0') * 10 + (text[11] - '0');
    response->http10 = text[7] == '0';
    response->phase = PHASE_FIELD;
    return 0;
}

static int take_length(struct response *response, const char *value, size_t length)
{
    uint64_t number = 0;
    if (length == 0 || length > 18)
        return bad(response, "Content-Length is not a number");
    for (size_t i = 0; i < length; i++) {
        if (!is_digit(value[i]))
            return bad(response, "Content-Length is not a number");
        number = number * 10 + (uint64_t)(value[i] - '0');
    }
    if (response->has_length && response->remaining != number)
        return bad(response, "two values of Content-Length");
    response->has_length = true;
    response->remaining = number;
    return 0;
}

/* The next element of a comma-separated list, without blanks around it. */
static bool next_token(const char **at, const char *end, const char **token, size_t *length)
{
    while (*at < end && (**at == ' ' || **at == '\t' || **at == ','))
        ++*at;
    if (*at == end)
        return false;
    const char *comma = memchr(*at, ',', (size_t)(end - *at)), *last = comma != NULL ? comma : end;
    *token = *at;
    *at = last;
    while (last > *token && (last[-1] == ' ' || last[-1] == '\t'))
        last--;
    *length = (size_t)(last - *token);
    return true;
}

static bool same(const char *token, size_t length, const char *word)
{
    return length == strlen(word) && strncasecmp(token, word, length) == 0;
}

static int take_coding(struct response *response, const char *value, size_t length)
{
    const char *at = value, *token;
    size_t token_length;
    while (next_token(&at, value + length, &token, &token_length)) {
        if (response->chunked)
            return bad(response, "chunked is not the last transfer coding");
        response->chunked = same(token, token_length, "chunked");
        response->coded = !response->chunked;
    }
    return 0;
}

static int take_connection(struct response *response, const char *value, size_t length)
{
    const char *at = value, *token;
    size_t token_length;
    while (next_token(&at, value + length, &token, &token_length)) {
        response->asked_close |= same(token, token_length, "close");
        response->asked_keep_alive |= same(token, token_length, "keep-alive");
    }
    return 0;
}

/* The fields that matter here. Most fields of most answers are told apart by their length alone. */
enum field { FIELD_OTHER, FIELD_CONNECTION, FIELD_COOKIE, FIELD_LENGTH, FIELD_CODING };

static enum field field_named(const char *name, size_t length)
{
    switch (length) {
    case 10:
        return same(name, length, "connection")   ? FIELD_CONNECTION
               : same(name, length, "set-cookie") ? FIELD_COOKIE
                                                  : FIELD_OTHER;
    case 14:
        return same(name, length, "content-length") ? FIELD_LENGTH : FIELD_OTHER;
    case 17:
        return same(name, length, "transfer-encoding") ? FIELD_CODING : FIELD_OTHER;
    default:
        return FIELD_OTHER;
    }
}

static void finish(struct response *response)
{
    response->keep_alive = !response->asked_close && (!response->http10 || response->asked_keep_alive);
    /* Framing that a proxy could read otherwise: take this answer, but no second one from here. */
    if ((response->chunked && (response->has_length || response->http10)) || response->status == 101)
        response->keep_alive = false;
    response->phase = PHASE_DONE;
}

static int take_interim(struct response *response)
{
    size_t seen = response->interim_count + 1;
    if (seen > INTERIM_MAX)
        return bad(response, "too many interim answers");
    const struct response_sink *sink = response->sink;
    void *owner = response->sink_owner;
    bool continued = response->continued || response->status == 100;
    response_init(response, response->head_request);
    response->continued = continued;
    response->interim_count = seen;
    response->sink = sink;
    response->sink_owner = owner;
    return 0;
}

/* RFC 9112, 6.3: how long the body is. */
static int end_header(struct response *response)
{
    if (response->status < 200 && response->status != 101)
        return take_interim(response);
    if (response->head_request || response->status < 200 || response->status == 204 ||
        response->status == 304)
        finish(response);
    else if (response->chunked)
        response->phase = PHASE_CHUNK_SIZE;
    else if (response->coded || !response->has_length)
        response->phase = PHASE_CLOSE;
    else if (response->remaining > 0)
        response->phase = PHASE_LENGTH;
    else
        finish(response);
    return 0;
}

/* The value of a field that matters, or that somebody reads. */
static int take_value(struct response *response, const struct line *line, enum field field, const char *colon)
{
    static int (*const takes[])(struct response * response, const char *value,
                                size_t length) = {[FIELD_CONNECTION] = take_connection,
                                                  [FIELD_LENGTH] = take_length,
                                                  [FIELD_CODING] = take_coding,
                                                  [FIELD_OTHER] = NULL,
                                                  [FIELD_COOKIE] = NULL};
    const char *value = colon + 1, *end = line->bytes + line->length;
    if (takes[field] != NULL && line->cut)
        return bad(response, "a header field over its limit");
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    if (response->sink != NULL && response->status >= 200 && !line->cut &&
        (field == FIELD_COOKIE || !response->sink->cookies_only))
        response->sink->field(response->sink_owner, line->bytes, (size_t)(colon - line->bytes), value,
                              (size_t)(end - value));
    return takes[field] != NULL ? takes[field](response, value, (size_t)(end - value)) : 0;
}

static int take_field(struct response *response, const struct line *line)
{
    const char *text = line->bytes;
    if (line->length == 0)
        return end_header(response);
    if (++response->header_count > HEADER_COUNT_MAX)
        return bad(response, "too many header fields");
    if (text[0] == ' ' || text[0] == '\t') /* a folded line, which matters only where the body's end does */
        return response->framing || response->header_count == 1 ? bad(response, "a folded header field") : 0;
    const char *colon = memchr(text, ':', line->length);
    if (colon == NULL || colon == text || colon[-1] == ' ' || colon[-1] == '\t')
        return line->cut && colon == NULL ? bad(response, "a header name without an end")
                                          : bad(response, "a header line without a name and a colon");
    enum field field = field_named(text, (size_t)(colon - text));
    response->framing = field != FIELD_OTHER && field != FIELD_COOKIE;
    if (field == FIELD_OTHER && (response->sink == NULL || response->sink->cookies_only))
        return 0;
    return take_value(response, line, field, colon);
}

static int hex_value(char character)
{
    if (is_digit(character))
        return character - '0';
    char lower = (char)(character | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static int take_chunk_size(struct response *response, const struct line *line)
{
    uint64_t size = 0;
    size_t at = 0;
    for (; at < line->length && hex_value(line->bytes[at]) >= 0; at++) {
        if (size >> 59 != 0)
            return bad(response, "a chunk size out of range");
        size = size << 4 | (uint64_t)hex_value(line->bytes[at]);
    }
    if (at == 0 || (at < line->length && memchr("; \t", line->bytes[at], 3) == NULL))
        return bad(response, "a chunk size that is not a number");
    if (line->cut)
        return bad(response, "a chunk line over its limit");
    response->remaining = size;
    response->phase = size > 0 ? PHASE_CHUNK : PHASE_TRAILER;
    return 0;
}

static int take_chunk_end(struct response *response, const struct line *line)
{
    if (line->length != 0)
        return bad(response, "a chunk longer than its size");
    response->phase = PHASE_CHUNK_SIZE;
    return 0;
}

static int take_trailer(struct response *response, const struct line *line)
{
    if (line->length == 0)
        finish(response);
    else if (++response->header_count > HEADER_COUNT_MAX)
        return bad(response, "too many header fields");
    return 0;
}

static int (*const take_line[PHASE_LINES])(struct response *response, const struct line *line) = {
    [PHASE_STATUS] = take_status,       [PHASE_FIELD] = take_field,     [PHASE_CHUNK_SIZE] = take_chunk_size,
    [PHASE_CHUNK_END] = take_chunk_end, [PHASE_TRAILER] = take_trailer,
};

static void keep(struct response *response, const char *bytes, size_t length)
{
    size_t room =
        response->line_length < sizeof response->line ? sizeof response->line - response->line_length : 0;
    memcpy(response->line + sizeof response->line - room, bytes, length < room ? length : room);
    response->line_length += length;
}

static bool over_limit(struct response *response, size_t length)
{
    bool chunk = response->phase == PHASE_CHUNK_SIZE || response->phase == PHASE_CHUNK_END;
    if (chunk)
        return response->line_length + length > sizeof response->line;
    response->header_bytes += length;
    return response->header_bytes > HEADER_BYTES_MAX;
}

/* Garbage need not end its line before it is called so. */
static bool cannot_be_http(const struct response *response)
{
    size_t length = response->line_length < 7 ? response->line_length : 7;
    return response->phase == PHASE_STATUS && memcmp(response->line, "HTTP/1.", length) != 0;
}

/* Reads one line, or keeps the piece of it that is there. Returns the bytes taken. */
static size_t feed_line(struct response *response, const char *bytes, size_t length)
{
    const char *newline = memchr(bytes, '\n', length);
    size_t taken = newline != NULL ? (size_t)(newline - bytes) + 1 : length;
    struct line line = {bytes, taken, false};
    if (over_limit(response, taken)) {
        bad(response, "a header block or chunk line over its limit");
        return taken;
    }
    if (newline == NULL || response->line_length > 0) {
        keep(response, bytes, taken);
        line = (struct line){response->line, response->line_length,
                             response->line_length > sizeof response->line};
    }
    if (newline == NULL) {
        if (cannot_be_http(response))
            bad(response, "not an HTTP/1.x status line");
        return taken;
    }
    response->line_length = 0;
    if (line.cut)
        line.length = sizeof response->line;
    else
        line.length -= line.length > 1 && line.bytes[line.length - 2] == '\r' ? 2 : 1;
    take_line[response->phase](response, &line);
    return taken;
}

/* Fields whose lines came whole, which is nearly all: the quick way through them. Returns the bytes taken. */
static size_t feed_fields(struct response *response, const char *bytes, size_t length)
{
    const char *at = bytes, *end = bytes + length, *newline;
    while (response->phase == PHASE_FIELD && at < end &&
           (newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        struct line line = {at, (size_t)(newline - at), false};
        line.length -= line.length > 0 && newline[-1] == '\r';
        response->header_bytes += (size_t)(newline + 1 - at);
        at = newline + 1;
        if (response->header_bytes > HEADER_BYTES_MAX)
            bad(response, "a header block or chunk line over its limit");
        else
            take_field(response, &line);
    }
    return (size_t)(at - bytes);
}

static size_t feed_body(struct response *response, const char *bytes, size_t length)
{
    size_t taken =
        response->phase != PHASE_CLOSE && response->remaining < length ? (size_t)response->remaining : length;
    response->body_bytes += taken;
    if (response->sink != NULL && response->sink->body != NULL)
        response->sink->body(response->sink_owner, bytes, taken);
    if (response->phase == PHASE_CLOSE)
        return taken;
    response->remaining -= taken;
    if (response->remaining > 0)
        return taken;
    if (response->phase == PHASE_CHUNK)
        response->phase = PHASE_CHUNK_END;
    else
        finish(response);
    return taken;
}

static enum response_state state_of(const struct response *response)
{
    if (response->phase == PHASE_DONE)
        return RESPONSE_DONE;
    return response->phase == PHASE_BAD ? RESPONSE_BAD : RESPONSE_MORE;
}

enum response_state response_feed(struct response *response, const char *bytes, size_t length, size_t *taken)
{
    size_t at = 0;
    while (at < length && response->phase < PHASE_DONE) {
        if (response->phase == PHASE_FIELD && response->line_length == 0)
            at += feed_fields(response, bytes + at, length - at);
        if (at == length || response->phase >= PHASE_DONE)
            break;
        if (response->phase < PHASE_LINES)
            at += feed_line(response, bytes + at, length - at);
        else
            at += feed_body(response, bytes + at, length - at);
    }
    *taken = at;
    return state_of(response);
}

enum response_state response_end(struct response *response)
{
    static const char *const whys[] = {
        [PHASE_STATUS] = "closed before an answer",       [PHASE_FIELD] = "closed within the header",
        [PHASE_CHUNK_SIZE] = "closed between two chunks", [PHASE_CHUNK_END] = "closed within a chunk",
        [PHASE_TRAILER] = "closed within the trailer",    [PHASE_LENGTH] = "closed short of Content-Length",
        [PHASE_CHUNK] = "closed within a chunk",
    };
    if (response->phase == PHASE_CLOSE) {
        finish(response);
        response->keep_alive = false;
    } else if (response->phase < PHASE_CLOSE) {
        bad(response, whys[response->phase]);
    }
    return state_of(response);
}
