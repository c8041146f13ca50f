/* PCRE2 patterns with named groups; UTF off (logs carry any bytes), JIT where it is there. */
#ifndef SEEP_BASE_PATTERN_H
#define SEEP_BASE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct pattern;

struct span {
    const char *bytes; /* into the subject; NULL when the group took no part */
    size_t length;
};

/* Errors: ERR_USAGE "pattern, offset N: what". */
struct pattern *pattern_new(const char *source, struct err *err);
void pattern_free(struct pattern *pattern);

const char *pattern_source(const struct pattern *pattern); /* as it was written */
size_t pattern_groups(const struct pattern *pattern);      /* how many it has, beside the whole */

/* From here on a match has to begin within the first `bytes` of a subject. The other limits are of one place where it might
 * begin: without this, a pattern that is not anchored takes the square of a subject's length. */
void pattern_begin_within(struct pattern *pattern, size_t bytes);

/* True when `subject` matches. Match and depth limits are set: a hostile subject ends as no match. */
bool pattern_match(struct pattern *pattern, const char *subject, size_t length);

/* After a match: group 0 is the whole. */
struct span pattern_group(const struct pattern *pattern, size_t number);
struct span pattern_named(const struct pattern *pattern, const char *name);
bool pattern_has_name(const struct pattern *pattern, const char *name);

/* The names of its groups, by index from 0 (in the order of the names), and the number of each; NULL: there are no more. */
const char *pattern_name(const struct pattern *pattern, size_t index, size_t *number);

#endif
