/* Secrets in JSON text, found by a scanner: no tree is built, and text that is cut
 * short is scanned all the same. */
#ifndef SEEP_TRAFFIC_REDACT_JSON_H
#define SEEP_TRAFFIC_REDACT_JSON_H

#include <stdbool.h>
#include <stddef.h>

/* Called for each scalar under a key that names a secret (at any depth), with the bytes of the value as they
 * stand in the text (strings without their quotes), in order. */
struct json_secret {
    size_t at, length;
    bool quoted; /* false: a number */
};

/* Finds the first such value at or after *at and moves *at behind it; false when there is none. Keep `state`
 * zeroed before the first call. Nesting deeper than 64 levels is scanned, but keys above are forgotten. */
#define JSON_SCAN_DEPTH 64
struct json_scan {
    const char *bytes;
    size_t length, at;
    size_t depth;
    bool secret[JSON_SCAN_DEPTH + 1]; /* the value at this depth belongs to a secret key */
    bool object[JSON_SCAN_DEPTH + 1];
    bool key_next; /* a string here is a key */
};
void json_scan_init(struct json_scan *scan, const char *bytes, size_t length);
bool json_scan_next(struct json_scan *scan, struct json_secret *found);

#endif
