/* Limits that a run is held to, as they are written in YAML and after --fail-if. */
#ifndef SEEP_SCENARIO_LIMIT_H
#define SEEP_SCENARIO_LIMIT_H

#include "base/err.h"
#include "base/yaml.h"
#include "model/service.h"

/* "growth > 16 B/request", "rss growth > 1 MiB/h", "p99 > 500 ms", "errors > 1%"; spaces around '>' as one
 * likes. Fills `limit` (its strings are the caller's; limits_release() of the list it goes into frees them):
 * value in bytes or objects per request or second, seconds, or a fraction; text as "WHAT > QUANTITY". Errors:
 * ERR_USAGE, `limit` is untouched then. */
int limit_parse(const char *text, struct limit *limit, struct err *err);

/* Appends; the list owns it. */
void limits_take(struct limits *limits, struct limit *limit);

/* A yaml_row reader for `limits: {growth: 16 B/request, p99: 500 ms, errors: 1%}`;
 * `into` is a struct limits. */
int limits_read(const struct yaml *value, const char *file, void *into, struct err *err);

/* The keys of `limits`. Their offsets mean nothing: each reader appends to the list. */
extern const struct yaml_row scenario_limits_rows[];

#endif
