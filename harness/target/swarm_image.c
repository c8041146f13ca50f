/* Which image each service of a stack has exactly, what the target's has in its environment, and the agents' files. */
#include "target/swarm_inside.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "target/inside.h"
#include "target/parcel.h"

static json_t *inspect(const struct swarm *swarm, const char *image)
{
    json_t *about = NULL;
    char *path = xasprintf("/images/%s/json", image);
    docker_ask(swarm->loop, &swarm->docker, "GET", path, NULL, &about, NULL);
    free(path);
    return about;
}

/* "registry/shop/web:1" and "registry/shop/web@sha256:..." are of one repository. */
static size_t repository_length(const char *image)
{
    const char *slash = strrchr(image, '/'), *last = slash != NULL ? slash : image;
    return (size_t)(last - image) + strcspn(last, ":@");
}

static const char *digest_of(const json_t *about, const char *image)
{
    const json_t *digests = json_object_get(about, "RepoDigests");
    size_t index, length = repository_length(image);
    json_t *item;
    json_array_foreach(digests, index, item)
    {
        const char *digest = json_string_value(item);
        if (digest != NULL && repository_length(digest) == length && strncmp(digest, image, length) == 0)
            return digest;
    }
    return NULL;
}

/* As the registry has it now: so all nodes get the same, and all trials. NULL: it does not say. */
static char *ask_registry(const struct swarm *swarm, const char *image)
{
    json_t *about = NULL;
    char *path = xasprintf("/distribution/%s/json", image), *exact = NULL;
    if (strchr(image, '@') == NULL)
        docker_ask(swarm->loop, &swarm->docker, "GET", path, NULL, &about, NULL);
    const char *digest = json_text(json_object_get(about, "Descriptor"), "digest");
    if (digest != NULL)
        exact = xasprintf("%.*s@%s", (int)repository_length(image), image, digest);
    json_decref(about);
    free(path);
    return exact;
}

/* What this node has not and no registry knows, another node may have. */
static char *exact_image(const struct swarm *swarm, const char *image, struct err *err)
{
    json_t *about = inspect(swarm, image);
    const char *id = json_text(about, "Id"), *digest = digest_of(about, image);
    char *exact = digest != NULL ? xstrdup(digest) : id == NULL ? ask_registry(swarm, image) : NULL;
    if (exact == NULL && (id != NULL || swarm->node_count > 1))
        exact = xstrdup(id != NULL && swarm->node_count == 1 ? id : image);
    if (exact == NULL)
        err_set(err, ERR_USAGE, "image '%s' is not here, and no registry says that it has it", image);
    json_decref(about);
    return exact;
}

static void add_assignments(struct headers *environment, const json_t *list)
{
    size_t index;
    json_t *item;
    json_array_foreach(list, index, item)
    {
        const char *assignment = json_string_value(item),
                   *equals = assignment != NULL ? strchr(assignment, '=') : NULL;
        if (equals == NULL)
            continue;
        char *name = xstrndup(assignment, (size_t)(equals - assignment));
        inside_give(environment, name, equals + 1);
        free(name);
    }
}

static void add_all(struct headers *environment, const struct headers *more)
{
    for (size_t i = 0; i < more->count; i++)
        inside_give(environment, more->items[i].name, more->items[i].value);
}

/* A container that is never started: what the image holds is seen in it alone. */
static bool has_musl(const struct swarm *swarm, const char *image)
{
    json_t *body = json_pack("{s:s,s:[s],s:{s:s,s:s}}", "Image", image, "Cmd", "-", "Labels", LEFTOVERS_OWNER,
                             swarm->owner, LEFTOVERS_HOME, swarm->home),
           *made = NULL;
    docker_ask(swarm->loop, &swarm->docker, "POST", "/containers/create", body, &made, NULL);
    const char *id = json_text(made, "Id");
    bool musl = id != NULL && inside_has_musl(swarm->loop, &swarm->docker, id);
    char *path = xasprintf("/containers/%s?force=true&v=true", id != NULL ? id : "");
    if (id != NULL)
        docker_delete(swarm->loop, &swarm->docker, path);
    json_decref(body);
    json_decref(made);
    free(path);
    return musl;
}

/* The image's, where it is here; else an agent replaces what the image sets of what it extends. */
static void make_environment(struct swarm *swarm, const char *image, const json_t *about)
{
    const struct service *service = swarm->options.service;
    const struct injection *injection = swarm->options.injection;
    struct headers of_file = {NULL, 0};
    add_assignments(&swarm->environment, json_object_get(json_object_get(about, "Config"), "Env"));
    stack_file_environment(swarm->base, service->start.service, &of_file);
    add_all(&swarm->environment, &of_file);
    add_all(&swarm->environment, &service->start.environment);
    if (injection_any(injection) || injection->go)
        inside_load(&swarm->environment, injection,
                    injection->malloc && about != NULL && has_musl(swarm, image), INSIDE_SOCKETS);
    headers_release(&of_file);
}

static int set_image(struct swarm *swarm, const char *name, json_t *service, struct err *err)
{
    char *image = xstrdup(json_text(service, "image")), *exact = exact_image(swarm, image, err);
    if (exact != NULL && strcmp(name, swarm->options.service->start.service) == 0) {
        json_t *about = inspect(swarm, image);
        make_environment(swarm, image, about);
        json_decref(about);
    }
    if (exact != NULL)
        json_object_set_new(service, "image", json_string(exact));
    else
        err_prefix(err, "service '%s'", name);
    bool failed = exact == NULL;
    free(image);
    free(exact);
    return failed ? -1 : 0;
}

int swarm_images(struct swarm *swarm, struct err *err)
{
    const char *name;
    json_t *service;
    int failed = 0;
    json_object_foreach(json_object_get(swarm->base, "services"), name, service) if (!failed) failed =
        set_image(swarm, name, service, err);
    if (!failed)
        swarm->image = exact_image(swarm, swarm->options.image, err);
    return failed || swarm->image == NULL ? -1 : 0;
}

static int put_file(struct swarm *swarm, const char *folder, const char *name, struct err *err)
{
    char *path = xasprintf("%s/%s%s", swarm->options.injection->files, folder, name),
         *at = xasprintf(INSIDE_FILES "/%s%s", folder, name), *config = xasprintf("agent-%s", name);
    struct text bytes = TEXT_EMPTY;
    int failed = text_read_file(&bytes, path, PARCEL_PART_BYTES, err);
    if (!failed)
        failed = swarm_put(swarm, swarm->loop, &swarm->docker, "configs", NULL, config, at, &bytes,
                           &swarm->agents, err);
    text_release(&bytes);
    free(path);
    free(at);
    free(config);
    return failed;
}

static int put_folder(struct swarm *swarm, const char *folder, const char *end, struct err *err)
{
    char *path = xasprintf("%s/%s", swarm->options.injection->files, folder);
    DIR *open = opendir(path);
    struct dirent *entry;
    int failed = open == NULL ? err_file(err, path) : 0;
    while (!failed && (entry = readdir(open)) != NULL)
        if (entry->d_name[0] != '.' && text_ends_with(entry->d_name, end))
            failed = put_file(swarm, folder, entry->d_name, err);
    if (open != NULL)
        closedir(open);
    free(path);
    return failed;
}

int swarm_agents(struct swarm *swarm, struct err *err)
{
    const struct injection *injection = swarm->options.injection;
    const char *preload = headers_find(&swarm->environment, "LD_PRELOAD");
    bool musl = preload != NULL && strstr(preload, "-musl.so") != NULL;
    int failed = 0;
    if (injection->python)
        failed = put_folder(swarm, "agents/python/", ".py", err);
    if (injection->node && !failed)
        failed = put_folder(swarm, "agents/node/", ".js", err);
    if (injection->malloc && !failed)
        failed = put_file(swarm, "", musl ? "libseep-malloc-musl.so" : "libseep-malloc.so", err);
    return failed;
}
