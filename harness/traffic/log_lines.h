/* What readers of logs with one request in a line have in common: the way through the lines, and escapes. */
#ifndef SEEP_TRAFFIC_LOG_LINES_H
#define SEEP_TRAFFIC_LOG_LINES_H

#include "traffic/log_fields.h"

/* Reads one line, which is neither empty nor too long and holds no NUL. Returns SKIP_REASONS when the request was filled,
 * else the reason why not (the request is empty then). */
typedef enum skip_reason log_line_function(void *owner, const struct line *line, struct request *request);

/* Hands each line's request out, or skips the line with its reason. Errors: those of the sink and of the input. */
int log_lines_read(struct input *input, log_line_function *parse, void *owner, const struct sink *sink,
                   struct err *err);

/* How many lines of a file's head are of a format: garbage among them decides nothing. */
size_t log_lines_count(const char *head, size_t length, bool (*is)(const char *line, size_t length));

/* A time for the request of a line where the log has none: 10 ms apart. */
int64_t log_lines_untimed_us(const struct line *line);
extern const char log_lines_untimed_note[];

/* How a value is escaped. */
enum log_escape {
    LOG_ESCAPE_NONE,
    LOG_ESCAPE_SERVER, /* \" \\ \n \t \xHH. Source: Apache mod_log_config, "Format Notes"; nginx, escape=default */
    LOG_ESCAPE_HEX,  /* \xHH and nothing else */
    LOG_ESCAPE_JSON, /* RFC 8259, section 7; nginx, escape=json */
};

/* The value without its escapes. It is the value itself where there are none; else it stands at the end of `room`, which
 * must have room for it (text_reserve() of the line's length, once), so that values that stand there already stay. */
struct log_value log_unescape(const struct log_value *value, enum log_escape escape, struct text *room);

#endif
