/* Headers and URLs that redaction left as they were: the same few user agents and pages stand in most lines of a log, and
 * are looked at once. Only keyed hashes of them are held. Inside flow/ingest only. */
#ifndef SEEP_FLOW_INGEST_CLEAN_H
#define SEEP_FLOW_INGEST_CLEAN_H

#include <stdint.h>

#include "model/request.h"
#include "traffic/redact.h"

#define INGEST_CLEAN_KEPT ((size_t)32768)

#define INGEST_CLEAN_NAMES 8
#define INGEST_CLEAN_NAME_SIZE 24

/* A header's name and its keyed hash: in a log the i-th header nearly always has the name of the line before. */
struct ingest_clean_name {
    char name[INGEST_CLEAN_NAME_SIZE];
    uint64_t hash;
};

struct ingest_clean {
    uint64_t *kept; /* hashes, each at its own place; a later one takes it */
    struct ingest_clean_name names[INGEST_CLEAN_NAMES];
};

void ingest_clean_init(struct ingest_clean *clean);
void ingest_clean_release(struct ingest_clean *clean);

/* redact_request(), but for what is known. Returns the keyed hash of the URL as it was. Cost: a hash of URL and headers where all of it is. */
uint64_t ingest_clean_redact(struct ingest_clean *clean, struct redactor *redactor, struct request *request);

#endif
