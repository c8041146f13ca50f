/* Secrets in JSON text, found by a scanner: no tree is built, and text that is cut
 * short is scanned all the same. */
#ifndef SEEP_TRAFFIC_REDACT_JSON_H
#define SEEP_TRAFFIC_REDACT_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/secret.h"

#define JSON_SCAN_DEPTH 64

/* A string or a number, with its bytes as they stand in the text (strings without their quotes). */
struct json_scalar {
    size_t at, length;
    bool quoted;           /* false: a number */
    enum secret_name name; /* what the key says that it stands under, or one further out that is sure */
};

struct json_scan {
    const char *bytes;
    size_t length, at;
    size_t depth;
    enum secret_name name[JSON_SCAN_DEPTH + 1]; /* of the value at this depth */
    enum secret_name pair[JSON_SCAN_DEPTH + 1]; /* {"name": "password", "value": ...}: what the name says */
    bool object[JSON_SCAN_DEPTH + 1];
    bool key_next;  /* a string here is a key */
    bool name_next; /* a string here is such a name */
    enum secret_name (*kind)(void *owner, const char *key, size_t length);
    void *owner;
};

/* kind: what a key (its bytes as they stand) says. */
void json_scan_init(struct json_scan *scan, const char *bytes, size_t length,
                    enum secret_name (*kind)(void *owner, const char *key, size_t length), void *owner);

/* The next scalar that is no key, in order; false when there is none. Nesting deeper than JSON_SCAN_DEPTH levels is
 * scanned, but keys above are forgotten. */
bool json_scan_next(struct json_scan *scan, struct json_scalar *found);

#endif
