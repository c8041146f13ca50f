/* Answers of a Docker Engine, and what a compose client says of a project: refused in one line, or understood. A container like
 * another is one document with no published port in it, that can be written and read; a project that can be up twice publishes
 * none either, and has no fixed names. */
#include <math.h>

#include "base/json.h"
#include "net/docker.h"
#include "target/clone.h"
#include "target/compose_file.h"
#include "target/leftovers.h"
#include "target/owner.h"

#include "fuzz.h"

static void clone_it(const json_t *like)
{
    static const struct clone_mount mounts[] = {{"seep-files", NULL, "/usr/local/lib/seep", true},
                                                {NULL, "/tmp/x", "/run/seep", false}};
    struct headers environment = {NULL, 0};
    struct err err = {0};
    char owner[OWNER_SIZE];
    clone_environment(like, &environment);
    struct clone_spec spec = {.like = like,
                              .environment = &environment,
                              .mounts = mounts,
                              .mount_count = 2,
                              .alias = "trial",
                              .owner = "p1",
                              .group = 17,
                              .unchecked = true};
    json_t *body = clone_body(&spec, &err);
    if (body == NULL)
        hold_one_line(&err);
    else {
        const json_t *host = json_object_get(body, "HostConfig");
        hold(json_object_get(host, "PortBindings") == NULL ||
             json_object_size(json_object_get(host, "PortBindings")) == 0);
        hold(strcmp(json_text(json_object_get(body, "Labels"), "seep.owner"), "p1") == 0);
        char *text = json_dumps(body, 0);
        hold(text != NULL);
        free(text);
        const char *name;
        json_t *network;
        for (size_t i = 0; (network = clone_network(&spec, i, "id", &name)) != NULL; i++) {
            hold(name != NULL);
            json_decref(network);
        }
    }
    json_decref(body);
    leftovers_owner(like, owner);
    leftovers_owner(json_object_get(like, "Labels"), owner);
    hold(memchr(owner, '\0', sizeof owner) != NULL);
    headers_release(&environment);
}

static void answers(const char *bytes, size_t size)
{
    struct text body = TEXT_EMPTY, log = TEXT_EMPTY;
    struct docker_container container;
    struct err err = {0};
    double memory_bytes;
    text_add(&body, bytes, size);
    if (docker_parse_container(&body, "shop", &container, &err) != 0)
        hold_one_line(&err);
    else
        hold(container.id[0] != '\0' && memchr(container.id, '\0', sizeof container.id) != NULL);
    if (docker_parse_memory(&body, &memory_bytes, &err) != 0)
        hold_one_line(&err);
    else
        hold(isfinite(memory_bytes) && memory_bytes >= 0);
    docker_log_text(&body, &log);
    hold(log.length <= size + 1);
    text_release(&body);
    text_release(&log);
}

static void compose(const char *bytes, size_t size)
{
    struct err err = {0};
    char *file = compose_file_apart(bytes, size, "fuzz", "seep-image", "web", &err);
    if (file == NULL) {
        hold_one_line(&err);
        return;
    }
    json_t *project = json_loads(file, 0, NULL), *service;
    const char *name;
    hold(project != NULL);
    json_object_foreach(json_object_get(project, "services"), name, service)
    {
        hold(json_object_get(service, "ports") == NULL && json_object_get(service, "container_name") == NULL);
    }
    json_decref(project);
    free(file);
}

FUZZ_TARGET(docker)
{
    char *text = fuzz_string((struct span){(const char *)data, size});
    json_t *like = json_loadb((const char *)data, size, 0, NULL);
    answers(text, size);
    compose(text, size);
    if (like != NULL)
        clone_it(like);
    json_decref(like);
    docker_is_name(text);
    free(text);
    return 0;
}
