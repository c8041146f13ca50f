/* Warming up: the whole mix until it is flat or grows steadily; then what our own readings add. */
#include <math.h>
#include <stdlib.h>

#include "base/units.h"
#include "flow/hunt_state.h"

#define NULL_GAINS 4 /* from the last readings without traffic */
#define NULL_READINGS_MOST 24
#define WINDOW_THAT_MATTERS 600 /* calls over which what a reading adds would look like growth */
#define PASSES_LEAST 3
#define PASSES_MOST 12
#define PASSES_SECONDARY 6 /* from here on only the first decider must have settled */

/* What one reading adds, from the last few: their mean, where nearly all of them rose. */
static double added_by_a_reading(const struct levels *levels, const struct decider *decider)
{
    size_t rose = 0, last = levels->count - 1, from = last - NULL_GAINS;
    for (size_t i = from; i < last; i++)
        rose += levels_gain(levels, i, i + 1, decider) > 0;
    double gain = rose + 1 >= NULL_GAINS ? levels_gain(levels, from, last, decider) / NULL_GAINS : 0;
    return gain > decider->quantum ? gain : 0; /* below that it is the signal's own step */
}

static void say_cost_of_reading(struct hunt *hunt, const struct decider *decider)
{
    char bytes[UNITS_SIZE];
    if (decider->per_read <= decider->floor * WINDOW_THAT_MATTERS)
        return;
    if (decider->objects)
        strings_addf(&hunt->result->caveats,
                     "each of our own readings adds %.0f objects to %s; this is taken off", decider->per_read,
                     decider->name);
    else
        strings_addf(&hunt->result->caveats, "each of our own readings adds %s to %s; this is taken off",
                     units_bytes(bytes, decider->per_read), decider->name);
}

static bool readings_add(const struct hunt *hunt, const struct levels *levels)
{
    for (size_t i = 0; i < hunt->deciders.count; i++)
        if (added_by_a_reading(levels, &hunt->deciders.items[i]) > 0)
            return true;
    return false;
}

/* The null block: readings without traffic, on the warm server. A cold one fills what it will have filled
 * once and for all (V8 compiles, caches of the page that is read): taken for what each reading adds, that
 * would hide a leak in every later window. So what readings seem to add must last. */
static int null_block(struct hunt *hunt)
{
    struct levels levels;
    levels_init(&levels, hunt->signal_count);
    int halted = 0;
    for (size_t i = 0; !halted && i < NULL_READINGS_MOST; i++) {
        halted = hunt_level(hunt, &levels, (double)i);
        if (!halted && i > NULL_GAINS && !readings_add(hunt, &levels))
            break;
    }
    for (size_t i = 0; !halted && i < hunt->deciders.count; i++) {
        hunt->deciders.items[i].per_read = added_by_a_reading(&levels, &hunt->deciders.items[i]);
        say_cost_of_reading(hunt, &hunt->deciders.items[i]);
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
        hunt_measured(hunt, STEP_WARM_UP, "the whole mix", decider, (uint64_t)requests, rate,
                      (struct interval){NAN, NAN}, verdict, "the last two passes of warming up");
    }
}

int hunt_warm_up(struct hunt *hunt)
{
    struct levels levels;
    levels_init(&levels, hunt->signal_count);
    uint64_t done = 0;
    trials_say(&hunt->trials, "reading before any traffic");
    int halted = hunt_level(hunt, &levels, 0);
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
    if (!halted) {
        if (!deciders_pooled(&hunt->deciders, hunt->trials.watch))
            hunt->workers = watch_workers(hunt->trials.watch);
        trials_say(&hunt->trials, "reading without traffic");
        halted = null_block(hunt);
    }
    if (!halted)
        note_growth(hunt, &levels);
    levels_release(&levels);
    return halted;
}
