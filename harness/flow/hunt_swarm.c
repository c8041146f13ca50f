#include "flow/hunt_swarm.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/new_file.h"
#include "base/text.h"
#include "target/guard.h"
#include "target/inside.h"
#include "target/swarm.h"

int hunt_swarm_check(const struct service *service, struct err *err)
{
    if (service->start.kind != START_CONTAINER || service->start.compose == NULL)
        return err_set(err, ERR_USAGE,
                       "--engine swarm: %s: a stack is made of a compose file: `start: {compose: FILE, "
                       "service: NAME}`",
                       service->file);
    if (service->reset.count > 0)
        return err_set(err, ERR_USAGE,
                       "--engine swarm: %s: `reset` is a command of this machine, and each stack has its own "
                       "state: take it out",
                       service->file);
    for (size_t i = 0; i < service->signal_count; i++)
        if (service->signals[i].url[0] != '/')
            return err_set(
                err, ERR_USAGE,
                "--engine swarm: %s: signal '%s': several servers at once cannot share a URL: give "
                "its path alone",
                service->file, service->signals[i].name);
    return 0;
}

/* What its files are read by: the rest of it goes with them. */
static const char *name_of(const struct service *service)
{
    const char *slash = strrchr(service->file, '/');
    return slash != NULL ? slash + 1 : service->file;
}

static char *make_private(struct guard *guard, struct err *err)
{
    char *directory = xasprintf("%s/seep-XXXXXX", new_file_place());
    if (mkdtemp(directory) != NULL) {
        guard_remove(guard, directory);
        return directory;
    }
    err_file(err, directory);
    free(directory);
    return NULL;
}

static int hunt_in(struct swarm *swarm, const struct injection *injection, const struct hunt_options *given,
                   struct result *result, struct err *err)
{
    struct hunt_options options = *given;
    size_t nodes = swarm_nodes(swarm);
    options.swarm = swarm;
    if (options.jobs == 0)
        options.jobs = nodes > 0 ? nodes : 1;
    options.service->start.kind = START_STACK;
    if (injection_any(injection) && options.service->agent_dir == NULL)
        options.service->agent_dir = xstrdup(INSIDE_SOCKETS);
    return hunt(&options, result, err);
}

int hunt_swarm(const struct hunt_options *options, const char *image, struct result *result, struct err *err)
{
    struct guard guard = {0};
    struct injection injection = {0};
    struct swarm *swarm = NULL;
    struct loop *loop = NULL;
    char *private = NULL;
    int failed = guard_start(&guard, err);
    if (!failed)
        failed = inject_choose(&injection, options->service, err);
    injection.steady = true;
    if (!failed)
        failed = (private = make_private(&guard, err)) == NULL || (loop = loop_new(err)) == NULL ? -1 : 0;
    if (!failed) {
        struct swarm_options swarm_options = {.service = options->service,
                                              .injection = &injection,
                                              .image = image,
                                              .directory = options->service->directory,
                                              .file = name_of(options->service),
                                              .private = private};
        failed = (swarm = swarm_open(&swarm_options, loop, err)) == NULL ? -1 : 0;
    }
    if (!failed)
        failed = hunt_in(swarm, &injection, options, result, err);
    swarm_close(swarm);
    if (loop != NULL)
        loop_free(loop);
    if (private != NULL)
        rmdir(private);
    guard_dismiss(&guard);
    injection_release(&injection);
    free(private);
    return failed;
}
