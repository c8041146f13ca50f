#include "traffic/redact_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/text.h"

void view_room_release(struct view_room *scratch)
{
    if (scratch->bytes != NULL)
        explicit_bzero(scratch->bytes, scratch->capacity);
    free(scratch->bytes);
    free(scratch->map);
    *scratch = (struct view_room){NULL, NULL, 0};
}

/* No decoding makes text longer. What is in it is not needed any more. */
static void reserve(struct view_room *scratch, size_t length)
{
    if (scratch->capacity > length)
        return;
    size_t capacity = length < 256 ? 256 : length + length / 2;
    view_room_release(scratch);
    scratch->bytes = xmalloc(capacity);
    scratch->map = xmalloc(capacity * sizeof *scratch->map);
    scratch->capacity = capacity;
}

static struct view view_of(const struct view_room *scratch, size_t length, size_t end)
{
    scratch->map[length] = (uint32_t)end;
    return (struct view){scratch->bytes, length, 0, scratch->map};
}

struct view view_unpercent(const struct view *view, bool plus, struct view_room *scratch)
{
    size_t written = 0;
    reserve(scratch, view->length);
    for (size_t i = 0; i < view->length; i++, written++) {
        const char *at = view->bytes + i;
        int byte = percent_byte(at, view->length - i);
        scratch->map[written] = (uint32_t)view_at(view, i);
        scratch->bytes[written] = byte >= 0 ? (char)byte : *at == '+' && plus ? ' ' : *at;
        i += byte >= 0 ? PERCENT_LENGTH - 1 : 0;
    }
    return view_of(scratch, written, view_at(view, view->length));
}

/* Bytes that are no ASCII only have to be other than ASCII. */
static char letter_of(char escaped)
{
    static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
    const char *at = escaped != '\0' ? strchr(from, escaped) : NULL;
    return at != NULL ? to[at - from] : escaped;
}

struct view view_unescape(const struct view *view, struct view_room *scratch)
{
    size_t written = 0;
    reserve(scratch, view->length);
    for (size_t i = 0; i < view->length; i++, written++) {
        const char *at = view->bytes + i;
        size_t left = view->length - i;
        int unit = left > 2 && at[0] == '\\' && at[1] == 'u' ? hex_number(at + 2, left - 2, 4) : -1;
        scratch->map[written] = (uint32_t)view_at(view, i);
        if (unit >= 0)
            scratch->bytes[written] = unit < 0x80 ? (char)unit : '\x7f';
        else
            scratch->bytes[written] = at[0] == '\\' && left > 1 ? letter_of(at[1]) : at[0];
        i += unit >= 0 ? 5 : at[0] == '\\' && left > 1 ? 1 : 0;
    }
    return view_of(scratch, written, view_at(view, view->length));
}

static int digit_value(char character)
{
    if (character >= 'A' && character <= 'Z')
        return character - 'A';
    if (character >= 'a' && character <= 'z')
        return character - 'a' + 26;
    if (character >= '0' && character <= '9')
        return character - '0' + 52;
    return character == '+' || character == '-' ? 62 : character == '/' || character == '_' ? 63 : -1;
}

static bool is_text(unsigned byte)
{
    return (byte >= 0x20 && byte != 0x7f) || byte == '\n' || byte == '\r' || byte == '\t';
}

bool view_unbase64(const struct view *view, struct view_room *scratch, struct view *out)
{
    unsigned bits = 0, count = 0;
    size_t written = 0, length = view->length, high = 0;
    reserve(scratch, length);
    while (length > 0 && view->bytes[length - 1] == '=')
        length--;
    for (size_t i = 0; i < length; i++) {
        int value = digit_value(view->bytes[i]);
        if (value < 0)
            return false;
        bits = (bits << 6 | (unsigned)value) & 0xffff;
        count += 6;
        if (count < 8)
            continue;
        count -= 8;
        unsigned byte = bits >> count & 255;
        high += byte >= 0x80;
        if (!is_text(byte) || high * 4 > written + 8)
            return false;
        scratch->map[written] = (uint32_t)view_at(view, i);
        scratch->bytes[written++] = (char)byte;
    }
    *out = view_of(scratch, written, view_at(view, view->length));
    return written > 0;
}
