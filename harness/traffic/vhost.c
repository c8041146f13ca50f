/* The reader "vhost": the combined format with the virtual host in front, as Apache's vhost_combined
 * ("%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\""), with the port or without it. */
#include <ctype.h>
#include <string.h>

#include "traffic/access_log.h"

/* What stands in front of `line`, and the combined line behind it. */
struct split {
    struct log_value host, rest;
};

static size_t word_length(const char *at, const char *end)
{
    const char *space = memchr(at, ' ', (size_t)(end - at));
    return (size_t)((space != NULL ? space : end) - at);
}

static bool is_host(const char *at, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)at[i]) && memchr("-._:[]*", at[i], 7) == NULL)
            return false;
    return length > 0;
}

/* 80 and 443 go without saying in a Host header. */
static size_t without_usual_port(const char *host, size_t length)
{
    static const char *const usual[] = {":80", ":443"};
    for (size_t i = 0; i < 2; i++) {
        size_t size = strlen(usual[i]);
        if (length > size && memcmp(host + length - size, usual[i], size) == 0)
            return length - size;
    }
    return length;
}

static bool take_host(const char *line, size_t length, struct split *split)
{
    size_t host = word_length(line, line + length);
    if (host == length || !is_host(line, host))
        return false;
    split->host = (struct log_value){line, without_usual_port(line, host)};
    split->rest = (struct log_value){line + host + 1, length - host - 1};
    return true;
}

/* In the combined format three words stand before the time, though the user may be several: here a second one is the
 * client's address, where that has the identity that nobody gives. */
static bool is_line(const char *line, size_t length)
{
    struct split split;
    if (!take_host(line, length, &split) || !log_value_there(&split.host))
        return false;
    const char *at = split.rest.bytes, *end = at + split.rest.length;
    size_t address = word_length(at, end);
    if (memchr(at, '.', address) == NULL && memchr(at, ':', address) == NULL)
        return false;
    int words = 0;
    for (; at < end && *at != '['; words++)
        at += word_length(at, end) + (at + word_length(at, end) < end);
    return words >= 3 && is_host(split.rest.bytes, address) &&
           access_log_is(split.rest.bytes, split.rest.length);
}

bool vhost_detect(const char *head, size_t length)
{
    return 2 * log_lines_count(head, length, is_line) > log_lines_count(head, length, access_log_is);
}

static enum skip_reason parse_line(void *owner, const struct line *line, struct request *request)
{
    (void)owner;
    struct split split;
    if (!take_host(line->bytes, line->length, &split))
        return SKIP_GRAMMAR;
    return access_log_parse_at(&split.host, split.rest.bytes, split.rest.length, request);
}

int vhost_read(struct input *input, const struct reader_options *options, const struct sink *sink,
               struct err *err)
{
    (void)options;
    return log_lines_read(input, parse_line, NULL, sink, err);
}
