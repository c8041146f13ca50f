/* FILE operands as a person types them: names, "-", and patterns that the shell left alone ('logs/access.log*'). */
#ifndef SEEP_TRAFFIC_INPUT_FILES_H
#define SEEP_TRAFFIC_INPUT_FILES_H

#include <stddef.h>

#include "base/err.h"
#include "base/strings.h"

/* Adds to `files` the names that are meant, in the order given, those of a pattern sorted by name. A pattern holds *, ? or
 * [ and is no file's name itself. Errors: ERR_USAGE, a pattern that matches nothing, a file that is meant twice (by
 * whatever names). A file that is not there is left to whoever opens it. Source: glob(7). */
int input_files(const char *const *given, size_t count, struct strings *files, struct err *err);

#endif
