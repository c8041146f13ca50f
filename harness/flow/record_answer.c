#include "flow/record_answer.h"

#include <string.h>
#include <strings.h>

#include "base/keyed_hash.h"
#include "traffic/clues.h"
#include "traffic/template.h"

void record_wipe(struct text *text)
{
    if (text->bytes != NULL)
        explicit_bzero(text->bytes, text->capacity);
    text_release(text);
}

void record_answers_release(struct record_answers *answers)
{
    inflate_release(&answers->inflate);
    record_wipe(&answers->plain);
    record_wipe(&answers->field);
}

void record_answer_release(struct record_answer *answer)
{
    record_wipe(&answer->body);
}

static bool names(struct span type, const char *word)
{
    return memmem(type.bytes, type.length, word, strlen(word)) != NULL;
}

static size_t most_of(const struct head *head)
{
    const struct head_field *type = head_find(head, "Content-Type");
    if (type == NULL)
        return 0;
    if (names(type->value, "text/html"))
        return CLUES_BODY_MOST;
    return names(type->value, "json") ? RECORD_JSON_MOST : 0;
}

static void take_field(struct record_answers *answers, const struct head_field *field,
                       struct request *request)
{
    struct text *text = &answers->field;
    text_clear(text);
    text_add(text, field->name.bytes, field->name.length);
    text_add_char(text, '\0');
    text_add(text, field->value.bytes, field->value.length);
    const char *value = text->bytes + field->name.length + 1;
    if (strcasecmp(text->bytes, "Set-Cookie") == 0)
        clues_set_cookie(request, value);
    else
        clues_header(request, text->bytes, value);
}

bool record_answer_head(struct record_answer *answer, struct record_answers *answers, const struct head *head,
                        struct request *request)
{
    const struct head_field *coding = head_find(head, "Content-Encoding");
    clues_begin(request);
    for (size_t i = 0; i < head->count; i++)
        take_field(answers, &head->fields[i], request);
    answer->coding = coding != NULL ? coding_named(coding->value.bytes, coding->value.length) : CODING_NONE;
    answer->most = answer->coding != CODING_OTHER ? most_of(head) : 0;
    return answer->most > 0;
}

void record_answer_body(struct record_answer *answer, const char *bytes, size_t length)
{
    if (answer->most == 0)
        return;
    if (answer->body.length + length <= answer->most) {
        text_add(&answer->body, bytes, length);
        return;
    }
    answer->most = 0;
    record_wipe(&answer->body);
}

/* "csrf_token", "xsrfToken", "Token"; or a page. */
static bool may_give(const struct request *request, const struct text *body)
{
    static const char *const words[] = {"oken", "srf"};
    bool shows = strcmp(request->method, "GET") == 0 && memchr("{[", body->bytes[0], 2) != NULL;
    for (size_t i = 0; shows && i < sizeof words / sizeof *words; i++)
        if (memmem(body->bytes, body->length, words[i], strlen(words[i])) != NULL)
            return true;
    return !shows;
}

static void read_body(struct record_answer *answer, struct record_answers *answers, struct request *request)
{
    struct text *body = &answer->body;
    if (answer->coding != CODING_NONE) {
        body = &answers->plain;
        text_clear(body);
        inflate_begin(&answers->inflate, answer->coding, CLUES_BODY_MOST);
        inflate_add(&answers->inflate, answer->body.bytes, answer->body.length, body);
        if (inflate_fault(&answers->inflate) != NULL)
            return;
    }
    if (body->length > 0 && may_give(request, body))
        clues_answer(request, body->bytes, body->length);
}

void record_answer_end(struct record_answer *answer, struct record_answers *answers, struct request *request,
                       const struct secret_key *key)
{
    struct clues *clues = request->clues;
    if (clues == NULL)
        return;
    if (answer->body.length > 0)
        read_body(answer, answers, request);
    if (!template_is_asset(request->method, request->url))
        clues_use(request);
    clues->whole = true;
    for (size_t i = 0; i < clues->count; i++)
        clues->items[i].hash = keyed_hash(key, &clues->items[i].hash, sizeof clues->items[i].hash);
}
