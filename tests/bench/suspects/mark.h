/* Opinions held to the truth, one world at a time, and their sums. */
#ifndef SUSPECTS_MARK_H
#define SUSPECTS_MARK_H

#include "opinion.h"

enum { FIRST = 3 };    /* suspects that a person looks at */
#define MARK_FAINT 4.0 /* a leak of less strength is near the noise: scored apart */

/* One leaker, as one method told of it. */
struct told {
    size_t rank;       /* of the suspect that it is in; 0: in none */
    bool found;        /* among the first, in a group of no more than those that move with it and two */
    bool group_right;  /* together with all that move with it, and with nothing that does not */
    bool stated, held; /* there is an interval of bytes per request; it holds the truth */
    double bytes, low, high, truth;
};

struct marked {
    size_t named,
        beside; /* suspects; those of them in which nothing leaks and nothing moves with what does */
    bool grows;
    double seconds;
    struct told told[MOST_LEAKS];
};

/* Of one size, so that a pipe carries it. */
struct mark {
    size_t kind;
    uint64_t seed;
    size_t endpoints, instances, rows;
    double days;
    size_t leak_count;
    size_t leakers[MOST_LEAKS];
    double growth[MOST_LEAKS];
    double strength[MOST_LEAKS];  /* strength_of() */
    size_t collinear[MOST_LEAKS]; /* how many others move with it */
    bool grows, unsettled;
    double made_seconds;
    char reason[OPINION_REASON]; /* seep's */
    struct marked by[METHODS];
};

/* Makes the world, asks all methods, and forgets it. */
void mark_world(struct mark *mark, const struct world_maker *maker, size_t kind, uint64_t seed);

#endif
