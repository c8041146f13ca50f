/* A run that is one part of several: begins when all do, and leaves the verdict to whoever has all of them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/units.h"
#include "flow/own.h"
#include "flow/shard.h"
#include "flow/soak_state.h"
#include "flow/trials_shared.h"

#define LATE_LEAST_S 0.1
#define OTHERS_SHARE 0.1 /* of its own traffic: as much longer as another part may take */
#define OTHERS_LEAST_S 1
#define OTHERS_MOST_S 10

bool soak_is_part(const struct soak *soak)
{
    return soak->options->shard.count > 0;
}

bool soak_reads_memory(const struct soak *soak)
{
    return soak->options->shard.index == 0;
}

static int keep(const struct soak *soak, char *kept, struct err *err)
{
    const struct shard *shard = &soak->options->shard;
    struct shard_run run = {
        .shard = shard->index, .shards = shard->count, .key = soak->shard_key, .kept = kept};
    return store_keep_shard(soak->options->trials.store, soak->options->trials.run, &run, err);
}

int soak_begin_part(struct soak *soak, struct err *err)
{
    const struct soak_options *options = soak->options;
    if (!soak_is_part(soak))
        return 0;
    struct shard_load load = {&options->load, options->requests, options->trials.seed, options->duration_ns,
                              options->label};
    soak->shard_key = shard_key(&options->shard, soak->service, soak->usable, &load);
    return keep(soak, NULL, err);
}

int soak_keep_part(struct soak *soak, struct err *err)
{
    if (!soak_is_part(soak))
        return 0;
    marks_end(&soak->marks, trials_elapsed_s(&soak->trials), (double)soak->trials.trial.requests);
    char *kept = soak_kept(soak);
    int failed = kept == NULL ? err_set(err, ERR_INTERNAL, "a name in the service is not UTF-8")
                              : keep(soak, kept, err);
    free(kept);
    return failed;
}

int soak_await_start(struct soak *soak)
{
    int64_t start_us = soak->options->shard.start_us;
    char late[UNITS_SIZE];
    if (start_us == 0)
        return 0;
    double left_s = (double)(start_us - clock_wall_us()) / 1e6;
    if (left_s < -LATE_LEAST_S)
        strings_addf(&soak->result->caveats,
                     "--start-at was over by %s when this shard was ready: it began late",
                     units_duration(late, -left_s));
    if (left_s <= 0)
        return 0;
    trials_say(&soak->trials, "waiting for the common start");
    return trials_hold_until(&soak->trials, trials_elapsed_s(&soak->trials) + left_s);
}

int soak_await_others(struct soak *soak)
{
    if (soak->options->shard.count < 2)
        return 0;
    double wait_s = fmin(fmax(OTHERS_SHARE * soak->traffic_s, OTHERS_LEAST_S), OTHERS_MOST_S);
    trials_say(&soak->trials, "waiting for the other shards");
    int halted = trials_hold_until(&soak->trials, trials_elapsed_s(&soak->trials) + wait_s);
    soak->quiet_s = trials_elapsed_s(&soak->trials);
    return halted;
}

void soak_mark(struct soak *soak)
{
    if (soak_is_part(soak))
        marks_add(&soak->marks, trials_elapsed_s(&soak->trials), (double)soak->trials.trial.requests);
}

static void say_part(struct soak *soak)
{
    const struct shard *shard = &soak->options->shard;
    char **reason = &soak->result->reason;
    if (soak->trials.halt != HALT_NONE)
        result_say(reason, "shard %zu of %zu ended before its part was sent: %s", shard->index, shard->count,
                   soak->trials.halt_why);
    else if (soak_reads_memory(soak))
        result_say(reason,
                   "shard 0 of %zu reads memory, but knows its own requests alone: `seep merge` judges those "
                   "of all shards",
                   shard->count);
    else
        result_say(reason,
                   "shard %zu of %zu sends its part and reads no memory: `seep merge` judges all shards "
                   "together",
                   shard->index, shard->count);
}

void soak_conclude_part(struct soak *soak)
{
    struct result *result = soak->result;
    soak_set_aside(soak);
    result->verdict = VERDICT_INCONCLUSIVE;
    result->confidence = NAN;
    say_part(soak);
    own_add_costs(result, &soak->trials);
    result->exit_code = thresholds_exit_code(result, soak->service, soak->trials.halt, &soak->trials.err);
}
