#include "traffic/json_text.h"

void json_add_quoted(struct text *out, const char *string)
{
    text_add_char(out, '"');
    for (; *string != '\0'; string++) {
        unsigned char byte = (unsigned char)*string;
        if (byte == '"' || byte == '\\')
            text_addf(out, "\\%c", byte);
        else if (byte < 0x20 || byte == 0x7f)
            text_addf(out, "\\u%04x", byte);
        else
            text_add_char(out, (char)byte);
    }
    text_add_char(out, '"');
}

void json_add_member(struct text *out, const char *key, const char *value)
{
    text_addf(out, "%s\"%s\":", out->length > 0 && out->bytes[out->length - 1] != '{' ? "," : "", key);
    json_add_quoted(out, value);
}
