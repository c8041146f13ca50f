/* What an ingest holds while it reads: requests with where they came from. Inside flow/ingest only. */
#ifndef SEEP_FLOW_ENTRIES_H
#define SEEP_FLOW_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/request.h"
#include "traffic/redact.h"

struct entry {
    struct request request;
    uint32_t source;                 /* index into the ingest's sources */
    uint8_t redacted[REDACT_PLACES]; /* at most 255 are counted */
};

struct entries {
    struct entry *items;
    size_t count, capacity;
    uint64_t bytes; /* held in all, about */
};

void entries_release(struct entries *entries);
void entries_add(struct entries *entries, const struct entry *entry_take);

/* Sorts [from, count) by time; equal times keep their order. */
void entries_sort(struct entries *entries, size_t from);

/* Spreads the requests of [from, count), sorted, that share a whole second evenly within it, in
 * order: the i-th of n at (i + 0.5) / n. Does nothing where a time has a fraction: then the
 * stamps are finer. Returns whether it did. */
bool entries_spread(struct entries *entries, size_t from);

#endif
