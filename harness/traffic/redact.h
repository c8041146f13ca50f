/* Redaction: credentials out, data kept.
 *
 * What goes: headers that hold credentials; values of query, form, multipart and JSON keys that name secrets,
 * also in URLs inside values; path parameters like ";jsessionid=x"; JWTs, bearer tokens and private keys
 * anywhere; the user and password of a URL in a header. What stays: everything else, byte for byte. Each
 * value is replaced by `{{redacted:HASH}}`, HASH the first 8 hex digits of a keyed hash: within one import
 * the same value gives the same placeholder, and the key is thrown away. Bodies are scanned as text; a JSON
 * body is edited in place, also when it is cut short or not quite JSON.
 */
#ifndef SEEP_TRAFFIC_REDACT_H
#define SEEP_TRAFFIC_REDACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/secret.h"
#include "base/text.h"
#include "model/request.h"

enum redact_place {
    REDACT_HEADER,
    REDACT_QUERY,
    REDACT_PATH,
    REDACT_FORM,
    REDACT_JSON,
    REDACT_BODY,
    REDACT_PLACES
};
const char *redact_place_name(enum redact_place place); /* "header", "query", ... */

struct redactor {
    struct secret_key key;
    bool keep;                      /* count, but replace nothing (--keep-secrets) */
    uint64_t counts[REDACT_PLACES]; /* values found, by place */
};

/* Edits the request in place. Cost: a few passes over URL, headers and body. */
void redact_request(struct redactor *redactor, struct request *request);

/* For tests and for notes that quote a line: the line with what shows by shape or by "key=value" replaced. */
void redact_line(struct redactor *redactor, const char *bytes, size_t length, struct text *out);

#endif
