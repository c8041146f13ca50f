/* The null mix: without traffic nothing may grow but by our readings, or by itself.
 *
 * What time adds is looked for twice. As a part of warming up, in pauses that are no longer than a pass of the mix: what
 * adds as fast would be seen in every reading. And once more in long pauses before the rest of the mix is judged, while
 * fresh servers are driven elsewhere: what adds slowly. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "flow/hunt_state.h"
#include "flow/idle.h"

#define PAUSE_S 1.0 /* between readings */
#define PAUSE_LEAST_S 0.25

static void say_null(struct place *place, const struct decider *decider)
{
    char note[128];
    snprintf(note, sizeof note, "without traffic each reading adds %.3g, each second %.3g", decider->per_read,
             decider->per_second);
    hunt_measured(place, STEP_NULL, "no traffic", decider, 0, NAN, (struct interval){NAN, NAN},
                  decider->per_second > 0 ? VERDICT_GROWTH : VERDICT_NO_GROWTH, note);
}

static int null_block(struct place *place, double pause_s, struct idle_answer *answers)
{
    size_t readings = 0;
    trials_say(place->trials, "reading without traffic");
    for (size_t i = 0; i < place->deciders.count; i++)
        place->deciders.items[i].per_read = place->deciders.items[i].per_second = 0;
    int halted = idle_measure(place->trials, &(struct idle_plan){.settled = true, .pause_s = pause_s},
                              &place->deciders, answers, &readings);
    place->readings += readings;
    for (size_t i = 0; !halted && i < place->deciders.count; i++)
        say_null(place, &place->deciders.items[i]);
    return halted;
}

int hunt_null_block(struct place *place, double pass_s, struct idle_answer *answers)
{
    return null_block(place, fmin(PAUSE_S, fmax(PAUSE_LEAST_S, pass_s)), answers);
}

const struct probed *hunt_idle_known(const struct hunt *hunt)
{
    const struct probed *idle = hunt_probed_about(hunt, ASK_IDLE, NOBODY);
    return idle != NULL ? idle : hunt_probed_about(hunt, ASK_WARM_UP, NOBODY);
}

/* What warming up knows already is not asked again. */
int hunt_idle(struct place *place, const struct question *question, struct answer *answer,
              struct detail *detail)
{
    (void)question;
    const struct probed *warm = hunt_idle_known(place->hunt);
    int halted = 0;
    bool known = false;
    for (size_t i = 0; warm != NULL && i < place->deciders.count; i++)
        known = known || warm->detail.per_second[i] > 0;
    if (known)
        memcpy(detail->idle, warm->detail.idle, sizeof detail->idle);
    else
        halted = null_block(place, PAUSE_S, detail->idle);
    answer->told = TOLD_FLAT;
    for (size_t i = 0; i < place->deciders.count; i++) {
        detail->per_read[i] = place->deciders.items[i].per_read;
        detail->per_second[i] = place->deciders.items[i].per_second;
        if (detail->per_second[i] > 0)
            answer->told = TOLD_GROWS;
    }
    return halted;
}
