/* A log's format and its lines. The first byte chooses the reader; for log-format and pattern, the first line is
 * the format or the pattern. What is handed out and what is skipped are together as many lines as there are, where they are not packed. */
#include <string.h>

#include "traffic/reader.h"

#include "fuzz.h"

static int take(void *owner, struct request *request_take, struct err *err)
{
    (void)err;
    hold(request_take->method != NULL && request_take->url != NULL && request_take->url[0] == '/');
    for (size_t i = 0; i < request_take->headers.count; i++)
        hold(strpbrk(request_take->headers.items[i].value, "\r\n") == NULL);
    request_release(request_take);
    (*(size_t *)owner)++;
    return 0;
}

static void skip(void *owner, enum skip_reason reason, size_t number, const char *text, size_t length)
{
    (void)reason;
    (void)number;
    hold(length == 0 || text[length - 1] != '\n');
    (*(size_t *)owner)++;
}

static void note(void *owner, const char *line)
{
    (void)owner;
    (void)line;
}

static size_t lines_of(const char *bytes, size_t length)
{
    size_t lines = length > 0 && bytes[length - 1] != '\n';
    for (size_t i = 0; i < length; i++)
        lines += bytes[i] == '\n';
    return lines;
}

static void read_log(const struct reader *reader, const struct reader_options *options, const char *bytes,
                     size_t length)
{
    char path[FUZZ_PATH];
    size_t told = 0;
    int file = fuzz_file(path, (struct span){bytes, length});
    struct err err = {0};
    struct input input;
    const struct sink sink = {SINK_MAGIC, &told, take, skip, note};
    hold(input_open(&input, path, &err) == 0);
    const char *head;
    size_t there = input_head(&input, &head);
    for (const struct reader *each = readers; each->name != NULL; each++)
        if (each->detect != NULL)
            each->detect(head, there);
    int failed = reader->read(&input, options, &sink, &err);
    bool packed = length >= 2 && memcmp(bytes, "\x1f\x8b", 2) == 0;
    hold(failed || packed || told == lines_of(bytes, length));
    input_close(&input);
    close(file);
}

FUZZ_TARGET(log_format)
{
    static const char *const names[] = {"vhost", "ltsv", "alb", "combined", "log-format", "pattern"};
    struct reader_options options = {.pattern = NULL};
    struct err err = {0};
    if (size == 0)
        return 0;
    size_t which = (size_t)(data[0] - '0') % 6;
    const char *bytes = (const char *)data + 1, *end = (const char *)data + size;
    const char *stop = memchr(bytes, '\n', (size_t)(end - bytes));
    char *format = NULL;
    if (which >= 4) {
        if (stop == NULL || memchr(bytes, '\0', (size_t)(stop - bytes)) != NULL)
            return 0;
        format = xstrndup(bytes, (size_t)(stop - bytes));
        *(which == 4 ? &options.log_format : &options.pattern) = format;
        bytes = stop + 1;
    }
    read_log(reader_find(names[which], &err), &options, bytes, (size_t)(end - bytes));
    free(format);
    return 0;
}
