/* A block: exact counts, evenly interleaved. Request i of n stands somewhere in [i/n, (i+1)/n) of the way. */
#include "base/random.h"
#include "plan/kind.h"
#include "tape/tape.h"

struct block {
    struct schedule schedule;
    struct random random;
    struct place {
        uint64_t start; /* of the cursor */
        uint64_t sent;
    } places[];
};

static double key_of(struct block *block, size_t share)
{
    double place = (double)block->places[share].sent + random_unit(&block->random);
    return place / (double)block->schedule.shares[share].requests;
}

static int next(struct schedule *schedule, struct due *due)
{
    struct block *block = (struct block *)schedule;
    const struct lane *lane = lanes_first(&schedule->lanes);
    if (lane == NULL)
        return 0;
    size_t share = lane->index, length = schedule_length(schedule, share);
    uint64_t cursor = block->places[share].start + block->places[share].sent++;
    due->offset_ns = DUE_AT_ONCE;
    due->endpoint = schedule->shares[share].endpoint;
    due->request = cursor % length;
    due->pass = cursor / length;
    due->session = tape_entry(schedule_tape(schedule, share), due->request, &due->position)->session;
    if (block->places[share].sent == schedule->shares[share].requests)
        lanes_drop_first(&schedule->lanes);
    else
        lanes_move_first(&schedule->lanes, key_of(block, share));
    return 1;
}

static const struct schedule_kind kind = {next};

struct schedule *schedule_block(const struct service *service, const struct share *shares, size_t count,
                                size_t *cursors, uint64_t seed)
{
    size_t size = sizeof(struct block) + count * sizeof(struct place);
    struct block *block = (struct block *)schedule_alloc(size, &kind, service, shares, count);
    random_init(&block->random, seed);
    for (size_t i = 0; i < count; i++) {
        if (shares[i].requests == 0 || schedule_length(&block->schedule, i) == 0)
            continue;
        block->places[i].start = cursors[shares[i].endpoint];
        cursors[shares[i].endpoint] += shares[i].requests;
        block->schedule.planned += shares[i].requests;
        lanes_add(&block->schedule.lanes, key_of(block, i), i);
    }
    return &block->schedule;
}
