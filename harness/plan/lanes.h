/* A small heap: which of several ordered streams has the least key. */
#ifndef SEEP_PLAN_LANES_H
#define SEEP_PLAN_LANES_H

#include <stddef.h>

struct lane {
    double key; /* any unit: microseconds, nanoseconds, a share of the way */
    size_t index;
};

struct lanes {
    struct lane *items;
    size_t count;
};

void lanes_release(struct lanes *lanes);
void lanes_add(struct lanes *lanes, double key, size_t index);

/* The lane with the least key, of equals the one with the least index. NULL when there is none. */
const struct lane *lanes_first(const struct lanes *lanes);
void lanes_move_first(struct lanes *lanes, double key); /* gives the first lane its next key */
void lanes_drop_first(struct lanes *lanes);

#endif
