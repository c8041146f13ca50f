#include "target/leftovers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "target/owner.h"

#define PREFIX "seep-"

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

void leftovers_remove(struct loop *loop, const struct docker *docker)
{
    static const struct {
        const char *list, *within, *id, *remove;
    } kinds[] = {{"/containers/json?all=true", NULL, "Id", "/containers/%s?force=true&v=true"},
                 {"/networks", NULL, "Id", "/networks/%s"},
                 {"/volumes", "Volumes", "Name", "/volumes/%s?force=true"}};
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
            struct text path = TEXT_EMPTY;
            const char *place = strstr(kinds[i].remove, "%s");
            text_add(&path, kinds[i].remove, (size_t)(place - kinds[i].remove));
            text_add_string(&path, id);
            text_add_string(&path, place + 2);
            docker_ask(loop, docker, "DELETE", text_string(&path), NULL, NULL, NULL);
            text_release(&path);
        }
        json_decref(answer);
    }
}
