/* {{redacted:9f3a51c20b7e}}: what stands where a secret was taken out, with a keyed hash of it. Of a JSON number, in quotes of
 * its own: "{{redacted:9f3a51c20b7e:bare}}".
 *
 * {{captured:cart|8f3a51c2}}: what stands where an earlier answer of the session gave the value: the name of the capture that brings
 * it anew, and what was recorded, which may be a placeholder of the other kind. {{captured:Bearer token|...}}: with such a word in
 * front of the captured value; what was recorded has its own. */
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

/* The one whose braces open at `at`. */
bool placeholder_at(struct span bytes, size_t at, struct placeholder *found);

/* Whether all of it is one. */
bool placeholder_is(const char *bytes, size_t length);

void placeholder_add(struct text *out, const char *hash, bool bare);

struct captured {
    size_t at, length;
    struct span word, name, recorded; /* word: with its blank; may be empty */
};

/* The one that opens at `at`. `recorded` holds neither braces nor line breaks, but for those of a placeholder. */
bool captured_at(struct span bytes, size_t at, struct captured *found);

/* False, and nothing is added, where `recorded` cannot stand in one. word: "Bearer", or "". */
bool captured_add(struct text *out, const char *word, const char *name, struct span recorded);

#endif
