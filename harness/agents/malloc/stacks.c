#include "stacks.h"

#include <stddef.h>
#include <string.h>
#include <unwind.h>

struct walk {
    uintptr_t caller;
    bool outside; /* of the agent's own frames */
    size_t depth;
    uintptr_t frames[STACK_FRAMES];
};

static _Unwind_Reason_Code step(struct _Unwind_Context *context, void *into)
{
    struct walk *walk = into;
    uintptr_t address = _Unwind_GetIP(context);
    if (address == 0)
        return _URC_END_OF_STACK;
    if (walk->outside)
        walk->frames[walk->depth++] = address;
    else
        walk->outside = address == walk->caller;
    return walk->depth < STACK_FRAMES ? _URC_NO_REASON : _URC_END_OF_STACK;
}

/* Source: FNV-1a, over words, finished as in splitmix64. */
static uint64_t key_of(const struct walk *walk)
{
    uint64_t key = 0xcbf29ce484222325;
    for (size_t i = 0; i < walk->depth; i++)
        key = (key ^ walk->frames[i]) * 0x100000001b3;
    key = (key ^ (key >> 30)) * 0xbf58476d1ce4e5b9;
    key ^= key >> 31;
    return key == 0 ? 1 : key;
}

static bool is_or_becomes(struct stack *stack, uint64_t key, const struct walk *walk)
{
    uint64_t found = 0;
    if (atomic_compare_exchange_strong(&stack->key, &found, key)) {
        memcpy(stack->frames, walk->frames, sizeof stack->frames);
        atomic_store_explicit(&stack->whole, true, memory_order_release);
        return true;
    }
    return found == key;
}

uint32_t stacks_here(struct stacks *stacks, void *caller)
{
    struct walk walk = {.caller = (uintptr_t)caller, .depth = 1, .frames = {(uintptr_t)caller}};
    _Unwind_Backtrace(step, &walk);
    uint64_t key = key_of(&walk);
    for (uint32_t i = 0; i < STACKS; i++) {
        uint32_t at = ((uint32_t)key + i) & (STACKS - 1);
        if (is_or_becomes(&stacks->stacks[at], key, &walk))
            return at;
    }
    return STACKS_NONE;
}
