/* A trial's container: one like the service's, with agents beside it, and requests sent to its address. */
#include "target/target_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/new_file.h"
#include "base/text.h"
#include "target/inside.h"

/* What was chosen by itself falls away where it cannot be had. */
static int make_container_agents(struct target *target, struct err *err)
{
    const char *parent = inside_sockets(target->project);
    if (!injection_any(&target->injection))
        return 0;
    if (inside_check(target->project, &target->injection, err) != 0) {
        if (target->service->agent != AGENT_AUTO)
            return -1;
        target->injection.python = target->injection.node = target->injection.malloc = false;
        return 0;
    }
    if (target_make_agents(target, parent != NULL ? parent : new_file_place(), err) != 0)
        return -1;
    return inside_open(target->agents, err);
}

int target_start_container(struct target *target, struct err *err)
{
    const struct service *service = target->service;
    if (target->project == NULL) {
        target->project = project_open(service, target->loop, target->directory, err);
        if (target->project == NULL)
            return err_prefix(err, "%s: start", service->file);
        if (make_container_agents(target, err) != 0)
            return err_prefix(err, "%s: agent", service->file);
    }
    struct inside inside;
    inside_prepare(&inside, &target->injection, target->project, target->loop, target->agents,
                   &service->start.environment);
    struct clone_spec spec = {.like = project_like(target->project),
                              .environment = &inside.environment,
                              .mounts = inside.mounts,
                              .mount_count = inside.mount_count,
                              .alias = project_is_ours(target->project) ? service->start.service : NULL,
                              .owner = project_owner(target->project),
                              .group = target->agents != NULL ? inside.group : 0,
                              .unchecked = service->ready_path != NULL};
    char *name = project_container_name(target->project);
    target->container = container_start(target->loop, project_docker(target->project), &spec, name, err);
    free(name);
    inside_release(&inside);
    if (target->container == NULL)
        return err_prefix(err, "%s: start", service->file);
    const struct container_state *state = container_state(target->container);
    if (state->address[0] == '\0' && state->running)
        return err_set(err, ERR_USAGE, "%s: start: the container has no address", service->file);
    return state->running ? target_aim_at(target, state->address, err)
                          : 0; /* else ready_wait() says how it ended */
}
