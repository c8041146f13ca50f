#include "traffic/log_lines.h"

#include <string.h>

#include "base/hex.h"
#include "base/text.h"

#define LINE_MOST ((size_t)1024 * 1024)
#define UNTIMED_STEP_US INT64_C(10000)

const char log_lines_untimed_note[] = "no times recorded: requests stand 10 ms apart";

int64_t log_lines_untimed_us(const struct line *line)
{
    return (int64_t)line->number * UNTIMED_STEP_US;
}

static enum skip_reason parse_line(log_line_function *parse, void *owner, const struct line *line,
                                   struct request *request)
{
    if (line->length == 0)
        return SKIP_EMPTY;
    if (line->too_long || line->length > LINE_MOST)
        return SKIP_TOO_LONG;
    if (memchr(line->bytes, '\0', line->length) != NULL)
        return SKIP_UNSAFE;
    enum skip_reason reason = parse(owner, line, request);
    return reason == SKIP_GRAMMAR && line->unterminated ? SKIP_TRUNCATED : reason;
}

int log_lines_read(struct input *input, log_line_function *parse, void *owner, const struct sink *sink,
                   struct err *err)
{
    struct line line;
    struct request request;
    while (input_line(input, &line)) {
        enum skip_reason reason = parse_line(parse, owner, &line, &request);
        if (reason != SKIP_REASONS)
            sink->skip(sink->owner, reason, line.number, line.bytes, line.length);
        else if (sink_each(sink, &request, line.number, line.bytes, line.length, err) != 0)
            return -1;
    }
    return input_failed(input, err);
}

size_t log_lines_count(const char *head, size_t length, bool (*is)(const char *line, size_t length))
{
    size_t count = 0;
    for (const char *at = head, *end = head + length, *next; at < end; at = next) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        next = stop != NULL ? stop + 1 : end;
        if (stop == NULL)
            stop = end;
        if (stop > at && stop[-1] == '\r')
            stop--;
        count += stop > at && is(at, (size_t)(stop - at));
    }
    return count;
}

static void add_utf8(struct text *out, int code)
{
    if (code < 0x80) {
        text_add_char(out, (char)code);
    } else if (code < 0x800) {
        text_add_char(out, (char)(0xc0 | code >> 6));
        text_add_char(out, (char)(0x80 | (code & 0x3f)));
    } else {
        text_add_char(out, (char)(0xe0 | code >> 12));
        text_add_char(out, (char)(0x80 | (code >> 6 & 0x3f)));
        text_add_char(out, (char)(0x80 | (code & 0x3f)));
    }
}

static const struct syntax {
    char number; /* what stands before hexadecimal digits */
    size_t digits;
    const char *letters, *meant;
} syntaxes[] = {
    [LOG_ESCAPE_SERVER] = {'x', 2, "ntrbvf\"\\", "\n\t\r\b\v\f\"\\"},
    [LOG_ESCAPE_HEX] = {'x', 2, "", ""},
    [LOG_ESCAPE_JSON] = {'u', 4, "ntrbf\"\\/", "\n\t\r\b\f\"\\/"},
};

/* One escape, from its backslash; returns its length. A backslash that begins none stands there as it was sent. */
static size_t add_escape(const char *at, size_t left, const struct syntax *syntax, struct text *out)
{
    int code = left > 2 && at[1] == syntax->number ? hex_number(at + 2, left - 2, syntax->digits) : -1;
    if (code >= 0 && syntax->digits == 2)
        text_add_char(out, (char)code);
    else if (code >= 0)
        add_utf8(out, code);
    if (code >= 0)
        return 2 + syntax->digits;
    const char *letter = left > 1 && at[1] != '\0' ? strchr(syntax->letters, at[1]) : NULL;
    text_add_char(out, letter != NULL ? syntax->meant[letter - syntax->letters] : '\\');
    return letter != NULL ? 2 : 1;
}

struct log_value log_unescape(const struct log_value *value, enum log_escape escape, struct text *room)
{
    size_t start = room->length;
    if (escape == LOG_ESCAPE_NONE || value->bytes == NULL ||
        memchr(value->bytes, '\\', value->length) == NULL)
        return *value;
    text_reserve(room, value->length);
    for (size_t i = 0; i < value->length;) {
        if (value->bytes[i] == '\\')
            i += add_escape(value->bytes + i, value->length - i, &syntaxes[escape], room);
        else
            text_add_char(room, value->bytes[i++]);
    }
    return (struct log_value){room->bytes + start, room->length - start};
}
