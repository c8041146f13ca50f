/* Hexadecimal digits, and the percent-coding of URLs, as they are read.
 *
 * Source: RFC 3986, 2.1.
 */
#ifndef SEEP_BASE_HEX_H
#define SEEP_BASE_HEX_H

#include <stddef.h>

/* What a digit is worth, in either case; -1: it is none. */
static inline int hex_value(char digit)
{
    char lower = (char)(digit | 0x20);
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The number in `digits` of them, at most 7; -1: they are not all there. left: bytes that may be read. */
static inline int hex_number(const char *at, size_t left, size_t digits)
{
    int number = 0;
    if (left < digits)
        return -1;
    for (size_t i = 0; i < digits; i++) {
        int digit = hex_value(at[i]);
        if (digit < 0)
            return -1;
        number = number * 16 + digit;
    }
    return number;
}

#define PERCENT_LENGTH 3

/* The byte that "%4f" at `at` stands for; -1: nothing is coded there. left: bytes that may be read. */
static inline int percent_byte(const char *at, size_t left)
{
    return left >= PERCENT_LENGTH && *at == '%' ? hex_number(at + 1, 2, 2) : -1;
}

#endif
