/* What an import put together in one endpoint, and why. */
#ifndef SEEP_CMD_IMPORT_MERGED_H
#define SEEP_CMD_IMPORT_MERGED_H

#include <stdbool.h>

#include "flow/ingest.h"

/* On standard output: with `whole` each endpoint that stands for several paths, its parameters, how many values each had,
 * some of them, and why; else how many there are. Says how to overrule it. `routes_file`: what was given; NULL: none. */
void import_show_merged(const struct ingest *ingest, const char *routes_file, bool whole);

#endif
