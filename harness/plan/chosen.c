/* Some of an endpoint's requests, one after the other and again from the first. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "plan/kind.h"
#include "tape/tape.h"

struct chosen {
    struct schedule schedule;
    uint64_t first_pass, sent;
    size_t count;
    size_t requests[];
};

static int next(struct schedule *schedule, struct due *due)
{
    struct chosen *chosen = (struct chosen *)schedule;
    if (chosen->sent == schedule->planned)
        return 0;
    due->offset_ns = DUE_AT_ONCE;
    due->endpoint = schedule->shares[0].endpoint;
    due->request = chosen->requests[chosen->sent % chosen->count];
    due->pass = chosen->first_pass + chosen->sent / chosen->count;
    due->session = tape_entry(schedule_tape(schedule, 0), due->request, &due->position)->session;
    chosen->sent++;
    return 1;
}

static const struct schedule_kind kind = {next};

struct schedule *schedule_chosen(const struct service *service, const struct share *share,
                                 const size_t *requests, size_t count, uint64_t *pass)
{
    struct chosen *chosen =
        (struct chosen *)schedule_alloc(sizeof *chosen + count * sizeof *requests, &kind, service, share, 1);
    memcpy(chosen->requests, requests, count * sizeof *requests);
    chosen->count = count;
    chosen->first_pass = *pass;
    chosen->schedule.planned = count > 0 ? share->requests : 0;
    if (count > 0)
        *pass += (share->requests + count - 1) / count;
    return &chosen->schedule;
}
