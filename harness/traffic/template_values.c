#include "traffic/template_values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void values_release(struct values *values)
{
    free(values->hashes);
    for (size_t i = 0; i < VALUES_EXAMPLES; i++)
        free(values->examples[i]);
    *values = (struct values){.hashes = NULL};
}

static size_t place_of(const struct values *values, uint64_t hash)
{
    size_t from = 0, to = values->count;
    while (from < to) {
        size_t middle = (from + to) / 2;
        if (values->hashes[middle] < hash)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static void make_room(struct values *values, size_t kept)
{
    if (values->count < values->capacity)
        return;
    size_t wanted = values->capacity == 0 ? 4 : (size_t)values->capacity * 2;
    values->capacity = (uint32_t)(wanted < kept ? wanted : kept);
    values->hashes = xrealloc(values->hashes, values->capacity * sizeof *values->hashes);
}

static char *example(const char *bytes, size_t length)
{
    bool whole = length <= VALUES_EXAMPLE_MOST;
    return xasprintf("%.*s%s", (int)(whole ? length : VALUES_EXAMPLE_MOST), bytes, whole ? "" : "...");
}

static void add_example(struct values *values, size_t place, char *take)
{
    if (place >= VALUES_EXAMPLES) {
        free(take);
        return;
    }
    free(values->examples[VALUES_EXAMPLES - 1]);
    memmove(values->examples + place + 1, values->examples + place,
            (VALUES_EXAMPLES - 1 - place) * sizeof *values->examples);
    values->examples[place] = take;
}

void values_trim(struct values *values, size_t kept)
{
    if (values->capacity <= kept)
        return;
    values->count = (uint32_t)(values->count < kept ? values->count : kept);
    values->capacity = (uint32_t)kept;
    values->hashes = xrealloc(values->hashes, kept * sizeof *values->hashes);
}

/* Where the hash belongs, its place being made; SIZE_MAX: it is there, or too large. */
static size_t insert(struct values *values, uint64_t hash, size_t kept)
{
    values_trim(values, kept);
    size_t place = place_of(values, hash);
    if (place == kept || (place < values->count && values->hashes[place] == hash))
        return SIZE_MAX;
    if (values->count < kept) {
        make_room(values, kept);
        values->count++;
    }
    memmove(values->hashes + place + 1, values->hashes + place,
            (values->count - 1 - place) * sizeof *values->hashes);
    values->hashes[place] = hash;
    return place;
}

void values_add(struct values *values, const char *bytes, size_t length, uint64_t hash, size_t kept)
{
    if (values->count >= kept && hash > values->hashes[kept - 1])
        return;
    size_t place = insert(values, hash, kept);
    if (place < VALUES_EXAMPLES)
        add_example(values, place, example(bytes, length));
}

void values_merge(struct values *into, const struct values *from, size_t kept)
{
    for (size_t i = 0; i < from->count; i++) {
        size_t place = insert(into, from->hashes[i], kept);
        if (place < VALUES_EXAMPLES) /* then it is one of the first of `from` too */
            add_example(into, place, xstrdup(from->examples[i]));
    }
}

uint64_t values_distinct(const struct values *values, size_t kept, bool *exact)
{
    *exact = values->count < kept;
    if (*exact)
        return values->count;
    double share =
        ((double)values->hashes[kept - 1] + 1) / 0x1p64; /* of all hashes, that the kept ones take up */
    return (uint64_t)llround((double)(kept - 1) / share);
}
