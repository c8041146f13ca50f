/* A list of owned strings. */
#ifndef SEEP_BASE_STRINGS_H
#define SEEP_BASE_STRINGS_H

#include <stdbool.h>
#include <stddef.h>

struct strings {
    char **items;
    size_t count;
};

void strings_release(struct strings *strings);
void strings_add(struct strings *strings, const char *item); /* copies */
void strings_addf(struct strings *strings, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool strings_has(const struct strings *strings, const char *item);
void strings_copy(struct strings *into, const struct strings *from);    /* into is released first */
char *strings_join(const struct strings *strings, const char *between); /* the caller's */

#endif
