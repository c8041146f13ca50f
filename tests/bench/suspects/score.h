/* Many worlds, in several processes. */
#ifndef SUSPECTS_SCORE_H
#define SUSPECTS_SCORE_H

#include "tally.h"

struct score_options {
    size_t seeds;   /* of a kind of weight 1 */
    uint64_t first; /* seed */
    size_t processes;
    size_t kind;    /* SIZE_MAX: all */
    double seconds; /* after which no further world is begun; INFINITY */
};

/* Seed after seed of all kinds, so that what the time does not reach is the last seeds. 0, or -1 where a process broke;
 * the caller frees marks->items. */
int score_worlds(const struct score_options *options, struct marks *marks);

#endif
