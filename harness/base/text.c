#include "base/text.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

static _Noreturn void out_of_memory(void)
{
    static const char line[] = "seep: out of memory\n";
    fwrite(line, 1, sizeof line - 1, stderr);
    _Exit(ERR_INTERNAL);
}

void *xmalloc(size_t size)
{
    void *block = malloc(size > 0 ? size : 1);
    if (block == NULL)
        out_of_memory();
    return block;
}

void *xcalloc(size_t count, size_t size)
{
    void *block = calloc(count > 0 ? count : 1, size > 0 ? size : 1);
    if (block == NULL)
        out_of_memory();
    return block;
}

void *xrealloc(void *old, size_t size)
{
    void *block = realloc(old, size > 0 ? size : 1);
    if (block == NULL)
        out_of_memory();
    return block;
}

char *xstrndup(const char *string, size_t length)
{
    char *copy = xmalloc(length + 1);
    memcpy(copy, string, length);
    copy[length] = '\0';
    return copy;
}

char *xstrdup(const char *string)
{
    return xstrndup(string, strlen(string));
}

char *xasprintf(const char *format, ...)
{
    struct text text = TEXT_EMPTY;
    va_list arguments;
    va_start(arguments, format);
    text_addv(&text, format, arguments);
    va_end(arguments);
    return text_take(&text);
}

void text_grow(struct text *text, size_t more)
{
    if (more > SIZE_MAX / 2 - text->length)
        out_of_memory();
    size_t need = text->length + more + 1;
    if (need <= text->capacity)
        return;
    size_t capacity = text->capacity > 0 ? text->capacity : 64;
    while (capacity < need)
        capacity += capacity / 2 + 1;
    text->bytes = xrealloc(text->bytes, capacity);
    text->capacity = capacity;
}

void text_release(struct text *text)
{
    free(text->bytes);
    *text = TEXT_EMPTY;
}

void text_clear(struct text *text)
{
    text->length = 0;
    if (text->bytes != NULL)
        text->bytes[0] = '\0';
}

void text_add(struct text *text, const void *bytes, size_t length)
{
    text_reserve(text, length);
    if (length > 0)
        memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_add_string(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void text_add_number(struct text *text, int64_t number)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do
        digits[--at] = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (number < 0)
        digits[--at] = '-';
    text_add(text, digits + at, sizeof digits - at);
}

void text_addv(struct text *text, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length > 0) {
        text_reserve(text, (size_t)length);
        vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

void text_addf(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_addv(text, format, arguments);
    va_end(arguments);
}

void text_add_quoted(struct text *text, const char *bytes, size_t length)
{
    text_add_char(text, '\'');
    for (size_t i = 0; i < length; i++)
        if (bytes[i] == '\'')
            text_add_string(text, "'\\''");
        else
            text_add_char(text, bytes[i]);
    text_add_char(text, '\'');
}

void text_add_word(struct text *text, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@%+,";
    if (word[0] != '\0' && strspn(word, plain) == strlen(word))
        text_add_string(text, word);
    else
        text_add_quoted(text, word, strlen(word));
}

const char *text_string(const struct text *text)
{
    return text->bytes != NULL ? text->bytes : "";
}

char *text_take(struct text *text)
{
    char *bytes = text->bytes != NULL ? text->bytes : xstrdup("");
    *text = TEXT_EMPTY;
    return bytes;
}

bool text_starts_with(const char *string, const char *prefix)
{
    return strncmp(string, prefix, strlen(prefix)) == 0;
}

bool text_ends_with(const char *string, const char *suffix)
{
    size_t length = strlen(string), tail = strlen(suffix);
    return length >= tail && memcmp(string + length - tail, suffix, tail) == 0;
}

int text_write(const struct text *text, int descriptor)
{
    for (size_t done = 0; done < text->length;) {
        ssize_t wrote = write(descriptor, text->bytes + done, text->length - done);
        if (wrote < 0 && errno != EINTR)
            return -1;
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    return 0;
}

int text_read_file(struct text *text, const char *path, size_t limit, struct err *err)
{
    bool standard_input = strcmp(path, "-") == 0;
    FILE *file = standard_input ? stdin : fopen(path, "re");
    if (file == NULL)
        return err_set(err, ERR_USAGE, "%s: %s", path, strerror(errno));
    int failed = 0;
    char piece[65536];
    size_t got;
    while (!failed && (got = fread(piece, 1, sizeof piece, file)) > 0) {
        if (text->length + got > limit)
            failed = err_set(err, ERR_USAGE, "%s: larger than %zu bytes, the most that is read", path, limit);
        else
            text_add(text, piece, got);
    }
    if (!failed && ferror(file))
        failed = err_set(err, ERR_USAGE, "%s: %s", path, strerror(errno));
    if (!standard_input)
        fclose(file);
    return failed;
}
