/* A header block of HTTP/1.x, taken apart: its first line and its fields, as spans of the bytes that came. */
#ifndef SEEP_NET_HEAD_H
#define SEEP_NET_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pattern.h"
#include "base/text.h"

#define HEAD_BYTES_MOST ((size_t)64 << 10)
#define HEAD_FIELDS_MOST 256

struct head_field {
    struct span name, value; /* the value without blanks around it */
    struct span line;        /* all of it, with its end */
};

struct head {
    struct span first; /* without its end */
    struct head_field fields[HEAD_FIELDS_MOST];
    size_t count;
    size_t length; /* bytes of the block, with the empty line */
};

/* Where the block ends: its length with the empty line, 0 while it is not whole. `seen`: bytes of it that were
 * looked at before, so that a block in many pieces costs no more than one. */
size_t head_find_end(const char *bytes, size_t length, size_t seen);

/* Takes a whole block apart. `strict`: what two readers could read in two ways is wrong (RFC 9112, 2.2, 5 and 11.2):
 * a bare CR or LF, a folded line, a blank before the colon, a name that is no token, a control character in a
 * value. Returns NULL, or what is wrong (static). The spans point into `bytes`. */
const char *head_read(struct head *head, const char *bytes, size_t length, bool strict);

/* By any case; NULL: not there. */
const struct head_field *head_find(const struct head *head, const char *name);

bool span_is(struct span span, const char *word); /* any case */
bool span_is_token(struct span span);             /* RFC 9110, 5.6.2 */

/* The next element of a comma-separated list, without blanks around it; `rest` becomes what follows it. */
bool span_next(struct span *rest, struct span *element);

/* Whether a list holds the word, in any case. */
bool span_lists(struct span list, const char *word);

/* What a field is to whoever passes the block on (RFC 9110, 7.6.1): of this connection only, because it says so itself
 * or because Connection names it. `Connection` itself is not among them: see head_connection(). Cost: one look at
 * each Connection field. */
bool head_is_hop(const struct head *head, const struct head_field *field);

/* False: every line may go on as it came. */
bool head_has_hops(const struct head *head);

#endif
