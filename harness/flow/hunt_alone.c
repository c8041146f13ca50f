/* A finding alone on a fresh server, at the rate that was confirmed; and its partners, where it needs some. */
#include <math.h>
#include <stdlib.h>

#include "flow/hunt_state.h"

#define WINDOWS 16
#define WINDOWS_STILL 4 /* nothing in so many: objects grow with each call, or not at all */
#define CALLS 150
#define PRIME_CALLS 600
#define PARTNER_CALLS 50
#define FILL_CALLS 250
#define PROOF_CALLS 1000 /* a heap that is still warming up may rise through some hundred */
#define FILL_BLOCKS 12
#define FILL_CALM 2    /* blocks in a row */
#define RATE_LEAST 0.5 /* of the confirmed rate */

struct wanted hunt_wanted(const struct place *place, size_t suspect)
{
    const struct probed *solo = hunt_probed_about(place->hunt, ASK_LONG_SOLO, suspect);
    for (size_t i = 0; solo != NULL && i < place->deciders.count; i++)
        if (solo->detail.by_decider[i].verdict == VERDICT_GROWTH)
            return (struct wanted){&place->deciders.items[i], solo->detail.by_decider[i].per_request};
    return (struct wanted){&place->deciders.items[0], NAN};
}

/* What `calls` requests of the suspect keep each; NaN when halted or when it did not land. */
static double rate_now(struct place *place, size_t suspect, uint64_t calls, const struct wanted *wanted)
{
    struct levels levels = {0};
    double rate = NAN;
    if (hunt_solo(place, STEP_PARTNER, suspect, 1, calls, 0, &levels) == 0 && levels.requests[1] > 0)
        rate = levels_gain(&levels, 0, 1, wanted->decider) / levels.requests[1];
    levels_release(&levels);
    return rate;
}

/* Drives the suspect until what it fills of its own is full: only then does a rate mean something. One block that did not
 * rise proves nothing, its first reading may have been too high. */
static bool fill(struct place *place, size_t suspect, const struct wanted *wanted)
{
    size_t calm = 0;
    for (size_t i = 0; i < FILL_BLOCKS && calm < FILL_CALM && place->trials->halt == HALT_NONE; i++)
        calm = rate_now(place, suspect, FILL_CALLS, wanted) < RATE_LEAST / 2 * wanted->rate ? calm + 1 : 0;
    return calm == FILL_CALM;
}

/* Calls the partners, then asks whether the suspect has its rate back; the first calls fill what a partner emptied. */
static bool brings_back(struct place *place, size_t suspect, const size_t *partners, size_t count,
                        const struct wanted *wanted)
{
    for (size_t i = 0; i < count; i++)
        if (hunt_prime(place, STEP_PARTNER, partners[i], PARTNER_CALLS) != 0)
            return false;
    return hunt_prime(place, STEP_PARTNER, suspect, PARTNER_CALLS) == 0 &&
           rate_now(place, suspect, PARTNER_CALLS, wanted) >= RATE_LEAST * wanted->rate &&
           rate_now(place, suspect, FILL_CALLS, wanted) >= RATE_LEAST * wanted->rate;
}

static bool is_pinned(const struct question *question, size_t endpoint)
{
    for (size_t i = 0; i < question->count; i++)
        if (question->members[i] == endpoint)
            return true;
    return false;
}

/* On one fresh server: the suspect until it is flat, the pinned partners, then every other endpoint in turn, each
 * followed by the suspect: the first after which its rate is back. */
int hunt_partners(struct place *place, const struct question *question, struct answer *answer,
                  struct detail *detail)
{
    const struct hunt *hunt = place->hunt;
    size_t suspect = question->suspect, n = hunt->service->endpoint_count;
    struct wanted wanted = hunt_wanted(place, suspect);
    bool *in = xcalloc(n + 1, sizeof *in);
    answer->partner = NOBODY;
    hunt_mix(hunt, NULL, 0, in);
    bool calm =
        hunt_fresh(place, STEP_PARTNER, hunt_name(hunt, suspect)) == 0 && fill(place, suspect, &wanted);
    for (size_t i = 0; calm && i < question->count; i++)
        hunt_prime(place, STEP_PARTNER, question->members[i], PARTNER_CALLS);
    for (size_t i = 0; calm && i < n && place->trials->halt == HALT_NONE; i++) {
        if (i == suspect || !in[i] || is_pinned(question, i))
            continue;
        trials_say(place->trials, "partner of %s? %s", hunt_name(hunt, suspect), hunt_name(hunt, i));
        if (brings_back(place, suspect, &i, 1, &wanted)) {
            answer->partner = i;
            break;
        }
    }
    free(in);
    detail->calls = FILL_CALLS;
    answer->told = answer->partner != NOBODY ? TOLD_GROWS : calm ? TOLD_FLAT : TOLD_UNCLEAR;
    return place->trials->halt == HALT_NONE ? 0 : -1;
}

/* On a new server: the suspect alone is flat, then the partners are called, then it must grow. And the other way round:
 * does the last partner grow, once the suspect was called? */
int hunt_after(struct place *place, const struct question *question, struct answer *answer,
               struct detail *detail)
{
    const struct hunt *hunt = place->hunt;
    size_t suspect = question->suspect, last = question->members[question->count - 1];
    struct wanted wanted = hunt_wanted(place, suspect);
    trials_say(place->trials, "%s, flat before %s: does it grow after?", hunt_name(hunt, suspect),
               hunt_name(hunt, last));
    if (hunt_fresh(place, STEP_PARTNER, hunt_name(hunt, suspect)) != 0)
        return -1;
    bool calm = fill(place, suspect, &wanted);
    bool proven = calm && brings_back(place, suspect, question->members, question->count, &wanted) &&
                  rate_now(place, suspect, PROOF_CALLS, &wanted) >= RATE_LEAST * wanted.rate;
    hunt_measured(place, STEP_PARTNER, hunt_name(hunt, last), wanted.decider, PROOF_CALLS, NAN,
                  (struct interval){NAN, NAN}, proven ? VERDICT_GROWTH : VERDICT_NO_GROWTH,
                  proven ? "the suspect is flat before it and grows after it"
                         : "does not bring the growth back");
    bool either = false;
    if (proven) {
        rate_now(place, last, PARTNER_CALLS, &wanted);
        either = rate_now(place, last, FILL_CALLS, &wanted) >= RATE_LEAST * wanted.rate;
    }
    detail->calls = FILL_CALLS;
    answer->told = proven ? TOLD_GROWS : calm ? TOLD_FLAT : TOLD_UNCLEAR;
    answer->order = !proven ? ORDER_NONE : either ? ORDER_EITHER : ORDER_AFTER;
    return place->trials->halt == HALT_NONE ? 0 : -1;
}

/* Half of the confirmed rate in each half: what grows by doubling is too uneven to be called growth so soon. */
static bool keeps_rate(const struct levels *levels, const struct wanted *wanted)
{
    size_t last = levels->count - 1, half = last / 2;
    double first =
        levels_gain(levels, 0, half, wanted->decider) / (levels->requests[half] - levels->requests[0]);
    double second =
        levels_gain(levels, half, last, wanted->decider) / (levels->requests[last] - levels->requests[half]);
    return fmin(first, second) >= RATE_LEAST * wanted->rate;
}

/* What grows by doubling may rest for as long as it likes; objects that are kept one by one do not. */
static bool is_still(const struct levels *levels, const struct wanted *wanted)
{
    return wanted->decider->objects &&
           levels_calm(levels, 0, levels->count - 1, wanted->decider, RATE_LEAST / 2 * wanted->rate);
}

/* A few windows first: what does not grow there at all needs no more. */
static int windows_alone(struct place *place, size_t suspect, uint64_t calls, const struct wanted *wanted,
                         struct levels *levels)
{
    if (hunt_solo(place, STEP_ISOLATED, suspect, WINDOWS_STILL, calls, 0, levels) != 0)
        return -1;
    if (levels->count <= WINDOWS_STILL || is_still(levels, wanted))
        return 0;
    return hunt_solo_on(place, STEP_ISOLATED, suspect, WINDOWS - WINDOWS_STILL, calls, 0, levels);
}

/* First fills what it fills once; windows that leave it open are followed by longer ones, since what grows by
 * doubling (a hash table, a buffer) moves seldom. */
int hunt_alone(struct place *place, const struct question *question, struct answer *answer,
               struct detail *detail)
{
    static const uint64_t calls[] = {CALLS, 4 * CALLS};
    size_t suspect = question->suspect, which = 0;
    struct wanted wanted = hunt_wanted(place, suspect);
    const char *name = hunt_name(place->hunt, suspect);
    struct growth_answer *growth = &detail->by_decider[wanted.decider - place->deciders.items];
    bool same = false;
    trials_say(place->trials, "alone on a fresh server: %s", name);
    int halted = hunt_fresh(place, STEP_ISOLATED, name);
    if (!halted)
        halted = hunt_prime(place, STEP_ISOLATED, suspect,
                            hunt_affordable_fill(place->hunt, suspect, PRIME_CALLS));
    bool still = false;
    for (size_t i = 0; i < 2 && !halted && !still && growth->verdict == VERDICT_INCONCLUSIVE; i++) {
        struct levels levels = {0};
        uint64_t affordable = hunt_affordable(place->hunt, suspect, WINDOWS * calls[i]);
        halted = windows_alone(place, suspect, affordable / WINDOWS, &wanted, &levels);
        if (!halted && levels.count > WINDOWS_STILL) {
            hunt_judge_all(place, STEP_ISOLATED, name, &levels, &which);
            still = levels.count <= WINDOWS;
            same = growth->verdict == VERDICT_GROWTH ? growth->per_request >= RATE_LEAST * wanted.rate
                                                     : i > 0 && keeps_rate(&levels, &wanted);
        }
        levels_release(&levels);
    }
    answer->told = same ? TOLD_GROWS : TOLD_FLAT;
    if (!halted && detail->why != NULL) { /* it needs something first (`after`): nothing was tried */
        answer->told = TOLD_OUT;
        strings_addf(&detail->caveats,
                     "alone on a fresh server %s %s: give what it needs first (`after`, `setup`)", name,
                     detail->why);
    }
    return halted;
}
