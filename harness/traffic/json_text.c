#include "traffic/json_text.h"

static bool needs_escape(char character)
{
    unsigned char byte = (unsigned char)character;
    return byte < 0x20 || byte == 0x7f || byte == '"' || byte == '\\';
}

void json_add_quoted(struct text *out, const char *string)
{
    text_add_char(out, '"');
    while (*string != '\0') {
        size_t plain = 0;
        while (string[plain] != '\0' && !needs_escape(string[plain]))
            plain++;
        text_add(out, string, plain);
        string += plain;
        if (*string == '\0')
            break;
        unsigned char byte = (unsigned char)*string++;
        if (byte == '"' || byte == '\\')
            text_addf(out, "\\%c", byte);
        else
            text_addf(out, "\\u%04x", byte);
    }
    text_add_char(out, '"');
}

void json_add_member(struct text *out, const char *key, const char *value)
{
    text_add_string(out, out->length > 0 && out->bytes[out->length - 1] != '{' ? ",\"" : "\"");
    text_add_string(out, key);
    text_add_string(out, "\":");
    json_add_quoted(out, value);
}
