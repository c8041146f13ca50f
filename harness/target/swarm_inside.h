/* The parts of a swarm of trials. Within this room's swarm* alone. */
#ifndef SEEP_TARGET_SWARM_INSIDE_H
#define SEEP_TARGET_SWARM_INSIDE_H

#include <pthread.h>

#include "base/json.h"
#include "base/strings.h"
#include "net/docker.h"
#include "target/leftovers.h"
#include "target/owner.h"
#include "target/stack_file.h"
#include "target/swarm.h"

#define SWARM_TAG_SIZE 9

struct swarm_node {
    char *id;
    unsigned stacks; /* of ours, now */
    bool usable;
};

struct swarm {
    struct swarm_options options;
    struct loop *loop;
    struct docker docker;
    char owner[OWNER_SIZE], tag[SWARM_TAG_SIZE]; /* in the names of all that is ours */
    char *home;                                  /* this node */
    char *image;                                 /* of drivers */
    json_t *base;                                /* target/stack_file.h */
    struct headers environment;                  /* of the target */
    struct stack_file_mounts agents, errand;     /* configs and secrets of all stacks */
    pthread_mutex_t lock;                        /* of what follows */
    struct swarm_node *nodes;
    size_t node_count;
    unsigned stacks; /* so far */
    bool deployed;   /* one of them was */
};

/* swarm_put.c: configs and secrets. stack: whose they are; NULL: of all stacks. Mounts get what was made, also when it failed. */
int swarm_put(const struct swarm *swarm, struct loop *loop, const struct docker *docker, const char *kind,
              const char *stack, const char *name, const char *at, const struct text *bytes,
              struct stack_file_mounts *mounts, struct err *err);
int swarm_put_parcel(const struct swarm *swarm, struct loop *loop, const struct docker *docker,
                     const char *stack, const char *kind, const struct text *bytes, const char *name,
                     struct stack_file_mounts *mounts, struct err *err);
void swarm_mounts_release(struct stack_file_mounts *mounts);

/* Removes each "/KIND/NAME" of `paths`, as often as it takes, for at most a minute; deaf to signals. */
void swarm_remove(struct loop *loop, const struct docker *docker, struct strings *paths);

/* swarm_pack.c: the service directory and the environment of drivers, as secrets. */
int swarm_pack(struct swarm *swarm, struct err *err);

/* swarm_image.c: which images exactly, and the target's environment with agents in it. */
int swarm_images(struct swarm *swarm, struct err *err);
int swarm_agents(struct swarm *swarm, struct err *err);

/* swarm_nodes.c. The nodes are looked up again; swarm_take_node() counts a stack there: NULL: none takes tasks. */
int swarm_look(struct swarm *swarm, struct loop *loop, const struct docker *docker, struct err *err);
const char *swarm_take_node(struct swarm *swarm);
void swarm_leave_node(struct swarm *swarm, const char *node);

#endif
