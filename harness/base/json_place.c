#include "base/json_place.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_pointer.h"

struct scan {
    const char *at, *end;
};

static void skip_blanks(struct scan *scan)
{
    while (scan->at < scan->end && memchr(" \t\r\n", *scan->at, 4) != NULL)
        scan->at++;
}

static bool skip(struct scan *scan, char wanted)
{
    skip_blanks(scan);
    if (scan->at == scan->end || *scan->at != wanted)
        return false;
    scan->at++;
    return true;
}

/* What stands between the quotes. */
static bool take_string(struct scan *scan, struct span *inner)
{
    if (!skip(scan, '"'))
        return false;
    const char *start = scan->at;
    while (scan->at < scan->end && *scan->at != '"')
        scan->at += *scan->at == '\\' && scan->end - scan->at > 1 ? 2 : 1;
    if (scan->at >= scan->end)
        return false;
    *inner = (struct span){start, (size_t)(scan->at++ - start)};
    return true;
}

/* To behind the bracket that closes the one here; by counting, so that depth costs nothing. */
static bool skip_brackets(struct scan *scan)
{
    size_t depth = 0;
    while (scan->at < scan->end) {
        struct span inner;
        if (*scan->at == '"') {
            if (!take_string(scan, &inner))
                return false;
            continue;
        }
        depth += *scan->at == '{' || *scan->at == '[';
        bool closes = *scan->at == '}' || *scan->at == ']';
        scan->at++;
        if (closes && --depth == 0)
            return true;
    }
    return false;
}

static bool take_value(struct scan *scan, struct span *value)
{
    struct span inner;
    skip_blanks(scan);
    const char *start = scan->at;
    if (start == scan->end)
        return false;
    if (*start == '"' ? !take_string(scan, &inner) : (*start == '{' || *start == '[') && !skip_brackets(scan))
        return false;
    if (scan->at == start) /* a number or a word */
        while (scan->at < scan->end && memchr(",]} \t\r\n", *scan->at, 7) == NULL)
            scan->at++;
    *value = (struct span){start, (size_t)(scan->at - start)};
    return value->length > 0;
}

static unsigned hex(const char *digits)
{
    char copy[5] = {digits[0], digits[1], digits[2], digits[3], '\0'};
    return (unsigned)strtoul(copy, NULL, 16);
}

/* The character of a key at *at, which goes behind it; escapes above U+007F match nothing. */
static int next_of_key(const char **at, const char *end)
{
    static const char escapes[] = "b\bf\fn\nr\rt\t";
    char character = *(*at)++;
    if (character != '\\' || *at == end)
        return (unsigned char)character;
    character = *(*at)++;
    if (character == 'u' && end - *at >= 4) {
        unsigned code = hex(*at);
        *at += 4;
        return code < 0x80 ? (int)code : -1;
    }
    for (size_t i = 0; i < sizeof escapes - 1; i += 2)
        if (escapes[i] == character)
            return escapes[i + 1];
    return character;
}

/* Whether a key is the reference token in [token, token_end), in which "~1" is '/' and "~0" is '~'. */
static bool is_key(struct span key, const char *token, const char *token_end)
{
    const char *at = key.bytes, *end = at + key.length;
    while (at < end && token < token_end) {
        char wanted = *token++;
        if (wanted == '~' && token < token_end)
            wanted = *token++ == '1' ? '/' : '~';
        if (next_of_key(&at, end) != (unsigned char)wanted)
            return false;
    }
    return at == end && token == token_end;
}

static bool find_member(struct scan *scan, const char *token, const char *token_end, struct span *value)
{
    struct span key;
    do {
        if (!take_string(scan, &key) || !skip(scan, ':') || !take_value(scan, value))
            return false;
        if (is_key(key, token, token_end))
            return true;
    } while (skip(scan, ','));
    return false;
}

static bool find_element(struct scan *scan, const char *token, const char *token_end, struct span *value)
{
    size_t left;
    if (!json_pointer_index(token, (size_t)(token_end - token), &left))
        return false;
    for (; take_value(scan, value); left--)
        if (left == 0)
            return true;
        else if (!skip(scan, ','))
            return false;
    return false;
}

bool json_place(struct span document, const char *pointer, struct span *value)
{
    struct scan scan = {document.bytes, document.bytes + document.length};
    bool found = take_value(&scan, value);
    while (found && *pointer == '/') {
        const char *token = pointer + 1, *token_end = token + strcspn(token, "/");
        scan = (struct scan){value->bytes + 1, value->bytes + value->length};
        found = value->bytes[0] == '{'   ? find_member(&scan, token, token_end, value)
                : value->bytes[0] == '[' ? find_element(&scan, token, token_end, value)
                                         : false;
        pointer = token_end;
    }
    return found;
}
