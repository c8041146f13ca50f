/* An answer's body when it is whole: decoded, and as JSON where that is asked for. */
#ifndef SEEP_REPLAY_CONTENT_H
#define SEEP_REPLAY_CONTENT_H

#include <jansson.h>
#include <stddef.h>

#include "base/inflate.h"
#include "base/pattern.h"
#include "base/text.h"

#define CONTENT_BYTES ((size_t)1 << 20) /* of a body, as it came and decoded: more is not read */

/* Used by one body at a time, so that connections need no decoder each. All zeros: ready. */
struct decoder {
    struct inflate inflate;
    struct text plain;
};
void decoder_release(struct decoder *decoder);

struct content {
    struct span body;  /* what could be read of it; never NULL */
    const char *fault; /* static text: why that is not all ("is cut short"); NULL: it is */
    json_t *json;      /* after content_read_json(): NULL where the body is none, or not whole */
};

/* `came`: the body as it came, borrowed. The decoder is in use until content_close(). */
void content_open(struct content *content, struct decoder *decoder, enum coding coding, struct span came);
void content_read_json(struct content *content);
void content_close(struct content *content);

/* Adds a value as people write it: a string without quotes, a number with the fewest digits that read back as
 * the same, anything else as JSON without blanks. */
void content_say_json(const json_t *value, struct text *out);

#endif
