/* One thread: each function, each edge. */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

#include "torture.h"

void trial_sizes(void)
{
    enum { KINDS = 12 };
    void *blocks[KINDS] = {0}, *aligned = NULL;
    struct mark mark = mark_here();
    blocks[0] = booked(malloc(0));
    blocks[1] = booked(malloc(1));
    blocks[2] = booked(calloc(0, 8));
    blocks[3] = booked(calloc(3, 7));
    blocks[4] = booked(realloc(NULL, 100));
    blocks[5] = booked(reallocarray(NULL, 10, 10));
    blocks[6] = booked(aligned_alloc(64, 640));
    blocks[7] = booked(memalign(4096, 100));
    blocks[8] = posix_memalign(&aligned, 256, 1000) == 0 ? booked(aligned) : NULL;
    blocks[9] = booked(malloc(5 << 20));
    blocks[10] = booked(valloc(10));
#ifdef __GLIBC__
    blocks[11] = booked(pvalloc(10));
#endif
    compare(mark, "one block of each function");
    blocks[1] = rebooked(blocks[1], 50000);
    blocks[9] = rebooked(blocks[9], 9 << 20);
    blocks[4] = rebooked(blocks[4], 1);
    blocks[3] = rebooked(blocks[3], 0);
    compare(mark, "realloc to more, to less, to nothing");
    for (size_t i = 0; i < KINDS; i++)
        unbooked_free(blocks[i]);
    free(NULL);
    compare(mark, "all freed");
}

/* Volatile, or the compiler knows that these fail, or thinks that the block is gone. */
void trial_failures(void)
{
    volatile size_t huge = PTRDIFF_MAX, half = SIZE_MAX / 2;
    void *none = NULL, *volatile block = booked(malloc(100));
    struct mark mark = mark_here();
    errno = 0;
    ok(malloc(huge) == NULL && errno == ENOMEM, "malloc of too much fails with ENOMEM");
    errno = 0;
    ok(calloc(half, 4) == NULL && errno == ENOMEM, "calloc that overflows fails with ENOMEM");
    errno = 0;
    ok(realloc(block, huge) == NULL && errno == ENOMEM, "realloc to too much fails with ENOMEM");
    errno = 0;
    ok(reallocarray(block, half, 4) == NULL && errno == ENOMEM,
       "reallocarray that overflows fails with ENOMEM");
    ok(posix_memalign(&none, 3, 10) == EINVAL && none == NULL,
       "posix_memalign of a bad alignment says EINVAL");
    ok(posix_memalign(&none, 64, huge) == ENOMEM, "posix_memalign of too much says ENOMEM");
    compare(mark, "nothing changed");
    errno = 4711;
    unbooked_free(block);
    block = booked(malloc(100));
    block = rebooked(block, 1000);
    unbooked_free(block);
    ok(errno == 4711, "errno is kept by what succeeds");
}

void trial_walk(void)
{
    static _Atomic(void *) slots[1000];
    struct mark mark = mark_here();
    walk(slots, 1000, 300000, 1);
    compare(mark, "300,000 random calls");
    free_all(slots, 1000);
    compare(mark, "and all freed");
}
