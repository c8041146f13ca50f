#include "replay/content.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"

void decoder_release(struct decoder *decoder)
{
    inflate_release(&decoder->inflate);
    text_release(&decoder->plain);
}

void content_open(struct content *content, struct decoder *decoder, enum coding coding, struct span came)
{
    *content = (struct content){.body = came};
    if (coding == CODING_NONE)
        return;
    text_clear(&decoder->plain);
    inflate_begin(&decoder->inflate, coding, CONTENT_BYTES);
    inflate_add(&decoder->inflate, came.bytes, came.length, &decoder->plain);
    content->fault = inflate_fault(&decoder->inflate);
    content->body = (struct span){text_string(&decoder->plain), decoder->plain.length};
}

void content_read_json(struct content *content)
{
    if (content->fault == NULL && content->body.length > 0)
        content->json = json_read(content->body.bytes, content->body.length, "", NULL);
}

void content_close(struct content *content)
{
    json_decref(content->json);
    content->json = NULL;
}

static size_t precision(const json_t *value)
{
    char digits[32];
    double exact = json_real_value(value);
    snprintf(digits, sizeof digits, "%.15g", exact);
    double again = strtod(digits, NULL);
    return again < exact || again > exact ? JSON_REAL_PRECISION(17) : JSON_REAL_PRECISION(15);
}

void content_say_json(const json_t *value, struct text *out)
{
    if (json_is_string(value)) {
        text_add(out, json_string_value(value), json_string_length(value));
        return;
    }
    size_t flags = JSON_ENCODE_ANY | JSON_COMPACT | (json_is_real(value) ? precision(value) : 0);
    char *dumped = json_dumps(value, flags);
    text_add_string(out, dumped != NULL ? dumped : "");
    free(dumped);
}
