/* A request as a server reads it: in one piece and in many the same, and what is passed on, read again, says
 * the same: whoever is behind sees no other request. */
#include "net/request_head.h"

#include "fuzz.h"

static void add(void *owner, const char *bytes, size_t length)
{
    text_add(owner, bytes, length);
}

struct read {
    enum request_body_state state;
    size_t taken;
    struct text body;
};

static void read_body(struct read *read, const struct request_head *request, const char *bytes, size_t length,
                      size_t step)
{
    struct request_body body;
    size_t taken = 0;
    request_body_init(&body, request);
    read->state = request_body_feed(&body, bytes, 0, &taken, add, &read->body);
    while (read->state == REQUEST_BODY_MORE && read->taken < length) {
        size_t left = length - read->taken;
        read->state = request_body_feed(&body, bytes + read->taken, left < step ? left : step, &taken, add,
                                        &read->body);
        read->taken += taken;
    }
}

static void compare_bodies(const struct request_head *request, const char *bytes, size_t length)
{
    static const size_t steps[] = {1, 7};
    struct read whole = {.taken = 0};
    read_body(&whole, request, bytes, length, length + 1);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct read pieces = {.taken = 0};
        read_body(&pieces, request, bytes, length, steps[i]);
        hold(pieces.state == whole.state);
        hold(whole.state != REQUEST_BODY_DONE || pieces.taken == whole.taken);
        hold(strcmp(text_string(&pieces.body), text_string(&whole.body)) == 0);
        text_release(&pieces.body);
    }
    text_release(&whole.body);
}

static void compare_written(const struct request_head *request)
{
    static struct request_head again;
    struct text out = TEXT_EMPTY;
    const char *why;
    request_head_write(request, NULL, &out);
    hold(head_find_end(out.bytes, out.length, 0) == out.length);
    hold(request_head_read(&again, out.bytes, out.length, &why) == 0);
    hold(again.chunked == request->chunked && again.has_length == request->has_length &&
         again.length == request->length && again.http10 == request->http10 &&
         again.target.length == request->target.length);
    text_release(&out);
}

FUZZ_TARGET(request)
{
    static struct request_head request;
    const char *bytes = (const char *)data, *why = NULL;
    size_t end = head_find_end(bytes, size, 0);
    for (size_t seen = 0; seen < size && seen < 4096; seen++)
        hold(seen >= end || head_find_end(bytes, size, seen) == end);
    if (end == 0 || request_head_read(&request, bytes, end, &why) != 0)
        return 0;
    compare_bodies(&request, bytes + end, size - end);
    compare_written(&request);
    return 0;
}
