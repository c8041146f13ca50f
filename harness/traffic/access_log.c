#include "traffic/access_log.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/log_fields.h"

#define LINE_MOST ((size_t)1024 * 1024)

/* Where the fields of a line stand; quoted ones still with their escapes. */
struct fields {
    struct log_value address, time, request, status, referer, agent;
};

static void skip_spaces(const char **at, const char *end)
{
    while (*at < end && **at == ' ')
        (*at)++;
}

static bool take_word(const char **at, const char *end, struct log_value *word)
{
    skip_spaces(at, end);
    word->bytes = *at;
    while (*at < end && **at != ' ')
        (*at)++;
    word->length = (size_t)(*at - word->bytes);
    return word->length > 0;
}

/* Between '"' and the next '"' that no backslash hides. */
static bool take_quoted(const char **at, const char *end, struct log_value *quoted)
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
static bool take_time(const char **at, const char *end, struct log_value *time)
{
    for (; *at + 2 < end && **at != '"'; (*at)++) {
        if ((*at)[0] != '[' || !isdigit((unsigned char)(*at)[1]))
            continue;
        const char *close = memchr(*at, ']', (size_t)(end - *at));
        if (close == NULL)
            return false;
        *time = (struct log_value){*at + 1, (size_t)(close - *at - 1)};
        *at = close + 1;
        return true;
    }
    return false;
}

static enum skip_reason take_fields(const char *line, size_t length, struct fields *fields)
{
    const char *at = line, *end = line + length;
    struct log_value bytes;
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

static void unescape(const struct log_value *field, struct text *out)
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

/* A field without its escapes, where it has any; `room` holds it then. */
static struct log_value plain(const struct log_value *field, struct text *room)
{
    if (field->bytes == NULL || memchr(field->bytes, '\\', field->length) == NULL)
        return *field;
    unescape(field, room);
    return (struct log_value){text_string(room), room->length};
}

enum skip_reason access_log_parse(const char *line, size_t length, struct request *request)
{
    struct fields fields = {.address = {NULL, 0}};
    struct text request_line = TEXT_EMPTY, referer = TEXT_EMPTY, agent = TEXT_EMPTY;
    memset(request, 0, sizeof *request);
    if (length == 0)
        return SKIP_EMPTY;
    if (length > LINE_MOST)
        return SKIP_TOO_LONG;
    if (memchr(line, '\0', length) != NULL)
        return SKIP_UNSAFE;
    enum skip_reason reason = take_fields(line, length, &fields);
    if (reason != SKIP_REASONS)
        return reason;
    const struct log_fields meant = {.of = {[LOG_ADDRESS] = fields.address,
                                            [LOG_TIME] = fields.time,
                                            [LOG_STATUS] = fields.status,
                                            [LOG_REQUEST] = plain(&fields.request, &request_line),
                                            [LOG_REFERER] = plain(&fields.referer, &referer),
                                            [LOG_AGENT] = plain(&fields.agent, &agent)}};
    reason = log_fields_request(&meant, false, request);
    text_release(&request_line);
    text_release(&referer);
    text_release(&agent);
    return reason;
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
            log_time(fields.time.bytes, fields.time.length, &us) == 0)
            return true;
        if (end == NULL)
            return false;
        length -= size + 1;
        head = end + 1;
    }
    return false;
}

int access_log_read(struct input *input, const struct reader_options *options, const struct sink *sink,
                    struct err *err)
{
    (void)options;
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
