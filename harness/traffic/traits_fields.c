#include "traffic/traits_fields.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"

#define SAME_NAME_MOST 4

static const char *const headers_acted_on[] = {
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "authorization",
    "cache-control",
    "content-encoding",
    "content-type",
    "cookie",
    "expect",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "origin",
    "prefer",
    "range",
    "referer",
    "user-agent",
    "x-api-key",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-http-method-override",
    "x-requested-with",
    "x-tenant-id",
};

static void add_plain(struct text *out, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] == '\0')
            text_add_string(out, "\xef\xbf\xbd");
        else
            text_add_char(out, bytes[i]);
}

/* FNV-1a. */
static uint64_t hash_of(const char *bytes, size_t length)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static void add_value(struct text *out, const char *value, size_t length)
{
    size_t kept = length > FIELD_VALUE_BYTES ? FIELD_VALUE_BYTES : length;
    while (kept < length && kept > 0 && ((unsigned char)value[kept] & 0xc0) == 0x80)
        kept--; /* not within a character */
    add_plain(out, value, kept);
    if (kept < length)
        text_addf(out, "... (%016" PRIx64 ")", hash_of(value, length));
    text_add_char(out, '\0');
}

bool fields_next(const char **at, const char *end, struct field *field)
{
    if (*at >= end)
        return false;
    field->place = (enum trait_place)(**at - '0');
    field->name = *at + 1;
    field->value = field->name + strlen(field->name) + 1;
    *at = field->value + strlen(field->value) + 1;
    return true;
}

static bool has(const struct fields *fields, enum trait_place place, const char *name)
{
    const char *at = text_string(&fields->packed), *end = at + fields->packed.length;
    struct field field;
    while (fields_next(&at, end, &field))
        if (field.place == place && strcmp(field.name, name) == 0)
            return true;
    return false;
}

void fields_add(struct fields *fields, enum trait_place place, const char *name, size_t name_length,
                const char *value, size_t value_length)
{
    if (name_length > FIELD_NAME_BYTES || fields->count >= FIELDS_MOST ||
        fields->packed.length >= FIELDS_BYTES)
        return;
    text_add_char(&fields->packed, (char)('0' + (int)place));
    add_plain(&fields->packed, name, name_length);
    text_add_char(&fields->packed, '\0');
    add_value(&fields->packed, value, value_length);
    fields->count++;
}

static void add_decoded(struct text *out, const char *bytes, size_t length, bool plus)
{
    for (size_t i = 0; i < length; i++) {
        int byte = percent_byte(bytes + i, length - i);
        text_add_char(out, byte >= 0 ? (char)byte : plus && bytes[i] == '+' ? ' ' : bytes[i]);
        i += byte >= 0 ? PERCENT_LENGTH - 1 : 0;
    }
}

/* A second one of a name is "name (2)". */
static void number_name(const struct fields *fields, enum trait_place place, struct text *name)
{
    size_t length = name->length, same = 1;
    while (same <= SAME_NAME_MOST && has(fields, place, text_string(name))) {
        name->length = length;
        text_addf(name, " (%zu)", ++same);
    }
}

static void add_pair(struct fields *fields, enum trait_place place, const char *bytes, size_t length)
{
    struct text name = TEXT_EMPTY, value = TEXT_EMPTY;
    const char *equals = memchr(bytes, '=', length);
    size_t key = equals != NULL ? (size_t)(equals - bytes) : length;
    add_decoded(&name, bytes, key, true);
    if (equals != NULL)
        add_decoded(&value, equals + 1, length - key - 1, true);
    number_name(fields, place, &name);
    if (name.length > 0)
        fields_add(fields, place, text_string(&name), name.length, text_string(&value), value.length);
    text_release(&name);
    text_release(&value);
}

void fields_add_pairs(struct fields *fields, enum trait_place place, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length && fields->count < FIELDS_MOST;) {
        const char *ampersand = memchr(bytes + at, '&', length - at);
        size_t end = ampersand != NULL ? (size_t)(ampersand - bytes) : length;
        add_pair(fields, place, bytes + at, end - at);
        at = end + 1;
    }
}

static void add_parameter(struct fields *fields, const char *name, size_t name_length, const char *value,
                          size_t value_length)
{
    struct text plain = TEXT_EMPTY;
    add_decoded(&plain, value, value_length, false);
    fields_add(fields, TRAIT_PATH, name, name_length, text_string(&plain), plain.length);
    text_release(&plain);
}

/* One segment of the path beside one of the template: "{slug}.html" takes off what is fixed; "{path...}" takes the rest. */
static void add_segment(struct fields *fields, const char *model, size_t model_length, const char *value,
                        size_t length)
{
    const char *open = memchr(model, '{', model_length), *close = memchr(model, '}', model_length);
    if (open == NULL || close == NULL || close < open)
        return;
    size_t before = (size_t)(open - model), after = model_length - (size_t)(close - model) - 1;
    size_t name = (size_t)(close - open) - 1;
    if (name > 3 && memcmp(close - 3, "...", 3) == 0)
        name -= 3;
    if (before + after <= length)
        add_parameter(fields, open + 1, name, value + before, length - before - after);
}

static void add_path(struct fields *fields, const char *path, size_t length, const char *template)
{
    const char *end = path + length;
    while (*template == '/' && path < end && *path == '/') {
        size_t model = strcspn(++template, "/");
        bool rest = model > 4 && memcmp(template + model - 4, "...}", 4) == 0;
        const char *slash = rest ? NULL : memchr(path + 1, '/', (size_t)(end - path - 1));
        const char *last = slash != NULL ? slash : end;
        add_segment(fields, template, model, path + 1, (size_t)(last - path - 1));
        template += model;
        path = last;
    }
}

static void add_header(struct fields *fields, const struct headers *headers, const char *name)
{
    struct text values = TEXT_EMPTY;
    bool found = false;
    for (size_t i = 0; i < headers->count; i++) {
        if (strcasecmp(headers->items[i].name, name) != 0)
            continue;
        text_add_string(&values, found ? ", " : "");
        text_add_string(&values, headers->items[i].value);
        found = true;
    }
    if (found)
        fields_add(fields, TRAIT_HEADER, name, strlen(name), text_string(&values), values.length);
    text_release(&values);
}

static void add_number(struct fields *fields, enum trait_place place, const char *name, size_t number)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%zu", number);
    fields_add(fields, place, name, strlen(name), digits, (size_t)length);
}

/* What is short and few first, so that a long body takes no room from it. */
void fields_of(struct fields *fields, const struct request *request, const char *path_template)
{
    size_t path = strcspn(request->url, "?#");
    const char *query = request->url + path;
    add_path(fields, request->url, path, path_template);
    if (request->status != 0)
        add_number(fields, TRAIT_STATUS, "status", (size_t)request->status);
    add_number(fields, TRAIT_SIZE, "size", request->body_length);
    if (request->session != NULL && request->session[0] != '\0')
        fields_add(fields, TRAIT_SESSION, "session", 7, request->session, strlen(request->session));
    if (*query == '?')
        fields_add_pairs(fields, TRAIT_QUERY, query + 1, strcspn(query + 1, "#"));
    for (size_t i = 0; i < sizeof headers_acted_on / sizeof *headers_acted_on; i++)
        add_header(fields, &request->headers, headers_acted_on[i]);
    fields_add_body(fields, request);
}

void fields_release(struct fields *fields)
{
    text_release(&fields->packed);
    fields->count = 0;
}
