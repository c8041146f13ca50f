/* What is said of a world by seep, and by what people do by eye. */
#ifndef SUSPECTS_OPINION_H
#define SUSPECTS_OPINION_H

#include "world.h"

enum method {
    METHOD_SEEP,
    METHOD_GROWTH, /* Pearson's r of each hour's growth of an instance with each endpoint's requests in that hour */
    METHOD_CHARTS, /* the same of the two charts: the mean memory of all instances and all of their requests, hourly */
    METHODS
};
const char *method_name(enum method method);

enum { OPINION_REASON = 128 };

/* From this r on one would name an endpoint. */
#define OPINION_NAMED 0.5

struct opinion {
    size_t *rank;  /* per endpoint, from 1; several of a group have the same; 0: not ranked */
    double *bytes; /* per endpoint: of a request to its group; NaN: not said */
    double *low, *high;
    size_t named; /* how many suspects there are; the others are ranked, but not held to be one */
    bool grows;   /* for good, it says */
    char reason[OPINION_REASON]; /* of seep's, cut */
};

/* hourly: of world_hourly(). To be released by opinion_release(). */
void opinion_ask(struct opinion *opinion, enum method method, const struct world *world, const double *hourly,
                 size_t hours);
void opinion_release(struct opinion *opinion);

#endif
