/* The middle of an ingest: requests to endpoints, on one time axis. Inside flow/ingest only. */
#ifndef SEEP_FLOW_INGEST_GROUP_H
#define SEEP_FLOW_INGEST_GROUP_H

#include "flow/entries.h"
#include "flow/ingest.h"
#include "traffic/template.h"

/* Moves the requests of `entries` (at least one) into the endpoints of `ingest`, sorted by time, their times
 * since the first of all; fills everything of the endpoints but their slugs. The templates are settled. */
void ingest_group(struct ingest *ingest, struct entries *entries, const struct templates *templates);

#endif
