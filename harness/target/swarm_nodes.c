#include "target/swarm_inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static struct swarm_node *find(const struct swarm *swarm, const char *id)
{
    for (size_t i = 0; i < swarm->node_count; i++)
        if (strcmp(swarm->nodes[i].id, id) == 0)
            return &swarm->nodes[i];
    return NULL;
}

static bool is_usable(const json_t *node)
{
    const char *availability = json_text(json_object_get(node, "Spec"), "Availability"),
               *state = json_text(json_object_get(node, "Status"), "State");
    return availability != NULL && state != NULL && strcmp(availability, "active") == 0 &&
           strcmp(state, "ready") == 0;
}

static void set(struct swarm *swarm, const json_t *list)
{
    size_t index;
    json_t *item;
    for (size_t i = 0; i < swarm->node_count; i++)
        swarm->nodes[i].usable = false;
    json_array_foreach(list, index, item)
    {
        const char *id = json_text(item, "ID");
        struct swarm_node *node = id != NULL ? find(swarm, id) : NULL;
        if (id != NULL && node == NULL) {
            swarm->nodes = xrealloc(swarm->nodes, (swarm->node_count + 1) * sizeof *swarm->nodes);
            node = &swarm->nodes[swarm->node_count++];
            *node = (struct swarm_node){.id = xstrdup(id)};
        }
        if (node != NULL)
            node->usable = is_usable(item);
    }
}

int swarm_look(struct swarm *swarm, struct loop *loop, const struct docker *docker, struct err *err)
{
    json_t *list = NULL;
    int failed = docker_ask(loop, docker, "GET", "/nodes", NULL, &list, err);
    if (!failed) {
        pthread_mutex_lock(&swarm->lock);
        set(swarm, list);
        pthread_mutex_unlock(&swarm->lock);
    }
    json_decref(list);
    return failed;
}

const char *swarm_take_node(struct swarm *swarm)
{
    struct swarm_node *best = NULL;
    pthread_mutex_lock(&swarm->lock);
    for (size_t i = 0; i < swarm->node_count; i++)
        if (swarm->nodes[i].usable && (best == NULL || swarm->nodes[i].stacks < best->stacks))
            best = &swarm->nodes[i];
    const char *id = best != NULL ? best->id : NULL; /* lives as long as the swarm */
    if (best != NULL)
        best->stacks++;
    pthread_mutex_unlock(&swarm->lock);
    return id;
}

void swarm_leave_node(struct swarm *swarm, const char *node)
{
    pthread_mutex_lock(&swarm->lock);
    find(swarm, node)->stacks--;
    pthread_mutex_unlock(&swarm->lock);
}

size_t swarm_nodes(struct swarm *swarm)
{
    size_t count = 0;
    pthread_mutex_lock(&swarm->lock);
    for (size_t i = 0; i < swarm->node_count; i++)
        count += swarm->nodes[i].usable;
    pthread_mutex_unlock(&swarm->lock);
    return count;
}
