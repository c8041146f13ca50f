/* A growing byte string, always NUL-terminated once something was added.
 *
 * Running out of memory ends the program (text_out_of_memory): a driver that
 * cannot allocate a kilobyte cannot store what it measured either, and what
 * was stored until then is in the store.
 */
#ifndef SEEP_BASE_TEXT_H
#define SEEP_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *bytes; /* NULL while empty; use text_string() for printing */
    size_t length;
    size_t capacity;
};

#define TEXT_EMPTY                                                                                           \
    (struct text)                                                                                            \
    {                                                                                                        \
        NULL, 0, 0                                                                                           \
    }

void text_release(struct text *text);
void text_clear(struct text *text); /* length 0, storage kept */
void text_grow(struct text *text, size_t more);
void text_add(struct text *text, const void *bytes, size_t length);
void text_add_string(struct text *text, const char *string);
void text_addf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_addv(struct text *text, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* Room for so many more bytes, and a NUL. */
static inline void text_reserve(struct text *text, size_t more)
{
    if (text->capacity - text->length <= more)
        text_grow(text, more);
}

static inline void text_add_char(struct text *text, char character)
{
    text_reserve(text, 1);
    text->bytes[text->length++] = character;
    text->bytes[text->length] = '\0';
}

void text_add_number(struct text *text, int64_t number); /* in decimal */

/* One word of a POSIX shell: in single quotes; a word as it is where a shell would leave it alone. */
void text_add_quoted(struct text *text, const char *bytes, size_t length);
void text_add_word(struct text *text, const char *word);

const char *text_string(const struct text *text); /* never NULL */
char *text_take(struct text *text);               /* the caller's now, free(); text is empty after */

/* Heap strings of the caller's; they never return NULL. */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *string);
char *xstrndup(const char *string, size_t length);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

bool text_starts_with(const char *string, const char *prefix);
bool text_ends_with(const char *string, const char *suffix);

/* All of it to a descriptor, however many writes it takes; -1 with errno. */
int text_write(const struct text *text, int descriptor);

/* Reads a whole file, or standard input for "-". At most `limit` bytes.
 * Returns 0, or -1 with ERR_USAGE ("FILE: what"). */
struct err;
int text_read_file(struct text *text, const char *path, size_t limit, struct err *err);

#endif
