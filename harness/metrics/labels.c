#include "metrics/labels.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void labels_release(struct labels *labels)
{
    for (size_t i = 0; i < labels->count; i++) {
        free(labels->items[i].name);
        free(labels->items[i].value);
    }
    free(labels->items);
    *labels = (struct labels){NULL, 0};
}

void labels_set(struct labels *labels, const char *name, const char *value)
{
    for (size_t i = 0; i < labels->count; i++)
        if (strcmp(labels->items[i].name, name) == 0) {
            free(labels->items[i].value);
            labels->items[i].value = xstrdup(value);
            return;
        }
    labels->items = xrealloc(labels->items, (labels->count + 1) * sizeof *labels->items);
    labels->items[labels->count++] = (struct label){xstrdup(name), xstrdup(value)};
}

void labels_copy(struct labels *into, const struct labels *from)
{
    *into = (struct labels){NULL, 0};
    for (size_t i = 0; i < from->count; i++)
        labels_set(into, from->items[i].name, from->items[i].value);
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct label *)left)->name, ((const struct label *)right)->name);
}

void labels_sort(struct labels *labels)
{
    if (labels->count > 1)
        qsort(labels->items, labels->count, sizeof *labels->items, by_name);
}

const char *labels_get(const struct labels *labels, const char *name)
{
    for (size_t i = 0; i < labels->count; i++)
        if (strcmp(labels->items[i].name, name) == 0)
            return labels->items[i].value;
    return "";
}

void labels_say(const struct labels *labels, struct text *out)
{
    size_t said = 0;
    text_add_string(out, labels_get(labels, LABEL_NAME));
    text_add_char(out, '{');
    for (size_t i = 0; i < labels->count; i++) {
        const struct label *label = &labels->items[i];
        if (strcmp(label->name, LABEL_NAME) == 0)
            continue;
        text_addf(out, "%s%s=\"", said++ > 0 ? "," : "", label->name);
        for (const char *at = label->value; *at != '\0'; at++) {
            if (*at == '"' || *at == '\\')
                text_add_char(out, '\\');
            text_add_char(out, *at);
        }
        text_add_char(out, '"');
    }
    text_add_char(out, '}');
}

static const char *after_blanks(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

static size_t name_length(const char *at)
{
    size_t length = 0;
    while (isalnum((unsigned char)at[length]) || at[length] == '_' || at[length] == ':')
        length++;
    return length;
}

/* name="value" -> behind it; NULL: not of that form. */
static const char *read_one(struct labels *labels, const char *at)
{
    size_t length = name_length(at);
    const char *quote = after_blanks(at + length);
    if (length == 0 || *quote++ != '=')
        return NULL;
    quote = after_blanks(quote);
    if (*quote++ != '"')
        return NULL;
    struct text value = TEXT_EMPTY;
    for (; *quote != '"' && *quote != '\0'; quote++) {
        if (*quote == '\\' && quote[1] != '\0')
            quote++;
        text_add_char(&value, *quote);
    }
    char *name = xstrndup(at, length);
    labels_set(labels, name, text_string(&value));
    free(name);
    text_release(&value);
    return *quote == '"' ? after_blanks(quote + 1) : NULL;
}

static const char *read_all(struct labels *labels, const char *text)
{
    size_t length = name_length(text);
    const char *at = after_blanks(text + length);
    if (*at++ != '{')
        return NULL;
    if (length > 0) {
        char *name = xstrndup(text, length);
        labels_set(labels, LABEL_NAME, name);
        free(name);
    }
    at = after_blanks(at);
    while (at != NULL && *at != '}') {
        at = read_one(labels, at);
        if (at != NULL && *at == ',')
            at = after_blanks(at + 1);
        else if (at != NULL && *at != '}')
            return NULL;
    }
    return at != NULL ? after_blanks(at + 1) : NULL;
}

int labels_parse(struct labels *labels, const char *text)
{
    *labels = (struct labels){NULL, 0};
    const char *behind = read_all(labels, after_blanks(text));
    if (behind != NULL && *behind == '\0')
        return 0;
    labels_release(labels);
    return -1;
}
