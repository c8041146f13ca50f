/* Fleets of another build, for scoring only: nothing of the analysis is chosen on them.
 *
 * Requests: rates log-normal over the endpoints; working hours that begin and end within minutes, cron, endpoints that
 * switch between quiet and busy, queues that are worked off at full speed; counts of a negative binomial; sessions that go
 * from step to step, sticky to an instance; instances that come and go with the load. Memory: requests whose size is
 * heavy-tailed, 1/f noise, collections when the heap has doubled, caches that forget at night or after a day, workers
 * that are recycled; leaks of some requests only, of log-normal size, or in a table that doubles. */
#ifndef SUSPECTS_OTHER_FLEET_H
#define SUSPECTS_OTHER_FLEET_H

#include "world.h"

extern const struct world_maker other_fleet;

#endif
