#include "plan/prerequisites.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "plan/kind.h"

/* What sessions had, of which so much is remembered at least: of more, the oldest may be sent their prerequisites
 * again. A power of two. */
#define KEYS_MAX ((size_t)1 << 16)

static bool holds(const uint64_t *slots, size_t capacity, uint64_t key)
{
    for (size_t at = key & (capacity - 1); slots[at] != 0; at = (at + 1) & (capacity - 1))
        if (slots[at] == key)
            return true;
    return false;
}

static void forget_older(struct seen *seen)
{
    uint64_t *held = seen->before;
    seen->before = seen->now;
    seen->now = held;
    memset(seen->now, 0, seen->capacity * sizeof *seen->now);
    seen->count = 0;
}

/* True when it is new. */
static bool seen_add(struct seen *seen, uint64_t key)
{
    key |= key == 0;
    if (holds(seen->now, seen->capacity, key) || holds(seen->before, seen->capacity, key))
        return false;
    if (seen->count * 2 >= seen->capacity)
        forget_older(seen);
    size_t at = key & (seen->capacity - 1);
    while (seen->now[at] != 0)
        at = (at + 1) & (seen->capacity - 1);
    seen->now[at] = key;
    seen->count++;
    return true;
}

/* Not less for a short recording: by their own arrivals, endpoints may be many passes apart. */
static void seen_init(struct seen *seen)
{
    seen->capacity = 2 * KEYS_MAX;
    seen->now = xcalloc(seen->capacity, sizeof *seen->now);
    seen->before = xcalloc(seen->capacity, sizeof *seen->before);
}

static size_t index_of(const struct service *service, const char *name)
{
    const struct endpoint *endpoint = service_find(service, name);
    return endpoint != NULL ? (size_t)(endpoint - service->endpoints) : service->endpoint_count;
}

/* Marks what `endpoint` needs, and what that needs; a mark that stands ends a circle. */
static void mark_needs(struct prerequisites *prerequisites, size_t endpoint)
{
    const struct service *service = prerequisites->service;
    const struct strings *after = &service->endpoints[endpoint].after;
    for (size_t i = 0; i < after->count; i++) {
        size_t needed = index_of(service, after->items[i]);
        if (needed == service->endpoint_count || prerequisites->needed[needed])
            continue;
        prerequisites->needed[needed] = prerequisites->any = true;
        mark_needs(prerequisites, needed);
    }
}

void prerequisites_init(struct prerequisites *prerequisites, const struct service *service,
                        const struct share *shares, size_t count)
{
    prerequisites->service = service;
    prerequisites->needed = xcalloc(service->endpoint_count + 1, sizeof *prerequisites->needed);
    prerequisites->strangers = xcalloc(service->endpoint_count + 1, sizeof *prerequisites->strangers);
    for (size_t i = 0; i < count; i++)
        mark_needs(prerequisites, shares[i].endpoint);
    if (prerequisites->any)
        seen_init(&prerequisites->seen);
}

void prerequisites_release(struct prerequisites *prerequisites)
{
    free(prerequisites->needed);
    free(prerequisites->strangers);
    free(prerequisites->seen.now);
    free(prerequisites->seen.before);
    free(prerequisites->queue);
}

static void enqueue(struct prerequisites *prerequisites, const struct due *due)
{
    if (prerequisites->queued == prerequisites->capacity) {
        prerequisites->capacity = prerequisites->capacity > 0 ? 2 * prerequisites->capacity : 8;
        prerequisites->queue =
            xrealloc(prerequisites->queue, prerequisites->capacity * sizeof *prerequisites->queue);
    }
    prerequisites->queue[prerequisites->queued++] = *due;
}

/* True when this is the session's first request to the endpoint, so far as anybody needs to know. */
static bool is_first(struct prerequisites *prerequisites, uint64_t session, size_t endpoint)
{
    if (!prerequisites->needed[endpoint])
        return false;
    if (session != 0)
        return seen_add(&prerequisites->seen, schedule_hash(session, endpoint, 0));
    bool first = !prerequisites->strangers[endpoint];
    prerequisites->strangers[endpoint] = true;
    return first;
}

static void put_needs(struct prerequisites *prerequisites, const struct due *due, size_t endpoint)
{
    const struct service *service = prerequisites->service;
    const struct strings *after = &service->endpoints[endpoint].after;
    for (size_t i = 0; i < after->count; i++) {
        size_t needed = index_of(service, after->items[i]);
        if (needed == service->endpoint_count || service->endpoints[needed].recorded == 0 ||
            !is_first(prerequisites, due->session, needed))
            continue;
        put_needs(prerequisites, due, needed);
        enqueue(prerequisites, &(struct due){.offset_ns = due->offset_ns,
                                             .endpoint = needed,
                                             .pass = due->pass,
                                             .session = due->session});
    }
}

void prerequisites_put(struct prerequisites *prerequisites, const struct due *due)
{
    prerequisites->queued = prerequisites->sent = 0;
    if (prerequisites->any) {
        /* What it sends itself need not be sent for it. */
        is_first(prerequisites, due->session, due->endpoint);
        put_needs(prerequisites, due, due->endpoint);
    }
    enqueue(prerequisites, due);
}

bool prerequisites_take(struct prerequisites *prerequisites, struct due *due)
{
    if (prerequisites->sent == prerequisites->queued)
        return false;
    *due = prerequisites->queue[prerequisites->sent++];
    return true;
}
