/* The last half of an ingest: requests, named by now, are handed to where they are to be. Inside flow/ingest only. */
#ifndef SEEP_FLOW_INGEST_HAND_H
#define SEEP_FLOW_INGEST_HAND_H

#include "flow/entries.h"
#include "flow/ingest.h"
#include "flow/ingest_stage.h"

/* All has been read: settles the templates, fills the ingest, and writes its directory, or keeps the requests in memory where
 * there is none. ERR_USAGE, ERR_INTERNAL, as ingest_write(). */
int ingest_hand_out(struct ingest *ingest, const struct ingest_options *options, struct entries *entries,
                    struct stage *stage, struct err *err);

#endif
