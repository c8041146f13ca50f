/* The rows of the shards, as those of the merged run. */
#include <math.h>
#include <stdlib.h>

#include "flow/merge_inside.h"

struct copying {
    const struct merging *merging;
    const struct part *part;
};

/* Seconds stay whole: outcomes stand up to half a second from where they were. */
static int put_outcome(void *owner, const struct outcome_row *row)
{
    const struct copying *copying = owner;
    struct outcome_row moved = *row;
    moved.second += llround(copying->part->offset_s);
    moved.trial = 1;
    store_put_outcomes(copying->merging->store, copying->merging->run, &moved);
    return 0;
}

static uint64_t requests_at(const struct copying *copying, double at_s, uint64_t own)
{
    return (uint64_t)merging_requests(copying->merging, at_s, (double)own);
}

static int put_sample(void *owner, const struct sample *sample)
{
    const struct copying *copying = owner;
    struct sample moved = *sample;
    moved.at_s += copying->part->offset_s;
    moved.requests = requests_at(copying, moved.at_s, sample->requests);
    store_put_sample(copying->merging->store, copying->merging->run, &moved);
    return 0;
}

static int put_trials(struct copying *copying, struct err *err)
{
    struct trial *trials;
    size_t count;
    double offset_s = copying->part->offset_s;
    if (store_read_trials(copying->part->store, copying->part->run.run, &trials, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        trials[i].started_s += offset_s;
        trials[i].ended_s += offset_s;
        trials[i].requests = requests_at(copying, INFINITY, trials[i].requests);
        store_put_trial(copying->merging->store, copying->merging->run, &trials[i]);
        trial_release(&trials[i]);
    }
    free(trials);
    return 0;
}

static int put_blocks(struct copying *copying, struct err *err)
{
    struct block *blocks;
    size_t count;
    double offset_s = copying->part->offset_s;
    if (store_read_blocks(copying->part->store, copying->part->run.run, &blocks, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        blocks[i].started_s += offset_s;
        blocks[i].ended_s += offset_s;
        blocks[i].first_request = requests_at(copying, blocks[i].started_s, blocks[i].first_request);
        blocks[i].last_request = requests_at(copying, blocks[i].ended_s, blocks[i].last_request);
        store_put_block(copying->merging->store, copying->merging->run, &blocks[i]);
        block_release(&blocks[i]);
    }
    free(blocks);
    return 0;
}

/* What its own readings added; the rest is measured anew. */
static int put_measurements(struct copying *copying, struct err *err)
{
    struct measurement *list;
    size_t count;
    if (store_read_measurements(copying->part->store, copying->part->run.run, &list, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (list[i].step == STEP_NULL)
            store_put_measurement(copying->merging->store, copying->merging->run, &list[i]);
        measurement_release(&list[i]);
    }
    free(list);
    return 0;
}

static int put_first(struct copying *copying, struct err *err)
{
    if (put_trials(copying, err) != 0 || put_blocks(copying, err) != 0 || put_measurements(copying, err) != 0)
        return -1;
    return store_each_sample(copying->part->store, copying->part->run.run, put_sample, copying, err);
}

int merge_copy(const struct merging *merging, struct err *err)
{
    for (size_t i = 0; i < merging->count; i++) {
        struct copying copying = {merging, &merging->parts[i]};
        const struct part *part = copying.part;
        if (part->run.shard == 0 && put_first(&copying, err) != 0)
            return -1;
        if (store_each_outcome(part->store, part->run.run, put_outcome, &copying, err) != 0)
            return -1;
    }
    return 0;
}
