#include "traffic/access_log.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/calendar.h"
#include "traffic/wire.h"

struct field {
    const char *bytes;
    size_t length;
};

/* Where the fields of a line stand; quoted ones still with their escapes. */
struct fields {
    struct field address, time, request, status, referer, agent;
};

int access_log_time(const char *text, size_t length, int64_t *us)
{
    struct cursor cursor = {text, text + length};
    struct calendar when = {.month = 0};
    int64_t zone_s = 0;
    if (!cursor_number(&cursor, 2, &when.day) || !cursor_char(&cursor, '/') ||
        !cursor_month(&cursor, &when.month) || !cursor_char(&cursor, '/') ||
        !cursor_number(&cursor, 4, &when.year) || !cursor_char(&cursor, ':') || !cursor_clock(&cursor, &when))
        return -1;
    if (cursor_char(&cursor, ' ') && !cursor_zone(&cursor, &zone_s))
        return -1;
    return cursor.at == cursor.end ? calendar_us(&when, zone_s, us) : -1;
}

static void skip_spaces(const char **at, const char *end)
{
    while (*at < end && **at == ' ')
        (*at)++;
}

static bool take_word(const char **at, const char *end, struct field *word)
{
    skip_spaces(at, end);
    word->bytes = *at;
    while (*at < end && **at != ' ')
        (*at)++;
    word->length = (size_t)(*at - word->bytes);
    return word->length > 0;
}

/* Between '"' and the next '"' that no backslash hides. */
static bool take_quoted(const char **at, const char *end, struct field *quoted)
{
    skip_spaces(at, end);
    if (*at == end || **at != '"')
        return false;
    quoted->bytes = ++*at;
    while (*at < end && **at != '"')
        *at += **at == '\\' && *at + 1 < end ? 2 : 1;
    if (*at >= end)
        return false;
    quoted->length = (size_t)(*at - quoted->bytes);
    (*at)++;
    return true;
}

/* The user may hold spaces and brackets: the time is the first bracket with a digit behind it. */
static bool take_time(const char **at, const char *end, struct field *time)
{
    for (; *at + 2 < end && **at != '"'; (*at)++) {
        if ((*at)[0] != '[' || !isdigit((unsigned char)(*at)[1]))
            continue;
        const char *close = memchr(*at, ']', (size_t)(end - *at));
        if (close == NULL)
            return false;
        *time = (struct field){*at + 1, (size_t)(close - *at - 1)};
        *at = close + 1;
        return true;
    }
    return false;
}

static enum skip_reason take_fields(const char *line, size_t length, struct fields *fields)
{
    const char *at = line, *end = line + length;
    struct field bytes;
    if (!take_word(&at, end, &fields->address) || !take_time(&at, end, &fields->time) ||
        !take_quoted(&at, end, &fields->request))
        return SKIP_GRAMMAR;
    if (at == end || *at != ' ')
        return SKIP_GRAMMAR;
    if (!take_word(&at, end, &fields->status) || !take_word(&at, end, &bytes))
        return SKIP_GRAMMAR;
    for (size_t i = 0; i < bytes.length; i++)
        if (!isdigit((unsigned char)bytes.bytes[i]) && bytes.bytes[i] != '-')
            return SKIP_GRAMMAR;
    skip_spaces(&at, end);
    if (at == end || *at != '"')
        return SKIP_REASONS; /* common */
    if (!take_quoted(&at, end, &fields->referer) || !take_quoted(&at, end, &fields->agent))
        return SKIP_GRAMMAR;
    return SKIP_REASONS;
}

static int hex_digit(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    return character >= 'A' && character <= 'F' ? character - 'A' + 10 : -1;
}

static void unescape(const struct field *field, struct text *out)
{
    static const char letters[] = "ntrbvf", meant[] = "\n\t\r\b\v\f";
    for (size_t i = 0; i < field->length; i++) {
        const char *at = field->bytes + i;
        size_t left = field->length - i;
        if (*at != '\\' || left < 2) {
            text_add_char(out, *at);
        } else if (at[1] == 'x' && left >= 4 && hex_digit(at[2]) >= 0 && hex_digit(at[3]) >= 0) {
            text_add_char(out, (char)(hex_digit(at[2]) * 16 + hex_digit(at[3])));
            i += 3;
        } else {
            const char *letter = strchr(letters, at[1]);
            text_add_char(out, letter != NULL && at[1] != '\0' ? meant[letter - letters] : at[1]);
            i++;
        }
    }
}

static int read_status(const struct field *field, int *status)
{
    *status = 0;
    if (field->length == 1 && field->bytes[0] == '-')
        return 0;
    for (size_t i = 0; i < field->length; i++) {
        if (!isdigit((unsigned char)field->bytes[i]) || i == 3)
            return -1;
        *status = *status * 10 + (field->bytes[i] - '0');
    }
    return field->length == 3 && (*status == 0 || *status >= 100) && *status < 600 ? 0 : -1;
}

/* " HTTP/1.1" at the end; returns the length of what stands before it, 0 when it is not there. */
static size_t before_version(const char *line, size_t length)
{
    const char *space = memrchr(line, ' ', length);
    size_t at = space != NULL ? (size_t)(space - line) : length;
    if (length - at < 7 || memcmp(line + at, " HTTP/", 6) != 0)
        return 0;
    for (size_t i = at + 6; i < length; i++)
        if (!isdigit((unsigned char)line[i]) && line[i] != '.')
            return 0;
    return at;
}

static bool has_control(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)bytes[i] < 0x20 || bytes[i] == 0x7f)
            return true;
    return false;
}

static enum skip_reason read_request_line(const char *line, size_t length, struct request *request)
{
    if (length == 0 || (length == 1 && line[0] == '-'))
        return SKIP_NO_REQUEST;
    const char *space = memchr(line, ' ', length);
    size_t method = space != NULL ? (size_t)(space - line) : length;
    size_t end = before_version(line, length);
    char *name = xstrndup(line, method);
    bool known = wire_known_method(name);
    request->method = name;
    if (has_control(line, length))
        return known ? SKIP_UNSAFE : SKIP_NOT_HTTP;
    if (end == 0)
        return known ? SKIP_REQUEST_LINE : SKIP_NOT_HTTP;
    if (!known)
        return SKIP_METHOD;
    if (end <= method + 1 || memchr(line + method + 1, ' ', end - method - 1) != NULL)
        return SKIP_REQUEST_LINE;
    struct text url = TEXT_EMPTY;
    int no_path = wire_origin_form(line + method + 1, end - method - 1, &url, NULL);
    request->url = text_take(&url);
    return no_path ? SKIP_TARGET : SKIP_REASONS;
}

static void add_quoted_header(struct request *request, const char *name, const struct field *field)
{
    if (field->length == 0 || (field->length == 1 && field->bytes[0] == '-'))
        return;
    struct text value = TEXT_EMPTY;
    unescape(field, &value);
    if (!has_control(value.bytes, value.length)) /* such a header could not be sent again */
        wire_add_header(&request->headers, name, value.bytes);
    text_release(&value);
}

/* A client: its address and its user agent, as they stand in the line. */
static char *client_key(const struct fields *fields)
{
    return xasprintf("%.*s\n%.*s", (int)fields->address.length, fields->address.bytes,
                     (int)fields->agent.length, fields->agent.bytes != NULL ? fields->agent.bytes : "");
}

enum skip_reason access_log_parse(const char *line, size_t length, struct request *request)
{
    struct fields fields = {.address = {NULL, 0}};
    struct text text = TEXT_EMPTY;
    memset(request, 0, sizeof *request);
    if (length == 0)
        return SKIP_EMPTY;
    if (length > 1024 * 1024)
        return SKIP_TOO_LONG;
    if (memchr(line, '\0', length) != NULL)
        return SKIP_UNSAFE;
    enum skip_reason reason = take_fields(line, length, &fields);
    if (reason == SKIP_REASONS && access_log_time(fields.time.bytes, fields.time.length, &request->t_us) != 0)
        reason = SKIP_TIME;
    if (reason == SKIP_REASONS) {
        unescape(&fields.request, &text);
        reason = read_request_line(text_string(&text), text.length, request);
        text_release(&text);
    }
    if (reason == SKIP_REASONS && read_status(&fields.status, &request->status) != 0)
        reason = SKIP_STATUS;
    if (reason != SKIP_REASONS) {
        request_release(request);
        return reason;
    }
    add_quoted_header(request, "Referer", &fields.referer);
    add_quoted_header(request, "User-Agent", &fields.agent);
    request->session = client_key(&fields);
    return SKIP_REASONS;
}

/* One of the first lines must be a line of this format, whatever request it holds. */
bool access_log_detect(const char *head, size_t length)
{
    for (int lines = 0; lines < 100 && length > 0; lines++) {
        const char *end = memchr(head, '\n', length);
        size_t size = end != NULL ? (size_t)(end - head) : length;
        struct fields fields;
        int64_t us;
        if (take_fields(head, size, &fields) == SKIP_REASONS &&
            access_log_time(fields.time.bytes, fields.time.length, &us) == 0)
            return true;
        if (end == NULL)
            return false;
        length -= size + 1;
        head = end + 1;
    }
    return false;
}

int access_log_read(struct input *input, const struct sink *sink, struct err *err)
{
    struct line line;
    struct request request;
    while (input_line(input, &line)) {
        enum skip_reason reason =
            line.too_long ? SKIP_TOO_LONG : access_log_parse(line.bytes, line.length, &request);
        if (reason == SKIP_GRAMMAR && line.unterminated)
            reason = SKIP_TRUNCATED;
        if (reason != SKIP_REASONS)
            sink->skip(sink->owner, reason, line.number, line.bytes, line.length);
        else if (sink_each(sink, &request, line.number, line.bytes, line.length, err) != 0)
            return -1;
    }
    return input_failed(input, err);
}
