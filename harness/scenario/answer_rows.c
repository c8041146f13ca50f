/* `capture` and `expect`: what is read of answers. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/service.h"
#include "scenario/read.h"
#include "scenario/rows.h"

#define NAME_MOST 64

/* capture */

static int read_capture_body(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct capture *capture = into;
    capture->from = CAPTURE_BODY;
    return read_pattern(value, file, &capture->pattern, err);
}

static int read_capture_header(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct capture *capture = into;
    capture->from = CAPTURE_HEADER;
    return read_name(value, file, &capture->where, err);
}

static int read_capture_json(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct capture *capture = into;
    capture->from = CAPTURE_JSON;
    return read_pointer(value, file, &capture->where, err);
}

const struct yaml_row scenario_capture_rows[] = {
    {"body", read_capture_body, 0, "PCRE2",
     "group 1 of the first match in the body; the whole match where the pattern has no group"},
    {"header", read_capture_header, 0, "name", "the value of the first header of this name"},
    {"json", read_capture_json, 0, "JSON pointer",
     "text, a number, true or false in a JSON body: /user/token"},
    {NULL, NULL, 0, NULL, NULL}};

static int read_capture(const struct yaml *key, const struct yaml *value, const char *file,
                        struct captures *captures, struct err *err)
{
    if (!read_is_variable(key->text, strlen(key->text)) || strlen(key->text) > NAME_MOST)
        return yaml_complain(err, file, key,
                             "'%.100s': a variable's name has letters, digits and '_', as in csrf_token",
                             key->text);
    struct capture *capture = &captures->items[captures->count++];
    capture->name = xstrdup(key->text);
    if (yaml_bind(value, file, scenario_capture_rows, capture, err) != 0)
        return -1;
    if (value->count != 1)
        return yaml_complain(err, file, value, "a capture takes exactly one of body, header, json");
    return 0;
}

int read_captures(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct captures *captures = into;
    if (value->kind != YAML_MAP)
        return yaml_complain(err, file, value, "expected `name: {body: 'PCRE2'}` pairs here");
    captures->items = xcalloc(value->count, sizeof *captures->items);
    for (size_t i = 0; i < value->count; i++)
        if (read_capture(value->keys[i], value->items[i], file, captures, err) != 0)
            return -1;
    return 0;
}

/* expect */

/* "2xx", "204" or "recorded". */
static int read_status(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct expectation *expect = into;
    const char *text = read_scalar(value, file, "a status, as in 204 or 2xx,", err);
    if (text == NULL)
        return -1;
    bool right = strlen(text) == 3 && text[0] >= '1' && text[0] <= '5';
    expect->same_status = strcmp(text, "recorded") == 0;
    if (right && strcmp(text + 1, "xx") == 0)
        expect->class = text[0] - '0';
    else if (right && strspn(text, "0123456789") == 3)
        expect->status = atoi(text);
    else if (!expect->same_status)
        return yaml_complain(err, file, value, "'%.100s': expected a status, as in 204, 2xx or recorded",
                             text);
    return 0;
}

static struct expected *add_expected(struct expectation *expect, enum capture_from from)
{
    expect->items = xrealloc(expect->items, (expect->count + 1) * sizeof *expect->items);
    expect->items[expect->count] = (struct expected){.from = from};
    return &expect->items[expect->count++];
}

static int read_expected_body(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return read_pattern(value, file, &add_expected(into, CAPTURE_BODY)->pattern, err);
}

/* A name alone, or {name: pattern, ...}. */
static int read_expected(enum capture_from from, const struct yaml *value, const char *file,
                         int (*read_where)(const struct yaml *, const char *, void *, struct err *),
                         struct expectation *expect, struct err *err)
{
    if (value->kind == YAML_SCALAR)
        return read_where(value, file, &add_expected(expect, from)->where, err);
    if (value->kind != YAML_MAP)
        return yaml_complain(err, file, value, "expected a name, or `name: 'PCRE2'` pairs here");
    for (size_t i = 0; i < value->count; i++) {
        struct expected *expected = add_expected(expect, from);
        if (read_where(value->keys[i], file, &expected->where, err) != 0 ||
            read_pattern(value->items[i], file, &expected->pattern, err) != 0)
            return -1;
    }
    return 0;
}

static int read_expected_header(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return read_expected(CAPTURE_HEADER, value, file, read_name, into, err);
}

static int read_expected_json(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return read_expected(CAPTURE_JSON, value, file, read_pointer, into, err);
}

const struct yaml_row scenario_expect_rows[] = {
    {"status", read_status, 0, "status",
     "204 exactly, any 2xx, or recorded: exactly the recorded one (the recorded status class)"},
    {"header", read_expected_header, 0, "map, or name",
     "headers and what their values match: {Content-Type: ^text/html}; a name alone must be there"},
    {"body", read_expected_body, 0, "PCRE2", "what the body matches, of which 1 MiB is read"},
    {"json", read_expected_json, 0, "map, or JSON pointer",
     "places in a JSON body and what stands there matches: {/ok: ^true$}; a pointer alone must be there"},
    {NULL, NULL, 0, NULL, NULL}};

int read_expect(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return yaml_bind(value, file, scenario_expect_rows, into, err);
}
