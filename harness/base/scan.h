/* How far bytes go on before one of a kind, sixteen or eight at a time. What is read of every line of a log costs what it
 * takes to look at each of its bytes: several times as much when that is done one by one.
 *
 * Cost: about a nanosecond for sixteen bytes with SSE2, which every x86-64 has; elsewhere for eight, in sums of seven bits, so
 * that none goes on into the next byte. Kinds are known when this is compiled: what a kind does not ask is left out.
 * Source: Warren, "Hacker's Delight", 2nd edition, section 6-1 ("Find First 0-Byte").
 */
#ifndef SEEP_BASE_SCAN_H
#define SEEP_BASE_SCAN_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

struct scan_kind {
    unsigned char below;    /* each byte that is less; at most 0x80 */
    unsigned char bytes[3]; /* and these */
    bool high;              /* and those above 0x7f */
};

static const struct scan_kind scan_not_ascii = {0, {0x80, 0x80, 0x80}, true};
static const struct scan_kind scan_control = {0x20, {0x7f, 0x7f, 0x7f}, false};
static const struct scan_kind scan_not_graphic = {0x21, {0x7f, 0x7f, 0x7f}, true}; /* not in '!'..'~' */
static const struct scan_kind scan_json_escaped = {0x20, {'"', '\\', 0x7f}, false};
static const struct scan_kind scan_quote_or_backslash = {0, {'"', '\\', '\\'}, false};

#define SCAN_NONE ((size_t)16)

static inline bool scan_is(unsigned char byte, struct scan_kind kind)
{
    return byte < kind.below || byte == kind.bytes[0] || byte == kind.bytes[1] || byte == kind.bytes[2] ||
           (kind.high && byte > 0x7f);
}

#define SCAN_EACH UINT64_C(0x0101010101010101) /* times a byte: that byte, eight times */
#define SCAN_HIGH UINT64_C(0x8080808080808080)

/* The high bit of each byte that is less. */
static inline uint64_t scan_below(uint64_t word, unsigned char limit)
{
    return ~(((word & ~SCAN_HIGH) + SCAN_EACH * (0x80U - limit)) | word) & SCAN_HIGH;
}

static inline uint64_t scan_equal(uint64_t word, unsigned char byte)
{
    return scan_below(word ^ SCAN_EACH * byte, 1);
}

/* Which of eight bytes is the first of the kind; SCAN_NONE: none. */
static inline size_t scan_eight(const char *bytes, struct scan_kind kind)
{
    uint64_t word, found;
    memcpy(&word, bytes, sizeof word);
    word = le64toh(word);
    found = scan_below(word, kind.below) | scan_equal(word, kind.bytes[0]) | scan_equal(word, kind.bytes[1]) |
            scan_equal(word, kind.bytes[2]) | (kind.high ? word & SCAN_HIGH : 0);
    return found != 0 ? (size_t)(ffsll((long long)found) - 1) / 8 : SCAN_NONE;
}

#ifdef __SSE2__
#define SCAN_STEP ((size_t)16)

static inline __m128i scan_same(__m128i bytes, unsigned char byte)
{
    return _mm_cmpeq_epi8(bytes, _mm_set1_epi8((char)byte));
}

/* Of a step's bytes, as scan_eight() of eight. */
static inline size_t scan_step(const char *bytes, struct scan_kind kind)
{
    unsigned char last = (unsigned char)(kind.below - 1); /* of those below */
    __m128i these = _mm_loadu_si128((const __m128i *)bytes), of_kind;
    of_kind = _mm_or_si128(scan_same(these, kind.bytes[0]), scan_same(these, kind.bytes[1]));
    of_kind = _mm_or_si128(of_kind, scan_same(these, kind.bytes[2]));
    if (kind.below > 0)
        of_kind = _mm_or_si128(of_kind, scan_same(_mm_max_epu8(these, _mm_set1_epi8((char)last)), last));
    if (kind.high)
        of_kind = _mm_or_si128(of_kind, these);
    int found = _mm_movemask_epi8(of_kind);
    return found != 0 ? (size_t)ffs(found) - 1 : SCAN_NONE;
}
#else
#define SCAN_STEP ((size_t)8)

static inline size_t scan_step(const char *bytes, struct scan_kind kind)
{
    return scan_eight(bytes, kind);
}
#endif

/* Fewer bytes than a step has. */
static inline size_t scan_few(const char *bytes, size_t length, struct scan_kind kind)
{
    size_t at = 0;
    if (length < 8) {
        while (at < length && !scan_is((unsigned char)bytes[at], kind))
            at++;
        return at;
    }
    at = scan_eight(bytes, kind);
    if (at == SCAN_NONE)
        at = length - 8 + scan_eight(bytes + length - 8, kind); /* some of them for the second time */
    return at < length ? at : length;
}

/* The first byte that is of the kind; `length` when none is. */
static inline size_t scan_until(const char *bytes, size_t length, struct scan_kind kind)
{
    size_t at = 0, found;
    if (length < SCAN_STEP)
        return scan_few(bytes, length, kind);
    for (; length - at >= SCAN_STEP; at += SCAN_STEP)
        if ((found = scan_step(bytes + at, kind)) != SCAN_NONE)
            return at + found;
    at = length - SCAN_STEP;
    found = scan_step(bytes + at, kind);
    return found != SCAN_NONE ? at + found : length;
}

#endif
