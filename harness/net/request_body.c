/* How a request's body is framed: RFC 9112, 6 and 7.1. */
#include <string.h>

#include "base/hex.h"
#include "net/request_head.h"

#define CHUNK_LINE_MOST 256
#define TRAILER_MOST (16u << 10)

enum phase {
    PHASE_LENGTH,
    PHASE_SIZE,      /* the digits of a chunk's size */
    PHASE_EXTENSION, /* what follows them */
    PHASE_CHUNK,
    PHASE_CHUNK_END, /* the CR LF behind it */
    PHASE_TRAILER,
    PHASE_DONE,
    PHASE_BAD,
};

void request_body_init(struct request_body *body, const struct request_head *head)
{
    memset(body, 0, sizeof *body);
    body->remaining = head->has_length ? head->length : 0;
    body->phase = head->chunked ? PHASE_SIZE : body->remaining > 0 ? PHASE_LENGTH : PHASE_DONE;
}

static int end_size_line(struct request_body *body)
{
    if (body->digits == 0)
        return PHASE_BAD;
    body->digits = body->line_bytes = 0;
    body->line_is_empty = true;
    return body->remaining > 0 ? PHASE_CHUNK : PHASE_TRAILER;
}

static int take_size(struct request_body *body, char byte)
{
    int digit = hex_value(byte);
    if (digit >= 0) {
        body->remaining = body->remaining << 4 | (uint64_t)digit;
        return ++body->digits <= 15 ? PHASE_SIZE : PHASE_BAD;
    }
    if (body->digits == 0 || strchr("; \t\r", byte) == NULL || byte == '\0')
        return PHASE_BAD;
    return PHASE_EXTENSION;
}

/* A line's CR, and then its LF: neither stands alone. `body->last` is the byte before. */
static int take_extension(struct request_body *body, char byte)
{
    if (body->last == '\r')
        return byte == '\n' ? end_size_line(body) : PHASE_BAD;
    return byte == '\n' ? PHASE_BAD : PHASE_EXTENSION;
}

static int take_chunk_end(struct request_body *body, char byte)
{
    if (body->last == '\r')
        return byte == '\n' ? PHASE_SIZE : PHASE_BAD;
    return byte == '\r' ? PHASE_CHUNK_END : PHASE_BAD;
}

static int take_trailer(struct request_body *body, char byte)
{
    if (++body->trailer_bytes > TRAILER_MOST)
        return PHASE_BAD;
    if (body->last == '\r') {
        if (byte != '\n')
            return PHASE_BAD;
        bool ended = body->line_is_empty;
        body->line_is_empty = true;
        return ended ? PHASE_DONE : PHASE_TRAILER;
    }
    if (byte == '\n' || (body->line_is_empty && (byte == ' ' || byte == '\t')))
        return PHASE_BAD;
    body->line_is_empty = body->line_is_empty && byte == '\r';
    return PHASE_TRAILER;
}

static int take_byte(struct request_body *body, char byte)
{
    static int (*const takes[])(struct request_body * body, char byte) = {
        [PHASE_SIZE] = take_size,
        [PHASE_EXTENSION] = take_extension,
        [PHASE_CHUNK_END] = take_chunk_end,
        [PHASE_TRAILER] = take_trailer,
    };
    bool size_line = body->phase == PHASE_SIZE || body->phase == PHASE_EXTENSION;
    if (size_line && ++body->line_bytes > CHUNK_LINE_MOST)
        return PHASE_BAD;
    int phase = takes[body->phase](body, byte);
    body->last = byte == '\n' ? '\0' : byte;
    return phase;
}

static size_t take_bytes(struct request_body *body, size_t length)
{
    size_t taken = body->remaining < length ? (size_t)body->remaining : length;
    body->remaining -= taken;
    if (body->remaining == 0) {
        body->last = '\0';
        body->phase = body->phase == PHASE_CHUNK ? PHASE_CHUNK_END : PHASE_DONE;
    }
    return taken;
}

enum request_body_state request_body_feed(struct request_body *body, const char *bytes, size_t length,
                                          size_t *taken,
                                          void (*each)(void *owner, const char *bytes, size_t length),
                                          void *owner)
{
    size_t at = 0;
    while (at < length && body->phase < PHASE_DONE) {
        if (body->phase != PHASE_LENGTH && body->phase != PHASE_CHUNK) {
            body->phase = take_byte(body, bytes[at++]);
            continue;
        }
        size_t size = take_bytes(body, length - at);
        if (each != NULL)
            each(owner, bytes + at, size);
        at += size;
    }
    *taken = at;
    return body->phase == PHASE_BAD    ? REQUEST_BODY_BAD
           : body->phase == PHASE_DONE ? REQUEST_BODY_DONE
                                       : REQUEST_BODY_MORE;
}
