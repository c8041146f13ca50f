/* Seeded random numbers of the bench's own: the same on every machine. */
#ifndef VERDICT_CHANCE_H
#define VERDICT_CHANCE_H

#include <stddef.h>
#include <stdint.h>

struct chance {
    uint64_t state;
};

/* A stream that depends on all of the `count` numbers, in their order. */
struct chance chance_of(const uint64_t *numbers, size_t count);

/* Source: splitmix64 (Steele, Lea and Flood, OOPSLA 2014). */
uint64_t chance_next(struct chance *chance);

double chance_between(struct chance *chance, double low, double high);

/* Evenly distributed in its logarithm; 0 < low < high. */
double chance_scale(struct chance *chance, double low, double high);

/* Whole numbers, both ends included. */
size_t chance_count(struct chance *chance, size_t low, size_t high);

/* Source: Box and Muller, Ann. Math. Stat. 29:610 (1958); one of the two is thrown away. */
double chance_normal(struct chance *chance);

/* Of `trials` with probability `share` each, how many came; by the normal distribution where many do. Above 1 each
 * comes as often as its whole part, and by chance once more. */
double chance_hits(struct chance *chance, double trials, double share);

/* Events of a Poisson process that expects `mean`. */
double chance_poisson(struct chance *chance, double mean);

#endif
