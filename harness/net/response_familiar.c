/* What an answer has in common with the last one to the same question: known by its bytes, not read again. */
#include <string.h>

#include "net/response_inside.h"

size_t familiar_pass_status(struct response *response, const char *bytes, size_t length)
{
    const struct familiar *familiar = response->familiar;
    if (response->line_length > 0 || familiar == NULL || familiar->first.length == 0 ||
        length < familiar->first.length || memcmp(bytes, familiar->first.bytes, familiar->first.length) != 0)
        return 0;
    response->status = familiar->status;
    response->phase = PHASE_FIELD;
    response->header_bytes += familiar->first.length;
    return familiar->first.length;
}

void familiar_remember_status(struct response *response, const char *bytes, size_t length)
{
    struct familiar_line *known = &response->familiar->first;
    known->length = 0;
    if (response->phase != PHASE_FIELD || response->said.http10 || length > FAMILIAR_BYTES)
        return;
    memcpy(known->bytes, bytes, length);
    known->length = (unsigned char)length;
    response->familiar->status = response->status;
}

size_t familiar_pass_header(struct response *response, const char *bytes, size_t length)
{
    const struct familiar *known = response->familiar;
    if (known->header_length == 0 || length < known->header_length || response->line_length > 0 ||
        (response->sink != NULL && !response->sink->cookies_only) ||
        memcmp(bytes, known->header, known->header_length) != 0)
        return 0;
    response->status = known->header_status;
    response->said = known->said;
    response->remaining = known->length;
    response->header_count = known->fields;
    response->header_bytes += known->header_length;
    response_end_header(response);
    return known->header_length;
}

void familiar_remember_header(struct response *response, const char *bytes, size_t length)
{
    struct familiar *known = response->familiar;
    known->header_length = 0;
    if (length > FAMILIAR_HEADER || response->phase == PHASE_BAD || response->said.sets_cookie)
        return;
    memcpy(known->header, bytes, length);
    known->header_length = length;
    known->header_status = response->status;
    known->said = response->said;
    known->length = response->said.has_length ? response->remaining : 0;
    known->fields = response->header_count;
}

void familiar_remember_field(const struct response *response, struct familiar_line *known,
                             const struct line *line, size_t length, enum field field, const char *colon)
{
    struct span value = response_value(line, colon);
    known->length = 0;
    if (length > FAMILIAR_BYTES || field == FIELD_COOKIE || response->phase == PHASE_BAD)
        return;
    known->number = field == FIELD_LENGTH ? response->remaining : is_keep_alive(value.bytes, value.length);
    memcpy(known->bytes, line->bytes, length);
    known->length = (unsigned char)length;
    known->field = (unsigned char)field;
    known->value = (unsigned char)(value.bytes - line->bytes);
    known->value_length = (unsigned char)value.length;
}

static inline int take_familiar(struct response *response, const struct familiar_line *known, const char *at)
{
    if (known->field == FIELD_LENGTH && !response->said.has_length) {
        response->said.has_length = true;
        response->remaining = known->number;
        return 0;
    }
    if (known->field == FIELD_CONNECTION && known->number == 1) {
        response->said.asked_keep_alive = true;
        return 0;
    }
    return response_takes[known->field](response, at + known->value, known->value_length);
}

size_t familiar_pass_fields(struct response *response, const char *bytes, size_t length)
{
    const struct familiar_line *known = response->familiar->lines + response->header_count, *first = known;
    const struct familiar_line *last = response->familiar->lines + FAMILIAR_LINES;
    const char *at = bytes, *end = bytes + length;
    for (; known < last && known->length != 0 && end - at >= known->length; known++) {
        if (memcmp(at, known->bytes, known->length) != 0)
            break;
        if (field_frames(known->field) && take_familiar(response, known, at) != 0)
            break;
        at += known->length;
    }
    response->header_count += (size_t)(known - first);
    if (known > first)
        response->framing = field_frames(known[-1].field);
    if (response->phase == PHASE_FIELD && end - at >= 2 && at[0] == '\r' && at[1] == '\n') {
        response_end_header(response);
        at += 2;
    }
    return (size_t)(at - bytes);
}
