/* The smallest set of recorded requests that still grows, kept for whoever goes on from here: a recording that
 * `seep run --recording` replays, and curl lines. */
#ifndef SEEP_FLOW_EXAMPLES_H
#define SEEP_FLOW_EXAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/result.h"
#include "model/service.h"

/* What is kept of an endpoint's recording. */
struct examples {
    const struct service *service;
    const struct endpoint *endpoint;
    const size_t *requests; /* indices in its recording */
    size_t count;
    int64_t run;
    const char *words; /* which requests these are; NULL: any of the endpoint */
};

/* Writes the requests as recorded to DIRECTORY/requests-RUN-ENDPOINT.jsonl (0600) and fills finding->recording and finding->curl
 * (redacted). ERR_USAGE: the recording cannot be read any more, or the file cannot be written. */
int examples_keep(const struct examples *examples, const char *directory, struct finding *finding,
                  struct err *err);

#endif
