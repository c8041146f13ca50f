#include "sample/prometheus.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* A line being read: [at, end). */
struct cursor {
    const char *at;
    const char *end;
};

static void skip_blanks(struct cursor *cursor)
{
    while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\t'))
        cursor->at++;
}

static bool take(struct cursor *cursor, char wanted)
{
    skip_blanks(cursor);
    if (cursor->at == cursor->end || *cursor->at != wanted)
        return false;
    cursor->at++;
    return true;
}

/* [a-zA-Z_:][a-zA-Z0-9_:]*; NULL when there is none. */
static char *take_name(struct cursor *cursor)
{
    skip_blanks(cursor);
    const char *start = cursor->at;
    while (cursor->at < cursor->end &&
           (isalnum((unsigned char)*cursor->at) || *cursor->at == '_' || *cursor->at == ':'))
        cursor->at++;
    if (cursor->at == start || isdigit((unsigned char)*start))
        return NULL;
    return xstrndup(start, (size_t)(cursor->at - start));
}

/* "..." with \\, \" and \n. NULL when it does not end. */
static char *take_quoted(struct cursor *cursor)
{
    if (!take(cursor, '"'))
        return NULL;
    struct text value = TEXT_EMPTY;
    while (cursor->at < cursor->end && *cursor->at != '"') {
        char character = *cursor->at++;
        if (character == '\\' && cursor->at < cursor->end) {
            character = *cursor->at++;
            if (character == 'n')
                character = '\n';
        }
        text_add_char(&value, character);
    }
    if (!take(cursor, '"')) {
        text_release(&value);
        return NULL;
    }
    return text_take(&value);
}

/* {a="b",c="d"}, a comma at the end allowed. */
static int take_labels(struct cursor *cursor, struct headers *labels)
{
    if (!take(cursor, '{'))
        return 0;
    while (!take(cursor, '}')) {
        char *name = take_name(cursor);
        char *value = name != NULL && take(cursor, '=') ? take_quoted(cursor) : NULL;
        if (value != NULL)
            headers_add(labels, name, value);
        bool good = value != NULL;
        free(name);
        free(value);
        skip_blanks(cursor);
        if (!good || (!take(cursor, ',') && (cursor->at == cursor->end || *cursor->at != '}')))
            return -1;
    }
    return 0;
}

int prometheus_selector_parse(struct prometheus_selector *selector, const char *text, struct err *err)
{
    struct cursor cursor = {text, text + strlen(text)};
    *selector = (struct prometheus_selector){0};
    selector->name = take_name(&cursor);
    bool good = selector->name != NULL && take_labels(&cursor, &selector->labels) == 0;
    skip_blanks(&cursor);
    if (good && cursor.at == cursor.end)
        return 0;
    prometheus_selector_release(selector);
    return err_set(err, ERR_USAGE, "metric '%s': expected a name, or name{label=\"value\"}", text);
}

void prometheus_selector_release(struct prometheus_selector *selector)
{
    free(selector->name);
    headers_release(&selector->labels);
    *selector = (struct prometheus_selector){0};
}

/* Label names tell upper from lower case, header names do not: compare here. */
static bool has_label(const struct headers *labels, const struct header *wanted)
{
    for (size_t i = 0; i < labels->count; i++)
        if (strcmp(labels->items[i].name, wanted->name) == 0)
            return strcmp(labels->items[i].value, wanted->value) == 0;
    return *wanted->value == '\0'; /* an absent label is an empty one */
}

static bool fits(const struct prometheus_selector *selector, const struct headers *labels)
{
    for (size_t i = 0; i < selector->labels.count; i++)
        if (!has_label(labels, &selector->labels.items[i]))
            return false;
    return true;
}

/* The number that follows the series; a time stamp may come after it. */
static bool take_value(struct cursor *cursor, double *value)
{
    char number[64];
    skip_blanks(cursor);
    size_t length = 0;
    while (cursor->at < cursor->end && !isspace((unsigned char)*cursor->at) && length < sizeof number - 1)
        number[length++] = *cursor->at++;
    number[length] = '\0';
    char *end;
    *value = strtod(number, &end); /* takes +Inf and NaN as well */
    return length > 0 && *end == '\0';
}

static bool line_fits(const struct prometheus_selector *selector, const char *line, size_t length,
                      double *value)
{
    size_t name_length = strlen(selector->name);
    struct cursor cursor = {line, line + length};
    skip_blanks(&cursor);
    if ((size_t)(cursor.end - cursor.at) <= name_length ||
        memcmp(cursor.at, selector->name, name_length) != 0)
        return false;
    cursor.at += name_length;
    if (*cursor.at != '{' && *cursor.at != ' ' && *cursor.at != '\t')
        return false;
    struct headers labels = {NULL, 0};
    bool found = take_labels(&cursor, &labels) == 0 && fits(selector, &labels) && take_value(&cursor, value);
    headers_release(&labels);
    return found;
}

double prometheus_find(const struct prometheus_selector *selector, const char *bytes, size_t length)
{
    const char *end = bytes + length;
    for (const char *line = bytes; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *line_end = newline != NULL ? newline : end;
        double value;
        if (newline != NULL && *line != '#' && line_fits(selector, line, (size_t)(line_end - line), &value))
            return value;
        line = line_end + 1;
    }
    return (double)NAN;
}
