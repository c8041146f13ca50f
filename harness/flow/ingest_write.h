/* The writing half of an ingest: the service directory. Inside flow/ingest and flow/quick only. */
#ifndef SEEP_FLOW_INGEST_WRITE_H
#define SEEP_FLOW_INGEST_WRITE_H

#include "flow/ingest.h"
#include "flow/ingest_stage.h"

/* A directory that is missing or holds no endpoints (YAML files beside service.yaml, recordings) is right.
 * Errors: ERR_USAGE "DIR: has endpoints already ...". */
int ingest_check_directory(const char *directory, struct err *err);

/* No service.yaml is there. ERR_USAGE "DIR: has a service.yaml already ...". */
int ingest_check_service(const char *directory, struct err *err);

/* Where the requests come from: hands each to `each` with the index of its endpoint, an endpoint's in the order of their
 * times, these since the first of all. */
struct ingest_requests {
    int (*go_through)(void *owner,
                      int (*each)(void *taker, size_t endpoint, const struct request *request,
                                  struct err *err),
                      void *taker, struct err *err);
    void *owner;
};

/* Writes service.yaml (unless it is there), and SLUG.yaml and SLUG.jsonl for each endpoint. Sets slugs. All of it, or
 * nothing but what was there. ERR_USAGE; ERR_INTERNAL, the disk is full. */
int ingest_write(struct ingest *ingest, const struct ingest_options *options, struct stage *stage,
                 const struct ingest_requests *requests, struct err *err);

#endif
