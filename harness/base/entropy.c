#include "base/entropy.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* Per character, of the ones that occur. */
#define LEAST_BITS 2.75

enum kind { DIGIT, UPPER, LOWER, SIGN };

static enum kind kind_of(char character)
{
    unsigned char byte = (unsigned char)character;
    return isdigit(byte) ? DIGIT : isupper(byte) ? UPPER : islower(byte) ? LOWER : SIGN;
}

/* Source: C. E. Shannon, "A Mathematical Theory of Communication", 1948, section 6. */
static double bits_per_character(const char *run, size_t length)
{
    uint32_t counts[256] = {0};
    double bits = 0;
    for (size_t i = 0; i < length; i++)
        counts[(unsigned char)run[i]]++;
    for (size_t i = 0; i < 256; i++)
        if (counts[i] > 0) {
            double share = (double)counts[i] / (double)length;
            bits -= share * log2(share);
        }
    return bits;
}

static bool is_random(const char *run, size_t length)
{
    size_t kinds[4] = {0}, changes = 0;
    for (size_t i = 0; i < length; i++) {
        kinds[kind_of(run[i])]++;
        changes += i > 0 && kind_of(run[i]) != kind_of(run[i - 1]);
    }
    size_t letters = kinds[UPPER] + kinds[LOWER];
    bool mixed = letters >= 2 && kinds[DIGIT] >= 2 && changes * 6 >= length;
    bool no_words = kinds[UPPER] >= 3 && kinds[LOWER] >= 3 && changes * 5 >= length * 2; /* no camel case */
    return (mixed || no_words) && bits_per_character(run, length) >= LEAST_BITS;
}

static bool is_uuid(const char *value, size_t length)
{
    if (length != 36)
        return false;
    for (size_t i = 0; i < length; i++)
        if (i == 8 || i == 13 || i == 18 || i == 23 ? value[i] != '-' : !isxdigit((unsigned char)value[i]))
            return false;
    return true;
}

/* Base64url has a sign in 32 characters; slugs and paths have many. */
static bool is_mostly_one_run(const char *value, size_t length, size_t signs)
{
    return signs * 8 <= length && is_random(value, length);
}

bool entropy_is_high(const char *value, size_t length)
{
    size_t run = 0, signs = 0;
    if (length < ENTROPY_LEAST_BYTES || is_uuid(value, length))
        return false;
    for (size_t i = 0; i <= length; i++) {
        if (i < length && isalnum((unsigned char)value[i])) {
            run++;
            continue;
        }
        if (i < length && (value[i] == '\0' || strchr("+/=_.~-", value[i]) == NULL))
            return false;
        if (run >= ENTROPY_LEAST_BYTES && is_random(value + i - run, run))
            return true;
        signs += i < length;
        run = 0;
    }
    return is_mostly_one_run(value, length, signs);
}
