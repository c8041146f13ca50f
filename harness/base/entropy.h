/* Does a value look random? */
#ifndef SEEP_BASE_ENTROPY_H
#define SEEP_BASE_ENTROPY_H

#include <stdbool.h>
#include <stddef.h>

#define ENTROPY_LEAST_BYTES 16

/* Whether a value of letters, digits and "+/=_.~-" looks like a random key in hex, base32 or base64: at least
 * ENTROPY_LEAST_BYTES with few signs, in which kinds of characters change about as often as chance changes them and no
 * few characters make up the most (2.75 bits each and more). UUIDs, words, slugs, dates, numbers and names in camel
 * case do not. Of random values it misses, in percent of 100,000: hex of 16 characters 3.1, of 32 0.1; base64url of 16
 * 4.7, of 22 3.6, of 32 0.4; base32 in lower case of 16 21, of 32 9. Cost: two passes. */
bool entropy_is_high(const char *value, size_t length);

#endif
