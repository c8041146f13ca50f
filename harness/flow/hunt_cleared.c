/* What was cleared and why, what was not looked at, and what could not be judged. */
#include <math.h>
#include <stdlib.h>

#include "base/units.h"
#include "flow/hunt_state.h"

#define OBJECTS_MOST 0.75 /* of one per call: what is kept call by call is seen in the mix */

static void clear(struct result *result, const char *why, const char *name)
{
    strings_add(&result_add_cleared(result, why)->endpoints, name);
}

/* Why the endpoint was set aside, from whichever answer did it; NULL: it was not usable to begin with. */
static const char *why_out(const struct hunt *hunt, size_t endpoint)
{
    for (size_t i = 0; i < hunt->probe_count; i++) {
        const struct probed *probed = hunt->probes[i];
        if (probed->out != NULL && probed->out[endpoint])
            return probed->detail.out_why[endpoint];
        if (probed->question.suspect == endpoint && probed->answer.told == TOLD_OUT)
            return probed->detail.why;
    }
    return NULL;
}

/* Why what grew at first is bounded, from the last answer that says so. */
static const char *why_bounded(const struct hunt *hunt, size_t endpoint)
{
    for (size_t i = hunt->probe_count; i-- > 0;) {
        const struct probed *probed = hunt->probes[i];
        bool about = probed->question.ask == ASK_LONG_SOLO || probed->question.ask == ASK_HOLD;
        if (about && probed->question.suspect == endpoint && probed->detail.why != NULL)
            return probed->detail.why;
    }
    return "stopped growing";
}

/* A buffer that grows is no new object: objects tell only where nothing counts bytes. */
static double in_bytes(const struct hunt *hunt, size_t decider, double per_call)
{
    bool only_objects = hunt->deciders.items[hunt->deciders.count - 1].objects;
    if (!hunt->deciders.items[decider].objects)
        return isnan(per_call) ? INFINITY : fmax(per_call, 0);
    return only_objects && per_call <= OBJECTS_MOST ? 0 : INFINITY;
}

double hunt_hides(const struct hunt *hunt, const struct detail *detail)
{
    double least = INFINITY;
    for (size_t i = 0; i < hunt->deciders.count; i++)
        least = fmin(least, in_bytes(hunt, i, detail->by_decider[i].interval.high));
    return least;
}

/* By the newest answer about it alone that has an interval. */
static double hidden_alone(const struct hunt *hunt, size_t endpoint)
{
    static const enum ask asks[] = {ASK_LONG_SOLO, ASK_SCREEN_LONGER, ASK_SCREEN};
    double hidden = INFINITY;
    for (size_t i = 0; i < sizeof asks / sizeof *asks && isinf(hidden); i++) {
        const struct probed *probed = hunt_probed_about(hunt, asks[i], endpoint);
        if (probed != NULL)
            hidden = hunt_hides(hunt, &probed->detail);
    }
    return hidden;
}

/* By the mix, per call of the endpoint: the more, the rarer it is in the mix. */
static double hidden_in_the_mix(const struct hunt *hunt, size_t endpoint)
{
    const struct probed *rest = hunt_probed_about(hunt, ASK_REST, NOBODY);
    double least = INFINITY;
    for (size_t i = 0; rest != NULL && i < hunt->deciders.count; i++)
        least = fmin(least, in_bytes(hunt, i,
                                     rest->detail.by_decider[i].smallest_detectable *
                                         rest->detail.pass_requests / (double)hunt_in_pass(hunt, endpoint)));
    return least;
}

/* A mix without it says nothing of it. */
static double hidden(const struct hunt *hunt, const struct search_state *state, size_t endpoint)
{
    double in_mix = state->left_out[endpoint] ? INFINITY : hidden_in_the_mix(hunt, endpoint);
    return fmin(hidden_alone(hunt, endpoint), in_mix);
}

bool hunt_mix_clears(const struct hunt *hunt, const struct search_state *state, size_t endpoint)
{
    return state->rest_checked && state->rest == TOLD_FLAT && hunt->deciders.live &&
           !state->left_out[endpoint] && hidden(hunt, state, endpoint) <= SEARCH_HIDES_MOST;
}

double hunt_hidden_most(const struct hunt *hunt, const struct search_state *state)
{
    double most = 0;
    for (size_t i = 0; i < hunt->service->endpoint_count; i++)
        if (state->standings[i] == STANDING_UNKNOWN)
            most = fmax(most, hidden(hunt, state, i));
    return most;
}

size_t hunt_unclear(const struct hunt *hunt, const struct search_state *state)
{
    size_t left = 0;
    for (size_t i = 0; i < hunt->service->endpoint_count; i++)
        left += state->standings[i] == STANDING_SUSPECT ||
                (state->standings[i] == STANDING_UNKNOWN && !hunt_mix_clears(hunt, state, i));
    return left;
}

/* "GET /a (it moves so much that each call of it may keep 302 B unseen)" */
static void say_not_judged(const struct hunt *hunt, const struct search_state *state, size_t endpoint,
                           struct text *names)
{
    const struct probed *solo = hunt_probed_about(hunt, ASK_LONG_SOLO, endpoint);
    double may_keep = hidden(hunt, state, endpoint);
    char bytes[UNITS_SIZE];
    text_addf(names, "%s%s", names->length > 0 ? ", " : "", hunt_name(hunt, endpoint));
    if (solo != NULL && solo->detail.why != NULL)
        text_addf(names, " (%s)", solo->detail.why);
    else if (state->left_out[endpoint])
        text_addf(names, " (the mix was checked without it)");
    else if (state->rest == TOLD_FLAT && isfinite(may_keep))
        text_addf(names, " (it moves so much that each call of it may keep %s unseen)",
                  units_bytes(bytes, may_keep));
}

/* What the screen could not tell is cleared by the authority alone: a mix that held it and was flat, and would have
 * shown what one call of it keeps. */
static void say_unclear(struct hunt *hunt, const struct search_state *state, size_t endpoint,
                        struct text *names)
{
    if (state->standings[endpoint] != STANDING_UNKNOWN || !hunt_mix_clears(hunt, state, endpoint)) {
        say_not_judged(hunt, state, endpoint, names);
        return;
    }
    clear(hunt->result,
          hunt_probed_about(hunt, ASK_SCREEN, endpoint) != NULL
              ? "moves too much to be called flat alone, but the mix that holds it is flat"
              : "the mix that holds it is flat",
          hunt_name(hunt, endpoint));
}

void hunt_say_standings(struct hunt *hunt, const struct search_state *state)
{
    const char *flat =
        hunt->deciders.live ? "flat in solo blocks" : "flat alone on a fresh server, as far as RSS shows";
    struct text names = TEXT_EMPTY;
    for (size_t i = 0; i < hunt->service->endpoint_count; i++) {
        const char *name = hunt_name(hunt, i), *why = NULL;
        switch (state->standings[i]) {
        case STANDING_CLEAR:
            clear(hunt->result, flat, name);
            break;
        case STANDING_BOUNDED:
            clear(hunt->result, why_bounded(hunt, i), name);
            break;
        case STANDING_OUT:
            if ((why = why_out(hunt, i)) != NULL)
                strings_add(&result_add_not_looked_at(hunt->result, why)->endpoints, name);
            break;
        case STANDING_UNKNOWN:
        case STANDING_SUSPECT:
            say_unclear(hunt, state, i, &names);
            break;
        case STANDING_FOUND:
            break;
        }
    }
    if (names.length > 0 && hunt->halt == HALT_NONE) /* else the report names what was not judged yet */
        strings_addf(&hunt->result->caveats, "not judged: %s", text_string(&names));
    text_release(&names);
}
