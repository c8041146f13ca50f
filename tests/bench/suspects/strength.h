/* How plainly a leak could be seen, whoever looks. */
#ifndef SUSPECTS_STRENGTH_H
#define SUSPECTS_STRENGTH_H

#include "world.h"

/* In standard deviations: how much better the leaker explains memory than the endpoint that does it third best beside it,
 * and than time alone, to one who knows how memory moves without the leak: its hourly means are taken for an autoregressive
 * process of order 1, fitted on what is hidden from monitoring. Endpoints that move with the leaker do not count as others.
 * `hourly` is of world_hourly(). Below 3 or so, the first three would be a matter of luck. INFINITY: nothing else is there. */
double strength_of(const struct world *world, const struct leak *leak, const double *hourly, size_t hours);

#endif
