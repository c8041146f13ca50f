/* The middle of an ingest: what its endpoints are and what each has, before anything is written. Inside flow/ingest only. */
#ifndef SEEP_FLOW_INGEST_SURVEY_H
#define SEEP_FLOW_INGEST_SURVEY_H

#include "flow/entries.h"
#include "flow/ingest.h"
#include "flow/ingest_after.h"
#include "flow/ingest_names.h"

/* Goes through all requests once (at least one) and fills the ingest but for its recordings and slugs. place[i] is where the
 * endpoint that `names` calls i stands in ingest->endpoints; the caller's. `after`: all zeros, the caller's; then ready for
 * ingest_capture_rewrite() with i. ERR_INTERNAL. */
int ingest_survey(struct ingest *ingest, struct entries *entries, struct ingest_names *names,
                  struct ingest_after *after, size_t **place, struct err *err);

#endif
