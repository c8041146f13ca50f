/* What an import says: its endpoints, its sources, what was skipped and redacted. */
#ifndef SEEP_CMD_IMPORT_WORDS_H
#define SEEP_CMD_IMPORT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/ingest.h"

/* `skipped` of ingest_options: one line on standard error. */
void import_show_skipped(void *owner, const char *file, size_t number, enum skip_reason reason,
                         const char *text);

/* On standard output. */
void import_show_endpoints(const struct ingest *ingest);
void import_show_proposed(const struct ingest *ingest, const char *directory); /* after, capture */
void import_show_totals(const struct ingest *ingest, const char *directory);
void import_show_redacted(const struct ingest *ingest, bool kept); /* kept: a warning on standard error */

#endif
