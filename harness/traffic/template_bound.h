/* Inside templates: how many nodes a trie of all paths would have, told from the paths alone. Included by template*.c
 * only.
 *
 * Where a trie becomes too large something has to go, and what goes must not depend on who came first. So it follows
 * from a figure that is a function of the set of paths and only grows: how many distinct beginnings they have, ids being
 * alike. Estimated within 3 %. Source: Flajolet et al., "HyperLogLog", AofA 2007; here without its correction
 * for small counts, so that it never falls. */
#ifndef SEEP_TRAFFIC_TEMPLATE_BOUND_H
#define SEEP_TRAFFIC_TEMPLATE_BOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traffic/template.h"

#define BOUND_REGISTERS 1024

struct bound {
    uint8_t registers[TEMPLATE_SEGMENTS + 1][BOUND_REGISTERS];
    double sums[TEMPLATE_SEGMENTS + 1]; /* of 2^-register */
};

void bound_init(struct bound *bound);

/* A beginning of `depth` pieces (from 1), by its hash. True: an estimate grew. */
bool bound_add(struct bound *bound, size_t depth, uint64_t hash);

/* The deepest level down to which there are at most `most` of them in all; 0: there are more of one piece. Never grows.
 * Cost: a few additions. */
size_t bound_depth(const struct bound *bound, double most);

#endif
