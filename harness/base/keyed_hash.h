/* A keyed hash of 64 bits, for tables and for what only has to be told apart: fast, and without the key nobody can say
 * which value gave it, nor make two values meet. What is written instead of a secret is secret_hash()'s. */
#ifndef SEEP_BASE_KEYED_HASH_H
#define SEEP_BASE_KEYED_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/secret.h"

/* SipHash-2-4 under the first 16 bytes of the key. Cost: about a nanosecond a byte. Source: Aumasson and Bernstein,
 * "SipHash: a fast short-input PRF", 2012. */
uint64_t keyed_hash(const struct secret_key *key, const void *bytes, size_t length);

#endif
