#include "torture.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct books books;

void *booked(void *block)
{
    if (block != NULL) {
        size_t bytes = malloc_usable_size(block);
        atomic_fetch_add(&books.objects, 1);
        atomic_fetch_add(&books.bytes, (long long)bytes);
        memset(block, 0x5a, bytes < 64 ? bytes : 64);
    }
    return block;
}

static void write_off(void *block)
{
    if (block == NULL)
        return;
    atomic_fetch_sub(&books.objects, 1);
    atomic_fetch_sub(&books.bytes, (long long)malloc_usable_size(block));
}

void unbooked_free(void *block)
{
    write_off(block);
    free(block);
}

void *rebooked(void *block, size_t size)
{
    write_off(block);
    return booked(realloc(block, size));
}

/* Source: Marsaglia, xorshift64. */
uint64_t draw(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

static void *any_block(uint64_t chance, size_t size)
{
    void *block = NULL;
    switch (chance % 8) {
    case 0:
        return booked(calloc(1 + size / 8, 8));
    case 1:
        return posix_memalign(&block, 64, size) == 0 ? booked(block) : NULL;
    case 2:
        return booked(aligned_alloc(32, (size + 31) / 32 * 32));
    case 3:
        return booked(memalign(128, size));
    default:
        return booked(malloc(size));
    }
}

void walk(_Atomic(void *) *slots, size_t count, size_t steps, uint64_t seed)
{
    for (size_t i = 0; i < steps; i++) {
        uint64_t chance = draw(&seed);
        _Atomic(void *) *slot = &slots[(chance >> 8) % count];
        size_t size = 24 + (chance >> 32) % (chance % 64 == 0 ? 300000 : 700);
        void *had = atomic_exchange(slot, NULL), *has = NULL;
        if (chance % 3 == 0)
            has = rebooked(had, size + 1);
        else
            unbooked_free(had);
        if (chance % 3 == 1)
            has = any_block(chance >> 20, size);
        unbooked_free(atomic_exchange(slot, has));
    }
}

void free_all(_Atomic(void *) *slots, size_t count)
{
    for (size_t i = 0; i < count; i++)
        unbooked_free(atomic_exchange(&slots[i], NULL));
}

struct mark mark_here(void)
{
    struct mark mark = {.objects = atomic_load(&books.objects), .bytes = atomic_load(&books.bytes)};
    if (ask_reading(getpid(), &mark.agent) != 0)
        ok(false, "the agent answers");
    return mark;
}

void compare(struct mark mark, const char *what)
{
    struct mark now = mark_here();
    long long objects = now.agent.objects - mark.agent.objects, bytes = now.agent.bytes - mark.agent.bytes;
    ok(objects == now.objects - mark.objects && bytes == now.bytes - mark.bytes,
       "%s: %lld objects, %lld bytes by the agent, %lld and %lld by the books", what, objects, bytes,
       now.objects - mark.objects, now.bytes - mark.bytes);
}

void ok(bool holds, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs(holds ? "ok - " : "not ok - ", stdout);
    vprintf(format, arguments);
    putchar('\n');
    fflush(stdout);
    va_end(arguments);
}
