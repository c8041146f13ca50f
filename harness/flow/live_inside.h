/* What the run and the process that serves it share. */
#ifndef SEEP_FLOW_LIVE_INSIDE_H
#define SEEP_FLOW_LIVE_INSIDE_H

#include <stdatomic.h>

#include "flow/live.h"
#include "net/server.h"

#define LIVE_STEP_MOST 200

struct live_now {
    struct progress progress; /* its step is below */
    char step[LIVE_STEP_MOST];
};

/* One writer, one reader. `sequence` is odd while `now` is being written. */
struct live_shared {
    atomic_llong run; /* 0: none yet */
    atomic_bool ended;
    atomic_uint sequence;
    struct live_now now;
};

/* The first word of the process: where it listens, or why not. */
struct live_hello {
    struct err err;
    bool loopback;
    char address[SERVER_TEXT];
};

/* The process. `line` is readable when there is something to look at, and ends with the run. Never returns. */
_Noreturn void live_process(const struct live_setting *setting, struct live_shared *shared, int line);

#endif
