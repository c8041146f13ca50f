/* SHA-256 over a list of things, each with its length before it, so that no two lists run into one. */
#ifndef SEEP_BASE_DIGEST_H
#define SEEP_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

struct digest;

struct digest *digest_new(void);
void digest_add(struct digest *digest, const void *bytes, size_t length);
void digest_add_text(struct digest *digest, const char *text); /* NULL is not "" */
void digest_add_number(struct digest *digest, int64_t number);

/* What stands in a regular file. Returns how many bytes, or -1 with errno; then nothing of it counts. */
int64_t digest_add_file(struct digest *digest, const char *path);

/* 64 hex digits, the caller's; frees `digest`. */
char *digest_end(struct digest *digest_take);

/* What a Content-Security-Policy calls a script or a style by: "sha256-" and base64 of exactly these bytes. The
 * caller's. Source: https://www.w3.org/TR/CSP3/#grammardef-hash-source. */
char *digest_source(const char *text);

#endif
