#include "plan/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "plan/kind.h"
#include "tape/tape.h"

#define US_PER_S INT64_C(1000000)

uint64_t schedule_hash(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t z = a;
    const uint64_t parts[] = {b, c};
    for (size_t i = 0; i < 2; i++) { /* the finaliser of SplitMix64, as in base/random.c */
        z += parts[i] + UINT64_C(0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        z ^= z >> 31;
    }
    return z;
}

struct schedule *schedule_alloc(size_t size, const struct schedule_kind *kind, const struct service *service,
                                const struct share *shares, size_t count)
{
    struct schedule *schedule = xcalloc(1, size);
    schedule->kind = kind;
    schedule->service = service;
    schedule->count = count;
    schedule->shares = xcalloc(count + 1, sizeof *shares);
    for (size_t i = 0; i < count; i++)
        schedule->shares[i] = shares[i];
    prerequisites_init(&schedule->prerequisites, service, shares, count);
    return schedule;
}

void schedule_free(struct schedule *schedule)
{
    if (schedule == NULL)
        return;
    prerequisites_release(&schedule->prerequisites);
    lanes_release(&schedule->lanes);
    free(schedule->shares);
    free(schedule);
}

struct tape *schedule_tape(const struct schedule *schedule, size_t share)
{
    return schedule->service->endpoints[schedule->shares[share].endpoint].tape;
}

size_t schedule_length(const struct schedule *schedule, size_t share)
{
    return schedule->service->endpoints[schedule->shares[share].endpoint].recorded;
}

/* Mixed with the pass: the same client coming again is another session. */
static uint64_t session_of(uint64_t recorded, uint64_t pass)
{
    uint64_t hash = recorded != 0 ? schedule_hash(recorded, pass, 0) : 0;
    return recorded != 0 && hash == 0 ? 1 : hash;
}

/* The next one of the mix that is in the cut. */
static int next_of_mix(struct schedule *schedule, struct due *due)
{
    do {
        if (!schedule->kind->next(schedule, due))
            return 0;
        due->session = session_of(due->session, due->pass);
    } while (!cut_has(&schedule->cut, due));
    return 1;
}

/* The next one, its due time from the beginning of the schedule. */
static int pull(struct schedule *schedule, struct due *due)
{
    if (schedule->prerequisites.any && prerequisites_take(&schedule->prerequisites, due))
        return 1;
    if (!next_of_mix(schedule, due))
        return 0;
    due->counted = true;
    if (schedule->ramp_ns > 0 && due->offset_ns != DUE_AT_ONCE)
        due->offset_ns = ramp_due_ns(due->offset_ns, schedule->ramp_ns);
    if (!schedule->prerequisites.any)
        return 1;
    prerequisites_put(&schedule->prerequisites, due);
    return prerequisites_take(&schedule->prerequisites, due);
}

int schedule_next(struct schedule *schedule, struct due *due)
{
    if (!pull(schedule, due))
        return 0;
    due->counted = due->counted && !schedule->beside;
    if (due->offset_ns != DUE_AT_ONCE)
        due->offset_ns -= schedule->begun_ns;
    return 1;
}

void schedule_skip(struct schedule *schedule, uint64_t requests)
{
    struct due due = {.offset_ns = DUE_AT_ONCE};
    while (requests > 0 && pull(schedule, &due))
        requests -= due.counted;
    schedule->begun_ns = due.offset_ns != DUE_AT_ONCE ? due.offset_ns : 0;
}

void schedule_beside(struct schedule *schedule)
{
    schedule->beside = true;
}

uint64_t schedule_planned(const struct schedule *schedule)
{
    return schedule->planned;
}

int64_t schedule_span_us(const struct service *service)
{
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (size_t i = 0; i < service->endpoint_count; i++) {
        const struct endpoint *endpoint = &service->endpoints[i];
        if (endpoint->recorded == 0)
            continue;
        int64_t start = tape_first_us(endpoint->tape), end = tape_last_us(endpoint->tape);
        first = start < first ? start : first;
        last = end > last ? end : last;
    }
    return last > first && last - first > US_PER_S ? last - first : US_PER_S;
}
