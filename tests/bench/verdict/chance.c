#include "chance.h"

#include <math.h>

#define PI 3.14159265358979323846
#define MANY 30.0 /* events from which the normal distribution is near enough */

uint64_t chance_next(struct chance *chance)
{
    uint64_t mixed = chance->state += 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

struct chance chance_of(const uint64_t *numbers, size_t count)
{
    struct chance chance = {0x5ee9};
    for (size_t i = 0; i < count; i++) {
        chance.state ^= numbers[i] * 0xd1342543de82ef95u;
        chance.state = chance_next(&chance);
    }
    return chance;
}

/* Above 0 and below 1. */
static double unit(struct chance *chance)
{
    return ((double)(chance_next(chance) >> 11) + 0.5) / 9007199254740992.0;
}

double chance_between(struct chance *chance, double low, double high)
{
    return low + (high - low) * unit(chance);
}

double chance_scale(struct chance *chance, double low, double high)
{
    return exp(chance_between(chance, log(low), log(high)));
}

size_t chance_count(struct chance *chance, size_t low, size_t high)
{
    return low + (size_t)(unit(chance) * (double)(high - low + 1));
}

double chance_normal(struct chance *chance)
{
    double radius = sqrt(-2 * log(unit(chance))); /* first, so that every compiler draws in the same order */
    return radius * cos(2 * PI * unit(chance));
}

double chance_poisson(struct chance *chance, double mean)
{
    if (mean > MANY)
        return fmax(0, round(mean + sqrt(mean) * chance_normal(chance)));
    double events = 0, left = exp(-mean);
    for (double product = unit(chance); product > left; product *= unit(chance))
        events++;
    return events;
}

double chance_hits(struct chance *chance, double trials, double share)
{
    if (share >= 1)
        return trials * floor(share) + chance_hits(chance, trials, share - floor(share));
    double mean = trials * share;
    if (mean > MANY)
        return fmin(trials, fmax(0, round(mean + sqrt(mean * (1 - share)) * chance_normal(chance))));
    return fmin(trials, chance_poisson(chance, mean));
}
