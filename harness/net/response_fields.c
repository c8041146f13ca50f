/* The header fields of a response: which of them matter, and where its body ends by them. */
#include <endian.h>
#include <string.h>
#include <strings.h>

#include "net/response_inside.h"

#define INTERIM_MAX 32

static int take_length(struct response *response, const char *value, size_t length)
{
    uint64_t number = 0;
    if (length == 0 || length > 18)
        return response_bad(response, "Content-Length is not a number");
    for (size_t i = 0; i < length; i++) {
        if (!is_digit(value[i]))
            return response_bad(response, "Content-Length is not a number");
        number = number * 10 + (uint64_t)(value[i] - '0');
    }
    if (response->has_length && response->remaining != number)
        return response_bad(response, "two values of Content-Length");
    response->has_length = true;
    response->remaining = number;
    return 0;
}

/* The next element of a comma-separated list, without blanks around it. */
static bool next_token(const char **at, const char *end, const char **token, size_t *length)
{
    while (*at < end && (**at == ' ' || **at == '\t' || **at == ','))
        ++*at;
    if (*at == end)
        return false;
    const char *comma = memchr(*at, ',', (size_t)(end - *at)), *last = comma != NULL ? comma : end;
    *token = *at;
    *at = last;
    while (last > *token && (last[-1] == ' ' || last[-1] == '\t'))
        last--;
    *length = (size_t)(last - *token);
    return true;
}

/* Most write a name in one way; the others are asked about letter by letter. */
static inline bool same(const char *token, size_t length, const char *word)
{
    size_t size = strlen(word);
    return length == size && (memcmp(token, word, size) == 0 || strncasecmp(token, word, size) == 0);
}

static int take_coding(struct response *response, const char *value, size_t length)
{
    const char *at = value, *token;
    size_t token_length;
    while (next_token(&at, value + length, &token, &token_length)) {
        if (response->chunked)
            return response_bad(response, "chunked is not the last transfer coding");
        response->chunked = same(token, token_length, "chunked");
        response->coded = !response->chunked;
    }
    return 0;
}

static int take_connection(struct response *response, const char *value, size_t length)
{
    const char *at = value, *token;
    size_t token_length;
    if (length == 10 && memcmp(value, "keep-alive", 10) == 0) { /* nearly always */
        response->asked_keep_alive = true;
        return 0;
    }
    while (next_token(&at, value + length, &token, &token_length)) {
        response->asked_close |= same(token, token_length, "close");
        response->asked_keep_alive |= same(token, token_length, "keep-alive");
    }
    return 0;
}

/* The fields that matter here. Most fields of most answers are told apart by their length alone. */
enum field { FIELD_OTHER, FIELD_CONNECTION, FIELD_COOKIE, FIELD_LENGTH, FIELD_CODING };

static inline enum field field_named(const char *name, size_t length)
{
    switch (length) {
    case 10:
        return same(name, length, "Connection")   ? FIELD_CONNECTION
               : same(name, length, "Set-Cookie") ? FIELD_COOKIE
                                                  : FIELD_OTHER;
    case 14:
        return same(name, length, "Content-Length") ? FIELD_LENGTH : FIELD_OTHER;
    case 17:
        return same(name, length, "Transfer-Encoding") ? FIELD_CODING : FIELD_OTHER;
    default:
        return FIELD_OTHER;
    }
}

static int take_interim(struct response *response)
{
    size_t seen = response->interim_count + 1;
    if (seen > INTERIM_MAX)
        return response_bad(response, "too many interim answers");
    const struct response_sink *sink = response->sink;
    void *owner = response->sink_owner;
    bool continued = response->continued || response->status == 100;
    response_init(response, response->head_request);
    response->continued = continued;
    response->interim_count = seen;
    response->sink = sink;
    response->sink_owner = owner;
    return 0;
}

/* RFC 9112, 6.3: how long the body is. */
static int end_header(struct response *response)
{
    if (response->status < 200 && response->status != 101)
        return take_interim(response);
    if (response->head_request || response->status < 200 || response->status == 204 ||
        response->status == 304)
        response_finish(response);
    else if (response->chunked)
        response->phase = PHASE_CHUNK_SIZE;
    else if (response->coded || !response->has_length)
        response->phase = PHASE_CLOSE;
    else if (response->remaining > 0)
        response->phase = PHASE_LENGTH;
    else
        response_finish(response);
    return 0;
}

/* The value of a field that matters, or that somebody reads. */
static int take_value(struct response *response, const struct line *line, enum field field, const char *colon)
{
    static int (*const takes[])(struct response * response, const char *value,
                                size_t length) = {[FIELD_CONNECTION] = take_connection,
                                                  [FIELD_LENGTH] = take_length,
                                                  [FIELD_CODING] = take_coding,
                                                  [FIELD_OTHER] = NULL,
                                                  [FIELD_COOKIE] = NULL};
    const char *value = colon + 1, *end = line->bytes + line->length;
    if (takes[field] != NULL && line->cut)
        return response_bad(response, "a header field over its limit");
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    if (response->sink != NULL && response->status >= 200 && !line->cut &&
        (field == FIELD_COOKIE || !response->sink->cookies_only))
        response->sink->field(response->sink_owner, line->bytes, (size_t)(colon - line->bytes), value,
                              (size_t)(end - value));
    return takes[field] != NULL ? takes[field](response, value, (size_t)(end - value)) : 0;
}

/* The first colon; eight bytes at a time, since it stands near, and a call of memchr() takes longer than that.
 * Source: S. E. Anderson, Bit Twiddling Hacks, "Determine if a word has a byte equal to n". */
static inline const char *find_colon(const char *text, const char *end)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
    for (uint64_t word; end - text >= (ptrdiff_t)sizeof word; text += sizeof word) {
        memcpy(&word, text, sizeof word);
        word = le64toh(word) ^ ones * ':';
        word = (word - ones) & ~word & highs;
        if (word != 0)
            return text + __builtin_ctzll(word) / 8;
    }
    while (text < end && *text != ':')
        text++;
    return text < end ? text : NULL;
}

int response_take_field(struct response *response, const struct line *line)
{
    const char *text = line->bytes;
    if (line->length == 0)
        return end_header(response);
    if (++response->header_count > RESPONSE_FIELDS_MAX)
        return response_bad(response, "too many header fields");
    if (text[0] == ' ' || text[0] == '\t') /* a folded line, which matters only where the body's end does */
        return response->framing || response->header_count == 1
                   ? response_bad(response, "a folded header field")
                   : 0;
    const char *colon = find_colon(text, text + line->length);
    if (colon == NULL || colon == text || colon[-1] == ' ' || colon[-1] == '\t')
        return line->cut && colon == NULL
                   ? response_bad(response, "a header name without an end")
                   : response_bad(response, "a header line without a name and a colon");
    enum field field = field_named(text, (size_t)(colon - text));
    response->framing = field != FIELD_OTHER && field != FIELD_COOKIE;
    if (field == FIELD_OTHER && (response->sink == NULL || response->sink->cookies_only))
        return 0;
    return take_value(response, line, field, colon);
}

size_t response_feed_fields(struct response *response, const char *bytes, size_t length)
{
    const struct response_sink *sink = response->sink;
    const bool all = sink != NULL && !sink->cookies_only;
    const char *at = bytes, *end = bytes + length, *newline;
    while (response->phase == PHASE_FIELD && (newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        const char *start = at, *last = newline - (newline > at && newline[-1] == '\r');
        struct line line = {start, (size_t)(last - start), false};
        at = newline + 1;
        if (start == last) {
            end_header(response);
            break;
        }
        const char *colon = *start > ' ' ? find_colon(start, last) : NULL;
        if (colon == NULL || colon == start || colon[-1] <= ' ' ||
            ++response->header_count > RESPONSE_FIELDS_MAX) {
            response_take_field(response, &line); /* folded, or wrong: it says what */
            continue;
        }
        enum field field = field_named(start, (size_t)(colon - start));
        response->framing = field != FIELD_OTHER && field != FIELD_COOKIE;
        if (field != FIELD_OTHER || all)
            take_value(response, &line, field, colon);
    }
    response->header_bytes += (size_t)(at - bytes);
    if (response->header_bytes > RESPONSE_HEADER_MAX && response->phase != PHASE_BAD)
        response_bad(response, "a header block or chunk line over its limit");
    return (size_t)(at - bytes);
}
