#include "traffic/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/wire.h"

static const char *const skip_names[SKIP_REASONS] = {
    [SKIP_EMPTY] = "empty line",
    [SKIP_GRAMMAR] = "not in this format",
    [SKIP_TIME] = "bad time",
    [SKIP_STATUS] = "bad status",
    [SKIP_NO_REQUEST] = "no request",
    [SKIP_NOT_HTTP] = "not HTTP",
    [SKIP_REQUEST_LINE] = "malformed request line",
    [SKIP_METHOD] = "unknown method",
    [SKIP_TARGET] = "target is no path",
    [SKIP_UNSAFE] = "control characters",
    [SKIP_TRUNCATED] = "truncated",
    [SKIP_TOO_LONG] = "line too long",
    [SKIP_JSON] = "not JSON",
    [SKIP_BODY] = "unreadable body",
    [SKIP_WEBSOCKET] = "WebSocket",
    [SKIP_ABORTED] = "aborted entry",
    [SKIP_OTHER_HOST] = "another host",
    [SKIP_HEADER_LINE] = "header line",
    [SKIP_ASSET] = "static asset",
};

const char *skip_reason_name(enum skip_reason reason)
{
    return (unsigned)reason < SKIP_REASONS ? skip_names[reason] : "?";
}

const struct reader readers[] = {
    {"combined", "access log of nginx or Apache, with referer and user agent",
     "a line like ADDRESS - - [17/May/2015:10:05:03 +0000] \"GET /path HTTP/1.1\" 200 123", "line", "lines",
     true, true, access_log_detect, access_log_read},
    {"common", "the same without the last two fields", NULL, "line", "lines", true, true, NULL,
     access_log_read},
    {"har", "HTTP archive 1.2 of a browser or a proxy", "a JSON object with \"log\"", "entry", "entries",
     false, false, har_detect, har_read},
    {"seep", "a recording of seep, or vegeta's JSON targets",
     "a JSON object with \"method\" and \"url\" on each line", "line", "lines", false, false,
     recording_detect, recording_import},
    {NULL, NULL, NULL, NULL, NULL, false, false, NULL, NULL},
};

const struct reader *reader_find(const char *name, struct err *err)
{
    struct text known = TEXT_EMPTY;
    for (const struct reader *reader = readers; reader->name != NULL; reader++) {
        if (strcmp(reader->name, name) == 0) {
            text_release(&known);
            return reader;
        }
        text_addf(&known, "%s%s", known.length > 0 ? ", " : "", reader->name);
    }
    err_set(err, ERR_USAGE, "unknown format '%s' (known: %s)", name, text_string(&known));
    text_release(&known);
    return NULL;
}

static void no_format(const char *name, struct err *err)
{
    struct text looks = TEXT_EMPTY;
    for (const struct reader *reader = readers; reader->name != NULL; reader++)
        if (reader->looks != NULL)
            text_addf(&looks, "%s %s (%s)", looks.length > 0 ? "," : "", reader->name, reader->looks);
    err_set(err, ERR_USAGE, "%s: no known format; looked for%s; --format NAME chooses one", name,
            text_string(&looks));
    text_release(&looks);
}

const struct reader *reader_detect(struct input *input, struct err *err)
{
    const char *head;
    size_t length = input_head(input, &head);
    if (input_failed(input, err) != 0)
        return NULL;
    if (length == 0) {
        err_set(err, ERR_USAGE, "%s: empty", input->name);
        return NULL;
    }
    if (length >= 2 && memcmp(head, "\x1f\x8b", 2) == 0) {
        err_set(err, ERR_USAGE, "%s: compressed with gzip; unpack it first: zcat %s | seep import - ...",
                input->name, input->name);
        return NULL;
    }
    if (text_ends_with(input->name, ".har"))
        return reader_find("har", err);
    for (const struct reader *reader = readers; reader->name != NULL; reader++)
        if (reader->detect != NULL && reader->detect(head, length))
            return reader;
    no_format(input->name, err);
    return NULL;
}

int sink_each(const struct sink *sink, struct request *request_take, size_t number, const char *text,
              size_t length, struct err *err)
{
    const char *field;
    if (request_fault(request_take, &field) != NULL) {
        bool method = strcmp(field, "method") == 0;
        sink->skip(sink->owner, method ? SKIP_METHOD : SKIP_UNSAFE, number, text, length);
        request_release(request_take);
        return 0;
    }
    return sink->each(sink->owner, request_take, err);
}
