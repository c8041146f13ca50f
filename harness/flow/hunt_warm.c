/* Warming up: what our own readings add, then the whole mix until it is flat or grows steadily. */
#include <math.h>
#include <stdlib.h>

#include "flow/hunt_state.h"

#define NULL_READINGS 4
#define PASSES_LEAST 3
#define PASSES_MOST 12
#define PASSES_SECONDARY 6 /* from here on only the first decider must have settled */

/* The null block: readings without traffic. The first ones may fill caches of their own. */
static int null_block(struct hunt *hunt)
{
    struct levels levels;
    levels_init(&levels, hunt->signal_count);
    int halted = 0;
    for (size_t i = 0; !halted && i < NULL_READINGS; i++)
        halted = hunt_level(hunt, &levels, (double)i);
    for (size_t i = 0; !halted && i < hunt->deciders.count; i++) {
        struct decider *decider = &hunt->deciders.items[i];
        double gain = levels_gain(&levels, 1, NULL_READINGS - 1, decider) / (NULL_READINGS - 2);
        decider->per_read = gain > decider->quantum ? gain : 0; /* below that it is the signal's own step */
        if (decider->per_read > 0)
            strings_addf(&hunt->result->caveats,
                         "each of our own readings adds %.0f to %s; this is taken off", decider->per_read,
                         decider->name);
    }
    levels_release(&levels);
    return halted;
}

static enum settle_answer settled(const struct levels *levels, const struct decider *decider,
                                  double pass_requests)
{
    size_t n = levels->count - 1;
    double *gains = xmalloc((n + 1) * sizeof *gains);
    for (size_t i = 0; i < n; i++)
        gains[i] = levels_gain(levels, i, i + 1, decider);
    enum settle_answer answer = settle_judge(gains, n, pass_requests, decider->floor, decider->quantum);
    free(gains);
    return answer;
}

static bool warm(const struct hunt *hunt, const struct levels *levels, double pass_requests)
{
    if (levels->count <= PASSES_LEAST)
        return false;
    for (size_t i = 0; i < hunt->deciders.count; i++)
        if (settled(levels, &hunt->deciders.items[i], pass_requests) == SETTLE_MORE)
            return i > 0 && levels->count > PASSES_SECONDARY;
    return true;
}

static size_t set_aside_what_did_not_land(struct hunt *hunt)
{
    size_t left = 0;
    for (size_t i = 0; i < hunt->service->endpoint_count; i++)
        if (hunt->candidates[i].standing != STANDING_OUT && hunt_landed(hunt, i))
            left++;
    return left;
}

static void note_growth(struct hunt *hunt, const struct levels *levels)
{
    size_t last = levels->count - 1, from = last > 2 ? last - 2 : 0;
    double requests = levels->requests[last] - levels->requests[from];
    for (size_t i = 0; i < hunt->deciders.count; i++) {
        const struct decider *decider = &hunt->deciders.items[i];
        double rate = levels_gain(levels, from, last, decider) / requests;
        enum verdict verdict = rate > decider->floor ? VERDICT_GROWTH : VERDICT_NO_GROWTH;
        hunt->mix_grew = hunt->mix_grew || verdict == VERDICT_GROWTH;
        hunt_measured(hunt, STEP_WARM_UP, "the whole mix", decider, (uint64_t)requests, rate,
                      (struct interval){NAN, NAN}, verdict, "the last two passes of warming up");
    }
}

int hunt_warm_up(struct hunt *hunt)
{
    struct levels levels;
    levels_init(&levels, hunt->signal_count);
    trials_say(&hunt->trials, "reading without traffic");
    int halted = null_block(hunt);
    uint64_t done = 0;
    if (!halted)
        halted = hunt_level(hunt, &levels, 0);
    for (size_t pass = 1; !halted && pass <= PASSES_MOST; pass++) {
        uint64_t before = done;
        trials_say(&hunt->trials, "warming up, pass %zu", pass);
        halted = hunt_pass(hunt, STEP_WARM_UP, "the whole mix", NULL, &done);
        if (!halted && pass == 1 && set_aside_what_did_not_land(hunt) == 0)
            halted = trials_halt(&hunt->trials, HALT_TARGET,
                                 "no endpoint answered as recorded: the replay did not land");
        if (!halted)
            halted = hunt_level(hunt, &levels, (double)done);
        if (!halted && warm(hunt, &levels, (double)(done - before)))
            break;
    }
    if (!halted)
        note_growth(hunt, &levels);
    levels_release(&levels);
    return halted;
}
