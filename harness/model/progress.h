/* Where long work stands; flows fill it, report/ draws it. */
#ifndef SEEP_MODEL_PROGRESS_H
#define SEEP_MODEL_PROGRESS_H

#include <stdint.h>

#define PROGRESS_NO_REQUESTS UINT64_MAX /* of a step that sends none */

struct progress {
    const char *step; /* "warming up", "screening GET /quote/{sku} (3 of 16)" */
    double elapsed_s;
    double total_s; /* the duration or the budget; 0: unknown */
    uint64_t requests;
    uint64_t due; /* planned until now; 0 in closed loops */
    double rate_per_second;
    double lag_us;       /* the longest of the last second, where requests have due times; 0: none */
    double memory_bytes; /* RSS of the target; NaN unknown */
};

/* Whoever wants to hear of it. `tell` is called at most ten times a second, and `note` once for
 * each thing worth a line of its own ("GET /quote/{sku} grows: 40.3 B/request"). From any thread, but never
 * from two at once. NULL: nobody listens. */
struct listener {
    void (*tell)(void *owner, const struct progress *progress);
    void (*note)(void *owner, const char *line);
    void *owner;
};

#endif
