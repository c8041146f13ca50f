/* Redaction: credentials out, data kept.
 *
 * What goes: headers that hold credentials; values of query, form, multipart, JSON and XML names that name secrets;
 * values that look random where a name makes them likely (key, code, state, /verify/VALUE); path parameters like
 * ";jsessionid=x"; what shows by its shape anywhere: JWTs, bearer tokens, private keys, tokens of known vendors,
 * payment card numbers, e-mail addresses, users and passwords in URLs. All of it also where it is percent-encoded
 * (again), escaped in JSON within JSON, or in base64.
 *
 * What stays: everything else, byte for byte: ids, UUIDs, hashes, slugs and whatever else varies is data.
 *
 * Each value is replaced by `{{redacted:HASH}}`, HASH the first REDACT_DIGITS hex digits of a keyed hash of its bytes as
 * they stood: within one import the same value gives the same placeholder, and the key is thrown away. A number of
 * JSON becomes the string "{{redacted:HASH:bare}}". Put back (replay/variables.h), the request is what it was. Bodies
 * are scanned as text and edited in place, also when they are cut short or not quite what they say.
 */
#ifndef SEEP_TRAFFIC_REDACT_H
#define SEEP_TRAFFIC_REDACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/secret.h"
#include "base/text.h"
#include "base/vault.h"
#include "model/request.h"

#define REDACT_DIGITS VAULT_HASH_DIGITS

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

struct finder;

/* All zeros but for the key is one that is ready. */
struct redactor {
    struct secret_key key;
    bool keep;                      /* count, but replace nothing (--keep-secrets) */
    uint64_t counts[REDACT_PLACES]; /* values found, by place */
    struct vault *vault;            /* borrowed: gets what is taken out; NULL: nobody does */
    struct finder *finder;          /* its own, kept for the next request */
};
void redactor_release(struct redactor *redactor); /* overwrites the key */

/* Edits the request in place. Cost: a pass over URL, headers and body, some 4 instructions a byte; a request without
 * anything suspicious is not copied. */
void redact_request(struct redactor *redactor, struct request *request);

/* For what is only shown, like a line that was skipped: what redact_request() takes out, and "Name: value" of headers.
 * Neither counted nor kept. Appends. */
void redact_line(struct redactor *redactor, const char *bytes, size_t length, struct text *out);

/* How many values redact_request() would take out of it. */
uint64_t redact_count(struct redactor *redactor, const struct request *request);

/* Adds the placeholders that stand in it, by place: what an earlier redaction took out. Cost: a search for "{{redacted:"
 * in URL, headers and body. */
void redact_count_placeholders(struct redactor *redactor, const struct request *request,
                               uint64_t counts[REDACT_PLACES]);

#endif
