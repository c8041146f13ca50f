#include "base/secret.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Requests of up to 256 bytes are never cut short; without a kernel that answers there is no safe key. */
static void take_random(void *bytes, size_t size)
{
    if (getrandom(bytes, size, 0) != (ssize_t)size)
        abort();
}

void secret_key_random(struct secret_key *key)
{
    take_random(key->bytes, sizeof key->bytes);
}

void secret_token(char token[SECRET_TOKEN_SIZE])
{
    unsigned char bytes[SECRET_TOKEN_SIZE / 2];
    take_random(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(token + 2 * i, 3, "%02x", bytes[i]);
}

struct sip {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

static inline uint64_t word_at(const uint8_t *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return le64toh(word);
}

/* The bytes behind the last whole word, and the length. */
static inline uint64_t last_word(const uint8_t *bytes, size_t count, size_t length)
{
    uint64_t word = (uint64_t)length << 56;
    for (size_t i = 0; i < count; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

static inline void rounds(struct sip *sip, int count)
{
    for (int i = 0; i < count; i++) {
        sip->v0 += sip->v1;
        sip->v1 = rotate(sip->v1, 13) ^ sip->v0;
        sip->v0 = rotate(sip->v0, 32);
        sip->v2 += sip->v3;
        sip->v3 = rotate(sip->v3, 16) ^ sip->v2;
        sip->v0 += sip->v3;
        sip->v3 = rotate(sip->v3, 21) ^ sip->v0;
        sip->v2 += sip->v1;
        sip->v1 = rotate(sip->v1, 17) ^ sip->v2;
        sip->v2 = rotate(sip->v2, 32);
    }
}

static inline void absorb(struct sip *sip, uint64_t word)
{
    sip->v3 ^= word;
    rounds(sip, 2);
    sip->v0 ^= word;
}

static inline uint64_t squeeze(struct sip *sip)
{
    rounds(sip, 4);
    return sip->v0 ^ sip->v1 ^ sip->v2 ^ sip->v3;
}

/* The variant with 128 bits differs in 0xee and 0xdd. */
static void siphash(const struct secret_key *key, const uint8_t *bytes, size_t length, uint64_t out[2])
{
    uint64_t low = word_at(key->bytes), high = word_at(key->bytes + 8);
    struct sip sip = {UINT64_C(0x736f6d6570736575) ^ low, UINT64_C(0x646f72616e646f6d) ^ high ^ 0xee,
                      UINT64_C(0x6c7967656e657261) ^ low, UINT64_C(0x7465646279746573) ^ high};
    size_t whole = length / 8 * 8;
    for (size_t i = 0; i < whole; i += 8)
        absorb(&sip, word_at(bytes + i));
    absorb(&sip, last_word(bytes + whole, length - whole, length));
    sip.v2 ^= 0xee;
    out[0] = squeeze(&sip);
    sip.v1 ^= 0xdd;
    out[1] = squeeze(&sip);
}

void secret_hash(const struct secret_key *key, const void *bytes, size_t length, char *out, size_t digits)
{
    static const char hex[] = "0123456789abcdef";
    uint64_t hash[2];
    siphash(key, bytes, length, hash);
    size_t written = 0;
    for (; written < digits && written < 32; written++) {
        unsigned byte = (unsigned)(hash[written / 16] >> (8 * (written / 2 % 8))) & 255;
        out[written] = hex[written % 2 == 0 ? byte >> 4 : byte & 15];
    }
    out[written] = '\0';
}
