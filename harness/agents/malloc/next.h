/* The allocator below: what malloc would have been without the agent. */
#ifndef SEEP_MALLOC_NEXT_H
#define SEEP_MALLOC_NEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* Functions of the next library that defines them. Each is found at the first call of any; the first calls come
   before any constructor has run. A function that no library defines answers ENOMEM. valloc and pvalloc are not asked
   for: allocators that lack them would leave them to the C library, whose blocks they could not free. */
struct next {
    void *(*malloc)(size_t size);
    void (*free)(void *block);
    void *(*calloc)(size_t count, size_t size);
    void *(*realloc)(void *block, size_t size);
    void *(*memalign)(size_t alignment, size_t size);
    void *(*aligned_alloc)(size_t alignment, size_t size);
    int (*posix_memalign)(void **block, size_t alignment, size_t size);
    size_t (*usable_size)(void *block);
};

extern struct next next;

enum { EARLY_BYTES = 4096 };
extern char next_early[EARLY_BYTES];

/* Was `block` given out while the functions were being looked up (dlsym allocates in some C libraries)? Such blocks
   come from a small array, are not counted and never go back. */
static inline bool next_is_early(const void *block)
{
    return (uintptr_t)block - (uintptr_t)next_early < EARLY_BYTES;
}

/* The bytes of an early block. */
size_t next_early_size(const void *block);

#endif
