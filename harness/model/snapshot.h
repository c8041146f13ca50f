/* A snapshot of what a program's allocator holds, by allocation site. */
#ifndef SEEP_MODEL_SNAPSHOT_H
#define SEEP_MODEL_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

struct site {
    /* "/app/log.py:128", "main.handler main.go:31"; callers behind it, joined by " < ", where they are told.
     * Printable UTF-8. */
    char *name;
    double
        bytes; /* live bytes as the format gives them (requested bytes for tracemalloc); NaN: it does not */
    double objects; /* live blocks; NaN when the format does not say */
    double quantum; /* bytes that the format leaves unknown at this size, by rounding or sampling; 0: exact */
    double allocated; /* what the allocator takes for `bytes`; 0: the format does not say */
    double longest; /* of these, in the largest block: a list, a map, a buffer; 0: the format does not say */
};

struct snapshot {
    const char *format; /* the row's name in format/snapshot.h; static */
    struct site *sites;
    size_t count;
    size_t skipped; /* lines or entries that were not understood */
};

void snapshot_release(struct snapshot *snapshot);

#endif
