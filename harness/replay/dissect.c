#include "replay/dissect.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* RFC 9113, 8.2.2: fields of one connection mean nothing in HTTP/2. */
static const char *const dropped[] = {"connection", "content-length"};

/* libcurl says these by itself unless it is told otherwise. */
static const char *const withheld[] = {"accept", "content-type", "expect"};
#define WITHHELD (sizeof withheld / sizeof *withheld)

static int place_of(const char *const *names, size_t count, const char *line, size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(names[i]) == length && strncasecmp(names[i], line, length) == 0)
            return (int)i;
    return -1;
}

/* "Name: value", or "Name;" where the value is empty: libcurl would take "Name:" as a wish to leave it out. */
static void add_field(struct dissected *dissected, const char *line, size_t length, size_t name)
{
    bool empty = length <= name + 1 || strspn(line + name + 1, " ") >= length - name - 1;
    char *field = empty ? xasprintf("%.*s;", (int)name, line) : xstrndup(line, length);
    dissected->fields = curl_slist_append(dissected->fields, field);
    free(field);
}

static void take_fields(struct dissected *dissected, const char *at, const char *end)
{
    bool said[WITHHELD] = {false};
    for (const char *line = at; line < end;) {
        const char *stop = memmem(line, (size_t)(end - line), "\r\n", 2);
        size_t length = (size_t)((stop != NULL ? stop : end) - line);
        const char *colon = memchr(line, ':', length);
        size_t name = colon != NULL ? (size_t)(colon - line) : length;
        int own = place_of(withheld, WITHHELD, line, name);
        if (own >= 0)
            said[own] = true;
        if (name < length && place_of(dropped, sizeof dropped / sizeof *dropped, line, name) < 0)
            add_field(dissected, line, length, name);
        line += length + 2;
    }
    for (size_t i = 0; i < WITHHELD; i++)
        if (!said[i]) {
            char *field = xasprintf("%s:", withheld[i]);
            dissected->fields = curl_slist_append(dissected->fields, field);
            free(field);
        }
}

void dissect(struct dissected *dissected, const struct message *message)
{
    const char *at = message->bytes, *body = at + message->body;
    const char *header_end = memmem(at, message->length, "\r\n\r\n", 4);
    const char *end = header_end != NULL ? header_end + 2 : body,
               *line_end = memmem(at, message->length, "\r\n", 2);
    size_t line = (size_t)((line_end != NULL ? line_end : end) - at);
    const char *blank = memchr(at, ' ', line);
    size_t method = blank != NULL ? (size_t)(blank - at) : line;
    const char *target = blank != NULL ? blank + 1 : at + line;
    const char *version = memrchr(target, ' ', (size_t)(at + line - target));
    size_t length = (size_t)((version != NULL ? version : at + line) - target);
    *dissected = (struct dissected){.method = xstrndup(at, method), .target = xstrndup(target, length)};
    take_fields(dissected, at + line + 2, end);
    dissected->body = header_end != NULL ? header_end + 4 : body;
    dissected->body_length = message->length - (size_t)(dissected->body - at);
}

void dissected_release(struct dissected *dissected)
{
    free(dissected->method);
    free(dissected->target);
    curl_slist_free_all(dissected->fields);
    *dissected = (struct dissected){.method = NULL};
}
