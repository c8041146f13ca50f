/* Any bytes as recorded traffic, by the format they look like and by each of the table by name (READER=har:
 * only by that one). What is handed out can be written as a recording and read again; what is skipped has a reason; an
 * error is one line. A first line that begins with '#' says options: "#/status" is where the status stands in JSON, and
 * a log_format. */
#include "traffic/reader.h"
#include "traffic/recording.h"
#include "traffic/wire.h"

#include "fuzz.h"

#define US_MOST INT64_C(4000000000000000000) /* differences of two can be told */

struct seen {
    size_t handed, skipped;
    unsigned sum;
};

static int each(void *owner, struct request *request_take, struct err *err)
{
    struct seen *seen = owner;
    struct request again;
    struct text line = TEXT_EMPTY;
    const char *field;
    size_t column;
    hold(request_fault(request_take, &field) == NULL);
    hold(request_take->t_us > -US_MOST && request_take->t_us < US_MOST);
    request_take->t_us = 0;
    free(request_take->session); /* as it is: it is hashed before it is written */
    request_take->session = NULL;
    recording_line(request_take, &line);
    hold(recording_parse(line.bytes, line.length - 1, 0, &again, &column, err) == 0);
    hold(strcmp(again.url, request_take->url) == 0 && again.body_length == request_take->body_length);
    request_release(&again);
    request_release(request_take);
    text_release(&line);
    seen->handed++;
    return 0;
}

static void skip(void *owner, enum skip_reason reason, size_t number, const char *text, size_t length)
{
    struct seen *seen = owner;
    hold((unsigned)reason < SKIP_REASONS && number > 0);
    for (size_t i = 0; i < length; i++) /* all of it can be read */
        seen->sum += (unsigned char)text[i];
    seen->skipped++;
}

static void note(void *owner, const char *line)
{
    (void)owner;
    hold(line[0] != '\0' && strchr(line, '\n') == NULL);
}

static void read_all(const struct reader *reader, const uint8_t *data, size_t size,
                     const struct reader_options *options)
{
    struct seen seen = {0, 0, 0};
    const struct sink sink = {SINK_MAGIC, &seen, each, skip, note};
    struct input input;
    struct err err = {.code = ERR_NONE};
    input_open_memory(&input, "fuzz", data, size);
    if (reader == NULL)
        reader = reader_detect(&input, &err);
    int result = reader != NULL ? reader->read(&input, options, &sink, &err) : -1;
    input_close(&input);
    hold(result == 0 ||
         (err.code == ERR_USAGE && err.message[0] != '\0' && strchr(err.message, '\n') == NULL));
    hold(seen.handed + seen.skipped <= size + 1);
}

FUZZ_TARGET(reader)
{
    const char *only = getenv("READER");
    struct reader_options options = {
        .pattern = "(?<address>\\S+) (?<time>\\S+) (?<method>\\S+) (?<target>\\S+) (?<status>\\d+)",
        .log_format =
            "$remote_addr [$time_local] \"$request\" $status \"$http_referer\" \"$http_user_agent\""};
    char *said = NULL, *key = NULL;
    const uint8_t *end = size > 0 && data[0] == '#' ? memchr(data, '\n', size) : NULL;
    if (end != NULL) {
        said = xstrndup((const char *)data + 1, (size_t)(end - data - 1));
        key = xasprintf("status=%s", said);
        options.log_format = said;
        options.keys = (struct strings){&key, 1};
        size -= (size_t)(end + 1 - data);
        data = end + 1;
    }
    if (only == NULL)
        read_all(NULL, data, size, &options);
    for (const struct reader *reader = readers; reader->name != NULL; reader++)
        if (only == NULL || strcmp(only, reader->name) == 0)
            read_all(reader, data, size, &options);
    free(said);
    free(key);
    return 0;
}
