/* JSON read from front to end without a tree: what is read holds no more memory than its longest string, so that a
 * document of hundreds of megabytes can be walked. Grammar: RFC 8259; bytes above 0x7f are taken as they are.
 *
 *     json_walk_object(&scan);
 *     while (json_walk_member(&scan))
 *         if (json_walk_key_is(&scan, "bytes"))
 *             bytes = json_walk_number(&scan);
 *         else
 *             json_walk_skip(&scan);
 *     return json_walk_end(&scan, err);
 *
 * The first fault sticks: everything after it answers false, NaN or "". */
#ifndef SEEP_BASE_JSON_WALK_H
#define SEEP_BASE_JSON_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/text.h"

#define JSON_WALK_DEPTH 4096 /* of open brackets: deeper is a fault */

struct json_walk {
    const char *at, *start, *end;
    const char *name;  /* of the document, in errors; borrowed */
    struct text key;   /* of the member that was read last, until the next; escapes undone */
    struct text value; /* of the string that was read last, likewise */
    struct err fault;
    size_t depth;
    bool first; /* the bracket was opened just now */
};

void json_walk_init(struct json_walk *scan, const char *bytes, size_t length, const char *name);
void json_walk_release(struct json_walk *scan);

/* Whether the value that comes begins so: '{', '[', '"', '-' or '0' for a number, 't', 'f', 'n'. */
bool json_walk_is(struct json_walk *scan, char kind);

/* Into an object or an array; anything else there is a fault: "expected an object". */
bool json_walk_object(struct json_walk *scan);
bool json_walk_array(struct json_walk *scan);

/* To the value of the next member (its key is in `key`), or the next element. False: behind the closing bracket, or
 * a fault. Every value has to be read or skipped. */
bool json_walk_member(struct json_walk *scan);
bool json_walk_element(struct json_walk *scan);
bool json_walk_key_is(const struct json_walk *scan, const char *key);

/* A value: NUL characters of a string become U+FFFD, as lone surrogates do. The string stands in `value`. A number
 * too large for a double is infinite. Any other kind of value is a fault. */
const char *json_walk_string(struct json_walk *scan);
double json_walk_number(struct json_walk *scan);
void json_walk_skip(struct json_walk *scan); /* a value of any kind */

/* A fault of the reader's own at this place: "expected 'bytes'". The first one stays. */
void json_walk_fail(struct json_walk *scan, const char *what);
bool json_walk_failed(const struct json_walk *scan);

/* For one document after another with one walk (all zeros before the first): what it allocated is used again.
 * json_walk_done() is json_walk_end() that does not release. */
void json_walk_again(struct json_walk *scan, const char *bytes, size_t length, const char *name);
int json_walk_done(struct json_walk *scan, struct err *err);

/* To be called last: 0, or -1 with ERR_USAGE "NAME:LINE:COLUMN: what". Only blanks may follow the document. Releases. */
int json_walk_end(struct json_walk *scan, struct err *err);

#endif
