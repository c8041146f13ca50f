/* What production's memory suspects of a service's endpoints: the order in which a hunt looks at them, and nothing more. */
#ifndef SEEP_MODEL_SUSPICION_H
#define SEEP_MODEL_SUSPICION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strings.h"

struct suspicion {
    struct strings
        endpoints;      /* several: their requests always came together, so that nothing tells them apart */
    double probability; /* that one of them grows, above 0, at most 1 */
    double bytes_per_request; /* of a request to any of them; NaN: not said */
    double share;             /* of production's growth, 1: all of it; NaN: not said */
};

/* The likeliest first. Strings are owned. */
struct suspicions {
    struct suspicion *items;
    size_t count;
};

/* The new one, at the end: probability 0, the rest not said. */
struct suspicion *suspicions_add(struct suspicions *suspicions);
void suspicions_copy(struct suspicions *into, const struct suspicions *from); /* into is released first */
void suspicions_release(struct suspicions *suspicions);

/* The one that names the endpoint; NULL: none does. */
const struct suspicion *suspicions_find(const struct suspicions *suspicions, const char *endpoint);

#endif
