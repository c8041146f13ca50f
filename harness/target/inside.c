#include "target/inside.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

/* The volume that seep's own container has there; NULL: it is in none, or has none. */
static const char *volume_at(const struct project *project, const char *at)
{
    size_t index;
    json_t *mount;
    json_array_foreach(json_object_get(project_inside(project), "Mounts"), index, mount)
    {
        const char *type = json_text(mount, "Type"), *to = json_text(mount, "Destination");
        if (type != NULL && to != NULL && strcmp(type, "volume") == 0 && strcmp(to, at) == 0)
            return json_text(mount, "Name");
    }
    return NULL;
}

const char *inside_sockets(const struct project *project)
{
    return project_inside(project) != NULL ? INSIDE_SOCKETS : NULL;
}

static unsigned group_of(void)
{
    return geteuid() == 0 ? INSIDE_GROUP : (unsigned)getegid();
}

int inside_open(const char *directory, struct err *err)
{
    if (chown(directory, (uid_t)-1, (gid_t)group_of()) == 0 && chmod(directory, 02770) == 0)
        return 0;
    return err_file(err, directory);
}

int inside_check(const struct project *project, const struct injection *injection, struct err *err)
{
    static const char *const places[] = {INSIDE_SOCKETS, INSIDE_FILES};
    if (project_inside(project) == NULL || !injection_any(injection))
        return 0;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (volume_at(project, places[i]) == NULL)
            return err_set(err, ERR_USAGE,
                           "no agent can be injected: seep's own container has no volume at %s", places[i]);
    return 0;
}

static void add_mounts(struct inside *inside, const struct project *project,
                       const struct injection *injection, const char *agents)
{
    const char *sockets = volume_at(project, INSIDE_SOCKETS), *files = volume_at(project, INSIDE_FILES);
    inside->mounts[0] = (struct clone_mount){sockets, agents, INSIDE_SOCKETS, false};
    inside->mounts[1] = (struct clone_mount){files, injection->files, INSIDE_FILES, true};
    inside->mount_count = 2;
    inside->group = group_of();
}

/* Names of variables have a case, unlike those of header fields. */
static void take_out(struct headers *environment, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < environment->count; i++) {
        if (strcmp(environment->items[i].name, name) != 0) {
            environment->items[kept++] = environment->items[i];
            continue;
        }
        free(environment->items[i].name);
        free(environment->items[i].value);
    }
    environment->count = kept;
}

void inside_give(struct headers *environment, const char *name, const char *value)
{
    take_out(environment, name);
    headers_add(environment, name, value);
}

bool inside_has_musl(struct loop *loop, const struct docker *docker, const char *container)
{
    char *path = xasprintf("/containers/%s/archive?path=/lib/ld-musl-x86_64.so.1", container);
    struct text archive = TEXT_EMPTY;
    bool there = docker_ask_text(loop, docker, path, &archive) == 200;
    text_release(&archive);
    free(path);
    return there;
}

/* Names that are extended start from what the container has, never from our own environment. */
void inside_load(struct headers *environment, const struct injection *injection, bool musl,
                 const char *sockets)
{
    static const char *const extended[] = {"PYTHONPATH", "NODE_OPTIONS", "LD_PRELOAD", "GODEBUG"};
    struct injection there = *injection;
    there.files = (char *)INSIDE_FILES;
    there.musl = musl;
    take_out(environment, "SEEP_AGENT_DIR");
    for (size_t i = 0; i < sizeof extended / sizeof *extended; i++)
        if (headers_find(environment, extended[i]) == NULL)
            headers_add(environment, extended[i], "");
    inject_environment(&there, sockets, environment);
    for (size_t i = 0; i < sizeof extended / sizeof *extended; i++) {
        const char *value = headers_find(environment, extended[i]);
        if (value != NULL && *value == '\0')
            take_out(environment, extended[i]);
    }
}

void inside_prepare(struct inside *inside, const struct injection *injection, const struct project *project,
                    struct loop *loop, const char *agents, const struct headers *given)
{
    *inside = (struct inside){.mount_count = 0};
    clone_environment(project_like(project), &inside->environment);
    for (size_t i = 0; i < given->count; i++)
        inside_give(&inside->environment, given->items[i].name, given->items[i].value);
    if (agents != NULL)
        add_mounts(inside, project, injection, agents);
    if (agents != NULL || injection->go)
        inside_load(&inside->environment, injection,
                    injection->malloc && inside_has_musl(loop, project_docker(project),
                                                         json_text(project_like(project), "Id")),
                    project_inside(project) != NULL ? agents : INSIDE_SOCKETS);
}

void inside_release(struct inside *inside)
{
    headers_release(&inside->environment);
    *inside = (struct inside){.mount_count = 0};
}
