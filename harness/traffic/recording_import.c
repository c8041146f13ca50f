/* The reader "seep": our own recordings, and vegeta's JSON targets. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "traffic/calendar.h"
#include "traffic/reader.h"
#include "traffic/recording.h"

static bool holds(const char *line, size_t length, const char *what)
{
    return memmem(line, length, what, strlen(what)) != NULL;
}

bool recording_detect(const char *head, size_t length)
{
    const char *end = memchr(head, '\n', length);
    size_t size = end != NULL ? (size_t)(end - head) : length;
    if (size == 0 || head[0] != '{' || holds(head, size, "\"entries\""))
        return false;
    return holds(head, size, "\"seep\"") || (holds(head, size, "\"method\"") && holds(head, size, "\"url\""));
}

/* When the recording began, from its first line; false when this is no such line. */
static bool is_header(const struct line *line, int64_t *from_us)
{
    json_t *root = json_loadb(line->bytes, line->length, 0, NULL);
    bool header = json_is_integer(json_object_get(root, "seep"));
    const json_t *from = json_object_get(root, "from");
    if (header && json_is_string(from))
        calendar_read(json_string_value(from), json_string_length(from), from_us);
    json_decref(root);
    return header;
}

static enum skip_reason reason_of(const struct line *line, const struct err *err)
{
    if (line->length == 0)
        return SKIP_EMPTY;
    if (line->unterminated)
        return SKIP_TRUNCATED;
    if (strncmp(err->message, "not JSON", 8) == 0)
        return SKIP_JSON;
    return strstr(err->message, "\"body\"") != NULL ? SKIP_BODY : SKIP_GRAMMAR;
}

static int import_line(const struct line *line, int64_t from_us, bool *untimed, const struct sink *sink,
                       struct err *err)
{
    struct request request;
    struct err why;
    size_t column;
    if (line->too_long || recording_parse(line->bytes, line->length, 1, &request, &column, &why) != 0) {
        sink->skip(sink->owner, line->too_long ? SKIP_TOO_LONG : reason_of(line, &why), line->number,
                   line->bytes, line->length);
        return 0;
    }
    *untimed = *untimed || !holds(line->bytes, line->length, "\"t_us\"");
    request.t_us = *untimed ? (int64_t)line->number * UNTIMED_STEP_US : request.t_us + from_us;
    return sink_each(sink, &request, line->number, line->bytes, line->length, err);
}

int recording_import(struct input *input, const struct reader_options *options, const struct sink *sink,
                     struct err *err)
{
    (void)options;
    struct line line;
    int64_t from_us = 0;
    bool untimed = false;
    while (input_line(input, &line)) {
        if (line.number == 1 && is_header(&line, &from_us))
            sink->skip(sink->owner, SKIP_HEADER_LINE, line.number, line.bytes, line.length);
        else if (import_line(&line, from_us, &untimed, sink, err) != 0)
            return -1;
    }
    if (untimed)
        sink_untimed(sink);
    return input_failed(input, err);
}
