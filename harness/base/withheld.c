#include "base/withheld.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

enum { VALUE_LEAST = 6, SECRET_LEAST = 4, CUT_LEAST = 8 };

static struct withheld {
    char *name, *value;
    size_t length;
} * values;
static size_t count;

size_t withheld_least(const char *name, size_t length)
{
    return secret_key_name(name, length) ? SECRET_LEAST : VALUE_LEAST;
}

void withheld_add(const char *name, const char *value)
{
    size_t length = strlen(value);
    if (length < (name == NULL ? SECRET_LEAST : withheld_least(name, strlen(name))))
        return;
    for (size_t i = 0; i < count; i++)
        if (strcmp(values[i].value, value) == 0)
            return;
    values = xrealloc(values, (count + 1) * sizeof *values);
    values[count++] = (struct withheld){name != NULL ? xstrdup(name) : NULL, xstrdup(value), length};
}

static size_t alike(const char *a, const char *b)
{
    size_t length = 0;
    while (a[length] != '\0' && a[length] == b[length])
        length++;
    return length;
}

/* How much of the value stands at `at`: all of it, or what was left of it when it was cut to be quoted; 0. */
static size_t stands(const struct withheld *withheld, const char *at)
{
    size_t length = alike(withheld->value, at);
    bool whole = length == withheld->length;
    return whole || (length >= CUT_LEAST && (at[length] == '\0' || at[length] == '\'')) ? length : 0;
}

static const struct withheld *find(const char *at, size_t *length)
{
    const struct withheld *found = NULL;
    *length = 0;
    for (size_t i = 0; i < count; i++) {
        size_t now = stands(&values[i], at);
        if (now > *length)
            found = &values[i], *length = now;
    }
    return found;
}

void withheld_hide(struct text *out, const char *string)
{
    struct text plain = TEXT_EMPTY;
    while (count > 0 && *string != '\0') {
        size_t length;
        const struct withheld *found = find(string, &length);
        if (found == NULL)
            text_add_char(&plain, *string++);
        else if (found->name != NULL)
            text_addf(&plain, "${%s}", found->name);
        else
            text_add_string(&plain, "...");
        string += length;
    }
    secret_hide(out, plain.length > 0 ? text_string(&plain) : string);
    text_release(&plain);
}
