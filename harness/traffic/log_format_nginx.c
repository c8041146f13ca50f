/* nginx: $name and ${name}. Source: ngx_http_log_module, log_format; ngx_http_core_module, "Embedded Variables". */
#include <ctype.h>
#include <string.h>

#include "traffic/log_format.h"
#include "traffic/log_format_spell.h"

static const struct variable {
    const char *name;
    enum log_piece_kind kind;
    enum log_field field;
    bool weak;
    const char *clock;
} variables[] = {
    {"remote_addr", PIECE_FIELD, LOG_ADDRESS, false, NULL},
    {"time_local", PIECE_CLOCK, LOG_FIELDS, false, LOG_CLOCK_COMMON},
    {"time_iso8601", PIECE_CLOCK, LOG_FIELDS, false, LOG_CLOCK_ISO},
    {"msec", PIECE_FIELD, LOG_TIME, false, NULL},
    {"request", PIECE_FIELD, LOG_REQUEST, false, NULL},
    {"request_method", PIECE_FIELD, LOG_METHOD, false, NULL},
    {"request_uri", PIECE_FIELD, LOG_TARGET, false, NULL},
    {"uri", PIECE_FIELD, LOG_PATH, false, NULL},
    {"document_uri", PIECE_FIELD, LOG_PATH, false, NULL},
    {"args", PIECE_FIELD, LOG_QUERY, false, NULL},
    {"query_string", PIECE_FIELD, LOG_QUERY, false, NULL},
    {"is_args", PIECE_QUESTION, LOG_FIELDS, false, NULL},
    {"status", PIECE_FIELD, LOG_STATUS, false, NULL},
    {"host", PIECE_FIELD, LOG_HOST, false, NULL},
    {"server_name", PIECE_FIELD, LOG_HOST, true, NULL},
    {"content_type", PIECE_FIELD, LOG_CONTENT_TYPE, false, NULL},
    {"request_body", PIECE_FIELD, LOG_BODY, false, NULL},
    {"body_bytes_sent", PIECE_NUMBER, LOG_FIELDS, false, NULL},
    {"bytes_sent", PIECE_NUMBER, LOG_FIELDS, false, NULL},
    {"request_length", PIECE_NUMBER, LOG_FIELDS, false, NULL},
    {"server_port", PIECE_PORT, LOG_FIELDS, false, NULL},
    {"connection", PIECE_NUMBER, LOG_FIELDS, false, NULL},
    {"server_protocol", PIECE_PROTOCOL, LOG_FIELDS, false, NULL},
    {"request_time", PIECE_TOOK, LOG_FIELDS, false, NULL},
    {"proxy_add_x_forwarded_for", PIECE_FIELD, LOG_FORWARDED, true, NULL},
};

static const struct variable *find(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        if (strlen(variables[i].name) == length && memcmp(variables[i].name, name, length) == 0)
            return &variables[i];
    return NULL;
}

static bool begins(const char *name, size_t length, const char *with)
{
    return length > strlen(with) && memcmp(name, with, strlen(with)) == 0;
}

/* "http_accept_language" is the header Accept-Language. */
static void add_header(struct log_format *format, const char *name, size_t length, size_t column)
{
    struct text spelled = TEXT_EMPTY;
    bool first = true;
    for (size_t i = 0; i < length; i++) {
        char character = name[i] == '_' ? '-' : name[i];
        text_add_char(&spelled, first ? (char)toupper((unsigned char)character) : character);
        first = character == '-';
    }
    log_format_add_header(format, spelled.bytes, spelled.length, column);
    text_release(&spelled);
}

static void add_variable(struct log_format *format, const char *name, size_t length, size_t column)
{
    const struct variable *variable = find(name, length);
    if (variable == NULL && begins(name, length, "http_")) {
        add_header(format, name + 5, length - 5, column);
    } else if (variable == NULL && begins(name, length, "cookie_")) {
        log_format_add(format, PIECE_COOKIE, name + 7, length - 7, column);
    } else if (variable != NULL && variable->kind == PIECE_FIELD) {
        log_format_add_field(format, variable->field, variable->weak, column);
    } else if (variable != NULL && variable->kind == PIECE_CLOCK) {
        log_format_add(format, PIECE_CLOCK, variable->clock, strlen(variable->clock), column);
        format->clock_tells |=
            LOG_CLOCK_YEAR | LOG_CLOCK_MONTH | LOG_CLOCK_DAY | LOG_CLOCK_HOUR | LOG_CLOCK_MINUTE;
    } else {
        log_format_add(format, variable != NULL ? variable->kind : PIECE_OTHER, NULL, 0, column);
    }
}

int log_format_nginx(struct log_format *format, const struct spelled *spelled, struct err *err)
{
    const char *at = spelled->format.bytes, *end = at + spelled->format.length;
    while (at < end) {
        bool braces = at + 1 < end && at[1] == '{';
        const char *name = at + 1 + braces, *stop = name;
        while (*at == '$' && stop < end && (isalnum((unsigned char)*stop) || *stop == '_'))
            stop++;
        if (*at != '$' || (stop == name && !braces)) {
            log_format_add_literal(format, *at++);
            continue;
        }
        size_t column = spelled->columns[at - spelled->format.bytes];
        if (braces && (stop == end || *stop != '}' || stop == name))
            return err_set(err, ERR_USAGE, "--log-format: column %zu: '${' without its '}'", column);
        add_variable(format, name, (size_t)(stop - name), column);
        at = stop + braces;
    }
    return 0;
}
