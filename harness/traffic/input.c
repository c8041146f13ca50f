#include "traffic/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PIECE ((size_t)64 * 1024)
#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* of UTF-8, which some editors put in front */
#define BYTE_ORDER_MARK_LENGTH ((size_t)3)

int input_open(struct input *input, const char *name, struct err *err)
{
    *input = (struct input){.name = name};
    return unpack_open(&input->source, name, err);
}

void input_open_memory(struct input *input, const char *name, const void *bytes, size_t length)
{
    *input = (struct input){.name = name, .source = {.descriptor = -1}, .ended = true};
    input->buffer = xmalloc(length);
    input->filled = input->capacity = length;
    memcpy(input->buffer, bytes, length);
}

void input_close(struct input *input)
{
    unpack_close(&input->source);
    free(input->buffer);
    *input = (struct input){.source = {.descriptor = -1}};
}

/* Reads one more piece behind what is there; false when nothing more comes. */
static bool fill(struct input *input)
{
    if (input->ended)
        return false;
    if (input->at > 0) {
        memmove(input->buffer, input->buffer + input->at, input->filled - input->at);
        input->filled -= input->at;
        input->at = 0;
    }
    if (input->capacity - input->filled < PIECE) {
        input->capacity = input->capacity > 0 ? input->capacity * 2 : 2 * PIECE;
        input->buffer = xrealloc(input->buffer, input->capacity);
    }
    ssize_t got = unpack_read(&input->source, input->buffer + input->filled, input->capacity - input->filled);
    if (got < 0)
        input->error = errno;
    if (got <= 0)
        input->ended = true;
    else
        input->filled += (size_t)got;
    return got > 0;
}

size_t input_head(struct input *input, const char **bytes)
{
    while (input->filled - input->at < INPUT_HEAD_BYTES && fill(input))
        ;
    if (input->at == 0 && input->filled >= BYTE_ORDER_MARK_LENGTH &&
        memcmp(input->buffer, BYTE_ORDER_MARK, BYTE_ORDER_MARK_LENGTH) == 0)
        input->at = BYTE_ORDER_MARK_LENGTH;
    size_t there = input->filled - input->at;
    *bytes = input->buffer != NULL ? input->buffer + input->at : "";
    return there < INPUT_HEAD_BYTES ? there : INPUT_HEAD_BYTES;
}

/* The end of the line or record that begins at `at`, of which `seen` bytes hold none; NULL: not here yet. */
static char *find_mark(const struct input *input, size_t seen, const char *mark, size_t mark_length)
{
    size_t there = input->filled - input->at;
    if (there <= seen)
        return NULL;
    char *from = input->buffer + input->at + seen;
    return mark_length == 1 ? memchr(from, mark[0], there - seen)
                            : memmem(from, there - seen, mark, mark_length);
}

/* Of a mark its beginning may be all that is here: so much of what was seen is looked at again. */
static size_t seen_of(size_t there, size_t mark_length)
{
    return there >= mark_length ? there - mark_length + 1 : 0;
}

/* The rest of what is longer than we hold is read and dropped. */
static void drop_rest(struct input *input, const char *mark, size_t mark_length)
{
    for (;;) {
        char *end = find_mark(input, 0, mark, mark_length);
        if (end != NULL) {
            input->at = (size_t)(end - input->buffer) + mark_length;
            return;
        }
        input->at += seen_of(input->filled - input->at, mark_length);
        if (!fill(input)) {
            input->at = input->filled;
            return;
        }
    }
}

static bool hand_out(struct input *input, struct line *line, size_t length, size_t with_mark)
{
    line->bytes = input->buffer + input->at;
    line->length = length;
    input->at += with_mark;
    return true;
}

static bool hand_out_beginning(struct input *input, struct line *line, const char *mark, size_t mark_length)
{
    line->too_long = true;
    drop_rest(input, mark, mark_length);
    line->bytes = "(too long to show)";
    line->length = strlen(line->bytes);
    return true;
}

bool input_record(struct input *input, const char *mark, size_t mark_length, struct line *line)
{
    size_t seen = 0, there;
    *line = (struct line){.number = ++input->lines};
    do {
        char *end = find_mark(input, seen, mark, mark_length);
        if (end != NULL) {
            size_t length = (size_t)(end - input->buffer) - input->at;
            return hand_out(input, line, length, length + mark_length);
        }
        there = input->filled - input->at;
        seen = seen_of(there, mark_length);
        if (there > INPUT_LINE_BYTES)
            return hand_out_beginning(input, line, mark, mark_length);
    } while (fill(input));
    line->unterminated = true;
    input->lines -= there == 0;
    return there > 0 && input->error == 0 && hand_out(input, line, there, there);
}

bool input_line(struct input *input, struct line *line)
{
    if (!input_record(input, "\n", 1, line))
        return false;
    if (!line->unterminated && line->length > 0 && line->bytes[line->length - 1] == '\r')
        line->length--;
    return true;
}

size_t input_piece(struct input *input, const char **bytes)
{
    *bytes = "";
    if (input->at == input->filled && !fill(input))
        return 0;
    size_t length = input->filled - input->at;
    *bytes = input->buffer + input->at;
    input->at = input->filled;
    return length;
}

int input_rest(struct input *input, size_t limit, struct text *text, struct err *err)
{
    do {
        if (input->at < input->filled)
            text_add(text, input->buffer + input->at, input->filled - input->at);
        input->at = input->filled;
        if (text->length > limit)
            return err_set(err, ERR_USAGE, "%s: larger than %zu MiB, the most that is read of this format",
                           input->name, limit >> 20);
    } while (fill(input));
    return input_failed(input, err);
}

int input_failed(const struct input *input, struct err *err)
{
    return input->error != 0 ? err_set(err, ERR_USAGE, "%s: %s", input->name, strerror(input->error)) : 0;
}

const char *input_note(const struct input *input)
{
    return unpack_note(&input->source);
}
