/* The result of an import as JSON, schema 1. */
#ifndef SEEP_CMD_IMPORT_JSON_H
#define SEEP_CMD_IMPORT_JSON_H

#include <stdbool.h>

#include <jansson.h>

#include "base/err.h"
#include "flow/ingest.h"

/* Writes to `path`, as json_file_write() does. */
int import_json_write(const char *path, const struct ingest *ingest, const char *directory, bool kept_secrets,
                      struct err *err);

/* Adds `after`, `capture` and `not_written`, where there are any. */
void import_json_add_proposed(json_t *object, const struct ingest_endpoint *endpoint);

#endif
