/* Sets of requests as bits. */
#ifndef SEEP_ANALYSIS_NARROW_BITS_H
#define SEEP_ANALYSIS_NARROW_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define BITS_WORD 64

static inline size_t bits_words(size_t n)
{
    return (n + BITS_WORD - 1) / BITS_WORD;
}

static inline void bits_put(uint64_t *set, size_t i)
{
    set[i / BITS_WORD] |= UINT64_C(1) << i % BITS_WORD;
}

static inline void bits_take(uint64_t *set, size_t i)
{
    set[i / BITS_WORD] &= ~(UINT64_C(1) << i % BITS_WORD);
}

static inline bool bits_has(const uint64_t *set, size_t i)
{
    return set[i / BITS_WORD] >> i % BITS_WORD & 1;
}

/* Source: the population count of Wegner as in Warren, Hacker's Delight, 5-1. */
static inline size_t bits_of(uint64_t word)
{
    word -= word >> 1 & UINT64_C(0x5555555555555555);
    word = (word & UINT64_C(0x3333333333333333)) + (word >> 2 & UINT64_C(0x3333333333333333));
    word = (word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (size_t)(word * UINT64_C(0x0101010101010101) >> 56);
}

static inline size_t bits_count(const uint64_t *set, size_t words)
{
    size_t count = 0;
    for (size_t i = 0; i < words; i++)
        count += bits_of(set[i]);
    return count;
}

/* How many both have. */
static inline size_t bits_common(const uint64_t *a, const uint64_t *b, size_t words)
{
    size_t count = 0;
    for (size_t i = 0; i < words; i++)
        count += bits_of(a[i] & b[i]);
    return count;
}

/* The least that it has; of no empty set. */
static inline size_t bits_first(const uint64_t *set)
{
    size_t i = 0;
    while (!bits_has(set, i))
        i++;
    return i;
}

static inline bool bits_meet(const uint64_t *a, const uint64_t *b, size_t words)
{
    for (size_t i = 0; i < words; i++)
        if ((a[i] & b[i]) != 0)
            return true;
    return false;
}

static inline bool bits_within(const uint64_t *part, const uint64_t *set, size_t words)
{
    for (size_t i = 0; i < words; i++)
        if ((part[i] & ~set[i]) != 0)
            return false;
    return true;
}

/* What `a` has and `b` has not, into `out`. */
static inline void bits_without(uint64_t *out, const uint64_t *a, const uint64_t *b, size_t words)
{
    for (size_t i = 0; i < words; i++)
        out[i] = a[i] & ~b[i];
}

static inline bool bits_equal(const uint64_t *a, const uint64_t *b, size_t words)
{
    return memcmp(a, b, words * sizeof *a) == 0;
}

#endif
