#include "target/leftovers.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "target/inside.h"
#include "target/owner.h"

#define PREFIX "seep-"
#define VOLUME_PATH "/volumes/%s?force=true"
#define PASSES 60
#define PAUSE_NS (250 * CLOCK_NS_PER_MS)
#define ANONYMOUS_DIGITS 64 /* the name that Docker gives a volume without one */

char *leftovers_project(const char *owner, unsigned number)
{
    return xasprintf(PREFIX "%s-%u", owner, number);
}

void leftovers_owner(const json_t *labels, char *owner)
{
    const char *own = json_text(labels, LEFTOVERS_OWNER),
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

bool leftovers_here(const json_t *labels, const char *node)
{
    const char *home = json_text(labels, LEFTOVERS_HOME);
    return home == NULL || (*node != '\0' && strcmp(home, node) == 0);
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

/* Whatever is there of a kind, and how one is removed. Services first: their tasks would come again. */
static const struct {
    const char *list, *within, *id, *labels, *remove;
} kinds[] = {
    {"/services", NULL, "ID", "Spec", "/services/%s"},
    {"/containers/json?all=true", NULL, "Id", NULL, "/containers/%s?force=true&v=true"},
    {"/configs", NULL, "ID", "Spec", "/configs/%s"},
    {"/secrets", NULL, "ID", "Spec", "/secrets/%s"},
    {"/networks", NULL, "Id", NULL, "/networks/%s"},
    {"/volumes", "Volumes", "Name", NULL, VOLUME_PATH},
};

/* How many there were. */
static size_t remove_kind(struct loop *loop, const struct docker *docker, size_t kind, const char *node)
{
    json_t *answer = NULL, *item;
    size_t index, found = 0;
    if (docker_ask(loop, docker, "GET", kinds[kind].list, NULL, &answer, NULL) != 0)
        return 0; /* as of services where there is no swarm */
    json_t *list = kinds[kind].within != NULL ? json_object_get(answer, kinds[kind].within) : answer;
    json_array_foreach(list, index, item)
    {
        const char *id = json_text(item, kinds[kind].id);
        const json_t *about = kinds[kind].labels != NULL ? json_object_get(item, kinds[kind].labels) : item,
                     *labels = json_object_get(about, "Labels");
        if (id == NULL || !docker_is_name(id) || !leftovers_here(labels, node) ||
            !is_gone(loop, docker, labels))
            continue;
        found++;
        remove_one(loop, docker, kinds[kind].remove, id);
        remove_agents_volumes(loop, docker, item);
    }
    json_decref(answer);
    return found;
}

char *leftovers_node(struct loop *loop, const struct docker *docker)
{
    json_t *info = NULL;
    docker_ask(loop, docker, "GET", "/info", NULL, &info, NULL);
    const char *id = json_text(json_object_get(info, "Swarm"), "NodeID");
    char *node = xstrdup(id != NULL ? id : "");
    json_decref(info);
    return node;
}

/* What a stack has cannot be removed before its containers are gone, which takes a moment. */
void leftovers_remove(struct loop *loop, const struct docker *docker)
{
    char *node = leftovers_node(loop, docker);
    size_t services = 0, found = 1;
    for (int pass = 0; pass < PASSES && found > 0; pass++) {
        found = 0;
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
            size_t here = remove_kind(loop, docker, i, node);
            services += i == 0 ? here : 0;
            found += here;
        }
        if (services == 0 || (found > 0 && loop_sleep(loop, PAUSE_NS) != 0))
            break;
    }
    free(node);
}

void leftovers_remove_once(struct loop *loop, const struct docker *docker)
{
    static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;
    static bool done;
    pthread_mutex_lock(&once);
    if (!done)
        leftovers_remove(loop, docker);
    done = true;
    pthread_mutex_unlock(&once);
}
