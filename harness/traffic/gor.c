/* The reader "gor": files of GoReplay (--output-file), also several of one capture (file_0.gor, file_1.gor).
 * Source: GoReplay 1.3, protocol.go and input_file.go; tcp/tcp_message.go for the ids. */
#include "traffic/gor.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/gor_waiting.h"
#include "traffic/http_message.h"

#define DIGITS_MOST                                                                                          \
    18 /* of what an int64_t surely holds; the 19 of today's nanoseconds are cut to microseconds first */
#define NS_DIGITS 3 /* between the two */
#define ID_OF_CONNECTION 24
#define CONNECTION 16 /* of its digits: the client's port, the server's, the client's address */
#define PORT_AT 4     /* the server's */
#define PORT 4

struct gor {
    const struct sink *sink;
    struct gor_waitings waitings;
    char port[PORT]; /* the server's, as the first id has it */
    bool has_port;
    uint64_t responses, crowded; /* crowded: records with something behind their request */
};

static size_t word(const char *bytes, size_t length)
{
    size_t at = 0;
    while (at < length && isalnum((unsigned char)bytes[at]))
        at++;
    return at;
}

/* Nanoseconds, to microseconds. */
static bool read_time(const char *digits, size_t length, int64_t *us)
{
    int64_t value = 0;
    if (length == 0 || length > DIGITS_MOST + NS_DIGITS)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!isdigit((unsigned char)digits[i]))
            return false;
        if (i + NS_DIGITS < length)
            value = value * 10 + (digits[i] - '0');
    }
    *us = value;
    return true;
}

bool gor_record_parse(const char *bytes, size_t length, struct gor_record *record)
{
    const char *end = memchr(bytes, '\n', length);
    if (end == NULL || end - bytes < 6 || bytes[0] < '1' || bytes[0] > '3' || bytes[1] != ' ')
        return false;
    record->type = (enum gor_type)(bytes[0] - '0');
    const char *at = bytes + 2;
    size_t id = word(at, (size_t)(end - at));
    if (id == 0 || id > GOR_ID_MOST || at[id] != ' ')
        return false;
    memcpy(record->id, at, id);
    record->id[id] = '\0';
    at += id + 1;
    size_t time = word(at, (size_t)(end - at));
    if (at[time] != ' ' && at + time != end)
        return false;
    record->message = end + 1;
    record->length = length - (size_t)(end + 1 - bytes);
    return read_time(at, time, &record->t_us);
}

bool gor_detect(const char *head, size_t length)
{
    struct gor_record record;
    return gor_record_parse(head, length, &record) && record.length > 0 &&
           (record.type != GOR_REQUEST || isupper((unsigned char)record.message[0]));
}

/* The first line of it, for people. */
static void skip(const struct gor *gor, enum skip_reason reason, size_t number, const char *bytes,
                 size_t length)
{
    const char *end = memchr(bytes, '\n', length);
    size_t shown = end != NULL ? (size_t)(end - bytes) : length;
    shown -= shown > 0 && bytes[shown - 1] == '\r';
    gor->sink->skip(gor->sink->owner, reason, number, bytes, shown);
}

/* Who sent it: some versions put the connection in front of the id, and then the server's port is the same in all of
 * them; in others these digits are a sequence number. */
static char *session_of(struct gor *gor, const char *id)
{
    if (strlen(id) != ID_OF_CONNECTION)
        return xstrdup("");
    if (!gor->has_port)
        memcpy(gor->port, id + PORT_AT, PORT);
    gor->has_port = true;
    return memcmp(gor->port, id + PORT_AT, PORT) == 0 ? xstrndup(id, CONNECTION) : xstrdup("");
}

static bool only_line_ends(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != '\r' && bytes[i] != '\n')
            return false;
    return true;
}

static int read_request(struct gor *gor, const struct gor_record *record, const struct line *line,
                        struct err *err)
{
    struct request request;
    size_t used;
    enum skip_reason reason = http_message_request(record->message, record->length, &request, &used);
    if (reason != SKIP_REASONS) {
        skip(gor, reason, line->number, record->message, record->length);
        return 0;
    }
    if (!line->unterminated && !only_line_ends(record->message + used, record->length - used))
        gor->crowded++;
    request.t_us = record->t_us;
    request.session = session_of(gor, record->id);
    return gor_waitings_request(&gor->waitings, record->id, &request, line->number, err);
}

static int read_response(struct gor *gor, const struct gor_record *record, const struct line *line,
                         struct err *err)
{
    int status = record->type == GOR_RESPONSE ? http_message_status(record->message, record->length) : 0;
    skip(gor, SKIP_RESPONSE, line->number, record->message, record->length);
    if (status == 0)
        return 0;
    gor->responses++;
    return gor_waitings_status(&gor->waitings, record->id, status, err);
}

static int read_record(struct gor *gor, const struct line *line, struct err *err)
{
    struct gor_record record;
    if (line->too_long)
        skip(gor, SKIP_TOO_LONG, line->number, line->bytes, line->length);
    else if (only_line_ends(line->bytes, line->length))
        skip(gor, SKIP_EMPTY, line->number, line->bytes, line->length);
    else if (!gor_record_parse(line->bytes, line->length, &record))
        skip(gor, line->unterminated ? SKIP_TRUNCATED : SKIP_GRAMMAR, line->number, line->bytes,
             line->length);
    else
        return record.type == GOR_REQUEST ? read_request(gor, &record, line, err)
                                          : read_response(gor, &record, line, err);
    return 0;
}

static void take_note(const struct gor *gor, char *note_take)
{
    gor->sink->note(gor->sink->owner, note_take);
    free(note_take);
}

static void take_notes(const struct gor *gor)
{
    const struct gor_waitings *waitings = &gor->waitings;
    if (gor->responses == 0)
        take_note(gor, xstrdup("no responses recorded: statuses are not known"));
    else if (waitings->without_status > 0)
        take_note(gor,
                  xasprintf("without a response, or with one that comes more than %d requests later: %" PRIu64
                            " requests, whose status is not known",
                            GOR_WAITING_MOST, waitings->without_status));
    if (gor->crowded > 0)
        take_note(gor, xasprintf("records with more in them than their request, which is left out: %" PRIu64,
                                 gor->crowded));
}

int gor_read(struct input *input, const struct reader_options *options, const struct sink *sink,
             struct err *err)
{
    (void)options;
    struct gor gor = {.sink = sink, .waitings = {.sink = sink}};
    struct line record;
    int result = 0;
    while (result == 0 && input_record(input, GOR_MARK, GOR_MARK_LENGTH, &record))
        result = read_record(&gor, &record, err);
    if (result == 0)
        result = gor_waitings_end(&gor.waitings, err);
    gor_waitings_release(&gor.waitings);
    if (result != 0)
        return -1;
    take_notes(&gor);
    return input_failed(input, err);
}
