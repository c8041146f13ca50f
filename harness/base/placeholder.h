/* {{redacted:9f3a51c20b7e}}: what stands where a secret was taken out, with a keyed hash of it. Of a JSON number, in quotes of
 * its own: "{{redacted:9f3a51c20b7e:bare}}". */
#ifndef SEEP_BASE_PLACEHOLDER_H
#define SEEP_BASE_PLACEHOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pattern.h"
#include "base/text.h"

struct placeholder {
    size_t at, length; /* of what the secret replaces: with the quotes of a bare one */
    struct span hash;
};

/* The first one at `from` or later; false: there is none. Cost: one search for "{{redacted:". */
bool placeholder_next(struct span bytes, size_t from, struct placeholder *found);

/* Whether all of it is one. */
bool placeholder_is(const char *bytes, size_t length);

void placeholder_add(struct text *out, const char *hash, bool bare);

#endif
