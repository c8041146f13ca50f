#include "base/distinct.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define BITS 13
#define REGISTERS ((size_t)1 << BITS)
#define FIRST_SLOTS 16

void distinct_init(struct distinct *distinct, uint64_t most)
{
    *distinct = (struct distinct){.most = most};
}

void distinct_release(struct distinct *distinct)
{
    free(distinct->seen);
    free(distinct->registers);
    *distinct = (struct distinct){.most = distinct->most};
}

static void estimate_add(uint8_t *registers, uint64_t hash)
{
    uint64_t rest = hash >> BITS;
    uint8_t rank = 1;
    while (rank <= 64 - BITS && (rest & 1) == 0) {
        rank++;
        rest >>= 1;
    }
    uint8_t *at = &registers[hash & (REGISTERS - 1)];
    if (rank > *at)
        *at = rank;
}

/* False when it was there already. Zero marks an empty slot; the value zero stands as another one. */
static bool table_add(uint64_t *seen, size_t slots, uint64_t hash)
{
    uint64_t value = hash != 0 ? hash : 1;
    size_t at = (size_t)(value >> 20) & (slots - 1);
    while (seen[at] != 0 && seen[at] != value)
        at = (at + 1) & (slots - 1);
    if (seen[at] == value)
        return false;
    seen[at] = value;
    return true;
}

static void grow(struct distinct *distinct)
{
    size_t slots = distinct->slots > 0 ? distinct->slots * 2 : FIRST_SLOTS;
    uint64_t *seen = xcalloc(slots, sizeof *seen);
    for (size_t i = 0; i < distinct->slots; i++)
        if (distinct->seen[i] != 0)
            table_add(seen, slots, distinct->seen[i]);
    free(distinct->seen);
    distinct->seen = seen;
    distinct->slots = slots;
}

static void begin_estimate(struct distinct *distinct)
{
    distinct->registers = xcalloc(REGISTERS, 1);
    for (size_t i = 0; i < distinct->slots; i++)
        if (distinct->seen[i] != 0)
            estimate_add(distinct->registers, distinct->seen[i]);
    free(distinct->seen);
    distinct->seen = NULL;
    distinct->slots = 0;
}

void distinct_add(struct distinct *distinct, uint64_t hash)
{
    if (distinct->registers != NULL) {
        estimate_add(distinct->registers, hash);
        return;
    }
    if (distinct->count * 2 >= distinct->slots)
        grow(distinct);
    distinct->count += table_add(distinct->seen, distinct->slots, hash);
    if (distinct->count > distinct->most)
        begin_estimate(distinct);
}

uint64_t distinct_count(const struct distinct *distinct, bool *about)
{
    const double count = (double)REGISTERS;
    double sum = 0;
    size_t empty = 0;
    *about = distinct->registers != NULL;
    if (!*about)
        return distinct->count;
    for (size_t i = 0; i < REGISTERS; i++) {
        sum += ldexp(1, -distinct->registers[i]);
        empty += distinct->registers[i] == 0;
    }
    double estimate = 0.7213 / (1 + 1.079 / count) * count * count / sum;
    if (estimate <= 2.5 * count && empty > 0)
        estimate = count * log(count / (double)empty);
    return (uint64_t)(estimate + 0.5);
}
