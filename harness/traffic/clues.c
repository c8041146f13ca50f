#include "traffic/clues.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"

#define VALUE_LEAST 6
#define LETTERS_LEAST 16 /* without a digit */
#define DEPTH_MOST 8

bool clues_is_value(const char *value, size_t length)
{
    size_t digits = 0, upper = 0, lower = 0, timely = 0;
    if (length < VALUE_LEAST || length > CLUES_VALUE_MOST)
        return false;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)value[i];
        if (!isalnum(byte) && (byte == '\0' || strchr("._~+/=:%|-", byte) == NULL))
            return false;
        digits += isdigit(byte) != 0;
        upper += isupper(byte) != 0;
        lower += islower(byte) != 0;
        timely += isdigit(byte) != 0 || strchr(".:-+TZ", byte) != NULL;
    }
    if (digits == 0)
        return length >= LETTERS_LEAST && upper > 1 && lower > 1;
    return digits == length || timely < length;
}

/* FNV-1a; the ingest puts a keyed hash of it in its place. Source: Fowler, Noll, Vo, draft-eastlake-fnv. */
static uint64_t hash_of(const char *value, size_t length)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)value[i]) * UINT64_C(0x100000001b3);
    return hash;
}

void clues_begin(struct request *request)
{
    request->clues = xcalloc(1, sizeof *request->clues);
}

static size_t count_of(const struct clues *clues, bool given)
{
    size_t count = 0;
    for (size_t i = 0; i < clues->count; i++)
        count += (clues->items[i].kind <= CLUE_ANSWERS) == given;
    return count;
}

static bool is_full(const struct clues *clues, enum clue_kind kind)
{
    bool given = kind <= CLUE_ANSWERS;
    return count_of(clues, given) >= (given ? CLUES_GIVEN_MOST : CLUES_USED_MOST);
}

static void add(struct clues *clues, enum clue_kind kind, const char *name, const char *value, size_t length)
{
    if (!clues_is_value(value, length) || strlen(name) >= CLUE_NAME_SIZE || is_full(clues, kind))
        return;
    clues->items = xrealloc(clues->items, (clues->count + 1) * sizeof *clues->items);
    struct clue *clue = &clues->items[clues->count++];
    memset(clue, 0, sizeof *clue);
    clue->hash = hash_of(value, length);
    clue->kind = (uint8_t)kind;
    memcpy(clue->name, name, strlen(name));
}

/* Names are written; one that may be a value itself is not. */
static bool is_name(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)name[i]) && (name[i] == '\0' || strchr("_-.", name[i]) == NULL))
            return false;
    size_t digits = 0;
    for (size_t i = 0; i < length; i++)
        digits += isdigit((unsigned char)name[i]) != 0;
    return length > 0 && digits <= 2 && length <= 32 && !secret_value(name, length);
}

void clues_set_cookie(struct request *request, const char *field)
{
    size_t name = strcspn(field, "=;"), value = 0;
    char text[CLUE_NAME_SIZE];
    if (field[name] != '=' || !is_name(field, name))
        return;
    snprintf(text, sizeof text, "%.*s", (int)name, field);
    value = strcspn(field + name + 1, "; ");
    add(request->clues, CLUE_SETS_COOKIE, text, field + name + 1, value);
}

static void add_number(struct clues *clues, enum clue_kind kind, const char *name, const json_t *number)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%lld", (long long)json_integer_value(number));
    add(clues, kind, name, text, (size_t)length);
}

/* "PLACE/KEY"; false: too long to be told. */
static bool step_down(char below[CLUE_NAME_SIZE], const char *place, const char *key)
{
    size_t length = strlen(place), more = strlen(key);
    if (length + more + 2 > CLUE_NAME_SIZE)
        return false;
    memcpy(below, place, length);
    below[length] = '/';
    memcpy(below + length + 1, key, more + 1);
    return true;
}

/* Scalars, in the order of the document. `place`: the pointer to `value`. */
static void walk(struct clues *clues, enum clue_kind kind, const char *place, json_t *value, int depth)
{
    char below[CLUE_NAME_SIZE];
    size_t index;
    const char *key;
    json_t *member;
    if (json_is_string(value))
        add(clues, kind, place, json_string_value(value), json_string_length(value));
    else if (json_is_integer(value))
        add_number(clues, kind, place, value);
    if (depth == DEPTH_MOST || is_full(clues, kind))
        return;
    json_array_foreach(value, index, member)
    {
        if (step_down(below, place, "*"))
            walk(clues, kind, below, member, depth + 1);
    }
    json_object_foreach(value, key, member)
    {
        if (is_name(key, strlen(key)) && step_down(below, place, key))
            walk(clues, kind, below, member, depth + 1);
    }
}

static bool add_json(struct clues *clues, enum clue_kind kind, const char *body, size_t length)
{
    while (length > 0 && isspace((unsigned char)*body)) {
        body++;
        length--;
    }
    if (length == 0 || length > CLUES_BODY_MOST || (*body != '{' && *body != '['))
        return false;
    json_t *document = json_read(body, length, "", NULL);
    walk(clues, kind, "", document, 0);
    json_decref(document);
    return document != NULL;
}

void clues_answer(struct request *request, const char *body, size_t length)
{
    add_json(request->clues, CLUE_ANSWERS, body, length);
}

static int hex(char digit)
{
    return isdigit((unsigned char)digit) ? digit - '0' : tolower((unsigned char)digit) - 'a' + 10;
}

static void add_coded(struct clues *clues, enum clue_kind kind, const char *value, size_t length)
{
    char plain[CLUES_VALUE_MOST];
    size_t count = 0;
    for (size_t i = 0; i < length && count < sizeof plain; i++, count++) {
        bool coded = value[i] == '%' && i + 2 < length && isxdigit((unsigned char)value[i + 1]) &&
                     isxdigit((unsigned char)value[i + 2]);
        plain[count] = coded ? (char)(hex(value[i + 1]) * 16 + hex(value[i + 2])) : value[i];
        i += coded ? 2 : 0;
    }
    add(clues, kind, "", plain, count);
}

/* What stands behind '=' of "a=b&c=d", with `between` for '&'. */
static void add_pairs(struct clues *clues, enum clue_kind kind, const char *text, size_t length, char between)
{
    for (size_t at = 0, end; at < length; at = end + 1) {
        const char *next = memchr(text + at, between, length - at);
        end = next != NULL ? (size_t)(next - text) : length;
        const char *equals = memchr(text + at, '=', end - at);
        if (equals != NULL)
            add_coded(clues, kind, equals + 1, (size_t)(text + end - equals - 1));
    }
}

static void add_url(struct clues *clues, const char *url)
{
    size_t path = strcspn(url, "?#");
    for (size_t at = 0, end; at < path; at = end + 1) {
        end = at + strcspn(url + at, "/?#");
        add_coded(clues, CLUE_USES, url + at, end - at);
    }
    if (url[path] == '?')
        add_pairs(clues, CLUE_USES, url + path + 1, strcspn(url + path + 1, "#"), '&');
}

/* "Bearer x": its last word. */
static void add_header(struct clues *clues, const struct header *header)
{
    const char *value = header->value, *space = strrchr(value, ' ');
    if (strcasecmp(header->name, "Cookie") == 0)
        add_pairs(clues, CLUE_CLIENT, value, strlen(value), ';');
    else if (secret_header(header->name) || strncasecmp(header->name, "X-", 2) == 0)
        add(clues, CLUE_CLIENT, "", space != NULL ? space + 1 : value,
            strlen(space != NULL ? space + 1 : value));
}

void clues_use(struct request *request)
{
    struct clues *clues = request->clues;
    const char *body = (const char *)request->body;
    for (size_t i = 0; i < request->headers.count; i++)
        add_header(clues, &request->headers.items[i]);
    add_url(clues, request->url);
    if (body == NULL || request->body_length > CLUES_BODY_MOST)
        return;
    if (!add_json(clues, CLUE_USES, body, request->body_length))
        add_pairs(clues, CLUE_USES, body, request->body_length, '&');
}
