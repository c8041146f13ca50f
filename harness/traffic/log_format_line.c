/* The reader "log-format": from the values of a line to its request. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/log_format.h"

#define US_PER_S INT64_C(1000000)

struct taking {
    struct log_format *format;
    struct log_fields fields;
    int64_t took_us;
    struct log_value port;
};

static int64_t read_seconds(const struct log_value *value)
{
    char number[24];
    size_t length = value->length < sizeof number ? value->length : sizeof number - 1;
    memcpy(number, value->bytes, length);
    number[length] = '\0';
    double seconds = strtod(number, NULL);
    return seconds > 0 && seconds < 86400 ? (int64_t)(seconds * 1e6 + 0.5) : 0;
}

/* nginx writes "-" for the query that is not there, also right behind a path. */
static void drop_dash(const struct log_piece *piece, enum log_escape escape, struct log_value *value)
{
    if (piece->dash_ends && escape == LOG_ESCAPE_SERVER && value->length > 1 &&
        value->bytes[value->length - 1] == '-' && memchr(value->bytes, '?', value->length) == NULL)
        value->length--;
}

static void take_value(struct taking *taking, const struct log_piece *piece)
{
    struct log_format *format = taking->format;
    struct log_value value = piece->value;
    if (piece->kind == PIECE_TOOK)
        taking->took_us = read_seconds(&value);
    if (piece->kind == PIECE_PORT)
        taking->port = value;
    if (piece->kind != PIECE_FIELD && piece->kind != PIECE_HEADER)
        return;
    drop_dash(piece, format->escape, &value);
    value = log_unescape(&value, format->escape, &format->room);
    if (piece->kind == PIECE_HEADER)
        format->headers[piece->header].value = value;
    else if (!log_value_there(&taking->fields.of[piece->field]) || (!piece->weak && log_value_there(&value)))
        taking->fields.of[piece->field] = value;
}

static bool is(const struct log_value *value, const char *text)
{
    return value->length == strlen(text) && memcmp(value->bytes, text, value->length) == 0;
}

/* "shop.example:8080", as the Host header says it: 80 and 443 go without saying, and one that is there stays. */
static void join_port(struct taking *taking)
{
    struct log_value *host = &taking->fields.of[LOG_HOST], *port = &taking->port;
    struct text *room = &taking->format->room;
    if (!log_value_there(host) || !log_value_there(port) || is(port, "80") || is(port, "443"))
        return;
    const char *colon = memrchr(host->bytes, ':', host->length);
    if (colon != NULL && host->bytes[host->length - 1] != ']')
        return;
    size_t start = room->length;
    text_add(room, host->bytes, host->length);
    text_add_char(room, ':');
    text_add(room, port->bytes, port->length);
    *host = (struct log_value){room->bytes + start, room->length - start};
}

/* Single cookies make the header, where the line does not have it whole. */
static void take_cookies(struct log_format *format)
{
    struct log_value *cookies = &format->headers[format->header_count].value;
    size_t start = format->room.length;
    for (size_t i = 0; i < format->count; i++) {
        const struct log_piece *piece = &format->pieces[i];
        if (piece->kind != PIECE_COOKIE || !log_value_there(&piece->value))
            continue;
        text_add_string(&format->room, format->room.length > start ? "; " : "");
        text_add_string(&format->room, piece->name);
        text_add_char(&format->room, '=');
        const struct log_value value = log_unescape(&piece->value, format->escape, &format->room);
        if (value.bytes == piece->value.bytes)
            text_add(&format->room, value.bytes, value.length);
    }
    *cookies = (struct log_value){format->room.bytes + start, format->room.length - start};
    for (size_t i = 0; i < format->header_count; i++)
        if (strcasecmp(format->headers[i].name, "Cookie") == 0 && log_value_there(&format->headers[i].value))
            *cookies = (struct log_value){NULL, 0};
}

static void clear(struct log_format *format, const struct line *line)
{
    text_clear(&format->room);
    bool escapes = memchr(line->bytes, '\\', line->length) != NULL;
    if (format->cookie_count > 0 || format->has_port || escapes)
        text_reserve(&format->room, (1 + format->has_port) * line->length + format->name_bytes);
    for (size_t i = 0; i <= format->header_count; i++)
        format->headers[i].value = (struct log_value){NULL, 0};
}

/* What was logged at its end began as much earlier; a time in whole seconds stays one, to be spread. */
static int64_t begin_of(int64_t logged_us, int64_t took_us)
{
    return logged_us - (logged_us % US_PER_S != 0 ? took_us : took_us / US_PER_S * US_PER_S);
}

enum skip_reason log_format_line(struct log_format *format, const struct line *line, struct request *request)
{
    struct log_clock clock = {.epoch = false};
    struct taking taking = {.format = format};
    memset(request, 0, sizeof *request);
    if (!log_format_match(format, line->bytes, line->length, &clock))
        return SKIP_GRAMMAR;
    clear(format, line);
    for (size_t i = 0; i < format->count; i++)
        take_value(&taking, &format->pieces[i]);
    if (format->has_port)
        join_port(&taking);
    if (format->cookie_count > 0)
        take_cookies(format);
    taking.fields.headers = format->headers;
    taking.fields.header_count = format->header_count + (format->cookie_count > 0);
    if (format->clock_tells != 0 && log_clock_us(&clock, &taking.fields.t_us) != 0)
        taking.fields.t_us = 0;
    bool timed = log_format_is_timed(format);
    enum skip_reason reason = log_fields_request(&taking.fields, !timed, request);
    if (reason == SKIP_REASONS)
        request->t_us = timed ? begin_of(request->t_us, taking.took_us) : log_lines_untimed_us(line);
    return reason;
}

static enum skip_reason parse_line(void *owner, const struct line *line, struct request *request)
{
    return log_format_line(owner, line, request);
}

int log_format_read(struct input *input, const struct reader_options *options, const struct sink *sink,
                    struct err *err)
{
    if (options->log_format == NULL)
        return err_set(err, ERR_USAGE, "--format log-format: --log-format FORMAT is missing");
    struct log_format *format = log_format_new(options->log_format, err);
    if (format == NULL)
        return -1;
    int result = log_lines_read(input, parse_line, format, sink, err);
    if (result == 0 && !log_format_is_timed(format))
        sink->note(sink->owner, log_lines_untimed_note);
    log_format_free(format);
    return result;
}
