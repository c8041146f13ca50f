/* The header fields of a response: which of them matter, and where its body ends by them. */
#include <endian.h>
#include <string.h>
#include <strings.h>

#include "base/pattern.h"
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
    if (response->said.has_length && response->remaining != number)
        return response_bad(response, "two values of Content-Length");
    response->said.has_length = true;
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
        if (response->said.chunked)
            return response_bad(response, "chunked is not the last transfer coding");
        response->said.chunked = same(token, token_length, "chunked");
        response->said.coded = !response->said.chunked;
    }
    return 0;
}

static int take_connection(struct response *response, const char *value, size_t length)
{
    const char *at = value, *token;
    size_t token_length;
    if (is_keep_alive(value, length)) {
        response->said.asked_keep_alive = true;
        return 0;
    }
    while (next_token(&at, value + length, &token, &token_length)) {
        response->said.asked_close |= same(token, token_length, "close");
        response->said.asked_keep_alive |= same(token, token_length, "keep-alive");
    }
    return 0;
}

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
    struct familiar *familiar = response->familiar;
    bool continued = response->continued || response->status == 100;
    response_init(response, response->head_request);
    response->continued = continued;
    response->interim_count = seen;
    response->sink = sink;
    response->sink_owner = owner;
    response->familiar = familiar;
    return 0;
}

/* RFC 9112, 6.3: how long the body is. */
int response_end_header(struct response *response)
{
    if (response->status < 200 && response->status != 101)
        return take_interim(response);
    if (response->head_request || response->status < 200 || response->status == 204 ||
        response->status == 304)
        response_finish(response);
    else if (response->said.chunked)
        response->phase = PHASE_CHUNK_SIZE;
    else if (response->said.coded || !response->said.has_length)
        response->phase = PHASE_CLOSE;
    else if (response->remaining > 0)
        response->phase = PHASE_LENGTH;
    else
        response_finish(response);
    return 0;
}

int (*const response_takes[])(struct response *response, const char *value, size_t length) = {
    [FIELD_OTHER] = NULL,         [FIELD_COOKIE] = NULL,        [FIELD_CONNECTION] = take_connection,
    [FIELD_LENGTH] = take_length, [FIELD_CODING] = take_coding,
};

struct span response_value(const struct line *line, const char *colon)
{
    const char *start = colon + 1, *end = line->bytes + line->length;
    while (start < end && (*start == ' ' || *start == '\t'))
        start++;
    while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return (struct span){start, (size_t)(end - start)};
}

/* A field that matters, or that somebody reads. */
static int take_value(struct response *response, const struct line *line, enum field field, const char *colon)
{
    struct span value = response_value(line, colon);
    if (response->sink != NULL && response->status >= 200 &&
        (field == FIELD_COOKIE || !response->sink->cookies_only))
        response->sink->field(response->sink_owner, line->bytes, (size_t)(colon - line->bytes), value.bytes,
                              value.length);
    return response_takes[field] != NULL ? response_takes[field](response, value.bytes, value.length) : 0;
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
        return response_end_header(response);
    if (++response->header_count > RESPONSE_FIELDS_MAX)
        return response_bad(response, "too many header fields");
    if (text[0] == ' ' || text[0] == '\t') /* a folded line, which matters only where the body's end does */
        return response->framing || response->header_count == 1
                   ? response_bad(response, "a folded header field")
                   : 0;
    const char *colon = find_colon(text, text + line->length);
    if (colon == NULL || colon == text || colon[-1] == ' ' || colon[-1] == '\t')
        return response_bad(response, "a header line without a name and a colon");
    enum field field = field_named(text, (size_t)(colon - text));
    response->framing = field_frames(field);
    if (field == FIELD_OTHER && (response->sink == NULL || response->sink->cookies_only))
        return 0;
    return take_value(response, line, field, colon);
}

/* A whole line that is not the empty one; `length` with its end. */
static void take_line(struct response *response, const struct line *line, size_t length, bool all,
                      struct familiar_line *known)
{
    const char *colon = *line->bytes > ' ' ? find_colon(line->bytes, line->bytes + line->length) : NULL;
    if (colon == NULL || colon == line->bytes || colon[-1] <= ' ' ||
        response->header_count == RESPONSE_FIELDS_MAX) {
        response_take_field(response, line); /* folded, or wrong: it says what */
        return;
    }
    enum field field = field_named(line->bytes, (size_t)(colon - line->bytes));
    response->header_count++;
    response->framing = field_frames(field);
    response->said.sets_cookie |= field == FIELD_COOKIE;
    if (field != FIELD_OTHER || all)
        take_value(response, line, field, colon);
    if (known != NULL)
        familiar_remember_field(response, known, line, length, field, colon);
}

size_t response_feed_fields(struct response *response, const char *bytes, size_t length)
{
    const bool all = response->sink != NULL && !response->sink->cookies_only;
    const bool familiar = response->familiar != NULL && !all;
    const char *at = bytes, *end = bytes + length, *newline;
    size_t before = response->header_bytes;
    while (response->phase == PHASE_FIELD) {
        if (familiar && response->header_count < FAMILIAR_LINES)
            at += familiar_pass_fields(response, at, (size_t)(end - at));
        if (response->phase != PHASE_FIELD || (newline = memchr(at, '\n', (size_t)(end - at))) == NULL)
            break;
        struct line line = {at, (size_t)(newline - at)};
        line.length -= line.length > 0 && newline[-1] == '\r';
        size_t whole = (size_t)(newline + 1 - at), number = response->header_count;
        at = newline + 1;
        if (line.length == 0)
            response_end_header(response);
        else
            take_line(response, &line, whole, all,
                      familiar && number < FAMILIAR_LINES ? &response->familiar->lines[number] : NULL);
    }
    before += (size_t)(at - bytes);
    if (response->phase != PHASE_STATUS) /* else it was an interim answer's, and the next one's begins */
        response->header_bytes = before;
    if (before > RESPONSE_HEADER_MAX && response->phase != PHASE_BAD)
        response_bad(response, "a header block or chunk line over its limit");
    return (size_t)(at - bytes);
}
