#include "traffic/json_text.h"

/* How far a string can stand as it is: up to a control character, a quote, a backslash or its end. */
static size_t plain_run(const char *string)
{
    size_t run = 0;
    for (unsigned char byte;
         (byte = (unsigned char)string[run]) >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f;)
        run++;
    return run;
}

void json_add_quoted(struct text *out, const char *string)
{
    text_add_char(out, '"');
    while (*string != '\0') {
        size_t plain = plain_run(string);
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
