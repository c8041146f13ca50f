/* What became of the services of a stack, by what the engine says of their tasks. Pure.
 * Source: Docker Engine API 1.41, TaskList; `docker service ps`.
 */
#ifndef SEEP_TARGET_STACK_TASKS_H
#define SEEP_TARGET_STACK_TASKS_H

#include <stdbool.h>

#include "base/json.h"

enum stack_phase {
    PHASE_NONE,     /* it has no task yet */
    PHASE_WAITING,  /* for a node */
    PHASE_FETCHING, /* its image */
    PHASE_STARTED,  /* its container; its health is not known yet */
    PHASE_RUNNING,  /* and is healthy, where that is checked */
    PHASE_LEAVING,  /* it is to end, and has not; its node may be gone */
    PHASE_COMPLETE, /* its container ended with status 0 */
    PHASE_FAILED,   /* with another, or was killed */
    PHASE_SHUT,     /* it was ended from outside: its node was drained, ... */
    PHASE_REJECTED, /* its node cannot run it: no such image, no such mount */
};

struct stack_task {
    enum stack_phase phase;
    int exit_code;    /* of PHASE_FAILED; -1: not known */
    const char *says; /* what the engine says of it, borrowed; "": nothing */
};

/* The engine may make another task of a service in place of one that ended: of a driver only the first is of use. */
enum stack_which { STACK_PRESENT, STACK_FIRST };

/* A task of a service (its id), of a list of tasks of its stack. */
struct stack_task stack_task_of(const json_t *tasks, const char *service, enum stack_which which);

bool stack_task_ended(const struct stack_task *task); /* PHASE_COMPLETE and on */

/* Whether what waits for `condition` ("started", "healthy", "completed") may start; what ended counts as started. */
bool stack_task_meets(const struct stack_task *task, const char *condition);

#endif
