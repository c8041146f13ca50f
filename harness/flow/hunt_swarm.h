/* A hunt whose trials are stacks on a Docker Swarm. */
#ifndef SEEP_FLOW_HUNT_SWARM_H
#define SEEP_FLOW_HUNT_SWARM_H

#include "flow/hunt.h"

/* ERR_USAGE: not a service that can be had in stacks ("--engine swarm: ..."). Nothing is asked of anybody. */
int hunt_swarm_check(const struct service *service, struct err *err);

/* hunt() with a driver for each trial; image: of seep, for these. options->jobs stacks at once, 0: as many as there are nodes.
 * The service is one of a stack from then on. Errors also as swarm_open(). */
int hunt_swarm(const struct hunt_options *options, const char *image, struct result *result, struct err *err);

#endif
