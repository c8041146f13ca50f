#include "net/head.h"

#include <string.h>
#include <strings.h>

bool span_is(struct span span, const char *word)
{
    return span.length == strlen(word) && strncasecmp(span.bytes, word, span.length) == 0;
}

static bool is_blank(char character)
{
    return character == ' ' || character == '\t';
}

static struct span trimmed(const char *start, const char *end)
{
    while (start < end && is_blank(*start))
        start++;
    while (end > start && is_blank(end[-1]))
        end--;
    return (struct span){start, (size_t)(end - start)};
}

bool span_next(struct span *rest, struct span *element)
{
    const char *at = rest->bytes, *end = at + rest->length;
    while (at < end && (is_blank(*at) || *at == ','))
        at++;
    if (at == end)
        return false;
    const char *comma = memchr(at, ',', (size_t)(end - at)), *last = comma != NULL ? comma : end;
    *element = trimmed(at, last);
    *rest = (struct span){last, (size_t)(end - last)};
    return true;
}

bool span_lists(struct span list, const char *word)
{
    for (struct span element; span_next(&list, &element);)
        if (span_is(element, word))
            return true;
    return false;
}

size_t head_find_end(const char *bytes, size_t length, size_t seen)
{
    const char *end = bytes + length, *at = bytes + (seen > 3 ? seen - 3 : 0);
    for (const char *line; (line = memchr(at, '\n', (size_t)(end - at))) != NULL; at = line + 1) {
        if (line + 1 < end && line[1] == '\n')
            return (size_t)(line + 2 - bytes);
        if (line + 2 < end && line[1] == '\r' && line[2] == '\n')
            return (size_t)(line + 3 - bytes);
    }
    return 0;
}

bool span_is_token(struct span span)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < span.length; i++) {
        unsigned char byte = (unsigned char)span.bytes[i];
        bool letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
        if (!letter && !(byte >= '0' && byte <= '9') && (byte == 0 || strchr(marks, byte) == NULL))
            return false;
    }
    return span.length > 0;
}

static bool has_control(struct span span)
{
    for (size_t i = 0; i < span.length; i++) {
        unsigned char byte = (unsigned char)span.bytes[i];
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
            return true;
    }
    return false;
}

static const char *read_field(struct head *head, struct span text, struct span line, bool strict)
{
    if (head->count == HEAD_FIELDS_MOST)
        return "too many header fields";
    if (is_blank(text.bytes[0]))
        return strict ? "a folded header field" : NULL;
    const char *colon = memchr(text.bytes, ':', text.length);
    if (colon == NULL)
        return strict ? "a header line without a colon" : NULL;
    struct head_field *field = &head->fields[head->count++];
    field->name = (struct span){text.bytes, (size_t)(colon - text.bytes)};
    field->value = trimmed(colon + 1, text.bytes + text.length);
    field->line = line;
    if (strict && !span_is_token(field->name))
        return "a header name that is no token";
    return strict && has_control(field->value) ? "a control character in a header field" : NULL;
}

const char *head_read(struct head *head, const char *bytes, size_t length, bool strict)
{
    const char *at = bytes, *end = bytes + length, *newline, *wrong = NULL;
    head->count = 0;
    head->length = length;
    while (wrong == NULL && at < end && (newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        struct span text = {at, (size_t)(newline - at)}, line = {at, (size_t)(newline + 1 - at)};
        bool whole = text.length > 0 && newline[-1] == '\r';
        text.length -= whole;
        if (strict && (!whole || memchr(text.bytes, '\r', text.length) != NULL))
            wrong = "a line that does not end in CR LF";
        else if (at == bytes)
            head->first = text;
        else if (text.length > 0)
            wrong = read_field(head, text, line, strict);
        at = newline + 1;
    }
    return wrong;
}

const struct head_field *head_find(const struct head *head, const char *name)
{
    for (size_t i = 0; i < head->count; i++)
        if (span_is(head->fields[i].name, name))
            return &head->fields[i];
    return NULL;
}

/* What keeps a connection or ends it is passed on: each client has a connection to the target of its own. */
static bool is_mirrored(struct span element)
{
    return span_is(element, "close") || span_is(element, "keep-alive") || span_is(element, "upgrade");
}

static bool is_named(const struct head *head, struct span name)
{
    for (size_t i = 0; i < head->count; i++) {
        struct span rest = head->fields[i].value;
        if (!span_is(head->fields[i].name, "Connection"))
            continue;
        for (struct span element; span_next(&rest, &element);)
            if (element.length == name.length && strncasecmp(element.bytes, name.bytes, name.length) == 0 &&
                !is_mirrored(element))
                return true;
    }
    return false;
}

/* Without them the next reader would see another message: no word of the client's takes them away. */
static bool is_needed(struct span name)
{
    return span_is(name, "Host") || span_is(name, "Content-Length") || span_is(name, "Transfer-Encoding");
}

/* TE says what this connection may carry, unless it says `trailers`, which all of them do here. */
bool head_is_hop(const struct head *head, const struct head_field *field)
{
    if (span_is(field->name, "Proxy-Connection") || span_is(field->name, "HTTP2-Settings"))
        return true;
    if (span_is(field->name, "TE"))
        return !span_is(field->value, "trailers");
    return !is_needed(field->name) && is_named(head, field->name);
}

bool head_has_hops(const struct head *head)
{
    for (size_t i = 0; i < head->count; i++) {
        struct span rest = head->fields[i].value, name = head->fields[i].name;
        if (span_is(name, "Proxy-Connection") || span_is(name, "HTTP2-Settings") || span_is(name, "TE"))
            return true;
        if (!span_is(name, "Connection"))
            continue;
        for (struct span element; span_next(&rest, &element);)
            if (!is_mirrored(element))
                return true;
    }
    return false;
}
