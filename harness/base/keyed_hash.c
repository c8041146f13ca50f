#include "base/keyed_hash.h"

#include <endian.h>
#include <string.h>

struct state {
    uint64_t a, b, c, d;
};

static uint64_t turn(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

static inline void mix(struct state *state)
{
    state->a += state->b;
    state->b = turn(state->b, 13) ^ state->a;
    state->a = turn(state->a, 32);
    state->c += state->d;
    state->d = turn(state->d, 16) ^ state->c;
    state->a += state->d;
    state->d = turn(state->d, 21) ^ state->a;
    state->c += state->b;
    state->b = turn(state->b, 17) ^ state->c;
    state->c = turn(state->c, 32);
}

static void take(struct state *state, uint64_t word)
{
    state->d ^= word;
    mix(state);
    mix(state);
    state->a ^= word;
}

/* Up to eight bytes, the first one lowest. */
static uint64_t word_of(const unsigned char *bytes, size_t count)
{
    uint64_t word = 0;
    for (size_t i = 0; i < count; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

uint64_t keyed_hash(const struct secret_key *key, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    uint64_t first = word_of(key->bytes, 8), second = word_of(key->bytes + 8, 8);
    struct state state = {first ^ UINT64_C(0x736f6d6570736575), second ^ UINT64_C(0x646f72616e646f6d),
                          first ^ UINT64_C(0x6c7967656e657261), second ^ UINT64_C(0x7465646279746573)};
    size_t left = length;
    for (; left >= 8; left -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        take(&state, le64toh(word));
    }
    take(&state, word_of(at, left) | (uint64_t)length << 56);
    state.c ^= 0xff;
    for (int i = 0; i < 4; i++)
        mix(&state);
    return state.a ^ state.b ^ state.c ^ state.d;
}
