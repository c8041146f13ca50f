/* The reader "h2load": timing scripts, OFFSET_MS TAB URI on each line, the offset from the script's start. They hold
 * neither methods nor headers: h2load sends GET. Source: h2load(1), --timing-script-file. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/reader.h"
#include "traffic/wire.h"

#define OFFSET_MOST_MS 1e11 /* some three years */
#define OFFSET_LENGTH ((size_t)40)

/* "1234.5", of digits alone. */
static bool read_offset(const char *text, size_t length, int64_t *us)
{
    char number[OFFSET_LENGTH], *end;
    if (length == 0 || length >= sizeof number || !isdigit((unsigned char)text[0]))
        return false;
    memcpy(number, text, length);
    number[length] = '\0';
    if (strspn(number, "0123456789.") != length)
        return false;
    double ms = strtod(number, &end);
    *us = (int64_t)llround(ms < OFFSET_MOST_MS ? ms * 1e3 : 0);
    return *end == '\0' && ms < OFFSET_MOST_MS;
}

static enum skip_reason parse(const char *line, size_t length, struct request *request)
{
    const char *tab = memchr(line, '\t', length);
    struct text url = TEXT_EMPTY, host = TEXT_EMPTY;
    *request = (struct request){.status = 0};
    if (length == 0)
        return SKIP_EMPTY;
    if (tab == NULL)
        return SKIP_GRAMMAR;
    if (memchr(line, '\0', length) != NULL)
        return SKIP_UNSAFE;
    if (!read_offset(line, (size_t)(tab - line), &request->t_us))
        return SKIP_TIME;
    int no_path = wire_origin_form(tab + 1, length - (size_t)(tab + 1 - line), &url, &host);
    if (!no_path) {
        request->method = xstrdup("GET");
        request->url = text_take(&url);
        request->session = xstrdup("");
    }
    if (!no_path && host.length > 0)
        wire_add_header(&request->headers, "Host", host.bytes);
    text_release(&url);
    text_release(&host);
    return no_path ? SKIP_TARGET : SKIP_REASONS;
}

bool h2load_detect(const char *head, size_t length)
{
    const char *end = memchr(head, '\n', length);
    struct request request;
    bool is = parse(head, end != NULL ? (size_t)(end - head) : length, &request) == SKIP_REASONS;
    request_release(&request);
    return is;
}

int h2load_read(struct input *input, const struct reader_options *options, const struct sink *sink,
                struct err *err)
{
    (void)options;
    struct line line;
    struct request request;
    while (input_line(input, &line)) {
        enum skip_reason reason = line.too_long ? SKIP_TOO_LONG : parse(line.bytes, line.length, &request);
        if (reason != SKIP_REASONS)
            sink->skip(sink->owner, reason, line.number, line.bytes, line.length);
        else if (sink_each(sink, &request, line.number, line.bytes, line.length, err) != 0)
            return -1;
    }
    sink->note(sink->owner, "times count from the start of the script");
    return input_failed(input, err);
}
