/* The parser of responses from inside. Only for net/response*.c. */
#ifndef SEEP_NET_RESPONSE_INSIDE_H
#define SEEP_NET_RESPONSE_INSIDE_H

#include <string.h>

#include "base/pattern.h"
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

/* The fields that matter here. Most fields of most answers are told apart by their length alone. */
enum field {
    FIELD_OTHER,
    FIELD_COOKIE,
    FIELD_CONNECTION,
    FIELD_LENGTH,
    FIELD_CODING
}; /* the last three: framing */

static inline bool field_frames(enum field field)
{
    return field > FIELD_COOKIE;
}

/* What it nearly always says. */
static inline bool is_keep_alive(const char *value, size_t length)
{
    return length == 10 && memcmp(value, "keep-alive", 10) == 0;
}

int response_bad(struct response *response, const char *why); /* -1 */
void response_finish(struct response *response);

int response_end_header(struct response *response); /* RFC 9112, 6.3: how long the body is */

/* response_fields.c: a line of the header block; its length 0 ends it. */
int response_take_field(struct response *response, const struct line *line);

/* Takes the lines of the header block that came whole; the quick way through nearly all. Returns the bytes taken. */
size_t response_feed_fields(struct response *response, const char *bytes, size_t length);

/* By enum field; NULL: nothing follows from it. */
extern int (*const response_takes[])(struct response *response, const char *value, size_t length);
struct span response_value(const struct line *line, const char *colon); /* without blanks around it */

/* response_familiar.c: each takes what the last answer had as well, and returns the bytes taken. The lines of fields
 * go from the present one on; the empty line after them is taken too. */
size_t familiar_pass_header(struct response *response, const char *bytes, size_t length);
size_t familiar_pass_status(struct response *response, const char *bytes, size_t length);
size_t familiar_pass_fields(struct response *response, const char *bytes, size_t length);

/* And what this one has goes in for the next; `length` with the end of the line. */
void familiar_remember_header(struct response *response, const char *bytes, size_t length);
void familiar_remember_status(struct response *response, const char *bytes, size_t length);
void familiar_remember_field(const struct response *response, struct familiar_line *known,
                             const struct line *line, size_t length, enum field field, const char *colon);

#endif
