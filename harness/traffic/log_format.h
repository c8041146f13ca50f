/* Log formats as nginx and Apache have them in their configuration, compiled to a list of values and what stands between
 * them, and lines read by it.
 *
 *     struct log_format *format = log_format_new(given, err);
 *     log_format_line(format, line, &request)
 *     log_format_free(format);
 *
 * A value ends where what stands behind it comes for the first time; where the line then does not fit, later places are
 * tried, few enough that no line can take long.
 */
#ifndef SEEP_TRAFFIC_LOG_FORMAT_H
#define SEEP_TRAFFIC_LOG_FORMAT_H

#include "traffic/log_clock.h"
#include "traffic/log_lines.h"

enum log_piece_kind {
    PIECE_OTHER,    /* read over */
    PIECE_NUMBER,   /* read over, as is what follows; how they look tells where the value before them ends */
    PIECE_PORT,     /* likewise; of the server: part of the host, where the format has one */
    PIECE_PROTOCOL, /* "HTTP/1.1" */
    PIECE_FIELD,
    PIECE_HEADER,
    PIECE_COOKIE,
    PIECE_CLOCK,    /* says itself where it ends */
    PIECE_TOOK,     /* seconds from the request's begin to the time that is logged */
    PIECE_QUESTION, /* nginx's $is_args: '?' where there is a query */
};

struct log_piece {
    enum log_piece_kind kind;
    enum log_field field;
    bool weak;      /* gives way to another value of the same field */
    bool dash_ends; /* nginx's $uri$is_args$args: a '-' at the end says that there is no query */
    char *name;     /* of a header or a cookie; of PIECE_CLOCK its template */
    size_t header;  /* its index in `headers` */
    size_t column;  /* where it stands in what was given, from 1 */
    struct text behind;
    bool shared; /* what stands behind begins the next value */
    struct log_value value;
};

struct log_format {
    struct text before; /* the first value */
    struct log_piece *pieces;
    size_t count;
    enum log_escape escape;
    struct log_header *headers; /* one for each piece that is a header, and one for the cookies */
    size_t header_count, cookie_count, name_bytes;
    unsigned clock_tells;
    bool has[LOG_FIELDS];
    bool has_port;
    struct text room;
};

/* `given` is a format, a whole directive (log_format ..., LogFormat ..., CustomLog ...), or the name of one that is well
 * known (log_format_spell()). Errors: ERR_USAGE "--log-format: column 12: what". */
struct log_format *log_format_new(const char *given, struct err *err);
void log_format_free(struct log_format *format);

/* Whether the format tells the time. */
bool log_format_is_timed(const struct log_format *format);

/* Reads one line; as log_line_function. */
enum skip_reason log_format_line(struct log_format *format, const struct line *line, struct request *request);

/* For the two syntaxes, which add pieces from left to right. `name` is copied, or NULL. */
struct log_piece *log_format_add(struct log_format *format, enum log_piece_kind kind, const char *name,
                                 size_t length, size_t column);
void log_format_add_field(struct log_format *format, enum log_field field, bool weak, size_t column);
void log_format_add_header(struct log_format *format, const char *name, size_t length, size_t column);
void log_format_add_literal(struct log_format *format, char character);

/* Fits the pieces to the line: sets their `value`, escapes and all, and what the line's times say. False: it does not fit. */
bool log_format_match(struct log_format *format, const char *line, size_t length, struct log_clock *clock);

struct spelled;
int log_format_nginx(struct log_format *format, const struct spelled *spelled, struct err *err);
int log_format_apache(struct log_format *format, const struct spelled *spelled, struct err *err);

#endif
