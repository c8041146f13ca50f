/* Which endpoints production's memory grows with: what monitoring kept, read, put together, looked at. Production gets no request;
 * its monitoring is only asked. */
#ifndef SEEP_FLOW_SUSPECTS_H
#define SEEP_FLOW_SUSPECTS_H

#include "metrics/prom.h"
#include "metrics/promql.h"
#include "model/history.h"
#include "model/suspects.h"
#include "traffic/reader.h"

struct suspects_question {
    const struct prom_options *prometheus; /* NULL: everything comes from files */
    const char *memory, *requests;         /* queries; NULL: a file, or for requests a log */
    const char *starts, *restarts, *limit; /* queries; NULL: none */
    bool given; /* these three were asked for by name, so that it is said where they have nothing */
    const char *memory_file, *requests_file; /* NULL: none */
    const char *const *logs;                 /* access logs */
    size_t log_count;
    const char *log_format; /* a row of readers[]; NULL: looked for */
    struct reader_options reader;
    const char *routes_file; /* for logs; NULL: learned */
    double from_s, until_s;  /* NaN: since_s before the end; now, or where a file ends */
    double since_s;
    double step_s; /* NaN: chosen */
    const char *join, *endpoint_labels;
    enum promql_kind kind; /* PROMQL_UNKNOWN: looked for */
    double limit_bytes;    /* of an instance; NaN: not known */
    uint64_t seed;
    void (*say)(void *owner, const char *step); /* what is done now; NULL */
    void *owner;
};

/* Fills `suspects`, to be released in any case. That nothing can be said is a result. Errors: ERR_USAGE: what cannot be read, with
 * the option or the place in a file; ERR_REFUSED. Memory: 8 bytes a point, at most 3 million of them by itself. */
int suspects_ask(const struct suspects_question *question, struct suspects *suspects, struct err *err);

#endif
