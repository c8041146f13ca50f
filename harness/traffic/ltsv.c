/* The reader "ltsv": labelled tab-separated values, one request in a line ("time:[...]\treq:GET / HTTP/1.1\t...").
 * Source: ltsv.org, the labels recommended there; beside them the names of nginx's variables, which many take as labels.
 * The format itself has no escapes: what writes it is mostly nginx or Apache, whose escapes are undone. */
#include <string.h>

#include "base/text.h"
#include "traffic/log_lines.h"

#define LABEL(name, field, rank)                                                                             \
    {                                                                                                        \
        name, sizeof(name) - 1, field, rank                                                                  \
    }

/* Of several that say the same, the one of the higher rank is believed. */
static const struct label {
    const char *name;
    size_t length;
    enum log_field field;
    int rank;
} labels[] = {
    LABEL("time", LOG_TIME, 1),
    LABEL("time_local", LOG_TIME, 1),
    LABEL("time_iso8601", LOG_TIME, 1),
    LABEL("epoch", LOG_TIME, 2),
    LABEL("msec", LOG_TIME, 3),
    LABEL("host", LOG_ADDRESS, 1),
    LABEL("remote_addr", LOG_ADDRESS, 1),
    LABEL("forwardedfor", LOG_FORWARDED, 1),
    LABEL("http_x_forwarded_for", LOG_FORWARDED, 1),
    LABEL("req", LOG_REQUEST, 1),
    LABEL("request", LOG_REQUEST, 1),
    LABEL("method", LOG_METHOD, 1),
    LABEL("request_method", LOG_METHOD, 1),
    LABEL("uri", LOG_TARGET, 1),
    LABEL("request_uri", LOG_TARGET, 2),
    LABEL("path", LOG_PATH, 1),
    LABEL("query", LOG_QUERY, 1),
    LABEL("args", LOG_QUERY, 1),
    LABEL("query_string", LOG_QUERY, 1),
    LABEL("status", LOG_STATUS, 1),
    LABEL("referer", LOG_REFERER, 1),
    LABEL("http_referer", LOG_REFERER, 1),
    LABEL("ua", LOG_AGENT, 1),
    LABEL("user_agent", LOG_AGENT, 1),
    LABEL("http_user_agent", LOG_AGENT, 1),
    LABEL("vhost", LOG_HOST, 1),
    LABEL("http_host", LOG_HOST, 1),
    LABEL("content_type", LOG_CONTENT_TYPE, 1),
    LABEL("body", LOG_BODY, 1),
    LABEL("request_body", LOG_BODY, 1),
};

static const struct label *find_label(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (labels[i].length == length && memcmp(labels[i].name, name, length) == 0)
            return &labels[i];
    return NULL;
}

/* "uri" is the path alone where the query stands beside it. */
static void join_query(struct log_fields *fields)
{
    struct log_value *target = &fields->of[LOG_TARGET];
    if (!log_value_there(&fields->of[LOG_QUERY]) || !log_value_there(target) ||
        memchr(target->bytes, '?', target->length) != NULL)
        return;
    fields->of[LOG_PATH] = *target;
    *target = (struct log_value){NULL, 0};
}

/* How many parts of the line have a label; what they say, with its escapes. */
static size_t take_fields(const char *line, size_t length, struct log_fields *fields)
{
    int ranks[LOG_FIELDS] = {0};
    size_t count = 0;
    for (const char *at = line, *end = line + length, *next; at < end; at = next) {
        const char *stop = memchr(at, '\t', (size_t)(end - at));
        next = stop != NULL ? stop + 1 : end;
        if (stop == NULL)
            stop = end;
        const char *colon = memchr(at, ':', (size_t)(stop - at));
        if (colon == NULL || colon == at)
            continue;
        count++;
        const struct label *label = find_label(at, (size_t)(colon - at));
        const struct log_value value = {colon + 1, (size_t)(stop - colon - 1)};
        if (label == NULL || !log_value_there(&value) || label->rank <= ranks[label->field])
            continue;
        ranks[label->field] = label->rank;
        fields->of[label->field] = value;
    }
    join_query(fields);
    return count;
}

static bool has_request(const struct log_fields *fields)
{
    return fields->of[LOG_REQUEST].bytes != NULL || fields->of[LOG_METHOD].bytes != NULL;
}

static bool is_line(const char *line, size_t length)
{
    struct log_fields fields = {.headers = NULL};
    const struct log_value *time = &fields.of[LOG_TIME];
    int64_t us;
    return take_fields(line, length, &fields) >= 3 && has_request(&fields) && time->bytes != NULL &&
           log_time(time->bytes, time->length, &us) == 0;
}

bool ltsv_detect(const char *head, size_t length)
{
    return log_lines_count(head, length, is_line) > 0;
}

static enum skip_reason parse_line(void *owner, const struct line *line, struct request *request)
{
    struct text *room = owner;
    struct log_fields fields = {.headers = NULL};
    memset(request, 0, sizeof *request);
    if (take_fields(line->bytes, line->length, &fields) < 2)
        return SKIP_GRAMMAR;
    text_clear(room);
    text_reserve(room, line->length);
    for (size_t i = 0; i < LOG_FIELDS; i++)
        fields.of[i] = log_unescape(&fields.of[i], LOG_ESCAPE_SERVER, room);
    return log_fields_request(&fields, false, request);
}

int ltsv_read(struct input *input, const struct reader_options *options, const struct sink *sink,
              struct err *err)
{
    (void)options;
    struct text room = TEXT_EMPTY;
    int result = log_lines_read(input, parse_line, &room, sink, err);
    text_release(&room);
    return result;
}
