#include "scenario/read.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/options.h"
#include "base/pattern.h"
#include "base/strings.h"
#include "base/text.h"
#include "base/withheld.h"
#include "model/request.h"

const char *read_scalar(const struct yaml *value, const char *file, const char *expected, struct err *err)
{
    if (value->kind == YAML_SCALAR && value->text[0] != '\0')
        return value->text;
    yaml_complain(err, file, value, "expected %s here", expected);
    return NULL;
}

bool read_is_variable(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '_')
            return false;
    return length > 0 && !isdigit((unsigned char)name[0]);
}

/* What stands at "${NAME}" goes into `out`. Returns what follows it, or NULL and a complaint. */
static const char *expand_one(const struct yaml *at, const char *dollar, const char *file, struct text *out,
                              struct err *err)
{
    const char *name = dollar + 2;
    size_t length = strcspn(name, "}");
    if (name[length] == '\0' || !read_is_variable(name, length)) {
        yaml_complain(err, file, at, "'%.60s': expected ${NAME}; a literal ${ is written $${", dollar);
        return NULL;
    }
    if (length == 4 && memcmp(name, "PORT", 4) == 0) {
        text_add_string(out, "${PORT}");
        return name + length + 1;
    }
    char *copy = xstrndup(name, length);
    const char *value = getenv(copy);
    if (value != NULL) {
        text_add_string(out, value);
        withheld_add(copy, value);
    } else {
        yaml_complain(err, file, at, "the environment variable %.100s is not set", copy);
    }
    free(copy);
    return value != NULL ? name + length + 1 : NULL;
}

char *read_expanded(const struct yaml *at, const char *text, const char *file, struct err *err)
{
    struct text out = TEXT_EMPTY;
    while (text != NULL && *text != '\0') {
        if (text_starts_with(text, "$${")) {
            text_add_string(&out, "${");
            text += 3;
        } else if (text_starts_with(text, "${")) {
            text = expand_one(at, text, file, &out, err);
        } else {
            text_add_char(&out, *text++);
        }
    }
    if (text != NULL)
        return text_take(&out);
    text_release(&out);
    return NULL;
}

char *read_absolute(const char *path, const char *file)
{
    const char *slash = strrchr(file, '/');
    char *directory = slash != NULL ? xstrndup(file, (size_t)(slash - file + 1)) : xstrdup("./");
    char *joined = path[0] == '/' ? xstrdup(path) : xasprintf("%s%s", directory, path);
    char *real = realpath(joined, NULL);
    if (real == NULL && path[0] != '/') { /* not there yet: at least the directory is known */
        char *base = realpath(directory, NULL);
        real = base != NULL ? xasprintf("%s/%s", base, path) : NULL;
        free(base);
    }
    free(directory);
    if (real == NULL)
        return joined;
    free(joined);
    return real;
}

/* The message of a parser below, with the place in front. */
static int complain_inner(const struct yaml *value, const char *file, const struct err *what, struct err *err)
{
    return yaml_complain(err, file, value, "%s", what->message);
}

static void replace(char **slot, char *taken)
{
    free(*slot);
    *slot = taken;
}

int read_text(const struct yaml *value, const char *file, void *into, struct err *err)
{
    const char *text = read_scalar(value, file, "text", err);
    char *expanded = text != NULL ? read_expanded(value, text, file, err) : NULL;
    if (expanded == NULL)
        return -1;
    replace(into, expanded);
    return 0;
}

int read_name(const struct yaml *value, const char *file, void *into, struct err *err)
{
    const char *text = read_scalar(value, file, "a name", err);
    if (text == NULL)
        return -1;
    replace(into, xstrdup(text));
    return 0;
}

int read_url_path(const struct yaml *value, const char *file, void *into, struct err *err)
{
    if (read_text(value, file, into, err) != 0)
        return -1;
    if (**(char **)into != '/')
        return yaml_complain(err, file, value,
                             "expected a path on the target that starts with '/', as in /metrics");
    return 0;
}

int read_path(const struct yaml *value, const char *file, void *into, struct err *err)
{
    char *path = NULL;
    if (read_text(value, file, &path, err) != 0)
        return -1;
    replace(into, read_absolute(path, file));
    free(path);
    return 0;
}

int read_pointer(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct err what = {0};
    if (value->kind != YAML_SCALAR)
        return yaml_complain(err, file, value, "expected a JSON pointer, as in /heapUsed");
    if (json_check_pointer(value->text, &what) != 0)
        return complain_inner(value, file, &what, err);
    replace(into, xstrdup(value->text)); /* "" is a pointer as well: the whole answer */
    return 0;
}

int read_pattern(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct err what = {0};
    const char *text = read_scalar(value, file, "a pattern", err);
    if (text == NULL)
        return -1;
    struct pattern *pattern = pattern_new(text, &what);
    if (pattern == NULL)
        return complain_inner(value, file, &what, err);
    pattern_free(*(struct pattern **)into);
    *(struct pattern **)into = pattern;
    return 0;
}

/* `check` (may be NULL) returns what was expected instead, or NULL. */
static int read_list(const struct yaml *value, const char *file, struct strings *strings, bool expand,
                     const char *(*check)(const char *item), struct err *err)
{
    if (value->kind != YAML_LIST)
        return yaml_complain(err, file, value, "expected a list, as in [a, b]");
    strings_release(strings);
    for (size_t i = 0; i < value->count; i++) {
        const struct yaml *item = value->items[i];
        if (item->kind != YAML_SCALAR)
            return yaml_complain(err, file, item, "expected text here");
        const char *expected = check != NULL ? check(item->text) : NULL;
        if (expected != NULL)
            return yaml_complain(err, file, item, "'%.100s': expected %s", item->text, expected);
        char *text = expand ? read_expanded(item, item->text, file, err) : xstrdup(item->text);
        if (text == NULL)
            return -1;
        strings_add(strings, text);
        free(text);
    }
    return 0;
}

int read_words(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return read_list(value, file, into, true, NULL, err);
}

int read_names(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return read_list(value, file, into, false, NULL, err);
}

static const char *check_method(const char *item)
{
    size_t length = strspn(item, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-");
    return length > 0 && item[length] == '\0' ? NULL : "a method in capitals, as in POST";
}

int read_methods(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return read_list(value, file, into, false, check_method, err);
}

/* A line break in a header would let its value make further headers. */
static int add_header(const struct yaml *key, const struct yaml *value, const char *file,
                      struct headers *headers, struct err *err)
{
    if (value->kind != YAML_SCALAR)
        return yaml_complain(err, file, value, "expected text here");
    char *text = read_expanded(value, value->text, file, err);
    if (text == NULL)
        return -1;
    int failed = 0;
    if (strpbrk(text, "\r\n") != NULL)
        failed = yaml_complain(err, file, value, "a line break in the value of '%.100s'", key->text);
    else
        headers_add(headers, key->text, text);
    free(text);
    return failed;
}

int read_headers(const struct yaml *value, const char *file, void *into, struct err *err)
{
    if (value->kind != YAML_MAP)
        return yaml_complain(err, file, value, "expected `name: value` pairs here");
    headers_release(into);
    for (size_t i = 0; i < value->count; i++) {
        const struct yaml *key = value->keys[i];
        if (key->text[0] == '\0' || strpbrk(key->text, " \t\r\n:=") != NULL)
            return yaml_complain(err, file, key, "'%.100s' cannot be a name here", key->text);
        if (add_header(key, value->items[i], file, into, err) != 0)
            return -1;
    }
    return 0;
}

int read_choice(const struct yaml *value, const char *file, const char *const *words, struct err *err)
{
    const char *text = value->kind == YAML_SCALAR ? value->text : "";
    struct strings all = {NULL, 0};
    for (int i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], text) == 0) {
            strings_release(&all);
            return i;
        }
        strings_add(&all, words[i]);
    }
    char *list = strings_join(&all, ", ");
    const char *near = options_nearest(text, words);
    if (near != NULL)
        yaml_complain(err, file, value, "'%.100s': expected one of %s (did you mean '%s'?)", text, list,
                      near);
    else
        yaml_complain(err, file, value, "'%.100s': expected one of %s", text, list);
    free(list);
    strings_release(&all);
    return -1;
}
