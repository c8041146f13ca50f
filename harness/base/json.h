/* JSON on jansson: reading with limits and places, RFC 6901 pointers. */
#ifndef SEEP_BASE_JSON_H
#define SEEP_BASE_JSON_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

/* Parses one JSON value. Errors: ERR_USAGE "NAME:LINE:COLUMN: what". Free with json_decref(). */
json_t *json_read(const char *bytes, size_t length, const char *name, struct err *err);

/* RFC 6901: "" is the whole document, "/a/0/b~1c". NULL when there is nothing at the pointer. Borrowed. */
json_t *json_at_pointer(json_t *document, const char *pointer);

/* 0 when `pointer` is well formed (empty or starting with '/', '~' only before 0 or 1). */
int json_check_pointer(const char *pointer, struct err *err);

/* String member or NULL, also where it holds a NUL, since it would be cut there; number
 * member or `otherwise`. Borrowed. */
const char *json_text(const json_t *object, const char *key);
double json_number(const json_t *object, const char *key, double otherwise);

#endif
