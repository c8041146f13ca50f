#include "traffic/redact_json.h"

#include <ctype.h>
#include <string.h>

void json_scan_init(struct json_scan *scan, const char *bytes, size_t length,
                    enum secret_name (*kind)(void *owner, const char *key, size_t length), void *owner)
{
    memset(scan, 0, sizeof *scan);
    scan->bytes = bytes;
    scan->length = length;
    scan->kind = kind;
    scan->owner = owner;
}

/* From behind the opening quote to the closing one, or the end of what is there. */
static size_t string_end(const struct json_scan *scan, size_t at)
{
    while (at < scan->length && scan->bytes[at] != '"')
        at += scan->bytes[at] == '\\' && at + 1 < scan->length ? 2 : 1;
    return at < scan->length ? at : scan->length;
}

static size_t level(const struct json_scan *scan)
{
    return scan->depth < JSON_SCAN_DEPTH ? scan->depth : JSON_SCAN_DEPTH;
}

static void open_bracket(struct json_scan *scan, bool object)
{
    enum secret_name name = scan->name[level(scan)];
    scan->depth++;
    scan->name[level(scan)] = name; /* all that a secret key holds is secret */
    scan->pair[level(scan)] = SECRET_NAME_PLAIN;
    scan->object[level(scan)] = object;
    scan->key_next = object;
    scan->name_next = false;
}

static void close_bracket(struct json_scan *scan)
{
    if (scan->depth > 0)
        scan->depth--;
    scan->key_next = false;
}

static enum secret_name name_of_parent(const struct json_scan *scan)
{
    size_t at = level(scan);
    return at > 0 && scan->depth < JSON_SCAN_DEPTH ? scan->name[at - 1] : SECRET_NAME_PLAIN;
}

static bool is_one_of(const char *const *words, const char *key, size_t length)
{
    for (; *words != NULL; words++)
        if (strlen(*words) == length && memcmp(*words, key, length) == 0)
            return true;
    return false;
}

static void take_key(struct json_scan *scan, size_t start, size_t end)
{
    static const char *const names[] = {"name", "key", "field", "id", NULL}, *const values[] = {"value",
                                                                                                NULL};
    const char *key = scan->bytes + start;
    enum secret_name name = scan->pair[level(scan)];
    if (name_of_parent(scan) == SECRET_NAME_SURE)
        name = SECRET_NAME_SURE;
    else if (name == SECRET_NAME_PLAIN || !is_one_of(values, key, end - start))
        name = scan->kind(scan->owner, key, end - start);
    scan->name[level(scan)] = name;
    scan->name_next = is_one_of(names, key, end - start);
    scan->key_next = false;
}

static bool at_string(struct json_scan *scan, struct json_scalar *found)
{
    size_t start = scan->at + 1, end = string_end(scan, start);
    scan->at = end < scan->length ? end + 1 : end;
    if (scan->key_next) {
        take_key(scan, start, end);
        return false;
    }
    if (scan->name_next)
        scan->pair[level(scan)] = scan->kind(scan->owner, scan->bytes + start, end - start);
    *found = (struct json_scalar){start, end - start, true, scan->name[level(scan)]};
    return end > start;
}

static bool at_number(struct json_scan *scan, struct json_scalar *found)
{
    size_t start = scan->at;
    while (scan->at < scan->length &&
           (isalnum((unsigned char)scan->bytes[scan->at]) || strchr("+-.", scan->bytes[scan->at]) != NULL) &&
           scan->bytes[scan->at] != '\0')
        scan->at++;
    *found = (struct json_scalar){start, scan->at - start, false, scan->name[level(scan)]};
    return true;
}

bool json_scan_next(struct json_scan *scan, struct json_scalar *found)
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
        else if (character == ',') {
            scan->key_next = scan->object[level(scan)];
            scan->name_next = false;
        }
    }
    return false;
}
