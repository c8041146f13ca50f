#include "traffic/redact_find.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/entropy.h"
#include "base/placeholder.h"
#include "base/text.h"
#include "traffic/redact_json.h"

#define NAME_MOST 512 /* bytes of a coded name that are looked at */
#define BASE64_LEAST 16

static inline bool is_in(uint64_t set, char byte)
{
    return (unsigned char)byte < 64 && (set >> (unsigned char)byte & 1) != 0;
}

void finder_release(struct finder *finder)
{
    for (size_t i = 0; i <= FIND_DEEPEST; i++)
        view_room_release(&finder->scratch[i]);
    free(finder->spans);
    memset(finder, 0, sizeof *finder);
}

static void add(struct finder *finder, const struct view *view, size_t from, size_t length, bool bare)
{
    if (length == 0 || placeholder_is(view->bytes + from, length))
        return;
    if (finder->count == finder->capacity) {
        finder->capacity = finder->capacity > 0 ? finder->capacity * 2 : 16;
        finder->spans = xrealloc(finder->spans, finder->capacity * sizeof *finder->spans);
    }
    size_t at = view_at(view, from);
    finder->spans[finder->count++] =
        (struct finding_span){at, view_at(view, from + length) - at, finder->place, bare};
}

void find_whole(struct finder *finder, const struct view *view)
{
    add(finder, view, 0, view->length, false);
}

struct view find_told(const struct view *view)
{
    struct captured told;
    if (!captured_at((struct span){view->bytes, view->length}, 0, &told) || told.length != view->length)
        return *view;
    size_t from = (size_t)(told.recorded.bytes - view->bytes);
    return view_part(view, from, from + told.recorded.length);
}

static int by_place(const void *a, const void *b)
{
    const struct finding_span *one = a, *other = b;
    return one->at != other->at ? (one->at > other->at ? 1 : -1) : 0;
}

void finder_settle(struct finder *finder)
{
    size_t kept = 0;
    if (finder->count < 2)
        return;
    qsort(finder->spans, finder->count, sizeof *finder->spans, by_place);
    for (size_t i = 1; i < finder->count; i++) {
        struct finding_span *last = &finder->spans[kept];
        const struct finding_span *next = &finder->spans[i];
        size_t end = next->at + next->length;
        if (next->at >= last->at + last->length) {
            finder->spans[++kept] = *next;
            continue;
        }
        last->bare = last->bare || next->bare;
        if (end > last->at + last->length)
            last->length = end - last->at;
    }
    finder->count = kept + 1;
}

enum secret_name find_name(struct finder *finder, const char *name, size_t length, bool header)
{
    if (length == 0)
        return SECRET_NAME_PLAIN;
    if (length > FIND_NAME_BYTES)
        return header ? secret_header_kind(name, length) : secret_key_kind(name, length);
    size_t place = length * 31 + (unsigned char)name[0] * 7 + (unsigned char)name[length / 2] * 13 +
                   (unsigned char)name[length - 1] * 5 + header;
    struct found_name *known = &finder->names[place % FIND_NAMES];
    if (known->length != length || known->header != header || memcmp(known->name, name, length) != 0) {
        known->length = (uint8_t)length;
        known->header = header;
        memcpy(known->name, name, length);
        known->kind = (uint8_t)(header ? secret_header_kind(name, length) : secret_key_kind(name, length));
    }
    return (enum secret_name)known->kind;
}

/* By their shape alone. Returns what else was met. */
unsigned find_by_shape(struct finder *finder, const struct view *view)
{
    unsigned seen = 0, met;
    size_t from = 0, at, size;
    while (secret_find(view->bytes + from, view->length - from, &at, &size, &met)) {
        add(finder, view, from + at, size, false);
        from += at + size;
        seen |= met;
    }
    return seen | met;
}

/* The first bytes tell nearly all that is none. */
static bool may_be_base64(const struct view *view)
{
    if (view->length < BASE64_LEAST)
        return false;
    for (size_t i = 0; i < BASE64_LEAST; i++)
        if (!isalnum((unsigned char)view->bytes[i]) &&
            (view->bytes[i] == '\0' || !strchr("+/-_", view->bytes[i])))
            return false;
    return true;
}

/* What holds a secret goes as a whole: no part of it stands for itself. */
static void by_base64(struct finder *finder, const struct view *view, int depth)
{
    struct view plain;
    size_t before = finder->count;
    if (!may_be_base64(view) || depth >= FIND_DEEPEST ||
        !view_unbase64(view, &finder->scratch[depth], &plain))
        return;
    find_anything(finder, &plain, depth + 1);
    if (finder->count == before)
        return;
    finder->count = before;
    find_whole(finder, view);
}

static bool is_coded(const struct view *view, bool plus)
{
    return memchr(view->bytes, '%', view->length) != NULL ||
           (plus && memchr(view->bytes, '+', view->length) != NULL);
}

static void decoded(struct finder *finder, const struct view *view, bool plus, int depth)
{
    if (depth >= FIND_DEEPEST)
        return;
    struct view plain = view_unpercent(view, plus, &finder->scratch[depth]);
    find_anything(finder, &plain, depth + 1);
}

bool find_looks_random(struct finder *finder, const struct view *view, bool plus, int depth)
{
    if (!is_coded(view, plus) || depth >= FIND_DEEPEST)
        return entropy_is_high(view->bytes, view->length);
    struct view plain = view_unpercent(view, false, &finder->scratch[depth]);
    return entropy_is_high(plain.bytes, plain.length);
}

/* It says yes or no, which is no secret whatever it is called. */
static bool is_answer(const struct view *view)
{
    static const char *const answers[] = {"true", "false", "null", "undefined", "yes", "no", "on", "off"};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        if (strlen(answers[i]) == view->length && strncasecmp(answers[i], view->bytes, view->length) == 0)
            return true;
    return false;
}

static enum secret_name name_of(struct finder *finder, const struct view *view, bool plus, int depth)
{
    if (!is_coded(view, plus) || view->length > NAME_MOST || depth >= FIND_DEEPEST)
        return find_name(finder, view->bytes, view->length, false);
    struct view plain = view_unpercent(view, plus, &finder->scratch[depth]);
    return find_name(finder, plain.bytes, plain.length, false);
}

static void named(struct finder *finder, enum secret_name name, const struct view *told, bool plus, int depth)
{
    const struct view recorded = find_recorded(told), *value = &recorded;
    if ((name == SECRET_NAME_SURE && !is_answer(value)) ||
        (name == SECRET_NAME_LIKELY && find_looks_random(finder, value, plus, depth)))
        find_whole(finder, value);
    else if (value->length > 0)
        find_in_value(finder, value, plus, depth);
}

/* A value that was looked at by shape already. */
void find_in_value(struct finder *finder, const struct view *view, bool plus, int depth)
{
    if (is_coded(view, plus))
        decoded(finder, view, plus, depth);
    else if (view->length > 2 && depth < FIND_DEEPEST &&
             (memchr(view->bytes, '=', view->length) != NULL || view->bytes[0] == '{' ||
              view->bytes[0] == '['))
        find_anything(finder, view, depth + 1);
    by_base64(finder, view, depth);
}

/* The end of the piece that begins at `at`: of the pair, or of the text between pairs. */
static size_t piece_end(const struct view *view, size_t at, uint64_t separators)
{
    bool quotes = (separators & BYTE('"')) != 0;
    char quote = '\0';
    for (size_t i = at; i < view->length; i++) {
        char byte = view->bytes[i];
        if (quote != '\0') {
            quote = byte == quote ? '\0' : quote;
            continue;
        }
        if (quotes && i > at && view->bytes[i - 1] == '=' && (byte == '"' || byte == '\''))
            quote = byte;
        else if (is_in(separators, byte))
            return i;
    }
    return view->length;
}

static struct view without_quotes(const struct view *view)
{
    bool quoted = view->length >= 2 && (view->bytes[0] == '"' || view->bytes[0] == '\'');
    bool closed = quoted && view->bytes[view->length - 1] == view->bytes[0];
    return view_part(view, quoted, view->length - closed);
}

/* "name=value" between separators; names and values may be percent-encoded. */
void find_in_pairs(struct finder *finder, const struct view *view, uint64_t separators, int depth)
{
    bool text = separators == IN_TEXT;
    for (size_t at = 0; at < view->length;) {
        size_t end = piece_end(view, at, separators);
        const char *equals = memchr(view->bytes + at, '=', end - at);
        struct view piece = view_part(view, at, end);
        at = end + 1;
        if (equals == NULL) {
            if (piece.length > 0)
                find_in_value(finder, &piece, !text, depth);
            continue;
        }
        size_t split = (size_t)(equals - piece.bytes);
        struct view name = view_part(&piece, 0, split), value = view_part(&piece, split + 1, piece.length);
        if (text)
            value = without_quotes(&value);
        named(finder, name_of(finder, &name, !text, depth), &value, !text, depth);
    }
}

void find_pairs(struct finder *finder, const struct view *view)
{
    find_by_shape(finder, view);
    find_in_pairs(finder, view, IN_FORM, 0);
}

static enum secret_name kind_of_key(void *owner, const char *key, size_t length)
{
    struct finder *finder = owner;
    if (memchr(key, '\\', length) == NULL)
        return find_name(finder, key, length, false);
    struct view coded = {key, length, 0, NULL}; /* \u0070assword */
    struct view plain = view_unescape(&coded, &finder->scratch[FIND_DEEPEST]);
    return find_name(finder, plain.bytes, plain.length, false);
}

static void in_string(struct finder *finder, const struct view *view, int depth)
{
    if (memchr(view->bytes, '\\', view->length) == NULL) {
        find_in_value(finder, view, false, depth);
        return;
    }
    if (depth >= FIND_DEEPEST)
        return;
    struct view plain = view_unescape(view, &finder->scratch[depth]);
    find_anything(finder, &plain, depth + 1);
}

static void in_number(struct finder *finder, const struct view *view)
{
    if (secret_value(view->bytes, view->length))
        add(finder, view, 0, view->length, true);
}

void find_json(struct finder *finder, const struct view *view, int depth)
{
    struct json_scan scan;
    struct json_scalar found;
    json_scan_init(&scan, view->bytes, view->length, kind_of_key, finder);
    while (json_scan_next(&scan, &found)) {
        struct view whole = view_part(view, found.at, found.at + found.length);
        struct view value = find_recorded(&whole);
        bool secret = found.name == SECRET_NAME_SURE ? !is_answer(&value)
                                                     : found.name == SECRET_NAME_LIKELY && found.quoted &&
                                                           entropy_is_high(value.bytes, value.length);
        if (secret)
            add(finder, &value, 0, value.length, !found.quoted);
        else if (found.quoted)
            in_string(finder, &value, depth);
        else
            in_number(finder, &value);
    }
}

static bool is_json(const struct view *view)
{
    size_t at = 0;
    while (at < view->length && isspace((unsigned char)view->bytes[at]))
        at++;
    return at < view->length && (view->bytes[at] == '{' || view->bytes[at] == '[') &&
           !placeholder_is(view->bytes + at, view->length - at);
}

/* What lies below `depth` levels of coding: anything. */
void find_anything(struct finder *finder, const struct view *view, int depth)
{
    unsigned seen = find_by_shape(finder, view);
    if (depth >= FIND_DEEPEST)
        return;
    if ((seen & SECRET_SEEN_BRACKET) != 0 && is_json(view))
        find_json(finder, view, depth);
    else if ((seen & SECRET_SEEN_EQUALS) != 0)
        find_in_pairs(finder, view, IN_TEXT, depth);
    else if ((seen & SECRET_SEEN_PERCENT) != 0)
        decoded(finder, view, false, depth);
    by_base64(finder, view, depth);
}

void find_text(struct finder *finder, const struct view *view)
{
    find_anything(finder, view, 0);
}
