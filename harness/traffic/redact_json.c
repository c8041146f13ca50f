#include "traffic/redact_json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"

void json_scan_init(struct json_scan *scan, const char *bytes, size_t length)
{
    memset(scan, 0, sizeof *scan);
    scan->bytes = bytes;
    scan->length = length;
}

/* From behind the opening quote to the closing one, or the end of what is there. */
static size_t string_end(const struct json_scan *scan, size_t at)
{
    while (at < scan->length && scan->bytes[at] != '"')
        at += scan->bytes[at] == '\\' && at + 1 < scan->length ? 2 : 1;
    return at < scan->length ? at : scan->length;
}

/* Keys may hide behind \u0070assword. */
static bool names_secret(const char *key, size_t length)
{
    struct text plain = TEXT_EMPTY;
    for (size_t i = 0; i < length; i++) {
        char digits[5] = "";
        if (key[i] != '\\' || i + 5 >= length || key[i + 1] != 'u') {
            text_add_char(&plain, key[i]);
            continue;
        }
        memcpy(digits, key + i + 2, 4);
        text_add_char(&plain, (char)strtoul(digits, NULL, 16));
        i += 5;
    }
    bool secret = secret_key_name(text_string(&plain), plain.length);
    text_release(&plain);
    return secret;
}

static size_t level(const struct json_scan *scan)
{
    return scan->depth < JSON_SCAN_DEPTH ? scan->depth : JSON_SCAN_DEPTH;
}

static void open_bracket(struct json_scan *scan, bool object)
{
    bool secret = scan->secret[level(scan)];
    scan->depth++;
    scan->secret[level(scan)] = secret; /* all that a secret key holds is secret */
    scan->object[level(scan)] = object;
    scan->key_next = object;
}

static void close_bracket(struct json_scan *scan)
{
    if (scan->depth > 0)
        scan->depth--;
    scan->key_next = false;
}

static bool parent_is_secret(const struct json_scan *scan)
{
    size_t at = level(scan);
    return at > 0 && scan->depth < JSON_SCAN_DEPTH && scan->secret[at - 1];
}

static bool at_string(struct json_scan *scan, struct json_secret *found)
{
    size_t start = scan->at + 1, end = string_end(scan, start);
    scan->at = end < scan->length ? end + 1 : end;
    if (scan->key_next) {
        scan->secret[level(scan)] = parent_is_secret(scan) || names_secret(scan->bytes + start, end - start);
        scan->key_next = false;
        return false;
    }
    *found = (struct json_secret){start, end - start, true};
    return scan->secret[level(scan)] && end > start;
}

static bool at_number(struct json_scan *scan, struct json_secret *found)
{
    size_t start = scan->at;
    while (scan->at < scan->length &&
           (isalnum((unsigned char)scan->bytes[scan->at]) || strchr("+-.", scan->bytes[scan->at]) != NULL) &&
           scan->bytes[scan->at] != '\0')
        scan->at++;
    *found = (struct json_secret){start, scan->at - start, false};
    return scan->secret[level(scan)];
}

bool json_scan_next(struct json_scan *scan, struct json_secret *found)
{
    while (scan->at < scan->length) {
        char character = scan->bytes[scan->at];
        if (character == '"') {
            if (at_string(scan, found))
                return true;
            continue;
        }
        if (character == '-' || isdigit((unsigned char)character)) {
            if (at_number(scan, found))
                return true;
            continue;
        }
        scan->at++;
        if (character == '{' || character == '[')
            open_bracket(scan, character == '{');
        else if (character == '}' || character == ']')
            close_bracket(scan);
        else if (character == ',')
            scan->key_next = scan->object[level(scan)];
    }
    return false;
}
