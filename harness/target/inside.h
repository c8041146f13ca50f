/* What a trial's container gets beside what the service's own has: agents by its environment, their files and a place for their
 * sockets by mounts.
 *
 * On the host both are directories of it. In a container of its own seep gives volumes of that container to the other one: its
 * image declares them (docker/Dockerfile), so that every `docker run` has them.
 */
#ifndef SEEP_TARGET_INSIDE_H
#define SEEP_TARGET_INSIDE_H

#include "base/err.h"
#include "model/request.h"
#include "target/clone.h"
#include "target/inject.h"
#include "target/project.h"

#define INSIDE_SOCKETS "/run/seep"
#define INSIDE_FILES "/usr/local/lib/seep"
#define INSIDE_GROUP                                                                                         \
    10001 /* of the sockets where seep is root: nobody else's by default; the image's user has it too */

struct inside {
    struct headers environment; /* the whole of it */
    struct clone_mount mounts[2];
    size_t mount_count;
    unsigned group; /* who may enter the directory of the sockets, beside seep; 0: nobody need */
};

/* Where the directory of the sockets has to lie: INSIDE_SOCKETS in a container, else NULL: anywhere. */
const char *inside_sockets(const struct project *project);

/* Lets the group of inside_prepare() into `directory`, whoever its processes run as: mode 2770. */
int inside_open(const char *directory, struct err *err);

/* Seep's own container lacks a volume that is needed for agents: ERR_USAGE. */
int inside_check(const struct project *project, const struct injection *injection, struct err *err);

/* agents: inside_open() had it; NULL: nothing is injected. given: start.environment, which goes before what the container has.
 * Runs the loop (is it musl's libc?). */
void inside_prepare(struct inside *inside, const struct injection *injection, const struct project *project,
                    struct loop *loop, const char *agents, const struct headers *given);
/* The parts of it, for containers that others start: a variable in place of the one of that name; what loads agents whose files
 * are at INSIDE_FILES and whose sockets are in `sockets`; whether a container, which need not run, has musl's libc. */
void inside_give(struct headers *environment, const char *name, const char *value);
void inside_load(struct headers *environment, const struct injection *injection, bool musl,
                 const char *sockets);
bool inside_has_musl(struct loop *loop, const struct docker *docker, const char *container);

void inside_release(struct inside *inside);

#endif
