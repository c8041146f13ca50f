#include "traffic/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE ((size_t)64 * 1024)

int input_open(struct input *input, const char *name, struct err *err)
{
    *input = (struct input){.name = name, .descriptor = STDIN_FILENO};
    if (strcmp(name, "-") == 0)
        return 0;
    input->descriptor = open(name, O_RDONLY | O_CLOEXEC);
    if (input->descriptor < 0)
        return err_set(err, ERR_USAGE, "%s: %s", name, strerror(errno));
    struct stat status;
    if (fstat(input->descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
        input_close(input);
        return err_set(err, ERR_USAGE, "%s: is a directory", name);
    }
    return 0;
}

void input_open_memory(struct input *input, const char *name, const void *bytes, size_t length)
{
    *input = (struct input){.name = name, .descriptor = -1, .ended = true};
    input->buffer = xmalloc(length);
    input->filled = input->capacity = length;
    memcpy(input->buffer, bytes, length);
}

void input_close(struct input *input)
{
    if (input->descriptor > STDIN_FILENO)
        close(input->descriptor);
    free(input->buffer);
    *input = (struct input){.descriptor = -1};
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
    ssize_t got;
    do
        got = read(input->descriptor, input->buffer + input->filled, input->capacity - input->filled);
    while (got < 0 && errno == EINTR);
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
    size_t there = input->filled - input->at;
    *bytes = input->buffer != NULL ? input->buffer + input->at : "";
    return there < INPUT_HEAD_BYTES ? there : INPUT_HEAD_BYTES;
}

/* The rest of a line that is longer than we hold is read and dropped. */
static void drop_line(struct input *input)
{
    for (;;) {
        char *end = memchr(input->buffer + input->at, '\n', input->filled - input->at);
        if (end != NULL) {
            input->at = (size_t)(end + 1 - input->buffer);
            return;
        }
        input->at = input->filled;
        if (!fill(input))
            return;
    }
}

static bool hand_out(struct input *input, struct line *line, size_t length, size_t with_end)
{
    line->bytes = input->buffer + input->at;
    line->length = length;
    input->at += with_end;
    if (with_end > length && length > 0 && line->bytes[length - 1] == '\r')
        line->length--;
    return true;
}

bool input_line(struct input *input, struct line *line)
{
    size_t seen = 0;
    *line = (struct line){.number = ++input->lines};
    for (;;) {
        size_t there = input->filled - input->at;
        char *end = there > seen ? memchr(input->buffer + input->at + seen, '\n', there - seen) : NULL;
        if (end != NULL) {
            size_t length = (size_t)(end - input->buffer) - input->at;
            return hand_out(input, line, length, length + 1);
        }
        seen = there;
        if (there > INPUT_LINE_BYTES) {
            line->too_long = true;
            drop_line(input);
            line->bytes = "(too long to show)";
            line->length = strlen(line->bytes);
            return true;
        }
        if (!fill(input))
            break;
    }
    line->unterminated = true;
    input->lines -= seen == 0;
    return seen > 0 && input->error == 0 && hand_out(input, line, seen, seen);
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
