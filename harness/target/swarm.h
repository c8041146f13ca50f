/* Trials on a swarm of Docker engines: each is a stack of its own, with a fresh target, what that depends on, and a driver that
 * sends its result through the log of its service (target/errand.h).
 *
 * A stack is placed on the node that has fewest of ours: target and driver share a volume there, for the sockets of agents.
 * Everything carries the labels of target/leftovers.h, so that a later seep on this node finds what a killed one left. A volume
 * can only be removed by its own node: on others than this one there stays, of each stack, the name of an empty
 * volume that lay in memory, and what the compose file's own volumes hold (`docker volume prune --filter
 * label=seep.owner` there).
 *
 * The service directory and the task go as secrets (encrypted in the swarm's log, in memory in the driver; a recording may
 * hold what nobody should read in `docker config inspect`), the agents' files as configs, since what is loaded into a process
 * cannot lie where nothing may be executed. An image of a registry is the same on all nodes, by its digest; one that is only
 * here is used by its id where the swarm has this node alone, else by its name, and each node must have it.
 * Source: Docker Engine API 1.41, ServiceUpdate, TaskList, SecretCreate, ConfigCreate.
 */
#ifndef SEEP_TARGET_SWARM_H
#define SEEP_TARGET_SWARM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/text.h"
#include "model/service.h"
#include "net/loop.h"
#include "target/inject.h"

struct swarm;

struct swarm_options {
    const struct service *service;     /* what `start` says of compose, and the files that it names */
    const struct injection *injection; /* agents that the target gets */
    const char *image;                 /* of seep, for drivers */
    const char *directory;             /* of the service, which drivers get a copy of */
    const char *file;                  /* its service file's name within */
    const char *private;               /* a directory of ours for files of a moment */
};

/* `options` and what they lead to must live as long. Removes what dead seeps left, then makes what all stacks share. Runs the
 * loop, which swarm_close() uses again. ERR_USAGE: no `docker` or compose client, no manager of a swarm, no such service, what
 * a stack cannot have (target/stack_file.h), an image that nobody has, a directory that packs to more than
 * ERRAND_MOST_BYTES or needs a file from outside. */
struct swarm *swarm_open(const struct swarm_options *options, struct loop *loop, struct err *err);

/* All that is ours is removed; deaf to signals. NULL is fine. */
void swarm_close(struct swarm *swarm);

/* That may take tasks, as of the last look (open, and each run). */
size_t swarm_nodes(struct swarm *swarm);

enum stack_end {
    STACK_ENDED, /* `result` is what the driver sent */
    STACK_LOST, /* no fault of the trial: its node was drained, its task killed, never placed, ...; it may be repeated */
    STACK_STOPPED, /* stopped(), or a signal */
};

/* One trial: deploys a stack whose driver gets `task`, waits for its result, removes the stack. Any thread, several at once, each
 * with a loop of its own. result, why: cleared first. why: of STACK_LOST the reason; of STACK_ENDED how the target's container
 * ended, with its last lines, where it did so by itself, else "". stopped: asked a few times a second; may be NULL.
 * -1: an error of ours or of the configuration: the engine refuses the first stack, or the driver ended with 125, 200 or 201, then
 * with that code and its last words. */
int swarm_run(struct swarm *swarm, struct loop *loop, const struct text *task, struct text *result,
              bool (*stopped)(void *owner), void *owner, enum stack_end *end, struct text *why,
              struct err *err);

#endif
