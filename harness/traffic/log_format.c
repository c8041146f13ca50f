#include "traffic/log_format.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/log_format_spell.h"

struct log_piece *log_format_add(struct log_format *format, enum log_piece_kind kind, const char *name,
                                 size_t length, size_t column)
{
    format->pieces = xrealloc(format->pieces, (format->count + 1) * sizeof *format->pieces);
    struct log_piece *piece = &format->pieces[format->count++];
    *piece = (struct log_piece){.kind = kind,
                                .field = LOG_FIELDS,
                                .name = name != NULL ? xstrndup(name, length) : NULL,
                                .column = column};
    format->has_port = format->has_port || kind == PIECE_PORT;
    format->cookie_count += kind == PIECE_COOKIE;
    format->name_bytes += kind == PIECE_COOKIE ? length + 3 : 0; /* "; NAME=" */
    return piece;
}

/* nginx's $uri$is_args$args and Apache's %U%q are together what was asked for. */
static bool joins_path(struct log_format *format, enum log_field field)
{
    size_t count = format->count;
    struct log_piece *last = count > 0 ? &format->pieces[count - 1] : NULL;
    if (field != LOG_QUERY || last == NULL || last->behind.length > 0)
        return false;
    bool question = last->kind == PIECE_QUESTION && count > 1 && last[-1].behind.length == 0;
    struct log_piece *path = question ? last - 1 : last;
    if (path->field != LOG_PATH)
        return false;
    path->field = LOG_TARGET;
    path->dash_ends = question;
    format->has[LOG_TARGET] = true;
    format->count -= question;
    return true;
}

void log_format_add_field(struct log_format *format, enum log_field field, bool weak, size_t column)
{
    if (joins_path(format, field))
        return;
    struct log_piece *piece = log_format_add(format, PIECE_FIELD, NULL, 0, column);
    piece->field = field;
    piece->weak = weak;
    format->has[field] = true;
}

static bool is_header_name(const char *name)
{
    for (const char *at = name; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && *at != '-' && *at != '_' && *at != '.')
            return false;
    return name[0] != '\0';
}

void log_format_add_header(struct log_format *format, const char *name, size_t length, size_t column)
{
    char *spelled = xstrndup(name, length);
    enum log_field field = log_header_field(spelled);
    if (field != LOG_FIELDS)
        log_format_add_field(format, field, false, column);
    else if (!is_header_name(spelled))
        log_format_add(format, PIECE_OTHER, NULL, 0, column);
    else
        log_format_add(format, PIECE_HEADER, name, length, column)->header = format->header_count++;
    free(spelled);
}

void log_format_add_literal(struct log_format *format, char character)
{
    text_add_char(format->count > 0 ? &format->pieces[format->count - 1].behind : &format->before, character);
}

/* Values that nothing parts cannot be told apart, but for a host in front of a path. */
static int part(struct log_format *format, const struct spelled *spelled, struct err *err)
{
    for (size_t i = 0; i + 1 < format->count; i++) {
        struct log_piece *piece = &format->pieces[i];
        const struct log_piece *next = piece + 1;
        if (piece->behind.length > 0 || piece->kind == PIECE_CLOCK)
            continue;
        if (piece->field == LOG_HOST && (next->field == LOG_TARGET || next->field == LOG_PATH)) {
            text_add_char(&piece->behind, '/');
            piece->shared = true;
            continue;
        }
        return err_set(err, ERR_USAGE,
                       "--log-format: column %zu: %s follow one another with nothing between them, so that "
                       "nothing tells where the first ends; put a character between them where the log is "
                       "written, or use --pattern",
                       next->column, spelled->nginx ? "two variables" : "two directives");
    }
    return 0;
}

static int check(const struct log_format *format, const struct spelled *spelled, struct err *err)
{
    const bool *has = format->has;
    if (format->clock_tells != 0 && !log_clock_is_whole(format->clock_tells) && !has[LOG_TIME])
        return err_set(err, ERR_USAGE, "--log-format: its time has no %s; %s has one",
                       (format->clock_tells & LOG_CLOCK_DAY) != 0 ? "time of day" : "date",
                       spelled->nginx ? "$time_local" : "%t");
    if (has[LOG_REQUEST] || (has[LOG_METHOD] && (has[LOG_TARGET] || has[LOG_PATH])))
        return 0;
    return err_set(err, ERR_USAGE, "--log-format: nothing in it makes a request: it takes %s",
                   spelled->nginx ? "$request, or $request_method and $request_uri" : "%r, or %m, %U and %q");
}

static void finish(struct log_format *format)
{
    format->headers = xcalloc(format->header_count + 1, sizeof *format->headers);
    for (size_t i = 0; i < format->count; i++)
        if (format->pieces[i].kind == PIECE_HEADER)
            format->headers[format->pieces[i].header].name = format->pieces[i].name;
    if (format->cookie_count > 0)
        format->headers[format->header_count].name = "Cookie";
}

struct log_format *log_format_new(const char *given, struct err *err)
{
    struct log_format *format = xcalloc(1, sizeof *format);
    struct spelled spelled;
    int failed = log_format_spell(given, &spelled, err);
    format->escape = spelled.escape;
    if (!failed)
        failed = (spelled.nginx ? log_format_nginx : log_format_apache)(format, &spelled, err) != 0 ||
                 part(format, &spelled, err) != 0 || check(format, &spelled, err) != 0;
    spelled_release(&spelled);
    if (failed) {
        log_format_free(format);
        return NULL;
    }
    finish(format);
    return format;
}

void log_format_free(struct log_format *format)
{
    if (format == NULL)
        return;
    for (size_t i = 0; i < format->count; i++) {
        free(format->pieces[i].name);
        text_release(&format->pieces[i].behind);
    }
    text_release(&format->before);
    text_release(&format->room);
    free(format->pieces);
    free(format->headers);
    free(format);
}

bool log_format_is_timed(const struct log_format *format)
{
    return format->clock_tells != 0 || format->has[LOG_TIME];
}
