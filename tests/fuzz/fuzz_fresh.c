/* Fresh keys: the first line is a request's target, the rest its body. In any pass the request line stays one line of three
 * words, JSON stays JSON, and pass 0 is the recording itself. */
#include <jansson.h>

#include "replay/fresh.h"

#include "fuzz.h"

static struct fresh wanted[] = {
    {FRESH_PATH, "id", 1}, {FRESH_QUERY, "q", 0}, {FRESH_JSON, "/id", 0}, {FRESH_JSON, "/a/0", 0}};

static void line(const struct endpoint *endpoint, struct span target, struct pass pass)
{
    struct text before = TEXT_EMPTY, after = TEXT_EMPTY;
    text_addf(&before, "GET %.*s HTTP/1.1\r\n", (int)target.length, target.bytes);
    fresh_line(endpoint, (struct span){before.bytes, before.length}, pass, &after);
    if (pass.number == 0)
        hold(strcmp(text_string(&before), text_string(&after)) == 0);
    hold(text_starts_with(text_string(&after), "GET ") &&
         text_ends_with(text_string(&after), " HTTP/1.1\r\n"));
    hold(strcspn(after.bytes, "\r\n") == after.length - 2 &&
         strcspn(after.bytes + 4, " ") == after.length - 4 - 11);
    text_release(&before);
    text_release(&after);
}

static void body(const struct endpoint *endpoint, struct span before, struct pass pass)
{
    struct text after = TEXT_EMPTY;
    fresh_body(endpoint, before, pass, &after);
    if (pass.number == 0)
        hold(fuzz_same((struct span){after.bytes, after.length}, before));
    json_t *was = json_loadb(before.bytes, before.length, JSON_DECODE_ANY, NULL);
    json_t *is = json_loadb(text_string(&after), after.length, JSON_DECODE_ANY, NULL);
    hold(was == NULL || (is != NULL && json_typeof(is) == json_typeof(was)));
    json_decref(was);
    json_decref(is);
    text_release(&after);
}

FUZZ_TARGET(fresh)
{
    struct span left = {(const char *)data, size};
    struct endpoint endpoint = {
        .template = "/quote/{id}", .fresh = wanted, .fresh_count = sizeof wanted / sizeof *wanted};
    struct span target = fuzz_line(&left);
    static const uint64_t passes[] = {0, 1, 77, UINT64_C(40000000)};
    bool said = target.length > 0 && target.bytes[0] == '/';
    for (size_t i = 0; i < target.length; i++)
        said = said && target.bytes[i] > ' ' && target.bytes[i] < 0x7f;
    for (size_t i = 0; i < sizeof passes / sizeof *passes; i++) {
        if (said)
            line(&endpoint, target, (struct pass){passes[i], 9});
        body(&endpoint, left, (struct pass){passes[i], 9});
    }
    return 0;
}
