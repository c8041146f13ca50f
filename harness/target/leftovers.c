#include "target/leftovers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "target/inside.h"
#include "target/owner.h"

#define PREFIX "seep-"
#define VOLUME_PATH "/volumes/%s?force=true"
#define ANONYMOUS_DIGITS 64 /* the name that Docker gives a volume without one */

char *leftovers_project(const char *owner, unsigned number)
{
    return xasprintf(PREFIX "%s-%u", owner, number);
}

void leftovers_owner(const json_t *labels, char *owner)
{
    const char *own = json_text(labels, "seep.owner"),
               *project = json_text(labels, "com.docker.compose.project");
    owner[0] = '\0';
    if (own != NULL) {
        snprintf(owner, OWNER_SIZE, "%s", own);
        return;
    }
    const char *last = project != NULL && text_starts_with(project, PREFIX) ? strrchr(project, '-') : NULL;
    size_t before = sizeof PREFIX - 1;
    if (last == NULL || last < project + before || last[1] == '\0' ||
        last[1 + strspn(last + 1, "0123456789")] != '\0' || (size_t)(last - project) - before >= OWNER_SIZE)
        return;
    snprintf(owner, OWNER_SIZE, "%.*s", (int)((size_t)(last - project) - before), project + before);
}

static bool container_runs(struct loop *loop, const struct docker *docker, const char *id)
{
    struct err err = {0};
    json_t *inspected = NULL;
    char *path = docker_inspect_path(id);
    int failed = docker_ask(loop, docker, "GET", path, NULL, &inspected, &err);
    free(path);
    bool runs = failed ? err.code != ERR_TARGET /* it is not known that it does not */
                       : json_is_true(json_object_get(json_object_get(inspected, "State"), "Running"));
    json_decref(inspected);
    return runs;
}

static bool is_gone(struct loop *loop, const struct docker *docker, const json_t *labels)
{
    char owner[OWNER_SIZE], container[CONTAINER_ID_SIZE];
    leftovers_owner(labels, owner);
    if (owner[0] == '\0')
        return false;
    enum owner_state state = owner_look(owner, container);
    return state == OWNER_IS_GONE || (state == OWNER_CONTAINER && !container_runs(loop, docker, container));
}

static void remove_one(struct loop *loop, const struct docker *docker, const char *pattern, const char *id)
{
    const char *place = strstr(pattern, "%s");
    char *path = xasprintf("%.*s%s%s", (int)(place - pattern), pattern, id, place + 2);
    docker_ask(loop, docker, "DELETE", path, NULL, NULL, NULL);
    free(path);
}

/* A trial's container holds the volumes that seep's own has for agents (target/inside.h). Where that one went first, those
 * without a name of their own are nobody's now; one that is in use stays, Docker sees to that. */
static void remove_agents_volumes(struct loop *loop, const struct docker *docker, const json_t *container)
{
    size_t index;
    json_t *mount;
    json_array_foreach(json_object_get(container, "Mounts"), index, mount)
    {
        const char *name = json_text(mount, "Name"), *at = json_text(mount, "Destination");
        bool ours = at != NULL && (strcmp(at, INSIDE_SOCKETS) == 0 || strcmp(at, INSIDE_FILES) == 0);
        if (ours && name != NULL && strlen(name) == ANONYMOUS_DIGITS &&
            strspn(name, "0123456789abcdef") == ANONYMOUS_DIGITS)
            remove_one(loop, docker, VOLUME_PATH, name);
    }
}

void leftovers_remove(struct loop *loop, const struct docker *docker)
{
    static const struct {
        const char *list, *within, *id, *remove;
    } kinds[] = {{"/containers/json?all=true", NULL, "Id", "/containers/%s?force=true&v=true"},
                 {"/networks", NULL, "Id", "/networks/%s"},
                 {"/volumes", "Volumes", "Name", VOLUME_PATH}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        json_t *answer = NULL, *item;
        size_t index;
        if (docker_ask(loop, docker, "GET", kinds[i].list, NULL, &answer, NULL) != 0)
            return;
        json_t *list = kinds[i].within != NULL ? json_object_get(answer, kinds[i].within) : answer;
        json_array_foreach(list, index, item)
        {
            const char *id = json_text(item, kinds[i].id);
            if (id == NULL || !docker_is_name(id) || !is_gone(loop, docker, json_object_get(item, "Labels")))
                continue;
            remove_one(loop, docker, kinds[i].remove, id);
            remove_agents_volumes(loop, docker, item);
        }
        json_decref(answer);
    }
}
