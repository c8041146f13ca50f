#include "traffic/template_bound.h"

#include <math.h>

#define ALPHA (0.7213 / (1 + 1.079 / BOUND_REGISTERS))
#define RANK_MOST 40 /* sums of these are exact in a double, in any order */

void bound_init(struct bound *bound)
{
    *bound = (struct bound){.sums = {0}};
    for (size_t i = 0; i <= TEMPLATE_SEGMENTS; i++)
        bound->sums[i] = BOUND_REGISTERS;
}

static uint8_t rank_of(uint64_t hash)
{
    uint8_t rank = 1;
    while (rank < RANK_MOST && hash >> 63 == 0) {
        rank++;
        hash <<= 1;
    }
    return rank;
}

bool bound_add(struct bound *bound, size_t depth, uint64_t hash)
{
    uint8_t *place = &bound->registers[depth][hash % BOUND_REGISTERS], rank = rank_of(hash);
    if (rank <= *place)
        return false;
    bound->sums[depth] += ldexp(1, -rank) - ldexp(1, -*place);
    *place = rank;
    return true;
}

size_t bound_depth(const struct bound *bound, double most)
{
    double m = BOUND_REGISTERS, all = 0;
    size_t depth = 0;
    for (; depth < TEMPLATE_SEGMENTS; depth++)
        if ((all += ALPHA * m * (m / bound->sums[depth + 1] - 1)) > most)
            break;
    return depth;
}
