#include "traffic/log_fields.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/scan.h"
#include "base/text.h"
#include "traffic/calendar.h"
#include "traffic/wire.h"

#define EPOCH_EARLIEST_S 978307200.0 /* 2001 */
#define EPOCH_LATEST_S 4102444800.0  /* 2100 */

bool log_value_there(const struct log_value *value)
{
    return value->bytes != NULL && value->length > 0 && !(value->length == 1 && value->bytes[0] == '-');
}

/* Apache and nginx. */
static int common_time(const char *text, size_t length, int64_t *us)
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

/* A number since 1970; its size says of what: each unit is a thousand times the one before, a century only forty times the
 * other end of it. */
static int epoch_time(const char *text, size_t length, int64_t *us)
{
    char number[40], *end = NULL;
    if (length == 0 || length >= sizeof number)
        return -1;
    memcpy(number, text, length);
    number[length] = '\0';
    if (strspn(number, "0123456789.") < length)
        return -1;
    double seconds = strtod(number, &end);
    if (*end != '\0')
        return -1;
    while (seconds > EPOCH_LATEST_S)
        seconds /= 1000;
    if (seconds < EPOCH_EARLIEST_S)
        return -1;
    *us = (int64_t)(seconds * 1e6 + 0.5);
    return 0;
}

int log_time(const char *text, size_t length, int64_t *us)
{
    if (length > 2 && text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    }
    if (length > 2 && (text[2] == '/' || text[1] == '/'))
        return common_time(text, length, us);
    if (length > 4 && text[4] == '-')
        return calendar_read(text, length, us);
    return epoch_time(text, length, us);
}

static int read_status(const struct log_value *value, int *status)
{
    *status = 0;
    if (!log_value_there(value))
        return 0;
    for (size_t i = 0; i < value->length; i++) {
        if (!isdigit((unsigned char)value->bytes[i]) || i == 3)
            return -1;
        *status = *status * 10 + (value->bytes[i] - '0');
    }
    return value->length == 3 && (*status == 0 || *status >= 100) && *status < 600 ? 0 : -1;
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
    return scan_until(bytes, length, scan_control) < length;
}

/* Takes the method and the target apart from what is wrong with them. */
static enum skip_reason take_target(const char *target, size_t length, struct request *request,
                                    struct text *host)
{
    struct text url = TEXT_EMPTY;
    int no_path = wire_origin_form(target, length, &url, host);
    request->url = text_take(&url);
    return no_path ? SKIP_TARGET : SKIP_REASONS;
}

static enum skip_reason take_request_line(const char *line, size_t length, struct request *request,
                                          struct text *host)
{
    const char *space = memchr(line, ' ', length);
    size_t method = space != NULL ? (size_t)(space - line) : length;
    size_t end = before_version(line, length);
    request->method = xstrndup(line, method);
    bool known = wire_known_method(request->method);
    if (has_control(line, length))
        return known ? SKIP_UNSAFE : SKIP_NOT_HTTP;
    if (end == 0)
        return known ? SKIP_REQUEST_LINE : SKIP_NOT_HTTP;
    if (!known)
        return SKIP_METHOD;
    if (end <= method + 1 || memchr(line + method + 1, ' ', end - method - 1) != NULL)
        return SKIP_REQUEST_LINE;
    return take_target(line + method + 1, end - method - 1, request, host);
}

/* Where a server logs a path apart from its request line it has decoded it: a space was no space when it was sent. */
static void add_encoded(struct text *out, const struct log_value *value)
{
    for (size_t i = 0; i < value->length; i++)
        if (value->bytes[i] == ' ')
            text_add_string(out, "%20");
        else
            text_add_char(out, value->bytes[i]);
}

/* Method and target, or method, path and query, each a field of its own. */
static enum skip_reason take_parts(const struct log_fields *fields, struct request *request,
                                   struct text *host)
{
    const struct log_value *method = &fields->of[LOG_METHOD], *target = &fields->of[LOG_TARGET];
    const struct log_value *path = &fields->of[LOG_PATH], *query = &fields->of[LOG_QUERY];
    struct text whole = TEXT_EMPTY;
    if (!log_value_there(method) || !(log_value_there(target) || log_value_there(path)))
        return SKIP_NO_REQUEST;
    request->method = xstrndup(method->bytes, method->length);
    add_encoded(&whole, log_value_there(target) ? target : path);
    if (!log_value_there(target) && log_value_there(query)) {
        text_add_string(&whole, query->bytes[0] == '?' ? "" : "?");
        add_encoded(&whole, query);
    }
    enum skip_reason reason = !wire_known_method(request->method)      ? SKIP_METHOD
                              : has_control(whole.bytes, whole.length) ? SKIP_UNSAFE
                                                                       : SKIP_REASONS;
    if (reason == SKIP_REASONS)
        reason = take_target(whole.bytes, whole.length, request, host);
    text_release(&whole);
    return reason;
}

static enum skip_reason take_request(const struct log_fields *fields, struct request *request,
                                     struct text *host)
{
    const struct log_value *line = &fields->of[LOG_REQUEST];
    if (line->bytes == NULL)
        return take_parts(fields, request, host);
    if (!log_value_there(line))
        return SKIP_NO_REQUEST;
    return take_request_line(line->bytes, line->length, request, host);
}

/* What could not be sent again is left out. */
static void add_header(struct request *request, const char *name, const struct log_value *value)
{
    if (!log_value_there(value) || has_control(value->bytes, value->length))
        return;
    wire_add_header_of(&request->headers, name, value->bytes, value->length);
}

static const struct {
    const char *name;
    enum log_field field;
} header_fields[] = {{"Host", LOG_HOST},
                     {"Referer", LOG_REFERER},
                     {"User-Agent", LOG_AGENT},
                     {"Content-Type", LOG_CONTENT_TYPE},
                     {"X-Forwarded-For", LOG_FORWARDED}};
#define HEADER_FIELDS (sizeof header_fields / sizeof *header_fields)

enum log_field log_header_field(const char *name)
{
    for (size_t i = 0; i < HEADER_FIELDS; i++)
        if (strcasecmp(name, header_fields[i].name) == 0)
            return header_fields[i].field;
    return LOG_FIELDS;
}

static void add_headers(const struct log_fields *fields, const struct text *host, struct request *request)
{
    const struct log_value from_target = {host->bytes, host->length};
    for (size_t i = 0; i < HEADER_FIELDS; i++) {
        const struct log_value *value = &fields->of[header_fields[i].field];
        bool instead = header_fields[i].field == LOG_HOST && !log_value_there(value);
        add_header(request, header_fields[i].name, instead ? &from_target : value);
    }
    for (size_t i = 0; i < fields->header_count; i++)
        add_header(request, fields->headers[i].name, &fields->headers[i].value);
}

static void take_body(const struct log_value *value, struct request *request)
{
    if (!log_value_there(value))
        return;
    request->body = (unsigned char *)xstrndup(value->bytes, value->length);
    request->body_length = value->length;
}

/* A client: what the format has to tell it by, else its address and its user agent. */
static char *client_key(const struct log_fields *fields)
{
    const struct log_value *session = &fields->of[LOG_SESSION], *agent = &fields->of[LOG_AGENT];
    const struct log_value *address =
        &fields->of[log_value_there(&fields->of[LOG_FORWARDED]) ? LOG_FORWARDED : LOG_ADDRESS];
    if (log_value_there(session))
        return xstrndup(session->bytes, session->length);
    if (address->bytes == NULL)
        return NULL;
    char *key = xmalloc(address->length + agent->length + 2), *at = key;
    memcpy(at, address->bytes, address->length);
    at += address->length;
    *at++ = '\n';
    if (agent->length > 0)
        memcpy(at, agent->bytes, agent->length);
    at[agent->length] = '\0';
    return key;
}

static enum skip_reason take_when(const struct log_fields *fields, bool timeless, int64_t *us)
{
    const struct log_value *time = &fields->of[LOG_TIME];
    if (log_value_there(time))
        return log_time(time->bytes, time->length, us) == 0 ? SKIP_REASONS : SKIP_TIME;
    *us = fields->t_us;
    return timeless || *us != 0 ? SKIP_REASONS : SKIP_TIME;
}

enum skip_reason log_fields_request(const struct log_fields *fields, bool timeless, struct request *request)
{
    struct text host = TEXT_EMPTY;
    memset(request, 0, sizeof *request);
    enum skip_reason reason = take_when(fields, timeless, &request->t_us);
    if (reason == SKIP_REASONS)
        reason = take_request(fields, request, &host);
    if (reason == SKIP_REASONS && read_status(&fields->of[LOG_STATUS], &request->status) != 0)
        reason = SKIP_STATUS;
    if (reason == SKIP_REASONS) {
        add_headers(fields, &host, request);
        take_body(&fields->of[LOG_BODY], request);
        request->session = client_key(fields);
    } else
        request_release(request);
    text_release(&host);
    return reason;
}
