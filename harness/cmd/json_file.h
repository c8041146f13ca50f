/* --json FILE of commands whose result is a tree of jansson's. */
#ifndef SEEP_CMD_JSON_FILE_H
#define SEEP_CMD_JSON_FILE_H

#include <stddef.h>

#include <jansson.h>

#include "base/err.h"

/* "-" is standard output; of a file all is there or nothing. flags: json_dumpf(3)'s. root NULL: ERR_INTERNAL. */
int json_file_write(const json_t *root, size_t flags, const char *path, struct err *err);

#endif
