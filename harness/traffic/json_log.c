/* The reader "json": a request in a line of JSON. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/access_log.h"
#include "traffic/json_match.h"

#define LINE_MOST ((size_t)1024 * 1024)
#define LINES_LOOKED_AT 100
#define SHAPES_MOST 32

struct json_log {
    struct json_match *match;
    struct text mended; /* the line, where it had to be */
    struct text path;
    uint64_t of_shape[SHAPES_MOST]; /* requests, for what is told at the end */
};

/* "client - \"GET / HTTP/1.1\" 200", as uvicorn says it. */
static void short_line(const struct log_value *line, struct log_fields *fields)
{
    const char *end = line->bytes + line->length, *open = memchr(line->bytes, '"', line->length);
    const char *close = open != NULL ? memchr(open + 1, '"', (size_t)(end - open - 1)) : NULL;
    if (close == NULL || end - close < 5 || close[1] != ' ')
        return;
    const char *space = memchr(line->bytes, ' ', line->length);
    fields->of[LOG_ADDRESS] = (struct log_value){line->bytes, (size_t)(space - line->bytes)};
    fields->of[LOG_REQUEST] = (struct log_value){open + 1, (size_t)(close - open - 1)};
    fields->of[LOG_STATUS] = (struct log_value){close + 2, 3};
}

/* A port is of a connection, an address of a client: "192.0.2.7:4711", "[2001:db8::7]:4711". */
static void without_port(struct log_value *address)
{
    const char *colon = address->bytes != NULL ? memrchr(address->bytes, ':', address->length) : NULL;
    if (colon == NULL)
        return;
    size_t before = (size_t)(colon - address->bytes);
    if (memchr(address->bytes, ':', before) == NULL || (before > 0 && colon[-1] == ']'))
        address->length = before;
}

/* A whole line of an access log as text, or the short form with the time beside it. */
static enum skip_reason read_text(struct json_found *found, struct request *request)
{
    struct log_value *line = &found->line, *asked = &found->fields.of[LOG_REQUEST];
    while (line->length > 0 && strchr("\r\n", line->bytes[line->length - 1]) != NULL)
        line->length--;
    if (access_log_parse(line->bytes, line->length, request) == SKIP_REASONS)
        return SKIP_REASONS;
    short_line(line, &found->fields);
    without_port(&found->fields.of[LOG_ADDRESS]);
    if (asked->bytes == NULL || memmem(asked->bytes, asked->length, " HTTP/", 6) == NULL)
        return SKIP_NO_REQUEST;
    return log_fields_request(&found->fields, false, request);
}

/* What WSGI and nginx call a path is decoded: a space in it was none on the wire. */
static void encode_spaces(struct log_value *path, struct text *encoded)
{
    if (path->bytes == NULL || memchr(path->bytes, ' ', path->length) == NULL)
        return;
    text_clear(encoded);
    for (size_t i = 0; i < path->length; i++)
        if (path->bytes[i] == ' ')
            text_add_string(encoded, "%20");
        else
            text_add_char(encoded, path->bytes[i]);
    *path = (struct log_value){text_string(encoded), encoded->length};
}

static enum skip_reason read_fields(struct json_log *log, const char *line, size_t length, bool within,
                                    struct request *request)
{
    struct json_found found;
    enum skip_reason reason = json_match_line(log->match, line, length, &found);
    if (reason != SKIP_REASONS)
        return reason;
    if (found.line.bytes != NULL && found.line.length > 0 && found.line.bytes[0] == '{') {
        if (within) /* once: what is packed is not unpacked for ever */
            return SKIP_NO_REQUEST;
        char *packed = xstrndup(found.line.bytes, found.line.length);
        reason = read_fields(log, packed, found.line.length, true, request);
        free(packed);
        return reason == SKIP_JSON ? SKIP_NO_REQUEST : reason;
    }
    without_port(&found.fields.of[LOG_ADDRESS]);
    encode_spaces(&found.fields.of[LOG_PATH], &log->path);
    reason = found.line.bytes != NULL ? read_text(&found, request)
                                      : log_fields_request(&found.fields, false, request);
    if (reason == SKIP_REASONS) {
        json_match_headers(log->match, &found, request);
        log->of_shape[found.shape]++;
    }
    return reason;
}

/* Logs that are JSON by their format string alone hold escapes that JSON does not know: nginx without `escape=json`
 * writes '"' as \x22, gunicorn leaves a backslash as it is. False: there is no such thing. */
static bool mend(const char *line, size_t length, struct text *mended)
{
    bool found = false;
    text_clear(mended);
    for (size_t i = 0; i < length; i++) {
        char next = line[i] == '\\' && i + 1 < length ? line[i + 1] : '\0';
        if (next == '\0') {
            text_add_char(mended, line[i]);
            continue;
        }
        bool hex = next == 'x', known = strchr("\"\\/bfnrtu", next) != NULL;
        text_add(mended, hex ? "\\u00" : known ? line + i : "\\\\", hex ? 4 : 2);
        found = found || !known;
        i += hex || known;
    }
    return found;
}

static enum skip_reason read_line(struct json_log *log, const struct line *line, struct request *request)
{
    memset(request, 0, sizeof *request);
    if (line->length == 0)
        return SKIP_EMPTY;
    if (line->too_long || line->length > LINE_MOST)
        return SKIP_TOO_LONG;
    bool marked = line->number == 1 && line->length >= 3 && memcmp(line->bytes, "\xef\xbb\xbf", 3) == 0;
    const char *bytes = line->bytes + (marked ? 3 : 0);
    size_t length = line->length - (marked ? 3 : 0);
    enum skip_reason reason = read_fields(log, bytes, length, false, request);
    if (reason == SKIP_JSON && mend(bytes, length, &log->mended))
        reason = read_fields(log, log->mended.bytes, log->mended.length, false, request);
    return reason == SKIP_JSON && line->unterminated ? SKIP_TRUNCATED : reason;
}

static void release(struct json_log *log)
{
    json_match_free(log->match);
    text_release(&log->mended);
    text_release(&log->path);
}

bool json_log_detect(const char *head, size_t length)
{
    struct json_log log = {.match = json_match_new(NULL, NULL)};
    bool found = false;
    for (int lines = 0; lines < LINES_LOOKED_AT && length > 0 && !found; lines++) {
        const char *end = memchr(head, '\n', length);
        struct line line = {.bytes = head, .length = end != NULL ? (size_t)(end - head) : length};
        struct request request;
        found = head[0] == '{' && read_line(&log, &line, &request) == SKIP_REASONS;
        if (found)
            request_release(&request);
        length -= line.length + (end != NULL);
        head += line.length + (end != NULL);
    }
    release(&log);
    return found;
}

/* "fields as nginx names them (9,990 lines), loguru (10)" */
static void tell_shapes(const struct json_log *log, const struct sink *sink)
{
    struct text told = TEXT_EMPTY;
    int shapes = 0;
    for (int i = 0; i < SHAPES_MOST; i++) {
        if (log->of_shape[i] == 0)
            continue;
        const char *name = json_shapes[i].name != NULL ? json_shapes[i].name : "mapped keys";
        text_addf(&told, "%s%s (%llu)", shapes++ > 0 ? ", " : "lines of the shape: ", name,
                  (unsigned long long)log->of_shape[i]);
    }
    if (shapes > 0)
        sink->note(sink->owner, text_string(&told));
    text_release(&told);
}

int json_log_read(struct input *input, const struct reader_options *options, const struct sink *sink,
                  struct err *err)
{
    struct json_log log = {.match = json_match_new(&options->keys, err)};
    struct line line;
    struct request request;
    int result = log.match != NULL ? 0 : -1;
    while (result == 0 && input_line(input, &line)) {
        enum skip_reason reason = read_line(&log, &line, &request);
        if (reason != SKIP_REASONS)
            sink->skip(sink->owner, reason, line.number, line.bytes, line.length);
        else
            result = sink_each(sink, &request, line.number, line.bytes, line.length, err);
    }
    if (result == 0)
        tell_shapes(&log, sink);
    release(&log);
    return result == 0 ? input_failed(input, err) : -1;
}
