/* What stands between the slashes of a JSON pointer. Source: RFC 6901. */
#ifndef SEEP_BASE_JSON_POINTER_H
#define SEEP_BASE_JSON_POINTER_H

#include <stdbool.h>
#include <stddef.h>

/* Whether it names this key: "~1" is '/', "~0" is '~'. */
bool json_pointer_is_key(const char *token, size_t length, const char *key);

/* Whether it names an element, and which: digits without leading zeros, nine at most (section 4); "-", the element after the
 * last, never is there. */
bool json_pointer_index(const char *token, size_t length, size_t *index);

#endif
