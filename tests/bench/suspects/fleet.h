/* Simulated fleets: web services as they are run, with what makes their memory move.
 *
 * Requests: rates over three decades (Zipf), a day and a week for each endpoint, slow wander, campaigns, jobs at night,
 * pages and the calls that they make, counts that scatter more than Poisson's, instances that get uneven shares.
 * Instances: deploys (some bring new names, some another mix), crashes, restarts at the memory limit, gaps, counters that
 * are lost with their process. Memory: leaks (at once or after minutes), caches that end, memory that follows the load,
 * pools that keep the most they ever needed, an allocator that gives little back, garbage between collections, large
 * requests, noise. */
#ifndef SUSPECTS_FLEET_H
#define SUSPECTS_FLEET_H

#include "world.h"

extern const struct world_maker fleet;

#endif
