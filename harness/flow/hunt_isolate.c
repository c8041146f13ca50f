/* Each finding alone on a fresh server, at the rate that was confirmed; partners of those that need one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "flow/hunt_state.h"

#define WINDOWS 16
#define CALLS 150
#define PARTNER_CALLS 50
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

/* What `calls` requests of the suspect keep each, in its own signal; NaN when halted or when it did not land.
 */
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

/* On one fresh server: every other endpoint in turn, then the suspect again; the first after which the rate
 * is back. */
static int find_partner(struct hunt *hunt, size_t suspect, const struct decider *decider, double wanted,
                        size_t *partner)
{
    const struct service *service = hunt->service;
    *partner = service->endpoint_count;
    if (trials_start(&hunt->trials, STEP_PARTNER, service->endpoints[suspect].name) != 0)
        return -1;
    rate_now(hunt, STEP_PARTNER, suspect, CALLS, decider);
    for (size_t i = 0; i < service->endpoint_count && hunt->trials.halt == HALT_NONE; i++) {
        if (i == suspect || hunt->candidates[i].standing == STANDING_OUT)
            continue;
        trials_say(&hunt->trials, "partner of %s? %s", service->endpoints[suspect].name,
                   service->endpoints[i].name);
        if (hunt_prime(hunt, STEP_PARTNER, i, PARTNER_CALLS) != 0)
            return -1;
        rate_now(hunt, STEP_PARTNER, suspect, PARTNER_CALLS / 2, decider); /* its own filling, if any */
        if (rate_now(hunt, STEP_PARTNER, suspect, PARTNER_CALLS, decider) >= RATE_LEAST * wanted) {
            *partner = i;
            break;
        }
    }
    return hunt->trials.halt == HALT_NONE ? 0 : -1;
}

/* On a new server, the suspect alone, then the partner, then the suspect again: only then must it grow. */
static int prove_partner(struct hunt *hunt, size_t suspect, size_t partner, const struct decider *decider,
                         double wanted, bool *proven)
{
    if (trials_start(&hunt->trials, STEP_PARTNER, hunt->service->endpoints[suspect].name) != 0)
        return -1;
    rate_now(hunt, STEP_PARTNER, suspect, CALLS, decider);
    double before = rate_now(hunt, STEP_PARTNER, suspect, CALLS, decider);
    if (hunt_prime(hunt, STEP_PARTNER, partner, PARTNER_CALLS) != 0)
        return -1;
    rate_now(hunt, STEP_PARTNER, suspect, PARTNER_CALLS, decider);
    double after = rate_now(hunt, STEP_PARTNER, suspect, 2 * CALLS, decider);
    double again = rate_now(hunt, STEP_PARTNER, suspect, 2 * CALLS, decider);
    *proven = before < RATE_LEAST * wanted && after >= RATE_LEAST * wanted && again >= RATE_LEAST * wanted;
    struct interval none = {NAN, NAN};
    hunt_measured(hunt, STEP_PARTNER, hunt->service->endpoints[partner].name, decider, 4 * CALLS, again, none,
                  *proven ? VERDICT_GROWTH : VERDICT_NO_GROWTH,
                  *proven ? "after it the suspect grows, before it not" : "does not bring the growth back");
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
            "other endpoint brings it back",
            finding->per);
        return 0;
    }
    finding->kind = FINDING_LATCHED;
    strings_release(&finding->endpoints);
    strings_add(&finding->endpoints, hunt->service->endpoints[partner].name);
    strings_add(&finding->endpoints, hunt->service->endpoints[suspect].name);
    strings_add(&finding->confirmed, "isolated");
    trials_note(&hunt->trials, "latched: %s grows once %s was called", hunt->service->endpoints[suspect].name,
                hunt->service->endpoints[partner].name);
    return 0;
}

static int isolate_one(struct hunt *hunt, struct finding *finding)
{
    size_t suspect = index_of(hunt, finding->per);
    const struct decider *decider = deciding(hunt, finding);
    double wanted = confirmed_rate(finding, decider);
    struct levels levels = {0};
    bool same = false;
    if (hunt->deciders.live) {
        trials_say(&hunt->trials, "alone on a fresh server: %s", finding->per);
        int halted = trials_start(&hunt->trials, STEP_ISOLATED, finding->per);
        if (!halted)
            halted = hunt_solo(hunt, STEP_ISOLATED, suspect, WINDOWS, CALLS, 0, &levels);
        if (!halted && levels.count > WINDOWS) {
            struct growth_answer answer = hunt_judge(hunt, STEP_ISOLATED, finding->per, &levels, decider);
            same = answer.verdict == VERDICT_GROWTH && answer.per_request >= RATE_LEAST * wanted;
            trials_note(&hunt->trials, "alone on a fresh server %s %s", finding->per,
                        same ? "grows at the same rate" : "does not grow at that rate");
        }
        levels_release(&levels);
        if (halted)
            return -1;
    } else
        same = true; /* its long solo was alone on a fresh server */
    if (same)
        strings_add(&finding->confirmed, "isolated");
    else if (look_for_partner(hunt, finding, suspect, decider) != 0)
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
        if (finding->kind == FINDING_ALONE && !strings_has(&finding->confirmed, "isolated") &&
            isolate_one(hunt, finding) != 0)
            return -1;
    }
    return 0;
}
