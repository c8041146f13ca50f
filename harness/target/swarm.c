#include "target/swarm.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "target/compose.h"
#include "target/program.h"
#include "target/swarm_inside.h"

static int check_engine(struct swarm *swarm, struct err *err)
{
    json_t *info = NULL;
    char *client = program_find("docker", "/");
    bool found = client != NULL;
    free(client);
    if (!found)
        return err_set(err, ERR_USAGE, "there is no `docker` here, which deploys stacks (Debian: docker.io)");
    if (docker_ask(swarm->loop, &swarm->docker, "GET", "/info", NULL, &info, err) != 0)
        return -1;
    const json_t *about = json_object_get(info, "Swarm");
    const char *id = json_text(about, "NodeID");
    int failed =
        id == NULL || !json_is_true(json_object_get(about, "ControlAvailable"))
            ? err_set(err, ERR_USAGE,
                      "this Docker Engine is no manager of a swarm (`docker swarm init` makes it one)")
            : 0;
    swarm->home = xstrdup(id != NULL ? id : "");
    json_decref(info);
    return failed;
}

static int read_compose_file(struct swarm *swarm, struct err *err)
{
    static const char *const words[] = {"config", NULL};
    const struct start *start = &swarm->options.service->start;
    struct compose compose;
    struct text printed = TEXT_EMPTY;
    char *project = xasprintf("seep-%s", swarm->tag);
    int failed = start->compose == NULL
                     ? err_set(err, ERR_USAGE, "a swarm takes `start: {compose: FILE, service: NAME}`")
                     : compose_find(&compose, swarm->loop, start->directory, swarm->options.private, err);
    if (!failed)
        failed = compose_run(&compose, project, start->compose, words, false, &printed, err);
    if (!failed)
        swarm->base =
            stack_file_base(text_string(&printed), printed.length, start->compose, start->service, err);
    if (start->compose != NULL)
        compose_release(&compose);
    text_release(&printed);
    free(project);
    return failed || swarm->base == NULL ? -1 : 0;
}

struct swarm *swarm_open(const struct swarm_options *options, struct loop *loop, struct err *err)
{
    char token[SECRET_TOKEN_SIZE];
    struct swarm *swarm = xcalloc(1, sizeof *swarm);
    swarm->options = *options;
    swarm->loop = loop;
    pthread_mutex_init(&swarm->lock, NULL);
    owner_name(swarm->owner);
    secret_token(token);
    memcpy(swarm->tag, token, SWARM_TAG_SIZE - 1);
    int failed = docker_open(&swarm->docker, err) != 0 || check_engine(swarm, err) != 0;
    if (!failed) {
        leftovers_remove_once(swarm->loop, &swarm->docker);
        failed = read_compose_file(swarm, err) != 0 || swarm_look(swarm, loop, &swarm->docker, err) != 0 ||
                 swarm_images(swarm, err) != 0 || swarm_agents(swarm, err) != 0 ||
                 swarm_pack(swarm, err) != 0;
    }
    if (!failed)
        return swarm;
    err_prefix(err, "%s: start", options->service->file);
    swarm_close(swarm);
    return NULL;
}

static void add_paths(struct strings *paths, const char *kind, const struct stack_file_mounts *mounts)
{
    for (size_t i = 0; i < mounts->count; i++)
        strings_addf(paths, "/%s/%s", kind, mounts->items[i].name);
}

void swarm_close(struct swarm *swarm)
{
    struct strings paths = {NULL, 0};
    if (swarm == NULL)
        return;
    add_paths(&paths, "configs", &swarm->agents);
    add_paths(&paths, "secrets", &swarm->errand);
    swarm_remove(swarm->loop, &swarm->docker, &paths);
    strings_release(&paths);
    swarm_mounts_release(&swarm->agents);
    swarm_mounts_release(&swarm->errand);
    for (size_t i = 0; i < swarm->node_count; i++)
        free(swarm->nodes[i].id);
    free(swarm->nodes);
    headers_release(&swarm->environment);
    json_decref(swarm->base);
    docker_release(&swarm->docker);
    pthread_mutex_destroy(&swarm->lock);
    free(swarm->home);
    free(swarm->image);
    free(swarm);
}
