/* What the program calls instead of the C library's functions. C++'s new and delete come here through malloc. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "counters.h"
#include "next.h"
#include "samples.h"

#define EXPORT __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)

/* Not every C library declares these. */
void *pvalloc(size_t size);
void free_sized(void *block, size_t size);
void free_aligned_sized(void *block, size_t alignment, size_t size);

static inline void *gained(void *block, void *caller)
{
    if (UNLIKELY(block == NULL))
        return NULL;
    size_t bytes = next.usable_size(block);
    counters_add(1, (int64_t)bytes);
    if (UNLIKELY(samples_kept()))
        samples_gained(block, bytes, caller);
    return block;
}

EXPORT void *malloc(size_t size)
{
    return gained(next.malloc(size), CALLER);
}

/* What is freed is forgotten first: once the allocator has it, another thread may get the same address. */
EXPORT void free(void *block)
{
    if (block == NULL || UNLIKELY(next_is_early(block)))
        return;
    counters_add(-1, -(int64_t)next.usable_size(block));
    if (UNLIKELY(samples_kept()))
        samples_lost(block, NULL);
    next.free(block);
}

EXPORT void free_sized(void *block, size_t size)
{
    (void)size;
    free(block);
}

EXPORT void free_aligned_sized(void *block, size_t alignment, size_t size)
{
    (void)alignment;
    (void)size;
    free(block);
}

EXPORT void *calloc(size_t count, size_t size)
{
    struct cell *cell = counters_pause();
    void *block = next.calloc(count, size);
    counters_resume(cell);
    return gained(block, CALLER);
}

static void *realloc_early(void *block, size_t size, void *caller)
{
    void *moved = gained(next.malloc(size), caller);
    size_t had = next_early_size(block);
    if (moved != NULL)
        memcpy(moved, block, had < size ? had : size);
    return moved;
}

/* NULL for zero bytes means freed, as in glibc; NULL for more means that nothing changed. */
static void *reallocated(void *block, size_t size, void *caller)
{
    size_t bytes = next.usable_size(block);
    struct sample sample = {0, 0};
    if (UNLIKELY(samples_kept()))
        samples_lost(block, &sample);
    struct cell *cell = counters_pause();
    void *after = next.realloc(block, size);
    counters_resume(cell);
    if (after == NULL && size > 0) {
        samples_restore(block, sample);
        return NULL;
    }
    counters_add(-1, -(int64_t)bytes);
    return gained(after, caller);
}

static void *realloc_from(void *block, size_t size, void *caller)
{
    if (block == NULL)
        return gained(next.malloc(size), caller);
    if (UNLIKELY(next_is_early(block)))
        return realloc_early(block, size, caller);
    return reallocated(block, size, caller);
}

EXPORT void *realloc(void *block, size_t size)
{
    return realloc_from(block, size, CALLER);
}

EXPORT void *reallocarray(void *block, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc_from(block, total, CALLER);
}

static void *memalign_from(size_t alignment, size_t size, void *caller)
{
    struct cell *cell = counters_pause();
    void *block = next.memalign(alignment, size);
    counters_resume(cell);
    return gained(block, caller);
}

EXPORT void *memalign(size_t alignment, size_t size)
{
    return memalign_from(alignment, size, CALLER);
}

EXPORT void *valloc(size_t size)
{
    return memalign_from((size_t)getpagesize(), size, CALLER);
}

/* Whole pages, one at least. */
EXPORT void *pvalloc(size_t size)
{
    size_t page = (size_t)getpagesize(), bytes;
    if (__builtin_add_overflow(size, size == 0 ? page : page - 1, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return memalign_from(page, bytes / page * page, CALLER);
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
    struct cell *cell = counters_pause();
    void *block = next.aligned_alloc(alignment, size);
    counters_resume(cell);
    return gained(block, CALLER);
}

EXPORT int posix_memalign(void **block, size_t alignment, size_t size)
{
    struct cell *cell = counters_pause();
    int failed = next.posix_memalign(block, alignment, size);
    counters_resume(cell);
    if (failed == 0)
        gained(*block, CALLER);
    return failed;
}
