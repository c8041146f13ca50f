#include "flow/hunt_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PASS_MOST 4000 /* requests of one pass of the mix; longer recordings are thinned in proportion */

int hunt_level(struct hunt *hunt, struct levels *levels, double requests)
{
    double *values = xmalloc((hunt->signal_count + 1) * sizeof *values);
    int halted = trials_read(&hunt->trials, values);
    hunt->readings++;
    if (!halted)
        levels_add(levels, requests, trials_elapsed_s(&hunt->trials), values);
    free(values);
    return halted;
}

struct growth_answer hunt_judge(struct hunt *hunt, enum step step, const char *mix,
                                const struct levels *levels, const struct decider *decider)
{
    struct growth_answer answer = levels_judge(levels, decider);
    char note[128];
    double calls = levels->count > 0 ? levels->requests[levels->count - 1] : 0;
    hunt_measured(hunt, step, mix, decider, (uint64_t)calls, answer.per_request, answer.interval,
                  answer.verdict, growth_describe(&answer, note));
    return answer;
}

void hunt_measured(struct hunt *hunt, enum step step, const char *mix, const struct decider *decider,
                   uint64_t requests, double per_request, struct interval interval, enum verdict verdict,
                   const char *note)
{
    struct measurement measurement = {
        .trial = hunt->trials.trial.number,
        .step = step,
        .mix = (char *)mix,
        .signal = (char *)decider->name,
        .objects = decider->objects,
        .requests = requests,
        .per_request = per_request,
        .interval = interval,
        .verdict = verdict,
        .note = (char *)note,
    };
    store_put_measurement(hunt->options->trials.store, hunt->options->trials.run, &measurement);
}

/* What grows by doubling (a hash table, a list) rests in between, the longer the larger it is: a third of all
 * windows must be calm. */
static bool calm_for(const struct hunt *hunt, const struct levels *levels, size_t windows, uint64_t calls)
{
    size_t last = levels->count - 1;
    if (windows == 0)
        return false;
    windows = last / 3 > windows ? last / 3 : windows;
    if (last < windows)
        return false;
    for (size_t i = 0; i < hunt->deciders.count; i++) {
        const struct decider *decider = &hunt->deciders.items[i];
        double gain = levels_gain(levels, last - windows, last, decider);
        if (isnan(gain) || gain > decider->floor * (double)(calls * windows) + decider->quantum)
            return false;
    }
    return true;
}

int hunt_solo(struct hunt *hunt, enum step step, size_t endpoint, size_t windows, uint64_t calls, size_t calm,
              struct levels *levels)
{
    levels_init(levels, hunt->signal_count);
    if (hunt_level(hunt, levels, 0) != 0)
        return -1;
    return hunt_solo_on(hunt, step, endpoint, windows, calls, calm, levels);
}

int hunt_solo_on(struct hunt *hunt, enum step step, size_t endpoint, size_t windows, uint64_t calls,
                 size_t calm, struct levels *levels)
{
    const char *name = hunt->service->endpoints[endpoint].name;
    struct share share = {endpoint, 1, calls};
    uint64_t done = (uint64_t)levels->requests[levels->count - 1];
    for (size_t i = 0; i < windows; i++) {
        if (trials_block(&hunt->trials, step, name, &share, 1) != 0)
            return -1;
        done += hunt->trials.in_block[endpoint].done;
        if (hunt_level(hunt, levels, (double)done) != 0)
            return -1;
        if (!hunt_landed(hunt, endpoint) || calm_for(hunt, levels, calm, calls))
            break;
    }
    return 0;
}

void hunt_filled(struct hunt *hunt, const struct levels *levels)
{
    for (size_t i = 0; i < hunt->deciders.count && levels->count > 0; i++)
        hunt->filled[i] += fmax(0, levels_gain(levels, 0, levels->count - 1, &hunt->deciders.items[i]));
}

static bool takes_part(const struct hunt *hunt, size_t endpoint, const bool *in)
{
    if (in != NULL)
        return in[endpoint];
    enum standing standing = hunt->candidates[endpoint].standing;
    return standing != STANDING_OUT && standing != STANDING_FOUND;
}

int hunt_pass(struct hunt *hunt, enum step step, const char *mix, const bool *in, uint64_t *requests)
{
    const struct service *service = hunt->service;
    struct share *shares = xcalloc(service->endpoint_count, sizeof *shares);
    size_t count = 0;
    double total = 0;
    for (size_t i = 0; i < service->endpoint_count; i++)
        if (takes_part(hunt, i, in))
            total += (double)service->endpoints[i].recorded * service->endpoints[i].weight;
    double thin = total > PASS_MOST ? PASS_MOST / total : 1;
    for (size_t i = 0; i < service->endpoint_count; i++) {
        if (!takes_part(hunt, i, in))
            continue;
        double wanted = (double)service->endpoints[i].recorded * service->endpoints[i].weight * thin;
        shares[count++] = (struct share){i, 1, wanted < 1 ? 1 : (uint64_t)(wanted + 0.5)};
    }
    int halted = count > 0 ? trials_block(&hunt->trials, step, mix, shares, count) : 0;
    for (size_t i = 0; requests != NULL && i < service->endpoint_count; i++)
        *requests += count > 0 ? hunt->trials.in_block[i].done : 0;
    free(shares);
    return halted;
}

int hunt_prime(struct hunt *hunt, enum step step, size_t endpoint, uint64_t calls)
{
    struct share share = {endpoint, 1, calls};
    return trials_block(&hunt->trials, step, hunt->service->endpoints[endpoint].name, &share, 1);
}

bool hunt_landed(struct hunt *hunt, size_t endpoint)
{
    char *why =
        trials_why_not_landed(&hunt->trials.in_block[endpoint], replay_why(hunt->trials.replay, endpoint));
    if (why == NULL)
        return true;
    if (hunt->candidates[endpoint].standing != STANDING_OUT) {
        strings_add(&result_add_not_looked_at(hunt->result, why)->endpoints,
                    hunt->service->endpoints[endpoint].name);
        trials_note(&hunt->trials, "not looked at: %s %s", hunt->service->endpoints[endpoint].name, why);
        hunt->candidates[endpoint].standing = STANDING_OUT;
    }
    free(why);
    return false;
}

struct finding *hunt_add_finding(struct hunt *hunt, enum finding_kind kind, size_t endpoint,
                                 const struct growth_answer *answers, uint64_t calls,
                                 const struct levels *levels)
{
    const char *name = hunt->service->endpoints[endpoint].name;
    struct finding *finding = result_add_finding(hunt->result);
    const struct decider *deciding = NULL;
    finding->kind = kind;
    finding->bytes_per_request = NAN;
    strings_add(&finding->endpoints, name);
    result_say(&finding->per, "%s", name);
    finding->linear_requests = calls;
    for (size_t i = 0; i < hunt->deciders.count; i++) {
        const struct decider *decider = &hunt->deciders.items[i];
        bool grows = answers[i].verdict == VERDICT_GROWTH;
        hunt->grew[i] = hunt->grew[i] || grows;
        if (deciding == NULL && grows)
            deciding = decider;
        if (decider->objects) { /* one object that gets longer is no new object */
            bool none = !grows && fabs(answers[i].per_request) < decider->floor;
            finding->objects_per_request = none ? 0 : answers[i].per_request;
        } else {
            finding->bytes_per_request = answers[i].per_request;
            finding->interval = answers[i].interval;
            finding->linear_bytes = levels_gain(levels, 0, levels->count - 1, decider);
        }
    }
    result_say(&finding->signal, "%s", deciding != NULL ? deciding->name : hunt->deciders.items[0].name);
    return finding;
}
