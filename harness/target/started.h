/* What `start` started, be it a process or a container: does it run, how did it end, what did it say. */
#ifndef SEEP_TARGET_STARTED_H
#define SEEP_TARGET_STARTED_H

#include <stdbool.h>

#include "base/text.h"
#include "target/container.h"
#include "target/process.h"

/* One of the two; neither: nothing was started, and nothing of all this holds. */
struct started {
    struct process *process;
    const struct container *container;
};

bool started_any(const struct started *started);
bool started_runs(const struct started *started);
const char *started_how(const struct started *started); /* it ended; "" while it runs */

/* The end of its output, as process_log_tail(). */
void started_log_tail(const struct started *started, size_t most, struct text *text);

#endif
