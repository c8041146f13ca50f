/* Does a value look random? */
#ifndef SEEP_BASE_ENTROPY_H
#define SEEP_BASE_ENTROPY_H

#include <stdbool.h>
#include <stddef.h>

#define ENTROPY_LEAST_BYTES 16

/* Whether a value of letters, digits and "+/=_.~-" looks like a random key in hex, base32 or base64: at least
 * ENTROPY_LEAST_BYTES with few signs in which kinds of characters change as often as chance changes them and no
 * few characters make up the most (3 bits each and more). UUIDs, words, slugs, dates, numbers and names in camel case
 * do not. Of random values of 16 characters it misses about one in fifty, of 24 one in a thousand. Cost: two passes. */
bool entropy_is_high(const char *value, size_t length);

#endif
