/* What stands at some places of JSON documents, all of it picked out in one walk without a tree, so that lines of a
 * log are read at some hundreds of megabytes a second.
 *
 *     int status = json_pick_add(pick, "/response/status", err);
 *     while (...)
 *         if (json_pick_read(pick, line, length, "access.log", err) == 0)
 *             struct span value = json_pick_value(pick, status);
 *
 * A place is an RFC 6901 pointer. Its last name may end in '*': then it is every member whose name begins so (a name
 * that really ends in '*' has no pointer). What is picked is a string, escapes undone, or a number as it is written; of
 * a list of these at the place, its first. null, true, false, objects are not there. Of equal keys the last counts.
 */
#ifndef SEEP_BASE_JSON_PICK_H
#define SEEP_BASE_JSON_PICK_H

#include <stddef.h>

#include "base/err.h"
#include "base/pattern.h"

#define JSON_PICK_DEPTH 32 /* names of a pointer at most */

struct json_pick;
struct json_pick *json_pick_new(void);
void json_pick_free(struct json_pick *pick); /* NULL is fine */

/* The slot of a place, from 0; the same for equal pointers. -1 with ERR_USAGE: no pointer, "" or too deep. */
int json_pick_add(struct json_pick *pick, const char *pointer, struct err *err);

/* Walks a document to its end; forgets the one before. -1 with ERR_USAGE "NAME:LINE:COLUMN: what". Cost: one pass, and
 * a look-up per key. */
int json_pick_read(struct json_pick *pick, const char *bytes, size_t length, const char *name,
                   struct err *err);

/* The value at a place without '*'; `bytes` is NULL when there is none. NUL-terminated; valid until the next document,
 * as all that is below. */
struct span json_pick_value(const struct json_pick *pick, int slot);

/* Members at places with '*', in the order of the document, each item of a list for itself. `name` is what '*' stands
 * for. */
struct json_named {
    int slot;
    struct span name, value;
};
size_t json_pick_named_count(const struct json_pick *pick);
struct json_named json_pick_named(const struct json_pick *pick, size_t index);

#endif
