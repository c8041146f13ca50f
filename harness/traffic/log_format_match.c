#include <ctype.h>
#include <string.h>

#include "traffic/log_format.h"

#define TRIES_MOST 1000 /* places that did not fit, in one line */

/* A quote that a backslash hides ends nothing. */
static bool is_hidden(const char *start, const char *at)
{
    size_t backslashes = 0;
    while (at > start && *--at == '\\')
        backslashes++;
    return backslashes % 2 == 1;
}

/* Where the piece's value ends that begins at its `value.bytes`, at `from` or later; NULL: nowhere. */
static const char *find_end(const struct log_format *format, const struct log_piece *piece, const char *from,
                            const char *end)
{
    const struct text *behind = &piece->behind;
    bool last = piece + 1 == format->pieces + format->count;
    size_t left = (size_t)(end - from);
    if (left < behind->length)
        return NULL;
    if (behind->length == 0)
        return end;
    if (last) { /* the line ends there as well */
        const char *at = end - behind->length;
        return memcmp(at, behind->bytes, behind->length) == 0 ? at : NULL;
    }
    bool hides = behind->bytes[0] == '"' && format->escape != LOG_ESCAPE_NONE;
    const char *at = from;
    do {
        at = behind->length == 1 ? memchr(at, behind->bytes[0], (size_t)(end - at))
                                 : memmem(at, (size_t)(end - at), behind->bytes, behind->length);
        if (at == NULL || !hides || !is_hidden(piece->value.bytes, at))
            return at;
    } while (++at < end);
    return NULL;
}

static bool is_number(const struct log_value *value)
{
    for (size_t i = 0; i < value->length; i++)
        if (!isdigit((unsigned char)value->bytes[i]) && (value->bytes[i] != '.' || i == 0))
            return false;
    return true;
}

/* Of most values nothing is known of what they look like. */
static bool fits(const struct log_piece *piece)
{
    const struct log_value *value = &piece->value;
    if (!log_value_there(value))
        return true;
    if (piece->kind == PIECE_PROTOCOL)
        return value->length > 5 && memcmp(value->bytes, "HTTP/", 5) == 0;
    bool number = piece->kind == PIECE_NUMBER || piece->kind == PIECE_PORT || piece->field == LOG_STATUS;
    return !number || is_number(value);
}

/* A time, which ends where it ends. */
static bool match_clock(struct log_piece *piece, const char *end, struct log_clock *clock)
{
    struct cursor cursor = {piece->value.bytes, end};
    if (!log_clock_read(piece->name, &cursor, clock))
        return false;
    piece->value.length = (size_t)(cursor.at - piece->value.bytes);
    size_t left = (size_t)(end - cursor.at);
    return left >= piece->behind.length &&
           (piece->behind.length == 0 || memcmp(cursor.at, piece->behind.bytes, piece->behind.length) == 0);
}

enum matched { MATCH_YES, MATCH_NOT_HERE, MATCH_NEVER };

/* The value from its first byte on, and not before `from`. What stands behind it may be nowhere in the rest of the line:
 * then no earlier choice helps. */
static enum matched match_piece(const struct log_format *format, struct log_piece *piece, const char *from,
                                const char *end, struct log_clock *clock)
{
    if (piece->kind == PIECE_CLOCK)
        return match_clock(piece, end, clock) ? MATCH_YES : MATCH_NOT_HERE;
    const char *stop = find_end(format, piece, from, end);
    if (stop == NULL)
        return MATCH_NEVER;
    piece->value.length = (size_t)(stop - piece->value.bytes);
    return fits(piece) ? MATCH_YES : MATCH_NOT_HERE;
}

static const char *after(const struct log_piece *piece)
{
    return piece->value.bytes + piece->value.length + (piece->shared ? 0 : piece->behind.length);
}

/* The nearest piece before this one that could end later than it does; NULL: none. */
static struct log_piece *before_that_moves(struct log_format *format, struct log_piece *piece)
{
    while (piece > format->pieces)
        if ((--piece)->kind != PIECE_CLOCK)
            return piece;
    return NULL;
}

static bool begins(const struct log_format *format, const char *line, size_t length)
{
    const struct text *before = &format->before;
    return length >= before->length &&
           (before->length == 0 || memcmp(line, before->bytes, before->length) == 0);
}

bool log_format_match(struct log_format *format, const char *line, size_t length, struct log_clock *clock)
{
    struct log_piece *piece = format->pieces, *last = piece + format->count - 1;
    const char *end = line + length, *from = line + format->before.length;
    if (!begins(format, line, length))
        return false;
    piece->value.bytes = from;
    for (int tries = 0; tries < TRIES_MOST;) {
        enum matched matched = from <= end ? match_piece(format, piece, from, end, clock) : MATCH_NEVER;
        if (matched == MATCH_NEVER)
            return false;
        if (matched == MATCH_YES && piece == last && after(piece) == end)
            return true;
        if (matched == MATCH_YES && piece < last) {
            from = after(piece);
            (++piece)->value.bytes = from;
            continue;
        }
        tries++;
        piece = before_that_moves(format, piece);
        if (piece == NULL)
            return false;
        from = piece->value.bytes + piece->value.length + 1;
    }
    return false;
}
