/* Readers: recorded traffic of any known format in, requests out, one at a time.
 *
 * One row of the table per format. A reader streams: it hands each request to `each` and each line (or entry)
 * that it cannot use to `skip` with a reason, so that handed + skipped = lines. What it hands out has passed
 * request_fault(): origin-form URL, no control characters.
 *
 * In what readers hand out, `t_us` is microseconds since 1970 UTC, and `session` is the raw key of the client
 * (address and user agent, cookie, connection): flow/ingest puts a keyed hash in its place before anything is
 * kept. Where the format has answers, `clues` holds what they gave (traffic/clues.h). The request carries a Host header where the format knows the host; the ingest takes it off.
 */
#ifndef SEEP_TRAFFIC_READER_H
#define SEEP_TRAFFIC_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strings.h"
#include "model/request.h"
#include "traffic/input.h"

/* Why a line or an entry was not imported. The names are stable: they stand in JSON results. */
enum skip_reason {
    SKIP_EMPTY,
    SKIP_GRAMMAR,
    SKIP_TIME,
    SKIP_STATUS,
    SKIP_NO_REQUEST,
    SKIP_NOT_HTTP,
    SKIP_REQUEST_LINE,
    SKIP_METHOD,
    SKIP_TARGET,
    SKIP_UNSAFE,
    SKIP_TRUNCATED,
    SKIP_TOO_LONG,
    SKIP_HEADERS,
    SKIP_JSON,
    SKIP_BODY,
    SKIP_WEBSOCKET,
    SKIP_ABORTED,
    SKIP_CACHED,
    SKIP_OTHER_HOST,
    SKIP_HEADER_LINE,
    SKIP_REPLAYED, /* carries X-Seep-Run */
    SKIP_NOT_PASSED_ON,
    SKIP_HEADER,
    SKIP_RESPONSE,
    SKIP_OPTION,
    SKIP_FILE,
    SKIP_SHELL,
    SKIP_SAMPLED,
    SKIP_ASSET,
    SKIP_REASONS /* how many there are */
};
const char *skip_reason_name(enum skip_reason reason);

#define SINK_MAGIC UINT32_C(0x73696e6b)
struct sink {
    uint32_t magic; /* SINK_MAGIC */
    void *owner;
    /* Takes the request over. -1 ends the reading with the error that it filled. */
    int (*each)(void *owner, struct request *request_take, struct err *err);
    /* `number`: line or entry, from 1. `text` is the line itself, or "METHOD URL" of
     * an entry; not NUL-terminated. */
    void (*skip)(void *owner, enum skip_reason reason, size_t number, const char *text, size_t length);
    /* Something worth a line in the recording's header ("no times recorded: ..."). */
    void (*note)(void *owner, const char *line);
};

/* What a user says of a format beyond its name; each reader takes what it knows. */
struct reader_options {
    const char *pattern;    /* PCRE2 with named groups, one line each; NULL */
    const char *log_format; /* of nginx or Apache, as it stands in their configuration; NULL */
    struct strings keys;    /* "status=/response/code": the JSON pointer at which a field stands; borrowed */
};

struct reader {
    const char *name; /* NULL ends the table */
    const char *help;
    const char *looks; /* what detection looks for, said when nothing fits */
    const char *unit;  /* what is counted: "line", "entry" */
    const char *units;
    bool whole_seconds;  /* stamps have a resolution of one second: spread them */
    bool without_bodies; /* the format never holds a request's body */
    bool ours; /* imported or recorded before: its sessions are told apart, and secrets may be taken out */
    bool (*detect)(const char *head, size_t length);
    int (*read)(struct input *input, const struct reader_options *options, const struct sink *sink,
                struct err *err);
};
extern const struct reader readers[];

/* Errors: ERR_USAGE "unknown format 'x' (known: combined, common, har, ...)". */
const struct reader *reader_find(const char *name, struct err *err);

/* The format that was named, or that an option chooses by itself (`pattern`, `log_format`); *format NULL: neither, it is to
 * be detected. Errors: ERR_USAGE, an unknown name, or options that do not go together. */
int reader_choose(const char *named, const struct reader_options *options, const char **format,
                  struct err *err);

/* By the file's name (.har) or its first 64 KiB. Errors: ERR_USAGE "FILE: no known format: ..." with what
 * each format would look like; empty files and other compressions than gzip are named as such. */
const struct reader *reader_detect(struct input *input, struct err *err);

/* Rows' functions, one file per format. Errors: ERR_USAGE, an option that cannot be read, or a file. */
typedef int read_function(struct input *input, const struct reader_options *options, const struct sink *sink,
                          struct err *err);
bool access_log_detect(const char *head, size_t length);
read_function access_log_read;
bool vhost_detect(const char *head, size_t length);
read_function vhost_read;
bool ltsv_detect(const char *head, size_t length);
read_function ltsv_read;
bool alb_detect(const char *head, size_t length);
read_function alb_read;
read_function log_format_read;
read_function log_pattern_read;
bool har_detect(const char *head, size_t length);
read_function har_read;
bool json_log_detect(const char *head, size_t length);
read_function json_log_read;
bool recording_detect(const char *head, size_t length);
read_function recording_import;
bool gor_detect(const char *head, size_t length);
read_function gor_read;
bool h2load_detect(const char *head, size_t length);
read_function h2load_read;
bool curl_detect(const char *head, size_t length);
read_function curl_read;
bool vegeta_detect(const char *head, size_t length);
read_function vegeta_read;

/* For readers: checks the request and hands it out, or skips it with the reason. Takes it either way. */
int sink_each(const struct sink *sink, struct request *request_take, size_t number, const char *text,
              size_t length, struct err *err);

/* Formats without times: the i-th request, from 1, stands i times so far behind 1970, and the note says so. Where only the
 * day is missing (h2load), offsets count from 1970 too. What is recorded with its time is never before the last. */
#define UNTIMED_STEP_US INT64_C(10000)
#define UNTIMED_BEFORE_US (INT64_C(3650) * 86400 * 1000000)
void sink_untimed(const struct sink *sink);

#endif
