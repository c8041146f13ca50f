/* Which allocations are live, by sampling: each byte allocated has the same chance to be hit (Poisson), a block that is
   hit is kept with its stack until it is freed. Off, it costs one load and one branch per call. */
#ifndef SEEP_MALLOC_SAMPLES_H
#define SEEP_MALLOC_SAMPLES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stacks.h"

/* A power of two. 2^17 live samples fit easily: 128 MiB at the default mean. 6 MiB, touched as it fills. */
enum { SAMPLES = 1 << 18, SAMPLES_REACH = 16 };
enum { SAMPLES_EVERY_DEFAULT = 1024, SAMPLES_EVERY_LIMIT = 1 << 30 };

/* `bytes` as the allocator counts them; 0: none. */
struct sample {
    uint64_t bytes;
    uint32_t stack;
};

struct sample_slot {
    _Atomic uint64_t bytes;
    _Atomic uint32_t stack;
};

/* Open addressing: a block stands within SAMPLES_REACH slots of its hash. Slots are taken by compare-and-swap; only
   the thread that frees a block empties its slot. */
struct samples {
    uint32_t every_bytes;     /* the mean distance between hits */
    uint32_t generation;      /* of this start */
    _Atomic uint64_t dropped; /* samples for which there was no slot, or no room for their stack */
    _Atomic uintptr_t blocks[SAMPLES + SAMPLES_REACH];
    struct sample_slot slots[SAMPLES + SAMPLES_REACH];
    struct stacks stacks;
};

/* NULL when none are kept. */
extern _Atomic(struct samples *) samples_current;

static inline bool samples_kept(void)
{
    return atomic_load_explicit(&samples_current, memory_order_acquire) != NULL;
}

/* For the functions that the program calls. `caller` is the return address of that function. Neither allocates nor
   locks. `samples_lost` gives what it removed (bytes 0 where it was no sample); `samples_restore` puts it back. */
void samples_gained(void *block, size_t bytes, void *caller);
void samples_lost(const void *block, struct sample *sample);
void samples_restore(const void *block, struct sample sample);

/* For the agent's thread. Start returns -1 where there is no memory; a second start
   changes nothing. Stop gives the memory back. */
int samples_start(uint32_t every_bytes);
void samples_stop(void);

/* How many blocks of `bytes` each sample of that size stands for: 1 / (1 - exp(-bytes / every_bytes)).
   Source: jemalloc's heap_v2 profiles, as jeprof unsamples them. */
double samples_weight(double bytes, double every_bytes);

/* Calls `visit` for each live sample; those that come or go meanwhile may be missed. */
void samples_each(struct samples *samples, void (*visit)(struct sample sample, void *context), void *context);

#endif
