#include "traffic/clues.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "base/json_walk.h"
#include "base/secret.h"
#include "base/text.h"
#include "traffic/html_value.h"

#define VALUE_LEAST 6
#define LETTERS_LEAST 16 /* without a digit */
#define WORD_MOST 16     /* "Bearer " */
#define SURE_LEAST 16    /* with letters and digits */
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

static bool is_sure(const char *value, size_t length)
{
    size_t digits = 0;
    for (size_t i = 0; i < length; i++)
        digits += isdigit((unsigned char)value[i]) != 0;
    return length >= SURE_LEAST && digits < length;
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
        count += (clues->items[i].kind < CLUE_CLIENT) == given;
    return count;
}

static bool is_full(const struct clues *clues, enum clue_kind kind)
{
    bool given = kind < CLUE_CLIENT;
    return count_of(clues, given) >= (given ? CLUES_GIVEN_MOST : CLUES_USED_MOST);
}

static void add(struct clues *clues, enum clue_kind kind, const char *name, const char *value, size_t length)
{
    if (!clues_is_value(value, length) || strlen(name) >= CLUE_NAME_SIZE || is_full(clues, kind))
        return;
    if (clues->count % 4 == 0)
        clues->items = xrealloc(clues->items, (clues->count + 4) * sizeof *clues->items);
    struct clue *clue = &clues->items[clues->count++];
    memset(clue, 0, sizeof *clue);
    clue->hash = hash_of(value, length);
    clue->kind = (uint8_t)kind;
    clue->sure = is_sure(value, length);
    memcpy(clue->name, name, strlen(name));
}

/* Names are written; one that may be a value itself is not. */
static bool is_name(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)name[i]) && (name[i] == '\0' || strchr("_-.[]", name[i]) == NULL))
            return false;
    size_t digits = 0;
    for (size_t i = 0; i < length; i++)
        digits += isdigit((unsigned char)name[i]) != 0;
    return length > 0 && digits <= 2 && length <= 32 && !secret_value(name, length);
}

/* A use at the place "KIND NAME". */
static void add_use(struct clues *clues, enum clue_kind kind, const char *place, struct span name,
                    bool secret, struct span value)
{
    char text[CLUE_NAME_SIZE] = "";
    size_t before = clues->count;
    if (is_name(name.bytes, name.length))
        snprintf(text, sizeof text, "%s %.*s", place, (int)name.length, name.bytes);
    add(clues, kind, text, value.bytes, value.length);
    if (clues->count > before)
        clues->items[before].secret = secret;
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

/* A place of JSON in a request is "json /a/b". */
static void say_use(struct clues *clues, size_t from)
{
    for (size_t i = from; i < clues->count; i++) {
        struct clue *clue = &clues->items[i];
        char pointer[CLUE_NAME_SIZE];
        memcpy(pointer, clue->name, sizeof pointer);
        bool told = pointer[0] == '/' && strchr(pointer, '*') == NULL && strlen(pointer) + 6 < sizeof pointer;
        const char *key = strrchr(pointer, '/');
        clue->secret = key != NULL && secret_key_name(key + 1, strlen(key + 1));
        memset(clue->name, 0, sizeof clue->name);
        if (told)
            snprintf(clue->name, sizeof clue->name, "json %.*s", CLUE_NAME_SIZE - 6, pointer);
    }
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

/* Scalars of a body, in the order of the document. */
struct walk {
    struct json_walk scan;
    struct clues *clues;
    enum clue_kind kind;
};

static void walk_value(struct walk *walk, const char *place, int depth);

static void walk_object(struct walk *walk, const char *place, int depth)
{
    char below[CLUE_NAME_SIZE];
    struct json_walk *scan = &walk->scan;
    json_walk_object(scan);
    while (!is_full(walk->clues, walk->kind) && json_walk_member(scan))
        if (is_name(text_string(&scan->key), scan->key.length) && step_down(below, place, scan->key.bytes))
            walk_value(walk, below, depth + 1);
        else
            json_walk_skip(scan);
}

static void walk_array(struct walk *walk, const char *place, int depth)
{
    char below[CLUE_NAME_SIZE];
    struct json_walk *scan = &walk->scan;
    json_walk_array(scan);
    while (!is_full(walk->clues, walk->kind) && json_walk_element(scan))
        if (step_down(below, place, "*"))
            walk_value(walk, below, depth + 1);
        else
            json_walk_skip(scan);
}

/* A whole one, as it is written. */
static void walk_number(struct walk *walk, const char *place)
{
    const char *from = walk->scan.at;
    json_walk_number(&walk->scan);
    size_t length = (size_t)(walk->scan.at - from);
    for (size_t i = 0; i < length; i++)
        if (!isdigit((unsigned char)from[i]) && (from[i] != '-' || i > 0))
            return;
    add(walk->clues, walk->kind, place, from, length);
}

static void walk_value(struct walk *walk, const char *place, int depth)
{
    struct json_walk *scan = &walk->scan;
    bool deeper = depth < DEPTH_MOST;
    if (json_walk_is(scan, '"')) {
        const char *value = json_walk_string(scan);
        if (!json_walk_failed(scan))
            add(walk->clues, walk->kind, place, value, scan->value.length);
    } else if (json_walk_is(scan, '0') || json_walk_is(scan, '-')) {
        walk_number(walk, place);
    } else if (deeper && json_walk_is(scan, '{')) {
        walk_object(walk, place, depth);
    } else if (deeper && json_walk_is(scan, '[')) {
        walk_array(walk, place, depth);
    } else {
        json_walk_skip(scan);
    }
}

/* A body that is broken has given nothing; where there is no room for more, the rest is not read. */
static bool add_json(struct clues *clues, enum clue_kind kind, const char *body, size_t length)
{
    struct walk walk = {.clues = clues, .kind = kind};
    size_t before = clues->count;
    while (length > 0 && isspace((unsigned char)*body)) {
        body++;
        length--;
    }
    if (length == 0 || length > CLUES_BODY_MOST || (*body != '{' && *body != '['))
        return false;
    json_walk_init(&walk.scan, body, length, "");
    walk_value(&walk, "", 0);
    bool full = is_full(clues, kind) && !json_walk_failed(&walk.scan);
    bool whole = json_walk_end(&walk.scan, NULL) == 0 || full;
    clues->count = whole ? clues->count : before;
    return whole;
}

void clues_header(struct request *request, const char *name, const char *value)
{
    if (clues_is_value(value, strlen(value)) && is_name(name, strlen(name)) &&
        (strncasecmp(name, "X-", 2) == 0 || secret_header(name)))
        add(request->clues, CLUE_HEADER, name, value, strlen(value));
}

static void add_html(struct clues *clues, struct span page)
{
    struct html_value found;
    char name[CLUE_NAME_SIZE];
    for (size_t at = 0; html_value_next(page, &at, &found) && !is_full(clues, CLUE_HTML);) {
        if (!is_name(found.name.bytes, found.name.length))
            continue;
        snprintf(name, sizeof name, "%s %.*s%s", found.meta ? "meta" : "input", (int)found.name.length,
                 found.name.bytes, found.value_first ? " " : "");
        add(clues, CLUE_HTML, name, found.value.bytes, found.value.length);
    }
}

void clues_answer(struct request *request, const char *body, size_t length)
{
    size_t blank = 0;
    while (blank < length && (isspace((unsigned char)body[blank]) || (unsigned char)body[blank] >= 0x80))
        blank++; /* with a byte order mark */
    if (blank < length && body[blank] == '<' && length <= CLUES_BODY_MOST)
        add_html(request->clues, (struct span){body + blank, length - blank});
    else
        add_json(request->clues, CLUE_ANSWERS, body, length);
}

static size_t decode(struct span coded, char *plain, size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < coded.length && count < room; i++, count++) {
        int byte = percent_byte(coded.bytes + i, coded.length - i);
        plain[count] = byte >= 0 ? (char)byte : coded.bytes[i];
        i += byte >= 0 ? PERCENT_LENGTH - 1 : 0;
    }
    return count;
}

/* A value that fills the room is too long already. */
static void add_coded(struct clues *clues, enum clue_kind kind, const char *place, struct span name,
                      struct span coded)
{
    char value[CLUES_VALUE_MOST + 1], key[CLUE_NAME_SIZE];
    struct span plain = {value, decode(coded, value, sizeof value)}, said = {key, 0};
    if (!clues_is_value(plain.bytes, plain.length)) /* before what costs more */
        return;
    if (place[0] != '\0')
        said.length = decode(name, key, sizeof key);
    add_use(clues, kind, place, said, said.length > 0 && secret_key_name(key, said.length), plain);
}

/* "a=b&c=d", with `between` for '&'. place: "": not told. */
static void add_pairs(struct clues *clues, enum clue_kind kind, const char *place, struct span text,
                      char between)
{
    for (size_t at = 0, end; at < text.length; at = end + 1) {
        const char *next = memchr(text.bytes + at, between, text.length - at);
        end = next != NULL ? (size_t)(next - text.bytes) : text.length;
        const char *equals = memchr(text.bytes + at, '=', end - at);
        if (equals != NULL)
            add_coded(clues, kind, place, (struct span){text.bytes + at, (size_t)(equals - text.bytes) - at},
                      (struct span){equals + 1, (size_t)(text.bytes + end - equals - 1)});
    }
}

/* Segments are counted from 0. */
static void add_url(struct clues *clues, const char *url)
{
    size_t path = strcspn(url, "?#"), number = 0;
    for (size_t at = url[0] == '/', end; at < path; at = end + 1, number++) {
        char name[24];
        int length = snprintf(name, sizeof name, "%zu", number);
        end = at + strcspn(url + at, "/?#");
        add_coded(clues, CLUE_USES, number < 100 ? "path" : "", (struct span){name, (size_t)length},
                  (struct span){url + at, end - at});
    }
    if (url[path] == '?')
        add_pairs(clues, CLUE_USES, "query", (struct span){url + path + 1, strcspn(url + path + 1, "#")},
                  '&');
}

/* "Bearer x": its last word. */
static void add_header(struct clues *clues, const struct header *header)
{
    const char *value = header->value, *space = strrchr(value, ' ');
    const char *last = space != NULL ? space + 1 : value;
    char name[CLUE_NAME_SIZE];
    if (strcasecmp(header->name, "Cookie") == 0) {
        add_pairs(clues, CLUE_CLIENT, "", (struct span){value, strlen(value)}, ';');
        return;
    }
    if (strcasecmp(header->name, "User-Agent") == 0 || !clues_is_value(last, strlen(last)))
        return;
    bool secret = secret_header(header->name);
    if (!secret && strncasecmp(header->name, "X-", 2) != 0)
        return;
    size_t word = (size_t)(last - value), before = clues->count;
    bool told = is_name(header->name, strlen(header->name)) &&
                (space == NULL || (is_name(value, word - 1) && word <= WORD_MOST));
    snprintf(name, sizeof name, "header %.40s%s%.*s", header->name, space != NULL ? " " : "",
             space != NULL ? (int)word - 1 : 0, value);
    add(clues, CLUE_CLIENT, told ? name : "", last, strlen(last));
    if (clues->count > before)
        clues->items[before].secret = secret;
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
    size_t before = clues->count;
    if (add_json(clues, CLUE_USES, body, request->body_length))
        say_use(clues, before);
    else
        add_pairs(clues, CLUE_USES, "form", (struct span){body, request->body_length}, '&');
}
