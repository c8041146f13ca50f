/* Readers of single YAML values, for the tables of keys: each has the form of yaml_row.read, takes the
 * field's type named beside it, and complains with FILE:LINE:COLUMN. Within this room only. */
#ifndef SEEP_SCENARIO_READ_H
#define SEEP_SCENARIO_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/yaml.h"

/* Copies `text` with each ${NAME} replaced by the environment variable; ${PORT} stays
 * (each trial has its own), and $${ stands for a literal ${. NULL and a complaint at `at`
 * when a variable is not set or a name is none. */
char *read_expanded(const struct yaml *at, const char *text, const char *file, struct err *err);

/* `path` made absolute against the directory of `file`; the caller's. */
char *read_absolute(const char *path, const char *file);

/* char *: expanded; as it stands; "/..."; absolute. */
int read_text(const struct yaml *value, const char *file, void *into, struct err *err);
int read_name(const struct yaml *value, const char *file, void *into, struct err *err);
int read_url_path(const struct yaml *value, const char *file, void *into, struct err *err);
int read_path(const struct yaml *value, const char *file, void *into, struct err *err);

/* char *: a JSON pointer, which may be "". */
int read_pointer(const struct yaml *value, const char *file, void *into, struct err *err);

/* struct pattern *: PCRE2. */
int read_pattern(const struct yaml *value, const char *file, void *into, struct err *err);

/* struct strings: words are expanded. */
int read_words(const struct yaml *value, const char *file, void *into, struct err *err);
int read_names(const struct yaml *value, const char *file, void *into, struct err *err);
int read_methods(const struct yaml *value, const char *file, void *into, struct err *err);

/* struct headers, expanded. */
int read_headers(const struct yaml *value, const char *file, void *into, struct err *err);

/* int64_t, ns, > 0. */
int read_duration(const struct yaml *value, const char *file, void *into, struct err *err);

/* double: > 0; a struct service's observed_bytes and _seconds; per second; > 0; a fraction of 1. */
int read_bytes(const struct yaml *value, const char *file, void *into, struct err *err);
int read_observed(const struct yaml *value, const char *file, void *into, struct err *err);
int read_rate(const struct yaml *value, const char *file, void *into, struct err *err);
int read_factor(const struct yaml *value, const char *file, void *into, struct err *err);
int read_share(const struct yaml *value, const char *file, void *into, struct err *err);

/* uint64_t, 1..2^31-1. */
int read_count(const struct yaml *value, const char *file, void *into, struct err *err);

/* Letters, digits and '_', no digit first: what stands in ${NAME} and {{name}}. */
bool read_is_variable(const char *name, size_t length);

/* The scalar's text, or NULL and a complaint. */
const char *read_scalar(const struct yaml *value, const char *file, const char *expected, struct err *err);

/* One of `words` (NULL-terminated): its index, or -1 and a complaint that lists them, with a suggestion. */
int read_choice(const struct yaml *value, const char *file, const char *const *words, struct err *err);

#endif
