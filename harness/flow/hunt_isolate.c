/* Each finding alone on a fresh server, at the rate that was confirmed; partners of those that need one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "flow/hunt_state.h"

#define WINDOWS 16
#define CALLS 150
#define PRIME_CALLS 600
#define PARTNER_CALLS 50
#define FILL_CALLS 250
#define FILL_BLOCKS 12
#define RATE_LEAST 0.5 /* of the confirmed rate */

static const struct decider *deciding(const struct hunt *hunt, const struct finding *finding)
{
    for (size_t i = 0; i < hunt->deciders.count; i++)
        if (strcmp(hunt->deciders.items[i].name, finding->signal) == 0)
            return &hunt->deciders.items[i];
    return &hunt->deciders.items[0];
}

static double confirmed_rate(const struct finding *finding, const struct decider *decider)
{
    return decider->objects ? finding->objects_per_request : finding->bytes_per_request;
}

static size_t index_of(const struct hunt *hunt, const char *name)
{
    return (size_t)(service_find(hunt->service, name) - hunt->service->endpoints);
}

/* What `calls` requests of the suspect keep each, in its own signal; NaN when
 * halted or when it did not land. */
static double rate_now(struct hunt *hunt, enum step step, size_t suspect, uint64_t calls,
                       const struct decider *decider)
{
    struct levels levels = {0};
    double rate = NAN;
    if (hunt_solo(hunt, step, suspect, 1, calls, 0, &levels) == 0 && levels.requests[1] > 0)
        rate = levels_gain(&levels, 0, 1, decider) / levels.requests[1];
    levels_release(&levels);
    return rate;
}

/* Drives the suspect until what it fills of its own is full: only then does a rate mean something. */
static int fill(struct hunt *hunt, size_t suspect, const struct decider *decider, double wanted, bool *calm)
{
    *calm = false;
    for (size_t i = 0; i < FILL_BLOCKS && !*calm; i++)
        *calm = rate_now(hunt, STEP_PARTNER, suspect, FILL_CALLS, decider) < RATE_LEAST / 2 * wanted;
    return hunt->trials.halt == HALT_NONE ? 0 : -1;
}

/* Calls the partner, then asks whether the suspect has its rate back. */
static bool brings_back(struct hunt *hunt, size_t suspect, size_t partner, const struct decider *decider,
                        double wanted)
{
    if (hunt_prime(hunt, STEP_PARTNER, partner, PARTNER_CALLS) != 0)
        return false;
    rate_now(hunt, STEP_PARTNER, suspect, PARTNER_CALLS, decider); /* what the partner emptied */
    return rate_now(hunt, STEP_PARTNER, suspect, PARTNER_CALLS, decider) >= RATE_LEAST * wanted &&
           rate_now(hunt, STEP_PARTNER, suspect, FILL_CALLS, decider) >= RATE_LEAST * wanted;
}

/* On one fresh server: every other endpoint from `from` on, then the suspect; the
 * first after which the rate is back. */
static int find_partner(struct hunt *hunt, size_t suspect, const struct decider *decider, double wanted,
                        size_t *partner)
{
    const struct service *service = hunt->service;
    bool calm = false;
    *partner = service->endpoint_count;
    if (trials_start(&hunt->trials, STEP_PARTNER, service->endpoints[suspect].name) != 0 ||
        fill(hunt, suspect, decider, wanted, &calm) != 0)
        return -1;
    for (size_t i = 0; calm && i < service->endpoint_count && hunt->trials.halt == HALT_NONE; i++) {
        if (i == suspect || hunt->candidates[i].standing == STANDING_OUT)
            continue;
        trials_say(&hunt->trials, "partner of %s? %s", service->endpoints[suspect].name,
                   service->endpoints[i].name);
        if (brings_back(hunt, suspect, i, decider, wanted)) {
            *partner = i;
            break;
        }
    }
    return hunt->trials.halt == HALT_NONE ? 0 : -1;
}

/* On a new server: the suspect alone, then the partner alone, then the suspect
 * again; only then must it grow. */
static int prove_partner(struct hunt *hunt, size_t suspect, size_t partner, const struct decider *decider,
                         double wanted, bool *proven)
{
    bool calm = false;
    if (trials_start(&hunt->trials, STEP_PARTNER, hunt->service->endpoints[suspect].name) != 0 ||
        fill(hunt, suspect, decider, wanted, &calm) != 0)
        return -1;
    *proven = calm && brings_back(hunt, suspect, partner, decider, wanted);
    hunt_measured(
        hunt, STEP_PARTNER, hunt->service->endpoints[partner].name, decider, 2 * PARTNER_CALLS + FILL_CALLS,
        NAN, (struct interval){NAN, NAN}, *proven ? VERDICT_GROWTH : VERDICT_NO_GROWTH,
        *proven ? "the suspect is flat before it and grows after it" : "does not bring the growth back");
    return hunt->trials.halt == HALT_NONE ? 0 : -1;
}

static int look_for_partner(struct hunt *hunt, struct finding *finding, size_t suspect,
                            const struct decider *decider)
{
    size_t partner = 0;
    bool proven = false;
    double wanted = confirmed_rate(finding, decider);
    if (find_partner(hunt, suspect, decider, wanted, &partner) != 0)
        return -1;
    if (partner < hunt->service->endpoint_count &&
        prove_partner(hunt, suspect, partner, decider, wanted, &proven) != 0)
        return -1;
    if (!proven) {
        finding->kind = FINDING_MIX;
        strings_addf(
            &hunt->result->caveats,
            "%s grows on a server that has served the whole mix, not alone on a fresh one, and no single "
            "other endpoint was shown to bring it back",
            finding->per);
        return 0;
    }
    finding->kind = FINDING_LATCHED;
    strings_release(&finding->endpoints);
    strings_add(&finding->endpoints, hunt->service->endpoints[partner].name);
    strings_add(&finding->endpoints, hunt->service->endpoints[suspect].name);
    strings_add(&finding->confirmed, "isolated");
    hunt->candidates[partner].standing = STANDING_FOUND;
    trials_note(&hunt->trials, "latched: %s grows once %s was called", hunt->service->endpoints[suspect].name,
                hunt->service->endpoints[partner].name);
    return 0;
}

/* Half of the confirmed rate in each half: what grows by doubling is too
 * uneven to be called growth so soon. */
static bool keeps_rate(const struct levels *levels, const struct decider *decider, double wanted)
{
    size_t last = levels->count - 1, half = last / 2;
    double first = levels_gain(levels, 0, half, decider) / (levels->requests[half] - levels->requests[0]);
    double second =
        levels_gain(levels, half, last, decider) / (levels->requests[last] - levels->requests[half]);
    return fmin(first, second) >= RATE_LEAST * wanted;
}

/* Alone on a fresh server, which first fills what it fills once; windows that leave it open are followed by
 * longer ones, since what grows by doubling (a hash table, a buffer) moves seldom. */
static int grows_alone(struct hunt *hunt, const struct finding *finding, size_t suspect,
                       const struct decider *decider, bool *same)
{
    static const uint64_t calls[] = {CALLS, 4 * CALLS};
    double wanted = confirmed_rate(finding, decider);
    struct growth_answer answer = {.verdict = VERDICT_INCONCLUSIVE};
    *same = false;
    trials_say(&hunt->trials, "alone on a fresh server: %s", finding->per);
    int halted = trials_start(&hunt->trials, STEP_ISOLATED, finding->per);
    if (!halted)
        halted = hunt_prime(hunt, STEP_ISOLATED, suspect, PRIME_CALLS);
    for (size_t i = 0; i < 2 && !halted && answer.verdict == VERDICT_INCONCLUSIVE; i++) {
        struct levels levels = {0};
        halted = hunt_solo(hunt, STEP_ISOLATED, suspect, WINDOWS, calls[i], 0, &levels);
        if (!halted && levels.count > WINDOWS) {
            answer = hunt_judge(hunt, STEP_ISOLATED, finding->per, &levels, decider);
            *same = answer.verdict == VERDICT_GROWTH ? answer.per_request >= RATE_LEAST * wanted
                                                     : i > 0 && keeps_rate(&levels, decider, wanted);
        }
        levels_release(&levels);
    }
    return halted;
}

static int isolate_one(struct hunt *hunt, struct finding *finding)
{
    size_t suspect = index_of(hunt, finding->per);
    const struct decider *decider = deciding(hunt, finding);
    bool same = true; /* with RSS alone its long solo was on a fresh server */
    if (hunt->deciders.live) {
        if (grows_alone(hunt, finding, suspect, decider, &same) != 0)
            return -1;
        trials_note(&hunt->trials, "alone on a fresh server %s %s", finding->per,
                    same ? "grows at the same rate" : "does not grow at that rate");
    }
    if (same)
        strings_add(&finding->confirmed, "isolated");
    else if (look_for_partner(hunt, finding, suspect, decider) != 0)
        return -1;
    return hunt_sites(hunt, finding);
}

/* A set that grows only together has been alone on a fresh server already: its sites are asked of another
 * one, since snapshots slow a server down and stay switched on. */
static int sites_of_set(struct hunt *hunt, struct finding *finding)
{
    if (hunt->service->snapshot_count == 0)
        return 0;
    if (trials_start(&hunt->trials, STEP_SITES, finding->per) != 0)
        return -1;
    return hunt_sites(hunt, finding);
}

int hunt_isolate(struct hunt *hunt)
{
    if (!hunt->restartable) {
        strings_add(&hunt->result->caveats,
                    "the target cannot be restarted from here (no `start`): nothing was tried "
                    "alone on a fresh server");
        return 0;
    }
    for (size_t i = 0; i < hunt->result->finding_count; i++) {
        struct finding *finding = &hunt->result->findings[i];
        int halted =
            finding->kind == FINDING_ALONE ? isolate_one(hunt, finding) : sites_of_set(hunt, finding);
        if (halted)
            return -1;
    }
    return 0;
}
