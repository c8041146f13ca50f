/* The parser of responses from inside. Only for net/response*.c. */
#ifndef SEEP_NET_RESPONSE_INSIDE_H
#define SEEP_NET_RESPONSE_INSIDE_H

#include "net/response.h"

#define RESPONSE_HEADER_MAX ((size_t)64 << 10) /* bytes */
#define RESPONSE_FIELDS_MAX 256
#define RESPONSE_CHUNK_LINE_MAX 1024

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
};

static inline bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

int response_bad(struct response *response, const char *why); /* -1 */
void response_finish(struct response *response);

int response_end_header(struct response *response); /* RFC 9112, 6.3: how long the body is */

/* response_fields.c: a line of the header block; its length 0 ends it. */
int response_take_field(struct response *response, const struct line *line);

/* Takes the lines of the header block that came whole; the quick way through nearly all. Returns the bytes taken. */
size_t response_feed_fields(struct response *response, const char *bytes, size_t length);

#endif
