/* The writing half of an ingest: the service directory. Inside flow/ingest and flow/quick only. */
#ifndef SEEP_FLOW_INGEST_WRITE_H
#define SEEP_FLOW_INGEST_WRITE_H

#include "flow/ingest.h"

/* A directory that is missing or holds no endpoints (YAML files beside service.yaml, recordings) is right.
 * Errors: ERR_USAGE "DIR: has endpoints already ...". */
int ingest_check_directory(const char *directory, struct err *err);

/* No service.yaml is there. ERR_USAGE "DIR: has a service.yaml already ...". */
int ingest_check_service(const char *directory, struct err *err);

/* Writes service.yaml (unless it is there), and SLUG.yaml and SLUG.jsonl for each endpoint. Sets slugs. */
int ingest_write(struct ingest *ingest, const struct ingest_options *options, struct err *err);

#endif
