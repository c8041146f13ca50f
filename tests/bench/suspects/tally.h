/* Marks as Markdown tables, and as one line per world for programs. */
#ifndef SUSPECTS_TALLY_H
#define SUSPECTS_TALLY_H

#include <stdio.h>

#include "mark.h"

/* `count` marks of worlds of one maker, in any order. */
struct marks {
    const struct world_maker *maker;
    struct mark *items;
    size_t count;
};

void tally_print(const struct marks *marks, FILE *out);

/* Tab-separated, with a head: a line for each leaker of each world, and one for a world without. */
void tally_lines(const struct marks *marks, FILE *out);

#endif
