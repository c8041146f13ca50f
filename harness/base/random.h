/* Seeded random numbers: the same seed gives the same run.
 * Source: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). Not for secrets. */
#ifndef SEEP_BASE_RANDOM_H
#define SEEP_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

void random_init(struct random *random, uint64_t seed);
uint64_t random_next(struct random *random);
double random_unit(struct random *random);                    /* [0, 1) */
uint64_t random_below(struct random *random, uint64_t bound); /* [0, bound), bound > 0 */
double random_normal(struct random *random);                  /* mean 0, standard deviation 1 */
void random_shuffle(struct random *random, size_t *order, size_t count);

#endif
