/* Warming up: the whole mix until it is flat or grows steadily; then what our own readings add. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "flow/hunt_state.h"

#define PASSES_LEAST 3
#define PASSES_MOST 8       /* what still fills is told from a leak by its long solo */
#define PASSES_SECONDARY 6  /* from here on only the first decider must have settled */
#define READINGS_A_SCREEN 4 /* of each endpoint */
#define DEAR_S 60           /* of a screen, for readings alone: beyond this sets are halved instead */

static void say_cost_of_reading(struct strings *caveats, const struct decider *decider)
{
    char bytes[UNITS_SIZE];
    if (decider->per_read <= decider->floor * HUNT_READING_CALLS)
        return;
    if (decider->objects)
        strings_addf(caveats, "each of our own readings adds %.0f objects to %s; this is taken off",
                     decider->per_read, decider->name);
    else
        strings_addf(caveats, "each of our own readings adds %s to %s; this is taken off",
                     units_bytes(bytes, decider->per_read), decider->name);
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

static bool warm(const struct place *place, const struct levels *levels, double pass_requests)
{
    if (levels->count <= PASSES_LEAST)
        return false;
    for (size_t i = 0; i < place->deciders.count; i++)
        if (settled(levels, &place->deciders.items[i], pass_requests) == SETTLE_MORE)
            return i > 0 && levels->count > PASSES_SECONDARY;
    return true;
}

/* What the last two passes gained: is the whole mix seen to grow at all? */
static enum told say_growth(struct place *place, const struct levels *levels, struct detail *detail)
{
    size_t last = levels->count - 1, from = last > 2 ? last - 2 : 0;
    double requests = levels->requests[last] - levels->requests[from];
    enum told told = TOLD_FLAT;
    detail->calls = (uint64_t)levels->requests[last];
    for (size_t i = 0; i < place->deciders.count; i++) {
        const struct decider *decider = &place->deciders.items[i];
        double rate = levels_gain(levels, from, last, decider) / requests;
        enum verdict verdict = rate > decider->floor ? VERDICT_GROWTH : VERDICT_NO_GROWTH;
        told = verdict == VERDICT_GROWTH ? TOLD_GROWS : told;
        detail->by_decider[i] = (struct growth_answer){.verdict = verdict, .per_request = rate};
        detail->gained[i] = levels_gain(levels, 0, last, decider);
        hunt_measured(place, STEP_WARM_UP, "the whole mix", decider, (uint64_t)requests, rate,
                      (struct interval){NAN, NAN}, verdict, "the last two passes of warming up");
    }
    return told;
}

/* Passes of the mix on the present server. landed(): after the first one, may take endpoints out of `in`. What the last
 * pass and the last reading took, in seconds. */
static int passes(struct place *place, bool *in, int (*landed)(struct place *place, bool *in),
                  struct levels *levels, double *pass_s, double *reading_s)
{
    uint64_t done = 0;
    double began_s = 0;
    trials_say(place->trials, "reading before any traffic");
    int halted = hunt_level(place, levels, 0);
    for (size_t pass = 1; !halted && pass <= PASSES_MOST; pass++) {
        uint64_t before = done;
        trials_say(place->trials, "warming up, pass %zu", pass);
        began_s = trials_elapsed_s(place->trials);
        halted = hunt_pass(place, STEP_WARM_UP, "the whole mix", in, &done);
        *pass_s = trials_elapsed_s(place->trials) - began_s;
        if (!halted && pass == 1)
            halted = landed(place, in);
        began_s = trials_elapsed_s(place->trials);
        if (!halted)
            halted = hunt_level(place, levels, (double)done);
        *reading_s = trials_elapsed_s(place->trials) - began_s;
        if (!halted && warm(place, levels, (double)(done - before)))
            break;
    }
    return halted;
}

static int set_aside_what_did_not_land(struct place *place, bool *in)
{
    struct probed *probed = place->probed;
    size_t n = place->hunt->service->endpoint_count, left = 0;
    probed->out = xcalloc(n + 1, sizeof *probed->out);
    probed->detail.out_why = xcalloc(n + 1, sizeof *probed->detail.out_why);
    for (size_t i = 0; i < n; i++) {
        if (!in[i])
            continue;
        probed->detail.out_why[i] =
            trials_why_not_landed(&place->trials->in_block[i], replay_why(place->trials->replay, i),
                                  replay_lost(place->trials->replay, i));
        probed->out[i] = probed->detail.out_why[i] != NULL;
        in[i] = !probed->out[i];
        left += in[i];
    }
    probed->answer.out = probed->out;
    return left > 0 ? 0
                    : trials_halt(place->trials, HALT_TARGET,
                                  "no endpoint answered as recorded: the replay did not land");
}

int hunt_warm_up(struct place *place, const struct question *question, struct answer *answer,
                 struct detail *detail)
{
    (void)question;
    struct hunt *hunt = place->hunt;
    bool *in = xcalloc(hunt->service->endpoint_count + 1, sizeof *in);
    struct levels levels;
    double pass_s = 0, reading_s = 0;
    levels_init(&levels, hunt->signal_count);
    size_t count = hunt_mix(hunt, NULL, 0, in);
    int halted = passes(place, in, set_aside_what_did_not_land, &levels, &pass_s, &reading_s);
    if (!halted) {
        if (!deciders_pooled(&place->deciders, place->trials->watch))
            detail->workers = watch_workers(place->trials->watch);
        halted = hunt_null_block(place, pass_s, detail->idle);
    }
    if (!halted) {
        answer->told = say_growth(place, &levels, detail);
        answer->dear = reading_s * READINGS_A_SCREEN * (double)count > DEAR_S;
        for (size_t i = 0; i < place->deciders.count; i++) {
            detail->per_read[i] = place->deciders.items[i].per_read;
            detail->per_second[i] = place->deciders.items[i].per_second;
            say_cost_of_reading(&detail->caveats, &place->deciders.items[i]);
        }
        place->warm = true;
    }
    levels_release(&levels);
    free(in);
    return halted;
}

static int as_before(struct place *place, bool *in)
{
    (void)place;
    (void)in;
    return 0;
}

/* Another server is to stand where the one that was warm stood: nothing new is asked of it. */
int hunt_make_warm(struct place *place)
{
    if (place->warm)
        return 0;
    struct hunt *hunt = place->hunt;
    bool *in = xcalloc(hunt->service->endpoint_count + 1, sizeof *in);
    struct idle_answer again[DECIDERS_MOST]; /* told already, of the server before */
    struct levels levels;
    double pass_s = 0, reading_s = 0;
    levels_init(&levels, hunt->signal_count);
    hunt_mix(hunt, NULL, 0, in);
    memset(place->kept, 0, hunt->service->endpoint_count * sizeof *place->kept);
    int halted = hunt_fresh(place, STEP_WARM_UP, "the whole mix");
    if (!halted)
        halted = passes(place, in, as_before, &levels, &pass_s, &reading_s);
    if (!halted)
        halted = hunt_null_block(place, pass_s, again);
    const struct probed *known = hunt_idle_known(hunt);
    for (size_t i = 0; known != NULL && i < place->deciders.count; i++)
        place->deciders.items[i].per_second = known->detail.per_second[i];
    place->warm = !halted;
    levels_release(&levels);
    free(in);
    return halted;
}
