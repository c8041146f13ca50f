#include "traffic/json_text.h"

#include <string.h>

#include "base/scan.h"

static void add_escape(struct text *out, unsigned char byte)
{
    if (byte == '"' || byte == '\\')
        text_addf(out, "\\%c", byte);
    else
        text_addf(out, "\\u%04x", byte);
}

void json_add_quoted(struct text *out, const char *string)
{
    size_t length = strlen(string);
    text_reserve(out, length + 2);
    text_add_char(out, '"');
    for (size_t at = 0; at < length; at++) {
        size_t plain = scan_until(string + at, length - at, scan_json_escaped);
        text_add(out, string + at, plain);
        at += plain;
        if (at < length)
            add_escape(out, (unsigned char)string[at]);
    }
    text_add_char(out, '"');
}

void json_add_member(struct text *out, const char *key, const char *value)
{
    if (out->length > 0 && out->bytes[out->length - 1] != '{')
        text_add_char(out, ',');
    text_add_char(out, '"');
    text_add_string(out, key);
    text_add(out, "\":", 2);
    json_add_quoted(out, value);
}
