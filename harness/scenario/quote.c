#include <string.h>
#include <strings.h>

#include "scenario/write.h"

/* Words that other readers of YAML take for something else than text. */
static bool is_magic(const char *value)
{
    static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(words[i], value) == 0)
            return true;
    return false;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

#define WORD_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+=@ "

/* Narrower than YAML: starts like a word, a path or an option, and holds nothing
 * that means something anywhere. */
static bool is_plain(const char *value, bool flow)
{
    const char *first = value[0] == '-' || value[0] == '/' ? value + 1 : value;
    bool starts = is_letter(*first) || (value[0] == '/' && *first == '\0');
    size_t length = strspn(value, flow ? WORD_CHARACTERS : WORD_CHARACTERS "{}[](),~$&*!?%<>^;'");
    return starts && value[length] == '\0' && value[length - 1] != ' ' && !is_magic(value);
}

/* The code point at `bytes`, and its length; -1 (length 1) where it is not UTF-8. */
static long decode(const unsigned char *bytes, size_t *length)
{
    static const long least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t more = bytes[0] < 0x80    ? 0
                  : bytes[0] >= 0xf8 ? 9
                  : bytes[0] >= 0xf0 ? 3
                  : bytes[0] >= 0xe0 ? 2
                                     : 1;
    *length = 1;
    if (more == 9 || (bytes[0] >= 0x80 && bytes[0] < 0xc0))
        return -1;
    long point = more == 0 ? bytes[0] : bytes[0] & (0x3f >> more);
    for (size_t i = 1; i <= more; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return -1;
        point = (point << 6) | (bytes[i] & 0x3f);
    }
    if (point < least[more + 1] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
        return -1;
    *length = more + 1;
    return point;
}

/* Control characters, and what counts as a line break, a byte order mark or no character. */
static bool needs_escape(long point)
{
    return point < 0x20 || (point >= 0x7f && point <= 0xa0) || point == 0x2028 || point == 0x2029 ||
           point == 0xfeff || (point & 0xfffe) == 0xfffe;
}

void scenario_quote(struct text *out, const char *value, bool flow)
{
    if (is_plain(value, flow)) {
        text_add_string(out, value);
        return;
    }
    text_add_char(out, '"');
    for (const unsigned char *at = (const unsigned char *)value; *at != '\0';) {
        size_t length;
        long point = decode(at, &length);
        if (point < 0)
            text_addf(out, "\\x%02X", *at);
        else if (point == '"' || point == '\\')
            text_addf(out, "\\%c", (int)point);
        else if (needs_escape(point))
            text_addf(out, point > 0xffff ? "\\U%08lX" : "\\u%04lX", (unsigned long)point);
        else
            text_add(out, at, length);
        at += length;
    }
    text_add_char(out, '"');
}
