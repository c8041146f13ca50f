#include "samples.h"

#include <sys/mman.h>
#include <time.h>

#include "counters.h"
#include "exponential.h"

/* No block is at address 1: a slot whose values are being written. */
enum { EMPTY = 0, RESERVED = 1 };

_Atomic(struct samples *) samples_current;
static struct samples *memory; /* mapped at the first start, kept, since another thread may still be in it */
static uint32_t generations;

static _Thread_local struct {
    int64_t bytes_to_hit;
    uint64_t random;
    uint32_t generation;
    bool busy;
} here;

/* Source: Vigna, splitmix64. */
static uint64_t draw(uint64_t *state)
{
    uint64_t value = *state += 0x9e3779b97f4a7c15;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

/* Rounded up: a block of b bytes is then missed with probability exp(-b / every_bytes) exactly. */
static int64_t distance(uint32_t every_bytes)
{
    double uniform = (double)((draw(&here.random) >> 11) + 1) * 0x1p-53;
    return (int64_t)(-exponential_log(uniform) * every_bytes) + 1;
}

static void thread_begin(const struct samples *samples)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    here.random = (uint64_t)(uintptr_t)&here ^ ((uint64_t)now.tv_nsec << 32) ^ (uint64_t)now.tv_sec;
    here.generation = samples->generation;
    here.bytes_to_hit = distance(samples->every_bytes);
}

static bool hit(const struct samples *samples, size_t bytes)
{
    if (here.generation != samples->generation)
        thread_begin(samples);
    if (bytes < (uint64_t)here.bytes_to_hit) {
        here.bytes_to_hit -= (int64_t)bytes;
        return false;
    }
    here.bytes_to_hit = distance(samples->every_bytes);
    return true;
}

static size_t home(uintptr_t block)
{
    return (size_t)(((uint64_t)block * 0x9e3779b97f4a7c15) >> 32) & (SAMPLES - 1);
}

static void keep(struct samples *samples, uintptr_t block, struct sample sample)
{
    size_t first = home(block);
    for (size_t i = first; i < first + SAMPLES_REACH; i++) {
        uintptr_t empty = EMPTY;
        if (atomic_load_explicit(&samples->blocks[i], memory_order_relaxed) != EMPTY ||
            !atomic_compare_exchange_strong(&samples->blocks[i], &empty, RESERVED))
            continue;
        atomic_store_explicit(&samples->slots[i].bytes, sample.bytes, memory_order_relaxed);
        atomic_store_explicit(&samples->slots[i].stack, sample.stack, memory_order_relaxed);
        atomic_store_explicit(&samples->blocks[i], block, memory_order_release);
        return;
    }
    atomic_fetch_add(&samples->dropped, 1);
}

/* What is not counted is not sampled. Should the unwinder ever allocate, that is counted only. */
void samples_gained(void *block, size_t bytes, void *caller)
{
    struct samples *samples = atomic_load_explicit(&samples_current, memory_order_acquire);
    if (samples == NULL || here.busy || counters_paused() || !hit(samples, bytes))
        return;
    here.busy = true;
    uint32_t stack = stacks_here(&samples->stacks, caller);
    here.busy = false;
    if (stack == STACKS_NONE)
        atomic_fetch_add(&samples->dropped, 1);
    else
        keep(samples, (uintptr_t)block, (struct sample){bytes, stack});
}

void samples_lost(const void *block, struct sample *sample)
{
    struct samples *samples = atomic_load_explicit(&samples_current, memory_order_acquire);
    if (samples == NULL)
        return;
    size_t first = home((uintptr_t)block);
    for (size_t i = first; i < first + SAMPLES_REACH; i++) {
        if (atomic_load_explicit(&samples->blocks[i], memory_order_relaxed) != (uintptr_t)block)
            continue;
        if (sample != NULL) {
            sample->bytes = atomic_load_explicit(&samples->slots[i].bytes, memory_order_relaxed);
            sample->stack = atomic_load_explicit(&samples->slots[i].stack, memory_order_relaxed);
        }
        atomic_store_explicit(&samples->blocks[i], EMPTY, memory_order_release);
        return;
    }
}

void samples_restore(const void *block, struct sample sample)
{
    struct samples *samples = atomic_load_explicit(&samples_current, memory_order_acquire);
    if (samples != NULL && sample.bytes > 0)
        keep(samples, (uintptr_t)block, sample);
}

/* Emptied here as well as at the stop: a thread may have been on its way into the table then. */
int samples_start(uint32_t every_bytes)
{
    if (samples_kept())
        return 0;
    if (memory == NULL) {
        void *mapped = mmap(NULL, sizeof *memory, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (mapped == MAP_FAILED)
            return -1;
        memory = mapped;
    }
    madvise(memory, sizeof *memory, MADV_DONTNEED);
    memory->every_bytes = every_bytes;
    memory->generation = ++generations;
    atomic_store_explicit(&samples_current, memory, memory_order_release);
    return 0;
}

void samples_stop(void)
{
    if (!samples_kept())
        return;
    atomic_store(&samples_current, NULL);
    madvise(memory, sizeof *memory, MADV_DONTNEED);
}

double samples_weight(double bytes, double every_bytes)
{
    return 1 / (1 - exponential_of_minus(bytes / every_bytes));
}

void samples_each(struct samples *samples, void (*visit)(struct sample sample, void *context), void *context)
{
    for (size_t i = 0; i < SAMPLES + SAMPLES_REACH; i++) {
        uintptr_t block = atomic_load_explicit(&samples->blocks[i], memory_order_acquire);
        if (block == EMPTY || block == RESERVED)
            continue;
        struct sample sample = {
            .bytes = atomic_load_explicit(&samples->slots[i].bytes, memory_order_relaxed),
            .stack = atomic_load_explicit(&samples->slots[i].stack, memory_order_relaxed),
        };
        if (sample.bytes > 0 && atomic_load(&samples->blocks[i]) == block)
            visit(sample, context);
    }
}
