/* An answer as a session reads it (cookies, captures, expectations), and a request that is filled with what it captured. The
 * first line says what is filled in; the rest are the answer's bytes, fed in pieces of two sizes: equal results. Why an answer
 * did not land holds nothing of it. */
#include <jansson.h>

#include "replay/reading.h"

#include "fuzz.h"

static char *names[] = {"token", "id", "csrf", "tail"};
static const struct strings variables_of = {names, 4};

static struct endpoint *endpoint_of(void)
{
    static struct endpoint endpoint;
    static struct capture captures[4];
    static struct expected expected[4];
    if (endpoint.captures.count > 0)
        return &endpoint;
    captures[0] = (struct capture){"token", CAPTURE_JSON, NULL, "/token"};
    captures[1] = (struct capture){"id", CAPTURE_HEADER, NULL, "X-Id"};
    captures[2] = (struct capture){
        "csrf", CAPTURE_BODY,
        pattern_new("name=[\"']?csrf[\"'\\s/](?:[^>]*\\s)?value=[\"']?([^\"'\\s>]+)", NULL), NULL};
    captures[3] = (struct capture){"tail", CAPTURE_BODY, pattern_new("[^\\n]*$", NULL), NULL};
    expected[0] = (struct expected){CAPTURE_JSON, "/ok", NULL};
    expected[1] = (struct expected){CAPTURE_HEADER, "Content-Type", pattern_new("json|html", NULL)};
    expected[2] = (struct expected){CAPTURE_BODY, NULL, pattern_new("^.{2}", NULL)};
    expected[3] = (struct expected){CAPTURE_JSON, "/a/0", pattern_new("^1$", NULL)};
    endpoint = (struct endpoint){
        .name = "GET /", .captures = {captures, 4}, .expect = {.items = expected, .count = 4, .class = 2}};
    return &endpoint;
}

struct side {
    struct jar jar;
    struct variables variables;
    struct reading reading;
    struct reading_room room;
    bool landed;
};

static void read_answer(struct side *side, struct span answer, size_t step)
{
    struct asking asking = {{"/a", 2}, true, 1700000000};
    struct response response = {.status = 0};
    enum response_state state = RESPONSE_MORE;
    size_t taken;
    memset(side, 0, sizeof *side);
    side->room.names = &variables_of;
    struct reading_of of = {endpoint_of(), &side->jar, &side->variables, &asking, {"/a", 2}};
    response_init(&response, false);
    response.sink = reading_begin(&side->reading, &side->room, &of);
    response.sink_owner = &side->reading;
    for (size_t at = 0; at < answer.length && state == RESPONSE_MORE; at += taken)
        state = response_feed(&response, answer.bytes + at,
                              answer.length - at < step ? answer.length - at : step, &taken);
    if (response_end(&response) == RESPONSE_DONE)
        side->landed = reading_end(&side->reading, 200, response.status);
    else
        reading_lost(endpoint_of(), &variables_of, &side->variables);
    hold(strpbrk(side->reading.why, "\r\n") == NULL && strstr(side->reading.why, "S3CRET") == NULL);
    response_release(&response);
}

static void side_release(struct side *side)
{
    jar_release(&side->jar);
    variables_release(&side->variables);
    reading_release(&side->reading);
    decoder_release(&side->room.decoder);
}

static void compare(const struct side *a, const struct side *b)
{
    hold(a->landed == b->landed && strcmp(a->reading.why, b->reading.why) == 0);
    hold(a->jar.count == b->jar.count && a->variables.count == b->variables.count);
    for (size_t i = 0; i < a->jar.count; i++)
        hold(memcmp(a->jar.items[i].bytes, b->jar.items[i].bytes, a->jar.items[i].pair) == 0);
    for (size_t i = 0; i < a->variables.count; i++) {
        const struct value *x = &a->variables.items[i], *y = &b->variables.items[i];
        hold(x->state == y->state);
        hold(x->state != VALUE_SET || fuzz_same((struct span){x->text.bytes, x->text.length},
                                                (struct span){y->text.bytes, y->text.length}));
    }
}

static void fill(const struct side *side, struct span line)
{
    struct scope scope = {&variables_of, &side->variables, NULL, NULL};
    for (int part = PART_LINE; part <= PART_OTHER; part++) {
        struct text out = TEXT_EMPTY;
        struct unfilled unfilled = {NULL, NULL};
        if (variables_fill(&scope, (enum part)part, line, &out, &unfilled) != 0)
            hold(unfilled.name != NULL && unfilled.why != NULL);
        else if (part == PART_LINE || part == PART_FIELDS)
            hold(memchr(line.bytes, '\r', line.length) != NULL ||
                 memchr(text_string(&out), '\r', out.length) == NULL);
        hold(out.length == 0 || part > PART_FIELDS || memchr(out.bytes, '\n', out.length) == NULL);
        text_release(&out);
    }
    variables_lacking(&variables_of, NULL, line);
}

/* As a string of JSON it is the value that was captured. */
static void fill_json(const struct side *side)
{
    static const char text[] = "[\"{{token}}\",\"{{id}}\",\"{{tail}}\"]";
    struct scope scope = {&variables_of, &side->variables, NULL, NULL};
    struct text out = TEXT_EMPTY;
    struct unfilled unfilled;
    if (variables_fill(&scope, PART_JSON, (struct span){text, sizeof text - 1}, &out, &unfilled) == 0) {
        bool valid = true; /* jansson takes UTF-8 alone */
        for (size_t i = 0; i < out.length; i++)
            valid = valid && (unsigned char)out.bytes[i] < 0x80;
        json_t *list = json_loadb(out.bytes, out.length, JSON_ALLOW_NUL, NULL);
        const struct text *token = &side->variables.items[0].text;
        hold(!valid || list != NULL);
        json_t *first = json_array_get(list, 0);
        hold(list == NULL || (json_array_size(list) == 3 && json_string_length(first) == token->length));
        json_decref(list);
    }
    text_release(&out);
}

FUZZ_TARGET(reading)
{
    struct span left = {(const char *)data, size};
    struct span line = fuzz_line(&left);
    static struct side one, other;
    read_answer(&one, left, left.length + 1);
    read_answer(&other, left, 3);
    compare(&one, &other);
    fill(&one, line);
    fill_json(&one);
    side_release(&one);
    side_release(&other);
    return 0;
}
