#include "flow/hunt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "flow/hunt_state.h"
#include "flow/recordings.h"

#define CONFIRM_DEFAULT 10000

static int choose_endpoints(struct hunt *hunt, struct service *service, struct err *err)
{
    size_t n = service->endpoint_count, usable_count = 0;
    bool *usable = xcalloc(n + 1, sizeof *usable);
    recordings_usable(service, target_loopback(hunt->trials.target), usable, hunt->result);
    for (size_t i = 0; i < n; i++)
        hunt->candidates[i].not_chosen = usable[i];
    int failed =
        recordings_choose(service, hunt->options->endpoints, hunt->options->endpoint_count, usable, err);
    for (size_t i = 0; i < n; i++) {
        hunt->candidates[i].standing = usable[i] ? STANDING_UNKNOWN : STANDING_OUT;
        hunt->candidates[i].not_chosen = hunt->candidates[i].not_chosen && !usable[i];
        usable_count += usable[i];
    }
    free(usable);
    if (!failed && usable_count == 0)
        failed = err_set(err, ERR_USAGE, "%s: no endpoint can be replayed: %s", hunt->options->directory,
                         hunt->result->not_looked_at_count > 0 ? hunt->result->not_looked_at[0].why
                                                               : "none chosen");
    return failed;
}

static int rest_and_what_it_hides(struct hunt *hunt)
{
    if (hunt_rest(hunt) != 0)
        return -1;
    hunt->rest_checked = true;
    if (hunt_hold(hunt) != 0)
        return -1;
    if (hunt->rest != SCREEN_GROWS || !hunt->deciders.live)
        return 0;
    size_t before = hunt->result->finding_count;
    if (hunt_reduce(hunt) != 0 || hunt_hold(hunt) != 0)
        return -1;
    return hunt->result->finding_count > before ? hunt_rest(hunt) : 0;
}

/* Which signals there are is known once the target runs. */
static int look(struct hunt *hunt)
{
    if (!hunt->deciders.live)
        return 0; /* each endpoint will have a server of its own */
    double *values = xmalloc((hunt->signal_count + 1) * sizeof *values);
    deciders_need(&hunt->deciders, &hunt->trials);
    int halted = trials_start(&hunt->trials, STEP_WARM_UP, "the whole mix");
    trials_say(&hunt->trials, "reading before any traffic");
    if (!halted)
        halted = trials_read(&hunt->trials, values);
    if (!halted)
        deciders_keep_readable(&hunt->deciders, hunt->trials.watch, values, &hunt->result->caveats);
    free(values);
    return halted;
}

static void hunt_on_one_server(struct hunt *hunt)
{
    if (hunt_warm_up(hunt) != 0 || hunt_screen(hunt) != 0 || hunt_confirm(hunt) != 0 ||
        rest_and_what_it_hides(hunt) != 0)
        return;
    hunt_isolate(hunt);
}

static void hunt_on_fresh_servers(struct hunt *hunt)
{
    if (hunt_screen_isolated(hunt) != 0 || hunt_confirm(hunt) != 0 || rest_and_what_it_hides(hunt) != 0)
        return;
    hunt_isolate(hunt);
}

static void release(struct hunt *hunt)
{
    for (size_t i = 0; hunt->candidates != NULL && i < hunt->service->endpoint_count; i++)
        free(hunt->candidates[i].why);
    free(hunt->candidates);
    trials_close(&hunt->trials);
}

int hunt(const struct hunt_options *given, struct result *result, struct err *err)
{
    struct hunt_options options = *given;
    struct hunt state = {
        .options = &options, .service = options.trials.service, .result = result, .held_s = INFINITY};
    int failed = -1;
    if (options.confirm == 0)
        options.confirm = CONFIRM_DEFAULT;
    state.candidates = xcalloc(state.service->endpoint_count + 1, sizeof *state.candidates);
    result->started_us = clock_wall_us();
    if (trials_open(&state.trials, &options.trials, err) != 0)
        goto done;
    state.signal_count = watch_count(state.trials.watch);
    state.restartable = target_restartable(state.trials.target);
    if (deciders_choose(&state.deciders, state.trials.watch, options.signal, err) != 0 ||
        choose_endpoints(&state, options.service, err) != 0)
        goto done;
    bool halted = look(&state) != 0;
    deciders_need(&state.deciders, &state.trials);
    if (!halted && state.deciders.live)
        hunt_on_one_server(&state);
    else if (!halted && state.restartable)
        hunt_on_fresh_servers(&state);
    hunt_conclude(&state);
    trials_store_loads(&state.trials);
    if (state.trials.halt == HALT_ERROR) {
        *err = state.trials.err;
        goto done;
    }
    failed = 0;
done:
    release(&state);
    return failed;
}
