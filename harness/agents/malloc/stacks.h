/* Call stacks, each kept once. */
#ifndef SEEP_MALLOC_STACKS_H
#define SEEP_MALLOC_STACKS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* STACKS is a power of two. */
enum { STACKS = 1 << 14, STACK_FRAMES = 8 };
#define STACKS_NONE UINT32_MAX

/* Return addresses, the innermost first; 0 after the last. */
struct stack {
    _Atomic uint64_t key; /* a hash of the frames, which stands for them; 0: empty */
    _Atomic bool whole;   /* the frames are written */
    uintptr_t frames[STACK_FRAMES];
};

struct stacks {
    struct stack stacks[STACKS];
};

/* The stack from the function that returns to `caller` outwards, as an index; STACKS_NONE when the table is full. At
   least `caller` itself is in it, also where there is no unwind information. Lock-free; allocates nothing. Cost: some
   microseconds. Thread-safe. */
uint32_t stacks_here(struct stacks *stacks, void *caller);

#endif
