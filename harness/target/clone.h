/* A container like another one, for one trial. Pure: documents of the Engine API in, one out.
 * Source: Docker Engine API, ContainerInspect and ContainerCreate.
 */
#ifndef SEEP_TARGET_CLONE_H
#define SEEP_TARGET_CLONE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/json.h"
#include "model/request.h"

struct clone_mount {
    const char *volume; /* its name; NULL: of the host */
    const char *path;   /* on the host; where there is no volume */
    const char *at;     /* in the container */
    bool read_only;
};

struct clone_spec {
    const json_t *like;                /* ContainerInspect of the other one */
    const struct headers *environment; /* the whole of it, instead of the other's; NULL: the other's */
    const struct clone_mount *mounts;  /* beside the other's */
    size_t mount_count;
    const char *alias; /* its name in the networks of the other; NULL: none */
    const char *owner; /* label "seep.owner" */
    unsigned group;    /* one that its processes are also in; 0: none */
    bool unchecked;    /* without its health check */
};

/* The environment of the other one. */
void clone_environment(const json_t *like, struct headers *environment);

/* The body of ContainerCreate, the caller's: same image, command, user, limits, volumes, networks; no published ports, no fixed
 * addresses, not restarted, not removed at its end; a one-off container of its compose project, which `down` takes along. The
 * second and further networks are for clone_network() once it is there. ERR_USAGE: it has no address of its own. */
json_t *clone_body(const struct clone_spec *spec, struct err *err);

/* The body of NetworkConnect for the network `index` beyond the first, its name in *name (borrowed from `like`); NULL: there are no
 * more. */
json_t *clone_network(const struct clone_spec *spec, size_t index, const char *container, const char **name);

#endif
