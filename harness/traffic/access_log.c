#include "traffic/access_log.h"

#include <ctype.h>
#include <string.h>

#include "base/scan.h"
#include "base/text.h"

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
    const char *space = memchr(*at, ' ', (size_t)(end - *at));
    word->bytes = *at;
    *at = space != NULL ? space : end;
    word->length = (size_t)(*at - word->bytes);
    return word->length > 0;
}

/* The first '"' that no backslash hides; NULL: there is none. */
static const char *closing_quote(const char *at, const char *end)
{
    for (;;) {
        at += scan_until(at, (size_t)(end - at), scan_quote_or_backslash);
        if (at >= end || *at == '"')
            return at < end ? at : NULL;
        at += at + 1 < end ? 2 : 1;
    }
}

static bool take_quoted(const char **at, const char *end, struct log_value *quoted)
{
    skip_spaces(at, end);
    if (*at == end || **at != '"')
        return false;
    quoted->bytes = *at + 1;
    const char *close = closing_quote(quoted->bytes, end);
    if (close == NULL)
        return false;
    quoted->length = (size_t)(close - quoted->bytes);
    *at = close + 1;
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

static struct log_value plain(const struct log_value *value, struct text *room)
{
    return log_unescape(value, LOG_ESCAPE_SERVER, room);
}

enum skip_reason access_log_parse_at(const struct log_value *host, const char *line, size_t length,
                                     struct request *request)
{
    struct fields fields = {.address = {NULL, 0}};
    struct text room = TEXT_EMPTY;
    memset(request, 0, sizeof *request);
    enum skip_reason reason = take_fields(line, length, &fields);
    if (reason != SKIP_REASONS)
        return reason;
    if (memchr(line, '\\', length) != NULL)
        text_reserve(&room, length);
    const struct log_fields meant = {.of = {[LOG_ADDRESS] = fields.address,
                                            [LOG_TIME] = fields.time,
                                            [LOG_STATUS] = fields.status,
                                            [LOG_HOST] = *host,
                                            [LOG_REQUEST] = plain(&fields.request, &room),
                                            [LOG_REFERER] = plain(&fields.referer, &room),
                                            [LOG_AGENT] = plain(&fields.agent, &room)}};
    reason = log_fields_request(&meant, false, request);
    text_release(&room);
    return reason;
}

enum skip_reason access_log_parse(const char *line, size_t length, struct request *request)
{
    const struct log_value unknown = {NULL, 0};
    memset(request, 0, sizeof *request);
    if (length == 0)
        return SKIP_EMPTY;
    if (memchr(line, '\0', length) != NULL)
        return SKIP_UNSAFE;
    return access_log_parse_at(&unknown, line, length, request);
}

bool access_log_is(const char *line, size_t length)
{
    struct fields fields;
    int64_t us;
    return take_fields(line, length, &fields) == SKIP_REASONS &&
           log_time(fields.time.bytes, fields.time.length, &us) == 0;
}

bool access_log_detect(const char *head, size_t length)
{
    return log_lines_count(head, length, access_log_is) > 0;
}

static enum skip_reason parse_line(void *owner, const struct line *line, struct request *request)
{
    return access_log_parse_at(owner, line->bytes, line->length, request);
}

int access_log_read(struct input *input, const struct reader_options *options, const struct sink *sink,
                    struct err *err)
{
    (void)options;
    struct log_value unknown = {NULL, 0};
    return log_lines_read(input, parse_line, &unknown, sink, err);
}
