#include "flow/entries.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define US_PER_S INT64_C(1000000)

void entries_release(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++)
        request_release(&entries->items[i].request);
    free(entries->items);
    memset(entries, 0, sizeof *entries);
}

/* Each block on the heap costs 16 bytes beside what it holds. */
static uint64_t size_of(const struct request *request)
{
    uint64_t size =
        sizeof(struct entry) + strlen(request->method) + strlen(request->url) + request->body_length + 80;
    for (size_t i = 0; i < request->headers.count; i++)
        size += sizeof(struct header) + strlen(request->headers.items[i].name) +
                strlen(request->headers.items[i].value) + 32;
    return size;
}

void entries_add(struct entries *entries, const struct entry *entry_take)
{
    if (entries->count == entries->capacity) {
        entries->capacity = entries->capacity > 0 ? entries->capacity * 2 : 256;
        entries->items = xrealloc(entries->items, entries->capacity * sizeof *entries->items);
    }
    entries->items[entries->count++] = *entry_take;
    entries->bytes += size_of(&entry_take->request);
}

struct place {
    int64_t t_us;
    size_t index;
};

static int by_time(const void *one, const void *other)
{
    const struct place *a = one, *b = other;
    if (a->t_us != b->t_us)
        return a->t_us < b->t_us ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

void entries_sort(struct entries *entries, size_t from)
{
    size_t count = entries->count - from;
    struct entry *items = entries->items + from;
    struct place *places = xcalloc(count, sizeof *places);
    struct entry *sorted = xcalloc(count, sizeof *sorted);
    for (size_t i = 0; i < count; i++)
        places[i] = (struct place){items[i].request.t_us, i};
    if (count > 0)
        qsort(places, count, sizeof *places, by_time);
    for (size_t i = 0; i < count; i++)
        sorted[i] = items[places[i].index];
    if (count > 0)
        memcpy(items, sorted, count * sizeof *sorted);
    free(sorted);
    free(places);
}

bool entries_spread(struct entries *entries, size_t from)
{
    for (size_t i = from; i < entries->count; i++)
        if (entries->items[i].request.t_us % US_PER_S != 0)
            return false;
    for (size_t first = from, end; first < entries->count; first = end) {
        int64_t second = entries->items[first].request.t_us;
        for (end = first + 1; end < entries->count && entries->items[end].request.t_us == second; end++)
            ;
        int64_t count = (int64_t)(end - first);
        for (int64_t i = 0; i < count; i++)
            entries->items[first + (size_t)i].request.t_us = second + (2 * i + 1) * US_PER_S / (2 * count);
    }
    return true;
}
