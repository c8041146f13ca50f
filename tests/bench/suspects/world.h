/* Production that never was: what monitoring kept of it, and the truth that monitoring does not tell. */
#ifndef SUSPECTS_WORLD_H
#define SUSPECTS_WORLD_H

#include "model/history.h"

struct leak {
    size_t endpoint;
    double bytes_per_request; /* the mean, of all of its requests */
    double growth; /* of one process in its usual life, as a share of the base: 0.1 is a tenth more */
    bool ends;     /* not all of its requests leaked: a deploy mended it */
};

enum { MOST_LEAKS = 4 };

struct truth {
    struct leak leaks[MOST_LEAKS];
    size_t leak_count;
    double idle_bytes_per_hour; /* what time alone adds to each instance */
    double base_bytes;          /* of a process that has served nothing */
    bool unsettled;             /* something that ends is still filling as the process ends: scored apart */
};

/* What monitoring does not tell of an instance, by row. */
struct hidden {
    double *leaked; /* bytes that its process has leaked so far */
    unsigned *life; /* which of its processes; 0: none was seen */
};

struct world {
    const char *kind; /* borrowed */
    uint64_t seed;
    struct history history;
    struct hidden *hidden; /* of each instance */
    struct truth truth;
};

/* One way to make worlds: a table of kinds. */
struct world_maker {
    const char *name, *says;
    size_t kinds;
    const char *(*kind)(size_t index);
    double (*weight)(size_t index);                                /* how common it is */
    void (*make)(struct world *world, size_t kind, uint64_t seed); /* the same world for the same seed */
};

/* history_add(), with what is hidden of it. */
struct history_instance *world_add(struct world *world, const char *name);

bool world_grows(const struct world *world);
bool world_leaks(const struct world *world, size_t endpoint);

/* Requests of all instances together, by the hour: hours x endpoints, the caller's. `hours` is set. */
double *world_hourly(const struct world *world, size_t *hours);

/* Pearson's r of two endpoints' hourly requests; from 0.98 on nothing tells them apart. */
double world_moves_with(const struct world *world, const double *hourly, size_t hours, size_t a, size_t b);
#define WORLD_COLLINEAR 0.98

void world_release(struct world *world);

#endif
