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
    [SKIP_HEADERS] = "more than 256 headers",
    [SKIP_JSON] = "not JSON",
    [SKIP_BODY] = "unreadable body",
    [SKIP_WEBSOCKET] = "WebSocket",
    [SKIP_ABORTED] = "aborted entry",
    [SKIP_CACHED] = "answered without the server",
    [SKIP_OTHER_HOST] = "another host",
    [SKIP_HEADER_LINE] = "header line",
    [SKIP_REPLAYED] = "sent by a replay",
    [SKIP_NOT_PASSED_ON] = "answered by the load balancer",
    [SKIP_HEADER] = "malformed header",
    [SKIP_RESPONSE] = "a response",
    [SKIP_OPTION] = "unknown option",
    [SKIP_FILE] = "body in a file",
    [SKIP_SHELL] = "needs a shell",
    [SKIP_SAMPLED] = "not in the sample",
    [SKIP_ASSET] = "static asset",
};

const char *skip_reason_name(enum skip_reason reason)
{
    return (unsigned)reason < SKIP_REASONS ? skip_names[reason] : "?";
}

/* The order is that in which formats are looked for: the narrower one first. */
const struct reader readers[] = {
    {"vhost", "combined with the virtual host in front, as Apache's vhost_combined",
     "the same behind HOST:PORT", "line", "lines", true, true, false, vhost_detect, vhost_read},
    {"combined", "access log of nginx or Apache, with referer and user agent",
     "a line like ADDRESS - - [17/May/2015:10:05:03 +0000] \"GET /path HTTP/1.1\" 200 123", "line", "lines",
     true, true, false, access_log_detect, access_log_read},
    {"common", "the same without the last two fields", NULL, "line", "lines", true, true, false, NULL,
     access_log_read},
    {"ltsv", "labelled tab-separated values", "time:... and req:... between tabs", "line", "lines", true,
     true, false, ltsv_detect, ltsv_read},
    {"alb", "access log of an AWS load balancer",
     "TYPE TIME NAME CLIENT:PORT TARGET:PORT ... \"GET http://... HTTP/1.1\"", "line", "lines", false, true,
     false, alb_detect, alb_read},
    {"har", "HTTP archive 1.2 of a browser or a proxy", "a JSON object with \"log\"", "entry", "entries",
     false, false, false, har_detect, har_read},
    {"json", "access log of a line of JSON each: nginx, Envoy, Caddy, Traefik, gunicorn, loguru and others",
     "a JSON object with time, method, path and status on each line", "line", "lines", true, true, false,
     json_log_detect, json_log_read},
    {"seep", "a recording of seep, or vegeta's JSON targets",
     "a JSON object with \"method\" and \"url\" on each line", "line", "lines", false, false, true,
     recording_detect, recording_import},
    {"log-format", "any access log of nginx or Apache, by --log-format", NULL, "line", "lines", true, true,
     false, NULL, log_format_read},
    {"pattern", "any log with one request in a line, by --pattern", NULL, "line", "lines", true, true, false,
     NULL, log_pattern_read},
    {"gor", "GoReplay's files", "a line like 1 ID NANOSECONDS 0, and a raw HTTP request behind it", "record",
     "records", false, false, false, gor_detect, gor_read},
    {"h2load", "timing scripts of h2load", "MILLISECONDS, a tab and a URI on each line", "line", "lines",
     false, false, false, h2load_detect, h2load_read},
    {"curl", "curl command lines, as browsers copy them", "a line that begins with curl", "command",
     "commands", false, false, false, curl_detect, curl_read},
    {"vegeta", "HTTP targets of vegeta", "METHOD URL, header lines, @BODYFILE, an empty line", "target",
     "targets", false, false, false, vegeta_detect, vegeta_read},
    {NULL, NULL, NULL, NULL, NULL, false, false, false, NULL, NULL},
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

int reader_choose(const char *named, const struct reader_options *options, const char **format,
                  struct err *err)
{
    const struct {
        const char *option, *format;
        bool given;
    } rows[] = {{"--pattern", "pattern", options->pattern != NULL},
                {"--log-format", "log-format", options->log_format != NULL},
                {"--key", "json", options->keys.count > 0}};
    *format = named;
    if (named != NULL && reader_find(named, err) == NULL)
        return -1;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!rows[i].given)
            continue;
        if (*format != NULL && strcmp(*format, rows[i].format) != 0)
            return err_set(err, ERR_USAGE, "%s is for --format %s, not for '%s'", rows[i].option,
                           rows[i].format, *format);
        *format = rows[i].format;
    }
    return 0;
}

static void no_format(const char *name, struct err *err)
{
    struct text looks = TEXT_EMPTY;
    for (const struct reader *reader = readers; reader->name != NULL; reader++)
        if (reader->looks != NULL)
            text_addf(&looks, "%s %s (%s)", looks.length > 0 ? "," : "", reader->name, reader->looks);
    err_set(err, ERR_USAGE,
            "%s: no known format; looked for%s; --format NAME chooses one, --log-format or --pattern tell "
            "any other",
            name, text_string(&looks));
    text_release(&looks);
}

/* Compressed as no reader sees through; gzip is taken off before anything is looked at. */
static const struct {
    const char *magic;
    size_t length;
    const char *name, *command;
} packings[] = {{"\x28\xb5\x2f\xfd", 4, "zstd", "zstdcat"},
                {"\xfd\x37zXZ", 5, "xz", "xzcat"},
                {"BZh", 3, "bzip2", "bzcat"},
                {"PK\x03\x04", 4, "zip", "unzip -p"}};

static int refuse_packed(const char *name, const char *head, size_t length, struct err *err)
{
    for (size_t i = 0; i < sizeof packings / sizeof *packings; i++)
        if (length >= packings[i].length && memcmp(head, packings[i].magic, packings[i].length) == 0)
            return err_set(err, ERR_USAGE,
                           "%s: compressed with %s, only gzip is read: %s %s | seep import - ...", name,
                           packings[i].name, packings[i].command, name);
    return 0;
}

const struct reader *reader_detect(struct input *input, struct err *err)
{
    const char *head;
    size_t length = input_head(input, &head);
    if (input_failed(input, err) != 0)
        return NULL;
    if (length == 0) {
        const char *lost = input_note(input);
        err_set(err, ERR_USAGE, "%s: empty%s%s", input->name, lost != NULL ? ": " : "",
                lost != NULL ? lost : "");
        return NULL;
    }
    if (refuse_packed(input->name, head, length, err) != 0)
        return NULL;
    if (text_ends_with(input->name, ".har") || text_ends_with(input->name, ".har.gz"))
        return reader_find("har", err);
    for (const struct reader *reader = readers; reader->name != NULL; reader++)
        if (reader->detect != NULL && reader->detect(head, length))
            return reader;
    no_format(input->name, err);
    return NULL;
}

void sink_untimed(const struct sink *sink)
{
    sink->note(sink->owner, "no times recorded: requests stand 10 ms apart");
}

int sink_each(const struct sink *sink, struct request *request_take, size_t number, const char *text,
              size_t length, struct err *err)
{
    const char *field;
    if (request_fault(request_take, &field) != NULL) {
        enum skip_reason reason = strcmp(field, "method") == 0                      ? SKIP_METHOD
                                  : request_take->headers.count > WIRE_HEADERS_MOST ? SKIP_HEADERS
                                                                                    : SKIP_UNSAFE;
        sink->skip(sink->owner, reason, number, text, length);
        request_release(request_take);
        return 0;
    }
    if (headers_find(&request_take->headers, "X-Seep-Run") != NULL) {
        sink->skip(sink->owner, SKIP_REPLAYED, number, text, length);
        request_release(request_take);
        return 0;
    }
    return sink->each(sink->owner, request_take, err);
}
