/* How many different ones there were: exact for few, an estimate for many, in bounded memory. */
#ifndef SEEP_BASE_DISTINCT_H
#define SEEP_BASE_DISTINCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers that stand for values: evenly spread hashes; 0 is one as well. */
struct distinct {
    uint64_t most;  /* counted exactly up to here */
    uint64_t count; /* while exact */
    uint64_t *seen; /* a table of those seen; NULL while there are none, and once they are estimated */
    size_t slots;
    uint8_t *registers; /* of the estimate; NULL while exact */
};

/* Exact up to `most`; memory: 32 bytes for each of them at the most, and then 8 KiB. */
void distinct_init(struct distinct *distinct, uint64_t most);
void distinct_release(struct distinct *distinct);
void distinct_add(struct distinct *distinct, uint64_t hash);

/* *about: an estimate, whose standard error is 1.2 %. Source: Flajolet, Fusy, Gandouet and Meunier, "HyperLogLog",
 * 2007, with 8,192 registers; below 2.5 for each register the count of the empty ones decides (linear counting). */
uint64_t distinct_count(const struct distinct *distinct, bool *about);

#endif
