/* The fields of a request's body: a JSON document flattened to pointers, a form, or a short text as it is. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json_walk.h"
#include "traffic/traits_fields.h"
#include "traffic/wire.h"

struct walk {
    struct json_walk scan;
    struct fields *fields;
    struct text pointer;
    size_t depth;
};

static void add(struct walk *walk, const char *value, size_t length)
{
    fields_add(walk->fields, TRAIT_BODY, text_string(&walk->pointer), walk->pointer.length, value, length);
}

/* As short as it reads back the same. */
static void add_number(struct walk *walk, double number)
{
    char digits[40];
    int length = snprintf(digits, sizeof digits, "%.15g", number);
    if (strtod(digits, NULL) < number || strtod(digits, NULL) > number)
        length = snprintf(digits, sizeof digits, "%.17g", number);
    add(walk, digits, (size_t)length);
}

/* "/key", escaped (RFC 6901, 3). */
static void add_token(struct text *pointer, const char *key)
{
    text_add_char(pointer, '/');
    for (; *key != '\0'; key++)
        if (*key == '~' || *key == '/')
            text_add_string(pointer, *key == '~' ? "~0" : "~1");
        else
            text_add_char(pointer, *key);
}

static void walk_value(struct walk *walk);

static void walk_object(struct walk *walk)
{
    size_t length = walk->pointer.length, members = 0;
    json_walk_object(&walk->scan);
    for (; json_walk_member(&walk->scan); members++) {
        add_token(&walk->pointer, text_string(&walk->scan.key));
        walk_value(walk);
        walk->pointer.length = length;
    }
    if (members == 0 && !json_walk_failed(&walk->scan))
        add(walk, "{}", 2);
}

static void walk_array(struct walk *walk)
{
    size_t length = walk->pointer.length, elements = 0;
    char count[24];
    json_walk_array(&walk->scan);
    for (; json_walk_element(&walk->scan); elements++) {
        if (elements >= FIELDS_ELEMENTS) {
            json_walk_skip(&walk->scan);
            continue;
        }
        text_addf(&walk->pointer, "/%zu", elements);
        walk_value(walk);
        walk->pointer.length = length;
    }
    if (json_walk_failed(&walk->scan))
        return;
    text_add_string(&walk->pointer, " (length)");
    add(walk, count, (size_t)snprintf(count, sizeof count, "%zu", elements));
    walk->pointer.length = length;
}

static void walk_string(struct walk *walk)
{
    json_walk_string(&walk->scan);
    if (!json_walk_failed(&walk->scan))
        add(walk, text_string(&walk->scan.value), walk->scan.value.length);
}

static void walk_number(struct walk *walk)
{
    double number = json_walk_number(&walk->scan);
    if (!json_walk_failed(&walk->scan))
        add_number(walk, number);
}

static void walk_word(struct walk *walk)
{
    const char *word = json_walk_is(&walk->scan, 't')   ? "true"
                       : json_walk_is(&walk->scan, 'f') ? "false"
                                                        : "null";
    json_walk_skip(&walk->scan);
    if (!json_walk_failed(&walk->scan))
        add(walk, word, strlen(word));
}

static void walk_value(struct walk *walk)
{
    static const struct {
        char kind;
        void (*read)(struct walk *walk);
    } kinds[] = {{'{', walk_object}, {'[', walk_array}, {'"', walk_string}, {'0', walk_number},
                 {'t', walk_word},   {'f', walk_word},  {'n', walk_word}};
    size_t kind = 0;
    while (kind < sizeof kinds / sizeof *kinds && !json_walk_is(&walk->scan, kinds[kind].kind))
        kind++;
    if (kind == sizeof kinds / sizeof *kinds || walk->depth >= FIELDS_DEPTH ||
        walk->fields->count >= FIELDS_MOST) {
        json_walk_skip(&walk->scan);
        return;
    }
    walk->depth++;
    kinds[kind].read(walk);
    walk->depth--;
}

static void add_json(struct fields *fields, const char *body, size_t length)
{
    struct walk walk = {.fields = fields};
    json_walk_init(&walk.scan, body, length, "body");
    walk_value(&walk);
    json_walk_release(&walk.scan);
    text_release(&walk.pointer);
}

static bool looks_like_json(const char *body, size_t length)
{
    size_t at = 0;
    while (at < length && isspace((unsigned char)body[at]))
        at++;
    return at < length && (body[at] == '{' || body[at] == '[');
}

static bool is_type(const char *type, const char *what)
{
    return type != NULL && strcasestr(type, what) != NULL;
}

void fields_add_body(struct fields *fields, const struct request *request)
{
    const char *type = headers_find(&request->headers, "Content-Type"), *body = (const char *)request->body;
    size_t length = request->body_length;
    if (length == 0)
        return;
    if (is_type(type, "json") || looks_like_json(body, length))
        add_json(fields, body, length);
    else if (is_type(type, "x-www-form-urlencoded"))
        fields_add_pairs(fields, TRAIT_BODY, body, length);
    else if (length <= FIELD_VALUE_BYTES && wire_is_utf8(body, length))
        fields_add(fields, TRAIT_BODY, "(text)", 6, body, length);
}
