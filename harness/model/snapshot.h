/* A snapshot of what a program's allocator holds, by allocation site. */
#ifndef SEEP_MODEL_SNAPSHOT_H
#define SEEP_MODEL_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

struct site {
    char *name;     /* "/app/log.py:128", "main.handler main.go:31" */
    double bytes;   /* live bytes as the format gives them (requested bytes for tracemalloc) */
    double objects; /* live blocks; NaN when the format does not say */
    double quantum; /* the format's rounding step at this size, bytes; 0 when exact */
};

struct snapshot {
    const char *format; /* the row's name in sample/snapshot.h; static */
    struct site *sites;
    size_t count;
    size_t skipped; /* lines that were not understood */
};

void snapshot_release(struct snapshot *snapshot);

#endif
