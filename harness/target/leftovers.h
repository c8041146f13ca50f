/* What a seep that was killed left at Docker: containers, networks and volumes. */
#ifndef SEEP_TARGET_LEFTOVERS_H
#define SEEP_TARGET_LEFTOVERS_H

#include "base/json.h"
#include "net/docker.h"

/* Removes what belongs to a seep that is gone, by the label "seep.owner" or the name of the compose project
 * (leftovers_owner()); what may belong to one that runs, or to somebody else, stays. What cannot be removed stays, too. Deaf to
 * nothing: a signal ends it. */
void leftovers_remove(struct loop *loop, const struct docker *docker);

/* Whose a container, network or volume is, by its labels: OWNER_SIZE bytes; "": nobody's of ours. Pure. */
void leftovers_owner(const json_t *labels, char *owner);

/* The name of a compose project of `owner`: "seep-OWNER-NUMBER"; the caller's. */
char *leftovers_project(const char *owner, unsigned number);

#endif
