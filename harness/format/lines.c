#include "format/lines.h"

#include <ctype.h>
#include <string.h>

#include "base/hex.h"

void lines_init(struct lines *lines, const char *bytes, size_t length)
{
    *lines = (struct lines){.at = bytes, .end = bytes + length};
}

bool lines_next(struct lines *lines)
{
    if (lines->at == lines->end)
        return false;
    const char *newline = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
    const char *end = newline != NULL ? newline : lines->end;
    lines->line = (struct span){lines->at, (size_t)(end - lines->at)};
    if (lines->line.length > 0 && end[-1] == '\r')
        lines->line.length--;
    lines->whole = newline != NULL;
    lines->at = newline != NULL ? newline + 1 : lines->end;
    lines->number++;
    return true;
}

static void advance(struct span *rest, size_t by)
{
    rest->bytes += by;
    rest->length -= by;
}

void span_skip_blanks(struct span *rest)
{
    while (rest->length > 0 && (*rest->bytes == ' ' || *rest->bytes == '\t'))
        advance(rest, 1);
}

bool span_starts_with(struct span span, const char *literal)
{
    size_t length = strlen(literal);
    return span.length >= length && memcmp(span.bytes, literal, length) == 0;
}

bool span_has(struct span span, const char *part)
{
    return memmem(span.bytes, span.length, part, strlen(part)) != NULL;
}

bool span_take(struct span *rest, const char *literal)
{
    if (!span_starts_with(*rest, literal))
        return false;
    advance(rest, strlen(literal));
    return true;
}

bool span_take_count(struct span *rest, double *count)
{
    size_t at = 0;
    double value = 0;
    while (at < rest->length &&
           (isdigit((unsigned char)rest->bytes[at]) || (at > 0 && rest->bytes[at] == ','))) {
        if (rest->bytes[at] != ',')
            value = value * 10 + (rest->bytes[at] - '0');
        at++;
    }
    if (at == 0)
        return false;
    advance(rest, at);
    *count = value;
    return true;
}

bool span_take_hex(struct span *rest, unsigned long long *number)
{
    struct span copy = *rest;
    span_take(&copy, "0x");
    size_t digits = 0;
    for (*number = 0; digits < copy.length && hex_value(copy.bytes[digits]) >= 0; digits++)
        *number = *number * 16 + (unsigned)hex_value(copy.bytes[digits]);
    if (digits == 0 || digits > 16)
        return false;
    advance(&copy, digits);
    *rest = copy;
    return true;
}

void span_trim(struct span *span)
{
    while (span->length > 0 &&
           (span->bytes[span->length - 1] == ' ' || span->bytes[span->length - 1] == '\t'))
        span->length--;
}
