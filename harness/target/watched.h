/* Which process is watched: what was started, or what `watch` names, or what listens at the target's address. */
#ifndef SEEP_TARGET_WATCHED_H
#define SEEP_TARGET_WATCHED_H

#include <sys/types.h>

#include "base/err.h"
#include "model/service.h"
#include "net/allow.h"
#include "net/loop.h"

/* The process that listens at the origin, port or Unix socket: as listen_owner(); -1 too where it is on another
 * machine. */
pid_t watched_owner(const struct origin *origin);

/* `started`: the process that `start` started, -1: none. Where nothing is said, a server on this machine is found
 * by its address; one elsewhere has no process here: *found is -1; so is it where the process of a
 * container is not to be seen here. Runs the loop while Docker is asked. ERR_USAGE: what `watch` names is not there. */
int watched_find(const struct service *service, const struct origin *origin, pid_t started, struct loop *loop,
                 pid_t *found, struct err *err);

#endif
