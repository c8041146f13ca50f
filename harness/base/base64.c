#include "base/base64.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_write(const void *bytes, size_t length, struct text *out)
{
    const unsigned char *in = bytes;
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        uint32_t group =
            (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) | (left > 2 ? in[i + 2] : 0);
        char four[4] = {alphabet[group >> 18 & 63], alphabet[group >> 12 & 63],
                        left > 1 ? alphabet[group >> 6 & 63] : '=', left > 2 ? alphabet[group & 63] : '='};
        text_add(out, four, 4);
    }
}

static int digit(char character)
{
    const char *at = character != '\0' ? strchr(alphabet, character) : NULL;
    return at != NULL ? (int)(at - alphabet) : -1;
}

int base64_read(const char *text, size_t length, int lax, struct text *out, size_t *at)
{
    uint32_t group = 0;
    size_t digits = 0, padding = 0;
    for (size_t i = 0; i < length; i++) {
        int value = digit(text[i]);
        *at = i;
        if (lax && (text[i] == '\n' || text[i] == '\r' || text[i] == ' '))
            continue;
        if (text[i] == '=' && digits % 4 + padding >= 2 && digits % 4 + padding < 4) {
            padding++;
            continue;
        }
        if (value < 0 || padding > 0)
            return -1;
        group = group << 6 | (uint32_t)value;
        if (++digits % 4 == 0) {
            char three[3] = {(char)(group >> 16), (char)(group >> 8), (char)group};
            text_add(out, three, 3);
            group = 0;
        }
    }
    size_t rest = digits % 4;
    *at = length;
    if (rest == 1 || (!lax && (rest + padding) % 4 != 0))
        return -1;
    if (rest > 1)
        text_add_char(out, (char)(group >> (rest == 2 ? 4 : 10)));
    if (rest > 2)
        text_add_char(out, (char)(group >> 2));
    return 0;
}
