#include "base/json_walk.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

void json_walk_init(struct json_walk *scan, const char *bytes, size_t length, const char *name)
{
    *scan = (struct json_walk){.at = bytes, .start = bytes, .end = bytes + length, .name = name};
}

void json_walk_again(struct json_walk *scan, const char *bytes, size_t length, const char *name)
{
    struct text key = scan->key, value = scan->value;
    json_walk_init(scan, bytes, length, name);
    scan->key = key;
    scan->value = value;
}

void json_walk_release(struct json_walk *scan)
{
    text_release(&scan->key);
    text_release(&scan->value);
}

bool json_walk_failed(const struct json_walk *scan)
{
    return scan->fault.code != ERR_NONE;
}

/* Only here are lines counted, once. */
void json_walk_fail(struct json_walk *scan, const char *what)
{
    size_t line = 1;
    const char *line_start = scan->start;
    if (json_walk_failed(scan))
        return;
    for (const char *at = scan->start; at < scan->at; at++)
        if (*at == '\n') {
            line++;
            line_start = at + 1;
        }
    err_set(&scan->fault, ERR_USAGE, "%s:%zu:%zu: %s", scan->name, line, (size_t)(scan->at - line_start) + 1,
            what);
}

/* What JSON itself wants here. */
static void fail_to_read(struct json_walk *scan, const char *what)
{
    json_walk_fail(scan, scan->at == scan->end ? "the JSON ends here, unfinished" : what);
}

static int peek(struct json_walk *scan)
{
    while (scan->at < scan->end && (unsigned char)*scan->at <= ' ' && memchr(" \t\r\n", *scan->at, 4) != NULL)
        scan->at++;
    return scan->at < scan->end && !json_walk_failed(scan) ? (unsigned char)*scan->at : -1;
}

bool json_walk_is(struct json_walk *scan, char kind)
{
    int next = peek(scan);
    return kind == '0' || kind == '-' ? next == '-' || (next >= '0' && next <= '9') : next == kind;
}

static bool expect(struct json_walk *scan, char wanted, const char *what)
{
    if (peek(scan) != (unsigned char)wanted) {
        fail_to_read(scan, what);
        return false;
    }
    scan->at++;
    return true;
}

static bool open_bracket(struct json_walk *scan, char bracket, const char *what)
{
    if (!expect(scan, bracket, what))
        return false;
    if (++scan->depth > JSON_WALK_DEPTH)
        json_walk_fail(scan, "nested deeper than 4096 brackets");
    scan->first = true;
    return !json_walk_failed(scan);
}

bool json_walk_object(struct json_walk *scan)
{
    return open_bracket(scan, '{', "expected an object");
}

bool json_walk_array(struct json_walk *scan)
{
    return open_bracket(scan, '[', "expected an array");
}

/* To the next item within brackets. */
static bool next_item(struct json_walk *scan, char closing)
{
    if (peek(scan) == closing) {
        scan->at++;
        scan->depth--;
        scan->first = false;
        return false;
    }
    if (!scan->first && !expect(scan, ',', closing == '}' ? "expected ',' or '}'" : "expected ',' or ']'"))
        return false;
    scan->first = false;
    return !json_walk_failed(scan);
}

static bool hex4(struct json_walk *scan, uint32_t *code)
{
    *code = 0;
    for (int i = 0; i < 4; i++, scan->at++) {
        int digit = scan->at < scan->end ? hex_value(*scan->at) : -1;
        if (digit < 0)
            return false;
        *code = *code * 16 + (uint32_t)digit;
    }
    return true;
}

static void add_utf8(struct text *out, uint32_t code)
{
    if (code == 0 || (code >= 0xd800 && code < 0xe000))
        code = 0xfffd;
    if (code < 0x80) {
        text_add_char(out, (char)code);
        return;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
    text_add_char(out, (char)(lead[more] | code >> (6 * more)));
    while (more-- > 0)
        text_add_char(out, (char)(0x80 | (code >> (6 * more) & 0x3f)));
}

/* Behind "\u". */
static bool take_unicode(struct json_walk *scan, struct text *out)
{
    uint32_t code, low;
    if (!hex4(scan, &code))
        return false;
    if (code >= 0xd800 && code < 0xdc00 && scan->end - scan->at >= 6 && memcmp(scan->at, "\\u", 2) == 0) {
        const char *back = scan->at;
        scan->at += 2;
        if (!hex4(scan, &low))
            return false;
        if (low >= 0xdc00 && low < 0xe000)
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        else
            scan->at = back;
    }
    add_utf8(out, code);
    return true;
}

/* Behind the backslash. */
static bool take_escape(struct json_walk *scan, struct text *out)
{
    static const char escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    if (scan->at == scan->end)
        return false;
    char which = *scan->at++;
    if (which == 'u')
        return take_unicode(scan, out);
    for (size_t i = 0; i < sizeof escapes - 1; i += 2)
        if (escapes[i] == which) {
            text_add_char(out, escapes[i + 1]);
            return true;
        }
    scan->at--;
    return false;
}

static bool take_string(struct json_walk *scan, struct text *out)
{
    text_clear(out);
    if (!expect(scan, '"', "expected a string"))
        return false;
    while (scan->at < scan->end && *scan->at != '"') {
        const char *plain = scan->at;
        while (scan->at < scan->end && *scan->at != '"' && *scan->at != '\\' &&
               (unsigned char)*scan->at >= ' ')
            scan->at++;
        text_add(out, plain, (size_t)(scan->at - plain));
        if (scan->at == scan->end || *scan->at == '"')
            break;
        if (*scan->at++ != '\\' || !take_escape(scan, out)) {
            fail_to_read(scan, "not a character of a JSON string");
            return false;
        }
    }
    if (scan->at == scan->end) {
        fail_to_read(scan, "");
        return false;
    }
    scan->at++;
    return true;
}

bool json_walk_member(struct json_walk *scan)
{
    return next_item(scan, '}') && take_string(scan, &scan->key) &&
           expect(scan, ':', "expected ':' after a key");
}

bool json_walk_element(struct json_walk *scan)
{
    return next_item(scan, ']');
}

bool json_walk_key_is(const struct json_walk *scan, const char *key)
{
    return strcmp(text_string(&scan->key), key) == 0;
}

const char *json_walk_string(struct json_walk *scan)
{
    return take_string(scan, &scan->value) ? text_string(&scan->value) : "";
}

static size_t digits(struct json_walk *scan)
{
    const char *start = scan->at;
    while (scan->at < scan->end && isdigit((unsigned char)*scan->at))
        scan->at++;
    return (size_t)(scan->at - start);
}

static bool skip_char(struct json_walk *scan, const char *any)
{
    if (scan->at == scan->end || *scan->at == '\0' || strchr(any, *scan->at) == NULL)
        return false;
    scan->at++;
    return true;
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? */
static bool skip_number(struct json_walk *scan)
{
    peek(scan);
    skip_char(scan, "-");
    const char *whole = scan->at;
    size_t count = digits(scan);
    if (count == 0 || (count > 1 && *whole == '0'))
        return false;
    if (skip_char(scan, ".") && digits(scan) == 0)
        return false;
    if (!skip_char(scan, "eE"))
        return true;
    skip_char(scan, "+-");
    return digits(scan) > 0;
}

double json_walk_number(struct json_walk *scan)
{
    peek(scan);
    const char *start = scan->at;
    if (!skip_number(scan) || json_walk_failed(scan)) {
        fail_to_read(scan, "expected a number");
        return (double)NAN;
    }
    /* A copy, since the bytes need not end in a NUL. */
    text_clear(&scan->value);
    text_add(&scan->value, start, (size_t)(scan->at - start));
    return strtod(text_string(&scan->value), NULL);
}

static void skip_word(struct json_walk *scan)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i]);
        if ((size_t)(scan->end - scan->at) >= length && memcmp(scan->at, words[i], length) == 0) {
            scan->at += length;
            return;
        }
    }
    fail_to_read(scan, "expected a value");
}

static void skip_scalar(struct json_walk *scan)
{
    if (json_walk_is(scan, '"'))
        take_string(scan, &scan->value);
    else if (json_walk_is(scan, '0'))
        json_walk_number(scan);
    else
        skip_word(scan);
}

/* Without recursion: which kind of bracket is open is kept in one bit each. */
static void skip_brackets(struct json_walk *scan)
{
    unsigned char objects[JSON_WALK_DEPTH / 8 + 1] = {0};
    size_t base = scan->depth;
    do {
        bool object = json_walk_is(scan, '{');
        if (!object && !json_walk_is(scan, '[')) {
            skip_scalar(scan);
        } else if (open_bracket(scan, object ? '{' : '[', "")) {
            unsigned char *byte = &objects[scan->depth / 8], bit = (unsigned char)(1u << scan->depth % 8);
            *byte = (unsigned char)(object ? *byte | bit : *byte & ~bit);
        }
        while (scan->depth > base && !json_walk_failed(scan)) {
            object = objects[scan->depth / 8] >> scan->depth % 8 & 1;
            if (object ? json_walk_member(scan) : json_walk_element(scan))
                break;
        }
    } while (scan->depth > base && !json_walk_failed(scan));
}

void json_walk_skip(struct json_walk *scan)
{
    if (json_walk_is(scan, '{') || json_walk_is(scan, '['))
        skip_brackets(scan);
    else
        skip_scalar(scan);
}

int json_walk_done(struct json_walk *scan, struct err *err)
{
    if (!json_walk_failed(scan) && (peek(scan) != -1 || scan->depth > 0))
        fail_to_read(scan, "more than one JSON value");
    if (!json_walk_failed(scan))
        return 0;
    return err_set(err, scan->fault.code, "%s", scan->fault.message);
}

int json_walk_end(struct json_walk *scan, struct err *err)
{
    int result = json_walk_done(scan, err);
    json_walk_release(scan);
    return result;
}
