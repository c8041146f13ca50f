/* The log of a driver's service, followed as it grows. Within this room's swarm* alone. */
#ifndef SEEP_TARGET_SWARM_LOG_H
#define SEEP_TARGET_SWARM_LOG_H

#include <stdint.h>

#include "base/frames.h"
#include "target/process.h"

struct swarm_log {
    char *service;       /* its name */
    const char *private; /* a directory for what `docker service logs` says */
    struct frames *frames;
    struct process process;
    char *output, *log; /* of the process */
    int64_t read;       /* bytes of its output */
    int64_t begun_ns;   /* when it was started last; 0: never */
};

void swarm_log_open(struct swarm_log *log, const char *service, const char *private);
void swarm_log_close(struct swarm_log *log); /* also of one that was never opened, all zero */

/* Takes what came; begins to follow, once more where that ended, at most once a second. */
int swarm_log_look(struct swarm_log *log, struct err *err);

/* The driver ended: reads the whole log to its end, once more what was lost on the way. Waits for at most 30 s; runs no loop. */
int swarm_log_finish(struct swarm_log *log, struct err *err);

/* The last words of the driver: of both streams. */
void swarm_log_words(struct swarm_log *log, struct text *words);

#endif
