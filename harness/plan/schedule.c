#include "plan/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "plan/kind.h"

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

const struct recording *schedule_recording(const struct schedule *schedule, size_t share)
{
    return &schedule->service->endpoints[schedule->shares[share].endpoint].recording;
}

/* FNV-1a of the name, mixed with the pass: the same client coming again is another session. */
static uint64_t session_of(const struct service *service, const struct due *due, uint64_t pass)
{
    const char *name = service->endpoints[due->endpoint].recording.requests[due->request].session;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    if (name == NULL || name[0] == '\0')
        return 0;
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    hash = schedule_hash(hash, pass, 0);
    return hash != 0 ? hash : 1;
}

int schedule_next(struct schedule *schedule, struct due *due)
{
    uint64_t pass = 0;
    if (prerequisites_take(&schedule->prerequisites, due))
        return 1;
    if (!schedule->kind->next(schedule, due, &pass))
        return 0;
    due->counted = true;
    due->session = session_of(schedule->service, due, pass);
    prerequisites_put(&schedule->prerequisites, due);
    return prerequisites_take(&schedule->prerequisites, due);
}

uint64_t schedule_planned(const struct schedule *schedule)
{
    return schedule->planned;
}

int64_t schedule_span_us(const struct service *service)
{
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (size_t i = 0; i < service->endpoint_count; i++) {
        const struct recording *recording = &service->endpoints[i].recording;
        if (recording->count == 0)
            continue;
        int64_t start = recording->requests[0].t_us, end = recording->requests[recording->count - 1].t_us;
        first = start < first ? start : first;
        last = end > last ? end : last;
    }
    return last > first && last - first > US_PER_S ? last - first : US_PER_S;
}
