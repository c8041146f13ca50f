#include "traffic/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "base/text.h"
#include "traffic/calendar.h"
#include "traffic/input.h"
#include "traffic/json_text.h"

void recording_header_release(struct recording_header *header)
{
    strings_release(&header->source);
    strings_release(&header->notes);
    free(header->host);
    memset(header, 0, sizeof *header);
}

static void add_list(struct text *out, const char *key, const struct strings *strings)
{
    text_addf(out, ",\"%s\":[", key);
    for (size_t i = 0; i < strings->count; i++) {
        text_add_string(out, i > 0 ? "," : "");
        json_add_quoted(out, strings->items[i]);
    }
    text_add_char(out, ']');
}

void recording_header_line(const struct recording_header *header, struct text *out)
{
    char when[CALENDAR_SIZE];
    text_addf(out, "{\"seep\":%d", RECORDING_VERSION);
    add_list(out, "source", &header->source);
    if (header->from_us != 0 || header->to_us != 0) {
        json_add_member(out, "from", calendar_write(when, header->from_us));
        json_add_member(out, "to", calendar_write(when, header->to_us));
    }
    if (header->host != NULL)
        json_add_member(out, "host", header->host);
    text_add_string(out, ",\"redacted\":{");
    for (size_t i = 0; i < header->redacted_count; i++)
        text_addf(out, "%s\"%s\":%" PRIu64, i > 0 ? "," : "", header->redacted[i].place,
                  header->redacted[i].count);
    text_add_char(out, '}');
    add_list(out, "notes", &header->notes);
    text_add_string(out, "}\n");
}

static int write_all(int descriptor, const struct text *text)
{
    for (size_t at = 0; at < text->length;) {
        ssize_t written = write(descriptor, text->bytes + at, text->length - at);
        if (written < 0 && errno != EINTR)
            return -1;
        at += written > 0 ? (size_t)written : 0;
    }
    return 0;
}

static int write_lines(int descriptor, const struct recording_header *header,
                       const struct recording *recording)
{
    struct text text = TEXT_EMPTY;
    int failed = 0;
    recording_header_line(header, &text);
    for (size_t i = 0; i < recording->count && !failed; i++) {
        recording_line(&recording->requests[i], &text);
        if (text.length < 256 * 1024)
            continue;
        failed = write_all(descriptor, &text);
        text_clear(&text);
    }
    failed = failed || write_all(descriptor, &text);
    text_release(&text);
    return failed ? -1 : 0;
}

int recording_write(const char *path, const struct recording_header *header,
                    const struct recording *recording, struct err *err)
{
    char *temporary = xasprintf("%s.XXXXXX", path);
    int descriptor = mkostemp(temporary, O_CLOEXEC); /* 0600 by itself */
    int result = -1;
    if (descriptor < 0) {
        err_file(err, path);
        goto done;
    }
    if (write_lines(descriptor, header, recording) != 0 || fchmod(descriptor, 0600) != 0 ||
        rename(temporary, path) != 0) {
        err_file(err, path);
        unlink(temporary);
        goto done;
    }
    result = 0;
done:
    if (descriptor >= 0)
        close(descriptor);
    free(temporary);
    return result;
}

/* The first line of our own files; everything in it is for people. */
static int check_header(const char *line, size_t length, struct err *err)
{
    json_error_t problem;
    json_t *root = json_loadb(line, length, 0, &problem);
    json_int_t version = json_integer_value(json_object_get(root, "seep"));
    int result = root == NULL ? err_set(err, ERR_USAGE, "not JSON: %s", problem.text) : 0;
    if (result == 0 && version != RECORDING_VERSION)
        result = err_set(err, ERR_USAGE, "a recording of version %d; this program reads version %d",
                         (int)version, RECORDING_VERSION);
    json_decref(root);
    return result;
}

static bool is_blank(const struct line *line)
{
    for (size_t i = 0; i < line->length; i++)
        if (strchr(" \t", line->bytes[i]) == NULL)
            return false;
    return true;
}

struct reading {
    int (*each)(void *owner, struct request *request, struct err *err);
    void *owner;
};

static int read_line(const struct line *line, const struct reading *reading, size_t *column, struct err *err)
{
    static const char header[] = "{\"seep\":";
    struct request request;
    if (line->too_long)
        return err_set(err, ERR_USAGE, "line longer than %zu MiB", INPUT_LINE_BYTES >> 20);
    if (line->number == 1 && line->length > sizeof header &&
        memcmp(line->bytes, header, sizeof header - 1) == 0)
        return check_header(line->bytes, line->length, err);
    if (is_blank(line))
        return 0;
    if (recording_parse(line->bytes, line->length, 0, &request, column, err) != 0)
        return line->unterminated && line->bytes[line->length - 1] != '}'
                   ? err_prefix(err, "truncated: the last line is not whole")
                   : -1;
    int result =
        headers_find(&request.headers, "X-Seep-Run") != NULL
            ? err_set(err, ERR_REFUSED,
                      "carries X-Seep-Run: a replay sent it, and what was replayed is not replayed again")
            : reading->each(reading->owner, &request, err);
    request_release(&request);
    return result;
}

int recording_each(const char *path, int (*each)(void *owner, struct request *request, struct err *err),
                   void *owner, struct err *err)
{
    struct reading reading = {each, owner};
    struct input input;
    struct line line;
    struct stat status;
    int result = 0;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) /* a device or a pipe may never end */
        return err_set(err, ERR_USAGE, "%s: not a regular file", path);
    if (input_open(&input, path, err) != 0)
        return -1;
    while (result == 0 && input_line(&input, &line)) {
        size_t column = 1;
        result = read_line(&line, &reading, &column, err);
        if (result != 0)
            err_prefix(err, "%s:%zu:%zu", path, line.number, column);
    }
    if (result == 0)
        result = input_failed(&input, err);
    input_close(&input);
    return result;
}

static int keep(void *owner, struct request *request, struct err *err)
{
    (void)err;
    recording_add(owner, request);
    return 0;
}

int recording_read(const char *path, struct recording *recording, struct err *err)
{
    int result = recording_each(path, keep, recording, err);
    if (result != 0)
        recording_release(recording);
    return result;
}
