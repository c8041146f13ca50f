/* How far bytes go on before one of a kind, eight at a time. What is read of every line of a log costs what it takes to look
 * at each of its bytes: several times as much when that is done one by one.
 *
 * A kind is a function of a word of eight bytes, the first one lowest, which sets the high bit of each that is of the kind
 * and no other: sums are of seven bits, so that none goes on into the next byte. Cost: about a nanosecond for eight.
 * Source: Warren, "Hacker's Delight", 2nd edition, section 6-1 ("Find First 0-Byte").
 */
#ifndef SEEP_BASE_SCAN_H
#define SEEP_BASE_SCAN_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SCAN_EACH UINT64_C(0x0101010101010101) /* times a byte: that byte, eight times */
#define SCAN_HIGH UINT64_C(0x8080808080808080)

static inline uint64_t scan_below(uint64_t word, unsigned char limit) /* 1 to 0x80 */
{
    return ~(((word & ~SCAN_HIGH) + SCAN_EACH * (0x80U - limit)) | word) & SCAN_HIGH;
}

static inline uint64_t scan_equal(uint64_t word, unsigned char byte)
{
    return scan_below(word ^ SCAN_EACH * byte, 1);
}

/* Kinds. */
static inline uint64_t scan_not_ascii(uint64_t word)
{
    return word & SCAN_HIGH;
}

static inline uint64_t scan_control(uint64_t word) /* of ASCII: below 0x20, and 0x7f */
{
    return scan_below(word, 0x20) | scan_equal(word, 0x7f);
}

static inline uint64_t scan_control_but_tab(uint64_t word)
{
    return scan_control(word) & ~scan_equal(word, '\t');
}

static inline uint64_t scan_not_graphic(uint64_t word) /* what is not in '!'..'~' */
{
    return scan_below(word, 0x21) | scan_equal(word, 0x7f) | (word & SCAN_HIGH);
}

static inline uint64_t scan_json_escaped(uint64_t word)
{
    return scan_control(word) | scan_equal(word, '"') | scan_equal(word, '\\');
}

/* Which of the eight bytes is the first of the kind; 8: none. */
static inline size_t scan_eight(const char *bytes, uint64_t (*kind)(uint64_t word))
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    uint64_t found = kind(le64toh(word));
    return found != 0 ? (size_t)(ffsll((long long)found) - 1) / 8 : sizeof word;
}

/* The first byte that is of the kind; `length` when none is. */
static inline size_t scan_until(const char *bytes, size_t length, uint64_t (*kind)(uint64_t word))
{
    size_t at = 0;
    for (size_t clean; length - at >= 8; at += clean)
        if ((clean = scan_eight(bytes + at, kind)) < 8)
            return at + clean;
    if (at > 0 && at < length) /* the last eight, of which some were looked at already */
        return length - 8 + scan_eight(bytes + length - 8, kind);
    while (at < length && (kind((unsigned char)bytes[at] | SCAN_EACH * 'a' << 8) & 0x80) == 0)
        at++;
    return at;
}

#endif
