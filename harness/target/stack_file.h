/* What a compose client says of a project (`config`) as a stack of a swarm: the service that is tried, what it depends on, and
 * the driver beside it. Pure.
 *
 * Taken out: what two stacks cannot both have (published ports, fixed names and addresses), what a stack does by itself
 * (links, depends_on: see `after`), what a swarm has no use for. Converted: limits, restart, shm_size. A key that is neither
 * is refused, so that nothing is tried otherwise than it was meant.
 * Source: Compose file format 3.8, as `docker stack deploy` reads it.
 */
#ifndef SEEP_TARGET_STACK_FILE_H
#define SEEP_TARGET_STACK_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/json.h"
#include "model/request.h"

#define STACK_DRIVER "seep-driver"
#define STACK_SOCKETS "seep-sockets" /* the volume of the agents' sockets, at INSIDE_SOCKETS */
#define STACK_NAME_MOST 24           /* bytes of a stack's name: what is in it has one of 63 at most */

/* What all stacks of a hunt have in common: {"services", "networks", "volumes", "secrets", "configs", "after"}. `after`: for
 * a service that starts after others, these with what has to have become of them first: "started", "healthy", "completed".
 * text: what `config` printed; name: for messages. The caller's. ERR_USAGE: not a compose file, no such service, an image that
 * is only built here, something that a stack cannot have. */
json_t *stack_file_base(const char *text, size_t length, const char *name, const char *service,
                        struct err *err);

/* The environment that the file gives a service; `headers` gets it. */
void stack_file_environment(const json_t *base, const char *service, struct headers *environment);

struct stack_file_mount {
    char *name; /* of the config or secret in the swarm */
    char *at;   /* in the container */
};
struct stack_file_mounts {
    struct stack_file_mount *items;
    size_t count;
};

struct stack_file_trial {
    const char *service;                        /* that is tried */
    const char *owner, *home;                   /* labels of all that the stack has: target/leftovers.h */
    const char *node;                           /* id of the one that target and driver are placed on */
    const char *image;                          /* of the driver */
    const struct headers *environment;          /* the target's, instead of the file's */
    const struct stack_file_mounts *agents;     /* configs of the target */
    const struct stack_file_mounts *secrets[2]; /* of the driver; NULL: none */
    bool sockets;                               /* the volume of the agents' sockets */
    bool unchecked;                             /* the target without its health check */
};

/* For `docker stack deploy`; the caller's. A service that starts after others has no replica yet; nor has
 * the target where there are sockets: its processes are to get INSIDE_GROUP first, of which a stack file cannot tell. */
char *stack_file_make(const json_t *base, const struct stack_file_trial *trial);

#endif
