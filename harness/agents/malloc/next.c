#include "next.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "counters.h"

enum { EARLY_ALIGNMENT = 16 };

char next_early[EARLY_BYTES] __attribute__((aligned(16)));
static _Atomic size_t early_used;
static _Thread_local bool finding;

/* Each block has its size before it. Zeroed, since no byte is given out twice. */
static void *early_take(size_t size)
{
    if (size > EARLY_BYTES)
        return NULL;
    size_t need = EARLY_ALIGNMENT + (size + EARLY_ALIGNMENT - 1) / EARLY_ALIGNMENT * EARLY_ALIGNMENT;
    size_t at = atomic_fetch_add(&early_used, need);
    if (at + need > EARLY_BYTES)
        return NULL;
    memcpy(next_early + at, &size, sizeof size);
    return next_early + at + EARLY_ALIGNMENT;
}

size_t next_early_size(const void *block)
{
    size_t size;
    memcpy(&size, (const char *)block - EARLY_ALIGNMENT, sizeof size);
    return size;
}

static void *no_aligned_block(size_t alignment, size_t size)
{
    (void)alignment;
    (void)size;
    errno = ENOMEM;
    return NULL;
}

static int no_posix_memalign(void **block, size_t alignment, size_t size)
{
    (void)block;
    (void)alignment;
    (void)size;
    return ENOMEM;
}

static size_t no_size(void *block)
{
    (void)block;
    return 0;
}

/* memcpy, since C does not let a function pointer be made of what dlsym returns. */
static void find(void *function, const char *name)
{
    void *symbol = dlsym(RTLD_NEXT, name);
    if (symbol != NULL)
        memcpy(function, &symbol, sizeof symbol);
}

static void find_all(struct next *found)
{
    find(&found->malloc, "malloc");
    find(&found->free, "free");
    find(&found->calloc, "calloc");
    find(&found->realloc, "realloc");
    find(&found->memalign, "memalign");
    find(&found->aligned_alloc, "aligned_alloc");
    find(&found->posix_memalign, "posix_memalign");
    find(&found->usable_size, "malloc_usable_size");
}

/* False inside itself: what dlsym allocates. Two threads at once find the same. */
static bool next_find(void)
{
    if (finding)
        return false;
    finding = true;
    int saved = errno;
    struct cell *cell = counters_pause();
    struct next found = {
        .memalign = no_aligned_block,
        .aligned_alloc = no_aligned_block,
        .posix_memalign = no_posix_memalign,
        .usable_size = no_size,
    };
    find_all(&found);
    next = found;
    counters_resume(cell);
    errno = saved;
    finding = false;
    return true;
}

static void *first_malloc(size_t size)
{
    return next_find() ? next.malloc(size) : early_take(size);
}

static void first_free(void *block)
{
    if (next_find())
        next.free(block);
}

static void *first_calloc(size_t count, size_t size)
{
    if (next_find())
        return next.calloc(count, size);
    size_t total;
    return __builtin_mul_overflow(count, size, &total) ? NULL : early_take(total);
}

static void *first_realloc(void *block, size_t size)
{
    return next_find() ? next.realloc(block, size) : NULL;
}

static void *first_memalign(size_t alignment, size_t size)
{
    return next_find() ? next.memalign(alignment, size) : NULL;
}

static void *first_aligned_alloc(size_t alignment, size_t size)
{
    return next_find() ? next.aligned_alloc(alignment, size) : NULL;
}

static int first_posix_memalign(void **block, size_t alignment, size_t size)
{
    return next_find() ? next.posix_memalign(block, alignment, size) : ENOMEM;
}

static size_t first_usable_size(void *block)
{
    return next_find() ? next.usable_size(block) : 0;
}

struct next next = {
    .malloc = first_malloc,
    .free = first_free,
    .calloc = first_calloc,
    .realloc = first_realloc,
    .memalign = first_memalign,
    .aligned_alloc = first_aligned_alloc,
    .posix_memalign = first_posix_memalign,
    .usable_size = first_usable_size,
};
