/* How many blocks and bytes are live: one cell per thread, written by that thread alone. */
#ifndef SEEP_MALLOC_COUNTERS_H
#define SEEP_MALLOC_COUNTERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "next.h"

/* One cache line. What a thread gained less what it gave back: negative where it frees what others allocated. A cell
   keeps its counts when its thread ends, and the next thread goes on from them. */
struct cell {
    _Atomic int64_t objects;
    _Atomic int64_t bytes;
    _Atomic bool taken;
    char rest_of_line[64 - 2 * sizeof(int64_t) - sizeof(bool)];
};

struct counts {
    int64_t objects, bytes;
};

/* NULL in a thread that has no cell: not yet, no longer, or since none was free. */
extern _Thread_local struct cell *counters_cell;

/* The way of a thread without a cell: takes one, or adds to a cell that all such threads share. */
void counters_add_slowly(int64_t objects, int64_t bytes);

/* Adds to this thread's counts. No lock, no lock prefix, no line that another thread writes. */
static inline void counters_add(int64_t objects, int64_t bytes)
{
    struct cell *cell = counters_cell;
    if (UNLIKELY(cell == NULL)) {
        counters_add_slowly(objects, bytes);
        return;
    }
    int64_t were = atomic_load_explicit(&cell->objects, memory_order_relaxed);
    atomic_store_explicit(&cell->objects, were + objects, memory_order_relaxed);
    were = atomic_load_explicit(&cell->bytes, memory_order_relaxed);
    atomic_store_explicit(&cell->bytes, were + bytes, memory_order_relaxed);
}

/* From here on this thread's allocations do not count; returns what counters_resume takes. For the agent's own, and
   around functions of the next allocator that may call malloc themselves (calloc of musl), which would count twice. */
struct cell *counters_pause(void);
void counters_resume(struct cell *cell);
bool counters_paused(void);

/* Once, from the constructor: from now on threads may have cells. */
void counters_begin(void);

/* In the child after a fork: the threads of other cells do not exist here. */
void counters_forked(void);

/* The sum over all threads, ended ones too. Exact when nothing allocates meanwhile; else right to within what is
   being allocated or freed in these microseconds. Cost: one cache line per thread. */
struct counts counters_sum(void);

#endif
