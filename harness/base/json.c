#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_pointer.h"
#include "base/text.h"

json_t *json_read(const char *bytes, size_t length, const char *name, struct err *err)
{
    json_error_t error;
    json_t *document = json_loadb(bytes, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (document == NULL)
        err_set(err, ERR_USAGE, "%s:%d:%d: not JSON: %s", name, error.line > 0 ? error.line : 1,
                error.column > 0 ? error.column : 1, error.text);
    return document;
}

/* One reference token, "~1" and "~0" undone; NULL when '~' stands before anything else. */
static char *unescape(const char *token, size_t length)
{
    char *out = xmalloc(length + 1);
    size_t at = 0;
    for (size_t i = 0; i < length; i++) {
        out[at] = token[i];
        if (token[i] == '~') {
            if (i + 1 == length || (token[i + 1] != '0' && token[i + 1] != '1')) {
                free(out);
                return NULL;
            }
            out[at] = token[++i] == '0' ? '~' : '/';
        }
        at++;
    }
    out[at] = '\0';
    return out;
}

static json_t *step(json_t *value, const char *token)
{
    size_t index;
    if (json_is_array(value))
        return json_pointer_index(token, strlen(token), &index) ? json_array_get(value, index) : NULL;
    return json_object_get(value, token); /* NULL for anything but an object */
}

json_t *json_at_pointer(json_t *document, const char *pointer)
{
    json_t *value = document;
    while (value != NULL && *pointer != '\0') {
        if (*pointer != '/')
            return NULL;
        size_t length = strcspn(++pointer, "/");
        char *token = unescape(pointer, length);
        value = token != NULL ? step(value, token) : NULL;
        free(token);
        pointer += length;
    }
    return value;
}

int json_check_pointer(const char *pointer, struct err *err)
{
    if (*pointer != '\0' && *pointer != '/')
        return err_set(err, ERR_USAGE,
                       "'%.100s': a JSON pointer is empty or starts with '/', as in /memory/heapUsed",
                       pointer);
    for (const char *at = strchr(pointer, '~'); at != NULL; at = strchr(at + 1, '~'))
        if (at[1] != '0' && at[1] != '1')
            return err_set(err, ERR_USAGE,
                           "'%.100s': in a JSON pointer '~' is written ~0 and '/' in a name ~1", pointer);
    return 0;
}

const char *json_text(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);
    return text != NULL && strlen(text) == json_string_length(value) ? text : NULL;
}

double json_number(const json_t *object, const char *key, double otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : otherwise;
}
