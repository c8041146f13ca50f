/* Any YAML document as a JSON tree, for files of others: aliases are followed, tags and places are not kept. */
#ifndef SEEP_BASE_YAML_JSON_H
#define SEEP_BASE_YAML_JSON_H

#include <stddef.h>

#include "base/json.h"

/* A plain scalar that is JSON (null, true, 12) is that, "~" and an empty one are null, any other and any in quotes is a
 * string. ERR_USAGE "NAME:LINE:COLUMN: what"; also for what is deeper than 64 or, with its aliases followed, larger than
 * 100,000 nodes. Free with json_decref(). */
json_t *yaml_json_read(const char *text, size_t length, const char *name, struct err *err);

#endif
