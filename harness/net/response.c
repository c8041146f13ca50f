#include "net/response_inside.h"

#include <string.h>
#include <strings.h>

#include "base/hex.h"

int response_bad(struct response *response, const char *why)
{
    response->why = why;
    response->phase = PHASE_BAD;
    return -1;
}

void response_init(struct response *response, bool head_request)
{
    memset(response, 0, offsetof(struct response, line));
    response->head_request = head_request;
}

void response_release(struct response *response)
{
    text_release(&response->line);
}

/* "HTTP/1.1 200 OK"; the reason may be missing, with or without its space. */
static int take_status(struct response *response, const struct line *line)
{
    const char *text = line->bytes;
    if (line->length < 12 || memcmp(text, "HTTP/1.", 7) != 0 || !is_digit(text[7]) || text[8] != ' ' ||
        (line->length > 12 && text[12] != ' '))
        return response_bad(response, "not an HTTP/1.x status line");
    if (text[9] < '1' || text[9] > '5' || !is_digit(text[10]) || !is_digit(text[11]))
        return response_bad(response, "status is not a number of 100 to 599");
    response->status = (text[9] - '0') * 100 + (text[10] - '0') * 10 + (text[11] - '0');
    response->said.http10 = text[7] == '0';
    response->phase = PHASE_FIELD;
    return 0;
}

static int take_chunk_size(struct response *response, const struct line *line)
{
    uint64_t size = 0;
    size_t at = 0;
    for (; at < line->length && hex_value(line->bytes[at]) >= 0; at++) {
        if (size >> 59 != 0)
            return response_bad(response, "a chunk size out of range");
        size = size << 4 | (uint64_t)hex_value(line->bytes[at]);
    }
    if (at == 0 || (at < line->length && memchr("; \t", line->bytes[at], 3) == NULL))
        return response_bad(response, "a chunk size that is not a number");
    response->remaining = size;
    response->phase = size > 0 ? PHASE_CHUNK : PHASE_TRAILER;
    return 0;
}

static int take_chunk_end(struct response *response, const struct line *line)
{
    if (line->length != 0)
        return response_bad(response, "a chunk longer than its size");
    response->phase = PHASE_CHUNK_SIZE;
    return 0;
}

void response_finish(struct response *response)
{
    response->keep_alive =
        !response->said.asked_close && (!response->said.http10 || response->said.asked_keep_alive);
    /* Framing that a proxy could read otherwise: take this answer, but no second one from here. */
    if ((response->said.chunked && (response->said.has_length || response->said.http10)) ||
        response->status == 101)
        response->keep_alive = false;
    response->phase = PHASE_DONE;
}

static int take_trailer(struct response *response, const struct line *line)
{
    if (line->length == 0)
        response_finish(response);
    else if (++response->header_count > RESPONSE_FIELDS_MAX)
        return response_bad(response, "too many header fields");
    return 0;
}

static int (*const take_line[PHASE_LINES])(struct response *response, const struct line *line) = {
    [PHASE_STATUS] = take_status,         [PHASE_FIELD] = response_take_field,
    [PHASE_CHUNK_SIZE] = take_chunk_size, [PHASE_CHUNK_END] = take_chunk_end,
    [PHASE_TRAILER] = take_trailer,
};

static void keep(struct response *response, const char *bytes, size_t length)
{
    if (response->line_length == 0)
        text_clear(&response->line);
    text_add(&response->line, bytes, length);
    response->line_length = response->line.length;
}

static bool over_limit(struct response *response, size_t length)
{
    bool chunk = response->phase == PHASE_CHUNK_SIZE || response->phase == PHASE_CHUNK_END;
    if (chunk)
        return response->line_length + length > RESPONSE_CHUNK_LINE_MAX;
    response->header_bytes += length;
    return response->header_bytes > RESPONSE_HEADER_MAX;
}

/* Garbage need not end its line before it is called so. */
static bool cannot_be_http(const struct response *response)
{
    size_t length = response->line_length < 7 ? response->line_length : 7;
    return response->phase == PHASE_STATUS && memcmp(response->line.bytes, "HTTP/1.", length) != 0;
}

/* Reads one line, or keeps the piece of it that is there. Returns the bytes taken. */
static size_t feed_line(struct response *response, const char *bytes, size_t length)
{
    const char *newline = memchr(bytes, '\n', length);
    size_t taken = newline != NULL ? (size_t)(newline - bytes) + 1 : length;
    struct line line = {bytes, taken};
    if (over_limit(response, taken)) {
        response_bad(response, "a header block or chunk line over its limit");
        return taken;
    }
    if (newline == NULL || response->line_length > 0) {
        keep(response, bytes, taken);
        line = (struct line){response->line.bytes, response->line_length};
    }
    if (newline == NULL) {
        if (cannot_be_http(response))
            response_bad(response, "not an HTTP/1.x status line");
        return taken;
    }
    bool whole = response->line_length == 0;
    response->line_length = 0;
    line.length -= line.length > 1 && line.bytes[line.length - 2] == '\r' ? 2 : 1;
    bool first = response->phase == PHASE_STATUS;
    take_line[response->phase](response, &line);
    if (first && whole && response->familiar != NULL)
        familiar_remember_status(response, bytes, taken);
    return taken;
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
        response_finish(response);
    return taken;
}

static enum response_state state_of(const struct response *response)
{
    if (response->phase == PHASE_DONE)
        return RESPONSE_DONE;
    return response->phase == PHASE_BAD ? RESPONSE_BAD : RESPONSE_MORE;
}

/* The header of an answer, as far as it came. Returns the bytes taken. */
static size_t feed_header(struct response *response, const char *bytes, size_t length)
{
    bool whole = response->phase == PHASE_STATUS && response->line_length == 0;
    size_t at = response->familiar != NULL && whole ? familiar_pass_header(response, bytes, length) : 0;
    if (at > 0)
        return at;
    if (response->phase == PHASE_STATUS)
        at = familiar_pass_status(response, bytes, length);
    while (at < length && response->phase <= PHASE_FIELD) {
        if (response->phase == PHASE_FIELD && response->line_length == 0)
            at += response_feed_fields(response, bytes + at, length - at);
        if (at < length && response->phase <= PHASE_FIELD)
            at += feed_line(response, bytes + at, length - at);
    }
    /* An interim answer before it is not this one's. */
    if (whole && response->interim_count == 0 && response->phase > PHASE_FIELD && response->familiar != NULL)
        familiar_remember_header(response, bytes, at);
    return at;
}

enum response_state response_feed(struct response *response, const char *bytes, size_t length, size_t *taken)
{
    size_t at = 0;
    while (at < length && response->phase < PHASE_DONE) {
        if (response->phase <= PHASE_FIELD)
            at += feed_header(response, bytes + at, length - at);
        else if (response->phase < PHASE_LINES)
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
        response_finish(response);
        response->keep_alive = false;
    } else if (response->phase < PHASE_CLOSE) {
        response_bad(response, whys[response->phase]);
    }
    return state_of(response);
}
