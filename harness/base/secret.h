/* What looks like a secret by its name or its shape, and keyed hashes that
 * stand in for values that must not be kept. */
#ifndef SEEP_BASE_SECRET_H
#define SEEP_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* A random key for one import; from getrandom(2). */
struct secret_key {
    uint8_t bytes[16];
};
void secret_key_random(struct secret_key *key);

/* SipHash-2-4 with 128 bits of `bytes` under `key`, first `digits` (at most 32) hex digits into out[digits + 1]. Without
 * the key neither a value is found by its hash nor a guess confirmed. Cost: some 150 instructions and one and a half
 * per byte, which is a twentieth of HMAC-SHA-256's for short values: every recorded request has a session to hash.
 * Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012. */
void secret_hash(const struct secret_key *key, const void *bytes, size_t length, char *out, size_t digits);

/* What a name says about its value. */
enum secret_name {
    SECRET_NAME_PLAIN,
    SECRET_NAME_LIKELY, /* key, code, hash, state, ...: a secret where the value looks random */
    SECRET_NAME_SURE    /* password, token, Authorization, ...: a secret whatever it looks like */
};

/* Header names (any case): Authorization, Proxy-Authorization, Cookie, Set-Cookie, X-Api-Key, X-Auth-Token,
 * X-CSRF-Token and the like are sure. */
enum secret_name secret_header_kind(const char *name, size_t length);
bool secret_header(const char *name); /* is sure */

/* Query, form, cookie and JSON keys (decoded): password, token, api_key, client_secret, ... are sure.
 * Case and punctuation do not count: "api-key", "apiKey" and "user[api_key]" are one. "max_tokens",
 * "token_type" and the tokens of paging ("next_page_token") are plain. */
enum secret_name secret_key_kind(const char *name, size_t length);
bool secret_key_name(const char *name, size_t length); /* is sure */

/* Bytes that a scan met beside what it looked for. */
enum secret_seen {
    SECRET_SEEN_PERCENT = 1,
    SECRET_SEEN_EQUALS = 2,
    SECRET_SEEN_PLUS = 4,
    SECRET_SEEN_BRACKET = 8, /* { or [ */
    SECRET_SEEN_QUESTION = 16,
};

/* Finds the first secret that shows by its shape alone: a JWT, what follows "Bearer " or "Basic ", a private key in
 * PEM, a vendor's token (AKIA..., ghp_..., sk_live_..., ...), a payment card's number, an e-mail address, the user and
 * password of a URL. Fills where it begins and how long it is. Returns false when there is none. *seen (may be NULL):
 * a bit of enum secret_seen for each such byte until there. Cost: one pass, 3 to 4 instructions per byte of ordinary text. */
bool secret_find(const char *bytes, size_t length, size_t *at, size_t *size, unsigned *seen);

/* Values that hold a secret wherever they stand: secret_find() finds one. */
bool secret_value(const char *value, size_t length);

/* Appends the string with "..." in place of what secret_find() finds in it. */
void secret_hide(struct text *out, const char *string);

/* The same as secret_value() without what a person may well write into a scenario of theirs: an e-mail address. */
bool secret_credential(const char *value, size_t length);

/* 128 random bits in hex, which nobody can foretell: a nonce, the end of what nobody else may end. Source: getrandom(2). */
#define SECRET_TOKEN_SIZE 33
void secret_token(char token[SECRET_TOKEN_SIZE]);

#endif
