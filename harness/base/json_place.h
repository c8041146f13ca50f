/* Where a value stands in the text of a JSON document, so that it can be replaced and the rest stays as it is,
 * byte by byte. */
#ifndef SEEP_BASE_JSON_PLACE_H
#define SEEP_BASE_JSON_PLACE_H

#include <stdbool.h>

#include "base/pattern.h"

/* The bytes of the value at `pointer` (RFC 6901; the first of equal keys), quotes and brackets included. False:
 * there is none. Nothing is allocated; what stands behind the value is not looked at, so that a document broken
 * there is not noticed. One pass. */
bool json_place(struct span document, const char *pointer, struct span *value);

#endif
