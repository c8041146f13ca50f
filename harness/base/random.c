#include "base/random.h"

#include <math.h>

void random_init(struct random *random, uint64_t seed)
{
    random->state = seed;
}

uint64_t random_next(struct random *random)
{
    uint64_t z = (random->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

double random_unit(struct random *random)
{
    return (double)(random_next(random) >> 11) * 0x1.0p-53;
}

uint64_t random_below(struct random *random, uint64_t bound)
{
    return (uint64_t)(random_unit(random) * (double)bound);
}

double random_normal(struct random *random)
{
    double u = random_unit(random), v = random_unit(random);
    return sqrt(-2.0 * log(1.0 - u)) * cos(2.0 * 3.14159265358979323846 * v);
}

void random_shuffle(struct random *random, size_t *order, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)random_below(random, i), held = order[i - 1];
        order[i - 1] = order[j];
        order[j] = held;
    }
}
