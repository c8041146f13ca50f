/* Which part of a schedule one of several drivers sends. */
#include "plan/kind.h"

/* Sessions and places are hashed apart, so that neither is told by the other. */
bool cut_has(const struct cut *cut, const struct due *due)
{
    if (cut->count < 2)
        return true;
    uint64_t hash = due->session != 0 ? schedule_hash(due->session, 1, 0)
                                      : schedule_hash(due->endpoint, due->request + 1, due->pass);
    return hash % cut->count == cut->index;
}

void schedule_cut(struct schedule *schedule, struct cut cut)
{
    schedule->cut = cut;
}

uint64_t schedule_count(struct schedule *schedule)
{
    struct due due;
    uint64_t count = 0;
    while (schedule_next(schedule, &due))
        count += due.counted;
    schedule_free(schedule);
    return count;
}

void schedule_plan(struct schedule *schedule, uint64_t planned)
{
    schedule->planned = planned;
}
