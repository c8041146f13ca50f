/* libFuzzer: the same bytes as two answers in pieces, with what is known of the first and without: equal results. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/response.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t steps[] = {65536, 65536, 1, 7, 40};
    static struct familiar familiar; /* of all that came before */
    struct response with = {.status = 0}, without = {.status = 0};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        uint64_t one = 0, other = 0;
        enum response_state state = read_one(&with, &familiar, &one, data, size, steps[i]);
        if (state != read_one(&without, NULL, &other, data, size, steps[i]) || one != other ||
            with.status != without.status || with.body_bytes != without.body_bytes ||
            with.continued != without.continued || with.why != without.why ||
            (state == RESPONSE_DONE && with.keep_alive != without.keep_alive))
            abort();
    }
    response_release(&with);
    response_release(&without);
    return 0;
}
