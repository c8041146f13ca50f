#include "base/strings.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void strings_release(struct strings *strings)
{
    for (size_t i = 0; i < strings->count; i++)
        free(strings->items[i]);
    free(strings->items);
    *strings = (struct strings){NULL, 0};
}

static void take(struct strings *strings, char *item)
{
    strings->items = xrealloc(strings->items, (strings->count + 1) * sizeof *strings->items);
    strings->items[strings->count++] = item;
}

void strings_add(struct strings *strings, const char *item)
{
    take(strings, xstrdup(item));
}

void strings_addf(struct strings *strings, const char *format, ...)
{
    struct text text = TEXT_EMPTY;
    va_list arguments;
    va_start(arguments, format);
    text_addv(&text, format, arguments);
    va_end(arguments);
    take(strings, text_take(&text));
}

bool strings_has(const struct strings *strings, const char *item)
{
    for (size_t i = 0; i < strings->count; i++)
        if (strcmp(strings->items[i], item) == 0)
            return true;
    return false;
}

void strings_copy(struct strings *into, const struct strings *from)
{
    struct strings copy = {NULL, 0};
    for (size_t i = 0; i < from->count; i++)
        strings_add(&copy, from->items[i]);
    strings_release(into);
    *into = copy;
}

char *strings_join(const struct strings *strings, const char *between)
{
    struct text text = TEXT_EMPTY;
    for (size_t i = 0; i < strings->count; i++) {
        if (i > 0)
            text_add_string(&text, between);
        text_add_string(&text, strings->items[i]);
    }
    return text_take(&text);
}
