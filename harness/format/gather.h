/* What all formats end in: sites by name, each once. */
#ifndef SEEP_FORMAT_GATHER_H
#define SEEP_FORMAT_GATHER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "model/snapshot.h"

#define GATHER_SITES_MOST ((size_t)1 << 20)

struct gather {
    struct snapshot *snapshot;
    size_t *slots; /* of a hash table: the site's place + 1, 0 for none */
    size_t slot_count;
    bool full; /* a site was left out: more than GATHER_SITES_MOST */
};

void gather_init(struct gather *gather, struct snapshot *snapshot);

/* Adds to the site of that name. bytes, objects: what one entry holds, NaN where the format does not say, at least
 * one of them finite; a quantity below 0, infinite, or above 2^63 (no machine has it) counts the entry as skipped.
 * What is not printable UTF-8 in a name is replaced by '?', as is an empty one. Quanta of rounded entries add up; those of sampled ones,
 * being independent, add up in squares. */
void gather_rounded(struct gather *gather, const char *name, size_t length, double bytes, double objects,
                    double quantum);
void gather_sampled(struct gather *gather, const char *name, size_t length, double bytes, double objects,
                    double quantum);

/* The same for a place in the snapshot that gather_place() gave, SIZE_MAX included. */
void gather_at(struct gather *gather, size_t place, double bytes, double objects, double quantum);

/* What the allocator takes for all of it, added, and in its largest block. */
void gather_taken(struct gather *gather, size_t place, double allocated, double longest);

/* Only the quantum, squared in. */
void gather_widen(struct gather *gather, size_t place, double quantum);

/* The place of the site of that name in the snapshot; it is made where it is not there. SIZE_MAX: full. */
size_t gather_place(struct gather *gather, const char *name, size_t length);

/* Releases; 0, or -1 with ERR_USAGE "NAME: more than 1048576 sites" when it became full. */
int gather_end(struct gather *gather, const char *name, struct err *err);

#endif
