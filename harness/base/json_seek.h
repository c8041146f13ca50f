/* The number at one place of a JSON document, without a tree: a page of 64 MiB takes no memory beside its own, where a
 * tree of it takes more than a gigabyte. */
#ifndef SEEP_BASE_JSON_SEEK_H
#define SEEP_BASE_JSON_SEEK_H

#include <stddef.h>

#include "base/err.h"

enum json_sought {
    JSON_SOUGHT_NUMBER,
    JSON_SOUGHT_OTHER,   /* another kind of value stands there */
    JSON_SOUGHT_NOTHING, /* nothing does */
    JSON_SOUGHT_FAULT,   /* the document is no JSON to its end */
};

/* pointer: as json_check_pointer() takes it (RFC 6901). Of equal keys the last counts. A number too large for a double
 * is infinite. *err: of a fault, "NAME:LINE:COLUMN: what". Cost: one pass. */
enum json_sought json_seek_number(const char *bytes, size_t length, const char *name, const char *pointer,
                                  double *number, struct err *err);

#endif
