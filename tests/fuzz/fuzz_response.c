/* The same bytes as two answers in pieces, with what is known of the first and without: equal results. */
#include "net/response.h"

#include "fuzz.h"

static void ignore_field(void *owner, const char *name, size_t name_length, const char *value,
                         size_t value_length)
{
    uint64_t *sum = owner;
    for (size_t i = 0; i < name_length; i++)
        *sum = *sum * 31 + (unsigned char)name[i];
    for (size_t i = 0; i < value_length; i++)
        *sum = *sum * 37 + (unsigned char)value[i];
}

static const struct response_sink cookies = {true, ignore_field, NULL};

static enum response_state read_one(struct response *response, struct familiar *familiar, uint64_t *sum,
                                    const uint8_t *data, size_t size, size_t step)
{
    enum response_state state = RESPONSE_MORE;
    size_t taken;
    response_init(response, false);
    response->sink = &cookies;
    response->sink_owner = sum;
    response->familiar = familiar;
    for (size_t at = 0; at < size && state == RESPONSE_MORE; at += taken)
        state = response_feed(response, (const char *)data + at, size - at < step ? size - at : step, &taken);
    return response_end(response);
}

/* Whatever came of it, by the bytes alone. */
static void hold_same(const struct response *a, const struct response *b, enum response_state state)
{
    hold(a->status == b->status && a->continued == b->continued && a->why == b->why);
    if (state == RESPONSE_DONE)
        hold(a->body_bytes == b->body_bytes && a->keep_alive == b->keep_alive);
}

FUZZ_TARGET(response)
{
    static const size_t steps[] = {65536, 65536, 1, 7, 40};
    static struct familiar familiar; /* of all that came before */
    struct response with = {.status = 0}, without = {.status = 0}, whole = {.status = 0};
    uint64_t first = 0;
    enum response_state came = read_one(&whole, NULL, &first, data, size, size + 1);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        uint64_t one = 0, other = 0;
        enum response_state state = read_one(&with, &familiar, &one, data, size, steps[i]);
        hold(state == read_one(&without, NULL, &other, data, size, steps[i]) && state == came);
        hold(one == other && (state != RESPONSE_DONE || one == first));
        hold_same(&with, &without, state);
        hold_same(&with, &whole, state);
    }
    response_release(&whole);
    response_release(&with);
    response_release(&without);
    return 0;
}
