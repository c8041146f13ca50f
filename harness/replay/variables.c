#include "replay/variables.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "base/placeholder.h"

void variables_release(struct variables *variables)
{
    for (size_t i = 0; i < variables->count; i++)
        text_release(&variables->items[i].text);
    free(variables->items);
    *variables = (struct variables){NULL, 0};
}

void variables_clear(struct variables *variables)
{
    for (size_t i = 0; i < variables->count; i++)
        variables->items[i].state = VALUE_NONE;
}

void variables_set(struct variables *variables, const struct strings *names, size_t number, struct span value)
{
    if (variables->items == NULL) {
        variables->items = xcalloc(names->count, sizeof *variables->items);
        variables->count = names->count;
    }
    struct value *item = &variables->items[number];
    bool missing = value.bytes == NULL || value.length > VARIABLE_BYTES;
    item->state = missing ? VALUE_MISSING : VALUE_SET;
    text_clear(&item->text);
    if (!missing)
        text_add(&item->text, value.bytes, value.length);
}

/* NULL: it has none. */
static const struct text *value_of(const struct scope *scope, size_t number)
{
    const struct variables *const levels[] = {scope->own, scope->shared};
    for (size_t i = 0; i < 2; i++)
        if (levels[i] != NULL && levels[i]->items != NULL && levels[i]->items[number].state != VALUE_NONE)
            return levels[i]->items[number].state == VALUE_SET ? &levels[i]->items[number].text : NULL;
    return NULL;
}

/* The number of a variable; names->count: it is none. */
static size_t number_of(const struct strings *names, struct span name)
{
    size_t number = 0;
    while (number < names->count && (strlen(names->items[number]) != name.length ||
                                     memcmp(names->items[number], name.bytes, name.length) != 0))
        number++;
    return number;
}

/* What is to be filled in. */
struct hole {
    enum { HOLE_VARIABLE, HOLE_SECRET, HOLE_CAPTURED } kind;
    size_t at, length;
    size_t number;        /* of the variable; names->count: none */
    struct span hash;     /* of a secret */
    struct captured told; /* HOLE_CAPTURED */
};

static bool variable_at(const struct strings *names, struct span bytes, size_t at, struct hole *hole)
{
    const char *name = bytes.bytes + at + 2;
    for (size_t i = 0; i < names->count; i++) {
        size_t length = strlen(names->items[i]);
        if (bytes.length - at >= length + 4 && memcmp(name, names->items[i], length) == 0 &&
            memcmp(name + length, "}}", 2) == 0) {
            *hole = (struct hole){.kind = HOLE_VARIABLE, .at = at, .length = length + 4, .number = i};
            return true;
        }
    }
    return false;
}

/* What opens with the braces at `at`; a secret may have a quote in front of them. */
static bool hole_at(const struct strings *names, const struct vault *secrets, struct span bytes, size_t at,
                    struct hole *hole)
{
    struct placeholder found;
    struct captured told;
    if (secrets != NULL && placeholder_at(bytes, at, &found) &&
        vault_get(secrets, found.hash.bytes, found.hash.length).bytes != NULL) {
        *hole =
            (struct hole){.kind = HOLE_SECRET, .at = found.at, .length = found.length, .hash = found.hash};
        return true;
    }
    if (captured_at(bytes, at, &told)) {
        *hole = (struct hole){.kind = HOLE_CAPTURED,
                              .at = at,
                              .length = told.length,
                              .number = number_of(names, told.name),
                              .told = told};
        return true;
    }
    return variable_at(names, bytes, at, hole);
}

/* The next one at `from` or later. */
static bool next_hole(const struct strings *names, const struct vault *secrets, struct span bytes,
                      size_t from, struct hole *hole)
{
    for (const char *at; from < bytes.length; from = (size_t)(at - bytes.bytes) + 1) {
        at = memmem(bytes.bytes + from, bytes.length - from, "{{", 2);
        if (at == NULL)
            return false;
        if (hole_at(names, secrets, bytes, (size_t)(at - bytes.bytes), hole))
            return true;
    }
    return false;
}

bool variables_in(const struct strings *names, const struct vault *secrets, struct span bytes)
{
    struct hole hole;
    return next_hole(names, secrets, bytes, 0, &hole);
}

size_t variables_lacking(const struct strings *names, const struct vault *secrets, struct span bytes)
{
    struct placeholder found;
    struct hole hole = {.length = 0};
    size_t lacking = 0;
    for (size_t from = 0; placeholder_next(bytes, from, &found); from = found.at + found.length) {
        while (hole.at + hole.length <= found.at &&
               next_hole(names, secrets, bytes, hole.at + hole.length, &hole))
            ;
        bool brought = hole.kind == HOLE_CAPTURED && hole.at < found.at && found.at < hole.at + hole.length &&
                       hole.number < names->count;
        lacking += !brought && vault_get(secrets, found.hash.bytes, found.hash.length).bytes == NULL;
    }
    return lacking;
}

/* Letters and digits, and the other bytes that are named. */
static void add_encoded(struct text *out, const struct text *value, const char *others)
{
    const char *end = value->bytes + value->length;
    for (const char *at = value->bytes; at < end; at++) {
        unsigned char byte = (unsigned char)*at;
        bool plain = byte < 0x80 && byte != 0 && (isalnum(byte) || strchr(others, byte) != NULL);
        if (plain || percent_byte(at, (size_t)(end - at)) >= 0)
            text_add_char(out, *at);
        else
            text_addf(out, "%%%02X", (unsigned)byte);
    }
}

static const char *add_path(struct text *out, const struct text *value)
{
    add_encoded(out, value, "-._~!$&'()*+,;=:@/?"); /* RFC 3986, 3.3, and what a captured link brings along */
    return NULL;
}

static const char *add_query(struct text *out, const struct text *value)
{
    add_encoded(out, value, "-._~!$'()*,:@/?");
    return NULL;
}

static const char *add_form(struct text *out, const struct text *value)
{
    add_encoded(out, value, "-._~");
    return NULL;
}

static const char *add_field(struct text *out, const struct text *value)
{
    for (size_t i = 0; i < value->length; i++)
        if (value->bytes[i] == '\r' || value->bytes[i] == '\n' || value->bytes[i] == '\0')
            return "holds a line break, which a header cannot";
    text_add(out, value->bytes, value->length);
    return NULL;
}

/* RFC 8259, 7. */
static const char *add_json(struct text *out, const struct text *value)
{
    for (size_t i = 0; i < value->length; i++) {
        unsigned char byte = (unsigned char)value->bytes[i];
        if (byte == '"' || byte == '\\')
            text_add_char(out, '\\');
        if (byte < 0x20)
            text_addf(out, "\\u%04x", (unsigned)byte);
        else
            text_add_char(out, (char)byte);
    }
    return NULL;
}

static const char *add_as_it_is(struct text *out, const struct text *value)
{
    text_add(out, value->bytes, value->length);
    return NULL;
}

/* Each returns why the value cannot stand there, or NULL. */
static const char *(*const add_value[])(struct text *out, const struct text *value) = {
    [PART_LINE] = add_path, [PART_FIELDS] = add_field,   [PART_JSON] = add_json,
    [PART_FORM] = add_form, [PART_OTHER] = add_as_it_is,
};

/* What was recorded in this place is put back as it was. */
static const char *add_secret(const struct scope *scope, struct span hash, enum part part, struct text *out)
{
    struct span value = vault_get(scope->secrets, hash.bytes, hash.length);
    for (size_t i = 0; i < value.length && (part == PART_LINE || part == PART_FIELDS); i++)
        if (value.bytes[i] == '\r' || value.bytes[i] == '\n' || value.bytes[i] == '\0')
            return "holds a line break, which cannot stand there";
    text_add(out, value.bytes, value.length);
    return NULL;
}

static const char *add_variable(const struct scope *scope, size_t number, enum part part, bool query,
                                struct text *out)
{
    const struct text *value = value_of(scope, number);
    if (value == NULL)
        return "was not captured";
    return value->length == 0 ? NULL : query ? add_query(out, value) : add_value[part](out, value);
}

/* What a capture brings, else what was recorded. Of what was taken out there, nothing may be left. */
static const char *add_captured(const struct scope *scope, const struct hole *hole, enum part part,
                                bool query, struct text *out)
{
    const struct captured *told = &hole->told;
    const bool known = hole->number < scope->names->count;
    struct placeholder inner;
    if (known && value_of(scope, hole->number) != NULL) {
        text_add(out, told->word.bytes, told->word.length);
        return add_variable(scope, hole->number, part, query, out);
    }
    if (placeholder_next(told->recorded, 0, &inner)) {
        if (vault_get(scope->secrets, inner.hash.bytes, inner.hash.length).bytes != NULL)
            return add_secret(scope, inner.hash, part, out);
        if (known)
            return "was not captured";
    }
    text_add(out, told->recorded.bytes, told->recorded.length);
    return NULL;
}

/* Whether a '?' came, in what was added from `start` on. */
static bool has_query(const struct text *out, size_t start)
{
    return out->length > start && memchr(out->bytes + start, '?', out->length - start) != NULL;
}

static const char *add_hole(const struct scope *scope, const struct hole *hole, enum part part, bool query,
                            struct text *out)
{
    if (hole->kind == HOLE_SECRET)
        return add_secret(scope, hole->hash, part, out);
    return hole->kind == HOLE_CAPTURED ? add_captured(scope, hole, part, query, out)
                                       : add_variable(scope, hole->number, part, query, out);
}

int variables_fill(const struct scope *scope, enum part part, struct span bytes, struct text *out,
                   struct unfilled *unfilled)
{
    size_t from = 0, start = out->length;
    struct hole hole;
    while (next_hole(scope->names, scope->secrets, bytes, from, &hole)) {
        text_add(out, bytes.bytes + from, hole.at - from);
        bool query = part == PART_LINE && has_query(out, start);
        const char *why = add_hole(scope, &hole, part, query, out);
        if (why != NULL) {
            *unfilled = (struct unfilled){hole.kind == HOLE_SECRET || hole.number == scope->names->count
                                              ? "redacted"
                                              : scope->names->items[hole.number],
                                          why};
            return -1;
        }
        from = hole.at + hole.length;
    }
    if (from < bytes.length)
        text_add(out, bytes.bytes + from, bytes.length - from);
    return 0;
}

/* The value of the first field of that name. */
static struct span find_field(struct span fields, const char *name)
{
    const char *at = fields.bytes, *end = at + fields.length;
    size_t length = strlen(name);
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *next = newline != NULL ? newline + 1 : end;
        if ((size_t)(next - at) > length && at[length] == ':' && strncasecmp(at, name, length) == 0)
            return (struct span){at + length + 1, (size_t)(next - at) - length - 1};
        at = next;
    }
    return (struct span){NULL, 0};
}

enum part part_of_body(struct span fields)
{
    static const char form[] = "application/x-www-form-urlencoded";
    char type[128];
    struct span value = find_field(fields, "Content-Type");
    size_t length = 0;
    for (size_t i = 0; i < value.length && value.bytes[i] != ';' && length < sizeof type - 1; i++)
        if (!isspace((unsigned char)value.bytes[i]))
            type[length++] = (char)tolower((unsigned char)value.bytes[i]);
    type[length] = '\0';
    if (strcmp(type, form) == 0)
        return PART_FORM;
    return text_ends_with(type, "/json") || text_ends_with(type, "+json") ? PART_JSON : PART_OTHER;
}
