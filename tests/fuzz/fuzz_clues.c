/* What an answer gives and a request uses: any answer, and a request with clues of any recording. A value that is captured in
 * its place, put back, leaves the request as it was.
 *
 * The first line is a place ("json /order/id"), the second a URL, the third the value of a header; what stands behind it is a
 * body, of the request and of the answer. */
#include "base/placeholder.h"
#include "traffic/clue_place.h"
#include "traffic/clues.h"
#include "traffic/operation.h"
#include "traffic/wire.h"

#include "fuzz.h"

#define HEADERS 2

static struct request request_of(const char *url, const char *header, struct span body)
{
    struct request request = {.method = xstrdup("POST"), .url = xstrdup(url), .body_length = body.length};
    request.body = (unsigned char *)fuzz_string(body);
    headers_add(&request.headers, "Authorization", header);
    headers_add(&request.headers, "Content-Type", "application/json");
    return request;
}

/* With what was recorded in place of what is captured. */
static void hold_recorded(const char *after, size_t length, const char *before, size_t before_length)
{
    struct text whole = TEXT_EMPTY;
    struct captured found;
    for (size_t i = 0; i < length; i++)
        if (after[i] == '{' && captured_at((struct span){after, length}, i, &found)) {
            hold(found.at == i && found.at + found.length <= length);
            text_add(&whole, found.recorded.bytes, found.recorded.length);
            i += found.length - 1;
        } else {
            text_add_char(&whole, after[i]);
        }
    hold(fuzz_same((struct span){whole.bytes, whole.length}, (struct span){before, before_length}));
    text_release(&whole);
}

static void capture(const char *place, const char *url, const char *header, struct span body)
{
    struct request request = request_of(url, header, body);
    struct rewritten rewritten = {.url = TEXT_EMPTY};
    const char *own_url = request.url;
    unsigned char *own_body = request.body;
    char *own_values[HEADERS];
    hold(request.headers.count <= HEADERS);
    for (size_t i = 0; i < request.headers.count; i++)
        own_values[i] = request.headers.items[i].value;
    bool plain = memmem(body.bytes, body.length, "{{captured:", 11) == NULL &&
                 strstr(url, "{{captured:") == NULL && strstr(header, "{{captured:") == NULL;
    bool put = clue_place_capture(&request, place, "token", &rewritten);
    if (put && plain) {
        hold_recorded(request.url, strlen(request.url), url, strlen(url));
        hold_recorded((const char *)request.body, request.body_length, body.bytes, body.length);
    } else if (!put) {
        hold(request.url == own_url && request.body == own_body);
        for (size_t i = 0; i < request.headers.count; i++)
            hold(request.headers.items[i].value == own_values[i]);
    }
    rewritten_clear(&rewritten);
    if (request.url != own_url)
        request.url = (char *)(uintptr_t)own_url;
    if (request.body != own_body)
        request.body = own_body;
    for (size_t i = 0; i < request.headers.count; i++)
        request.headers.items[i].value = own_values[i];
    request_release(&request);
    rewritten_release(&rewritten);
}

FUZZ_TARGET(clues)
{
    struct span left = {(const char *)data, size};
    char *place = fuzz_string(fuzz_line(&left)), *url = fuzz_string(fuzz_line(&left)),
         *header = fuzz_string(fuzz_line(&left)), *body = fuzz_string(left), name[OPERATION_SIZE];
    struct request request = request_of(url, header, left);
    clues_begin(&request);
    clues_set_cookie(&request, header);
    clues_header(&request, "X-Token", header);
    clues_header(&request, url, header);
    clues_answer(&request, body, left.length);
    clues_use(&request);
    hold(request.clues->count <= CLUES_GIVEN_MOST + CLUES_USED_MOST);
    for (size_t i = 0; i < request.clues->count; i++)
        hold(strlen(request.clues->items[i].name) < CLUE_NAME_SIZE);
    if (operation_name(&request, name))
        for (const char *at = name; *at != '\0'; at++)
            hold((unsigned char)*at < 0x80 && (*at > '-' || strchr("-", *at) != NULL) &&
                 strchr("<>\"'&", *at) == NULL);
    request_release(&request);
    capture(place, url, header, left);
    free(place);
    free(url);
    free(header);
    free(body);
    return 0;
}
