/* What looks like a secret by its name or its shape, and keyed hashes that
 * stand in for values that must not be kept. */
#ifndef SEEP_BASE_SECRET_H
#define SEEP_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A random key for one import; from getrandom(2). */
struct secret_key {
    uint8_t bytes[32];
};
void secret_key_random(struct secret_key *key);

/* HMAC-SHA-256 of `bytes` under `key`, first `digits` (at most 64) hex digits into out[digits + 1]. */
void secret_hash(const struct secret_key *key, const void *bytes, size_t length, char *out, size_t digits);

/* Header names (any case) that hold credentials: Authorization, Proxy-Authorization, Cookie, Set-Cookie,
 * X-Api-Key, X-Auth-Token, X-CSRF-Token and the like. */
bool secret_header(const char *name);

/* Query, form, cookie and JSON keys (decoded) that name secrets: password, token, api_key, client_secret, ...
 * Case and punctuation do not count: "api-key", "apiKey" and "user[api_key]" are one. "max_tokens" and
 * "token_type" are no secrets. */
bool secret_key_name(const char *name, size_t length);

/* Finds the first secret that shows by its shape alone: a JWT, what follows "Bearer " or "Basic ", a PEM
 * private key. Fills where it begins and how long it is. Returns false when there is none. Cost: one pass. */
bool secret_find(const char *bytes, size_t length, size_t *at, size_t *size);

/* Values that hold a secret wherever they stand: secret_find() finds one. */
bool secret_value(const char *value, size_t length);

#endif
