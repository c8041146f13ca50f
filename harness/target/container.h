/* One container of a trial: made like another one (target/clone.h), started, watched, removed. */
#ifndef SEEP_TARGET_CONTAINER_H
#define SEEP_TARGET_CONTAINER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/text.h"
#include "net/docker.h"
#include "net/loop.h"
#include "target/clone.h"

enum container_health { HEALTH_UNCHECKED, HEALTH_STARTING, HEALTH_GOOD, HEALTH_BAD };

/* What ContainerInspect says of one. */
struct container_state {
    bool running;
    bool killed_for_memory; /* the kernel killed a process of it; the others may run on */
    pid_t pid;              /* as the engine sees it; 0: none */
    char address[64];       /* in the first of its networks; "": none */
    double limit_bytes;     /* of its memory; 0: none */
    enum container_health health;
    char how
        [200]; /* it ended: "exited with status 3", "killed for memory (its limit is 64 MiB)"; "": it runs */
    char checked[200]; /* what the last health check said, one line */
};

/* Pure. ERR_USAGE: not such an answer. */
int container_parse(const json_t *inspected, struct container_state *state, struct err *err);

struct container;

/* Makes and starts it; `name` is its own. Runs the loop meanwhile. `docker` must live as long. ERR_TARGET: Docker refuses. */
struct container *container_start(struct loop *loop, const struct docker *docker,
                                  const struct clone_spec *spec, const char *name, struct err *err);

/* Removes it, with its volumes without a name. NULL is fine. Deaf to signals. */
void container_free(struct container *container);

/* As of the last look, four times a second while the loop runs. Once it ended, or lost a process for want of memory, its log was
 * read as well. */
const struct container_state *container_state(const struct container *container);
const char *container_id(const struct container *container);

/* The process here that is the container's first; -1: not to be seen from here. */
pid_t container_pid(const struct container *container);

/* Looks now; runs the loop. */
int container_look(struct container *container, struct err *err);

/* The last lines of its output as of the last look, at most `most` bytes, cleaned of control characters. */
void container_log_tail(const struct container *container, size_t most, struct text *text);

#endif
