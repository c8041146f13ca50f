/* A file or standard input, packed with gzip or not, looked at before it is read: first its head (to detect the format),
 * then line by line, record by record or whole. One buffer, which grows to the longest line or record and never above
 * the limit. */
#ifndef SEEP_TRAFFIC_INPUT_H
#define SEEP_TRAFFIC_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/text.h"
#include "traffic/unpack.h"

#define INPUT_HEAD_BYTES ((size_t)64 * 1024)
#define INPUT_LINE_BYTES ((size_t)32 * 1024 * 1024) /* longest line or record that is handed out whole */

struct input {
    const char *name; /* as given; borrowed */
    struct unpack source;
    char *buffer;
    size_t at, filled, capacity;
    size_t lines; /* or records, handed out */
    int error;    /* errno of a read that failed */
    bool ended;
};

struct line {
    const char *bytes; /* without the line's end (LF or CR LF); valid until the next call */
    size_t length;
    size_t number;     /* from 1 */
    bool too_long;     /* only its beginning is here */
    bool unterminated; /* the last line, and no LF behind it */
};

/* "-" is standard input. Errors: ERR_USAGE "FILE: what". */
int input_open(struct input *input, const char *name, struct err *err);
/* The same of bytes, which are copied. */
void input_open_memory(struct input *input, const char *name, const void *bytes, size_t length);
void input_close(struct input *input);

/* The first bytes, at most INPUT_HEAD_BYTES; they stay to be read, but for a byte order mark. Only before
 * the first line. */
size_t input_head(struct input *input, const char **bytes);

/* False at the end, or when reading failed: input_failed() tells. */
bool input_line(struct input *input, struct line *line);

/* The same of records of any bytes, with `mark` (at least one byte) behind each. */
bool input_record(struct input *input, const char *mark, size_t mark_length, struct line *record);
/* What comes next, however much, for formats that are no lines; valid until the next call. 0 at the end. */
size_t input_piece(struct input *input, const char **bytes);

/* All that is left. Errors: larger than `limit` bytes, or reading failed. */
int input_rest(struct input *input, size_t limit, struct text *text, struct err *err);

/* 0, or -1 with ERR_USAGE "FILE: what" when a read failed. */
int input_failed(const struct input *input, struct err *err);

/* What was lost of a packed file, once it was read to its end; static text, NULL: nothing. */
const char *input_note(const struct input *input);

#endif
