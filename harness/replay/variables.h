/* Values of captured variables, and {{name}} in what is to be sent.
 *
 * Variables are numbered by their place in service.variables (`names` below). Only these names are variables:
 * {{ name }} and whatever templates a body holds stay as they are. {{redacted:1f}} is filled, byte for byte as it was
 * recorded, where service.secrets has what was taken out there, and else stays. {{captured:name|recorded}} is filled with the
 * variable; where it has no value, or nothing here captures it, with what was recorded.
 */
#ifndef SEEP_REPLAY_VARIABLES_H
#define SEEP_REPLAY_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pattern.h"
#include "base/strings.h"
#include "base/text.h"
#include "base/vault.h"

#define VARIABLE_BYTES 16384u /* a longer value counts as missing; a part of it would be another value */

struct value {
    struct text text;
    enum { VALUE_NONE, VALUE_SET, VALUE_MISSING } state;
};

/* Of one session, or shared by all sessions of a run. All zeros: none is set, and nothing is allocated. */
struct variables {
    struct value *items; /* by number; NULL: none was ever set */
    size_t count;
};

void variables_release(struct variables *variables);
void variables_clear(struct variables *variables); /* none is set; storage is kept for the next session */

/* `value.bytes` NULL: an answer should have brought it and did not, which hides an older value. */
void variables_set(struct variables *variables, const struct strings *names, size_t number,
                   struct span value);

/* What a request is filled from: the session's values, then the run's where the session never had one. */
struct scope {
    const struct strings *names;
    const struct variables *own, *shared; /* each may be NULL */
    const struct vault *secrets;          /* or NULL */
};

/* Where a value goes decides how it is written there. Percent-encoding leaves what is encoded already (%2F). */
enum part {
    PART_LINE,   /* request line: what a URL cannot hold is percent-encoded; after '?' also & + = ; and '#' */
    PART_FIELDS, /* header fields: as it is; a value with CR, LF or NUL cannot be sent */
    PART_JSON,   /* as in a JSON string, without its quotes */
    PART_FORM,   /* percent-encoded but for letters, digits and - . _ ~ */
    PART_OTHER,  /* as it is */
};

/* How the body that comes with these header fields ("A: b\r\n...") is written, by its Content-Type. */
enum part part_of_body(struct span fields);

/* Whether `bytes` hold any variable, anything captured, or a placeholder that `secrets` (NULL: none) fills. */
bool variables_in(const struct strings *names, const struct vault *secrets, struct span bytes);

/* How many placeholders neither `secrets` nor a variable in front of them fills. */
size_t variables_lacking(const struct strings *names, const struct vault *secrets, struct span bytes);

/* Why a request cannot be sent: a borrowed name, and static text. */
struct unfilled {
    const char *name, *why; /* "csrf", "was not captured" */
};

/* Appends `bytes` with each variable replaced. Returns 0, or -1 when one has no value or cannot stand there:
 * *unfilled says which, `out` holds a part, and the request must not be sent. */
int variables_fill(const struct scope *scope, enum part part, struct span bytes, struct text *out,
                   struct unfilled *unfilled);

#endif
