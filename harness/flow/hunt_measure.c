/* Which question is measured by which file, and on which server. */
#include <stdlib.h>
#include <string.h>

#include "flow/hunt_state.h"

static const struct measure {
    measure_function *measure;
    bool warm;   /* on the server that has served the whole mix */
    bool by_rss; /* likewise where a live signal is there; with RSS alone on a fresh one */
} measures[ASK_COUNT] = {
    [ASK_WARM_UP] = {hunt_warm_up, true, true},
    [ASK_SCREEN] = {hunt_screen, true, false},
    [ASK_SCREEN_LONGER] = {hunt_screen, true, false},
    [ASK_LONG_SOLO] = {hunt_long_solo, true, false},
    [ASK_REST] = {hunt_rest, true, false},
    [ASK_SET] = {hunt_set, true, true},
    [ASK_TOGETHER] = {hunt_together, false, false},
    [ASK_TURNS] = {hunt_turns, true, true},
    [ASK_ALONE] = {hunt_alone, false, false},
    [ASK_PARTNERS] = {hunt_partners, false, false},
    [ASK_AFTER] = {hunt_after, false, false},
    [ASK_HOLD] = {hunt_hold, true, true},
    [ASK_NARROW] = {hunt_narrow, false, false},
    [ASK_SITES] = {hunt_sites, false, false},
    [ASK_IDLE] = {hunt_idle, true, true},
    [ASK_TRIAL] = {hunt_trial, false, false},
};

bool hunt_wants_warm(const struct hunt *hunt, enum ask ask)
{
    return hunt->deciders.live ? measures[ask].warm : measures[ask].by_rss;
}

int hunt_measure(struct place *place)
{
    struct probed *probed = place->probed;
    const struct question *question = &probed->question;
    uint64_t before = place->trials->requests;
    probed->started_s = trials_elapsed_s(place->trials);
    int halted = 0;
    if (question->ask != ASK_WARM_UP && hunt_wants_warm(place->hunt, question->ask))
        halted = hunt_make_warm(place);
    if (!halted)
        halted = measures[question->ask].measure(place, question, &probed->answer, &probed->detail);
    probed->ended_s = trials_elapsed_s(place->trials);
    probed->requests = place->trials->requests - before;
    probed->trial = place->trials->trial.number;
    return halted;
}
