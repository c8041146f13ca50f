/* The result of an import as JSON, schema 1. */
#ifndef SEEP_CMD_IMPORT_JSON_H
#define SEEP_CMD_IMPORT_JSON_H

#include <stdbool.h>

#include "base/err.h"
#include "flow/ingest.h"

/* Writes to `path`, "-" is standard output. Errors: ERR_USAGE "PATH: what". */
int import_json_write(const char *path, const struct ingest *ingest, const char *directory, bool kept_secrets,
                      struct err *err);

#endif
