/* What a seep that was killed left at Docker: containers, networks and volumes; in a swarm services, configs and secrets. */
#ifndef SEEP_TARGET_LEFTOVERS_H
#define SEEP_TARGET_LEFTOVERS_H

#include <stdbool.h>

#include "base/json.h"
#include "net/docker.h"

#define LEFTOVERS_OWNER "seep.owner" /* the label of whose it is: owner_name() */
#define LEFTOVERS_HOME                                                                                       \
    "seep.home" /* of what is in a swarm: the node that its owner runs on, which alone can tell about it */

/* Removes what belongs to a seep that is gone, by the label LEFTOVERS_OWNER or the name of the compose project
 * (leftovers_owner()); what may belong to one that runs, or to somebody else, stays. What cannot be removed stays, too: where
 * there are services, after 15 s. Deaf to nothing: a signal ends it. */
void leftovers_remove(struct loop *loop, const struct docker *docker);

/* The same, the first time that this process asks; others wait until it is done. Any thread. */
void leftovers_remove_once(struct loop *loop, const struct docker *docker);

/* The id of this node of a swarm, the caller's; "": Docker is in none. */
char *leftovers_node(struct loop *loop, const struct docker *docker);

/* Whether it is for a seep at `node` to say whose it is: not what a seep of another node of the swarm made, whose processes
 * cannot be seen from here. Pure. */
bool leftovers_here(const json_t *labels, const char *node);

/* Whose a container, network or volume is, by its labels: OWNER_SIZE bytes; "": nobody's of ours. Pure. */
void leftovers_owner(const json_t *labels, char *owner);

/* The name of a compose project of `owner`: "seep-OWNER-NUMBER"; the caller's. */
char *leftovers_project(const char *owner, unsigned number);

#endif
