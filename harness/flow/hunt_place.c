/* One server of a hunt: what is driven on it, and what is read. */
#include "flow/hunt_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CALLS_LEAST 16
#define COLD_MOST 24 /* readings of a server before anything is asked of it */
#define COLD_MOST_S 3
#define PASS_MOST 4000 /* requests; longer recordings are thinned in proportion */

const char *hunt_name(const struct hunt *hunt, size_t endpoint)
{
    return hunt->service->endpoints[endpoint].name;
}

int hunt_level(struct place *place, struct levels *levels, double requests)
{
    double *values = xmalloc((place->hunt->signal_count + 1) * sizeof *values);
    int halted = trials_read(place->trials, values);
    place->readings++;
    if (!halted)
        levels_add(levels, requests, trials_elapsed_s(place->trials), values);
    free(values);
    return halted;
}

struct growth_answer hunt_judge(struct place *place, enum step step, const char *mix,
                                const struct levels *levels, const struct decider *decider)
{
    struct growth_answer answer = levels_judge(levels, decider);
    char note[128];
    double calls = levels->count > 0 ? levels->requests[levels->count - 1] : 0;
    hunt_measured(place, step, mix, decider, (uint64_t)calls, answer.per_request, answer.interval,
                  answer.verdict, growth_describe(&answer, note));
    return answer;
}

bool hunt_judge_all(struct place *place, enum step step, const char *mix, const struct levels *levels,
                    size_t *first)
{
    struct detail *detail = &place->probed->detail;
    bool grows = false;
    *first = 0;
    detail->calls = (uint64_t)levels->requests[levels->count - 1];
    for (size_t i = 0; i < place->deciders.count; i++) {
        const struct decider *decider = &place->deciders.items[i];
        detail->by_decider[i] = hunt_judge(place, step, mix, levels, decider);
        detail->gained[i] = levels_gain(levels, 0, levels->count - 1, decider);
        if (detail->by_decider[i].verdict == VERDICT_GROWTH && !grows) {
            grows = true;
            *first = i;
        }
    }
    return grows;
}

void hunt_measured(struct place *place, enum step step, const char *mix, const struct decider *decider,
                   uint64_t requests, double per_request, struct interval interval, enum verdict verdict,
                   const char *note)
{
    const struct trials_options *options = &place->hunt->options->trials;
    struct measurement measurement = {
        .trial = place->trials->trial.number,
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
    store_put_measurement(options->store, options->run, &measurement);
}

/* What grows by doubling (a hash table, a list) rests in between, the longer the larger it is: a third of all
 * windows must be calm, and those longer than any pause before them. */
static bool calm_for(const struct place *place, const struct levels *levels, size_t windows)
{
    size_t last = levels->count - 1;
    if (windows == 0)
        return false;
    windows = last / 3 > windows ? last / 3 : windows;
    if (last < windows)
        return false;
    for (size_t i = 0; i < place->deciders.count; i++) {
        const struct decider *decider = &place->deciders.items[i];
        if (!levels_calm(levels, last - windows, last, decider, decider->floor) ||
            !levels_rest(levels, decider, decider->floor))
            return false;
    }
    return true;
}

int hunt_solo(struct place *place, enum step step, size_t endpoint, size_t windows, uint64_t calls,
              size_t calm, struct levels *levels)
{
    levels_init(levels, place->hunt->signal_count);
    if (hunt_level(place, levels, 0) != 0)
        return -1;
    return hunt_solo_on(place, step, endpoint, windows, calls, calm, levels);
}

int hunt_solo_on(struct place *place, enum step step, size_t endpoint, size_t windows, uint64_t calls,
                 size_t calm, struct levels *levels)
{
    struct share share = {endpoint, 1, calls};
    uint64_t done = (uint64_t)levels->requests[levels->count - 1];
    for (size_t i = 0; i < windows; i++) {
        if (trials_block(place->trials, step, hunt_name(place->hunt, endpoint), &share, 1) != 0)
            return -1;
        done += place->trials->in_block[endpoint].done;
        if (hunt_level(place, levels, (double)done) != 0)
            return -1;
        if (!hunt_landed(place, endpoint) || calm_for(place, levels, calm))
            break;
    }
    return 0;
}

void hunt_filled(struct place *place, const struct levels *levels)
{
    for (size_t i = 0; i < place->deciders.count && levels->count > 0; i++)
        place->filled[i] += fmax(0, levels_gain(levels, 0, levels->count - 1, &place->deciders.items[i]));
}

static bool stands(const struct hunt *hunt, size_t endpoint)
{
    const struct probed *warm = hunt_probed_about(hunt, ASK_WARM_UP, NOBODY);
    const struct probed *screened = hunt_probed_about(hunt, ASK_SCREEN, endpoint);
    return hunt->usable[endpoint] && !(warm != NULL && warm->out != NULL && warm->out[endpoint]) &&
           !(screened != NULL && screened->answer.told == TOLD_OUT);
}

size_t hunt_mix(const struct hunt *hunt, const size_t *left_out, size_t count, bool *in)
{
    size_t size = 0;
    for (size_t i = 0; i < hunt->service->endpoint_count; i++)
        in[i] = stands(hunt, i);
    for (size_t i = 0; i < count; i++)
        in[left_out[i]] = false;
    for (size_t i = 0; i < hunt->service->endpoint_count; i++)
        size += in[i];
    return size;
}

uint64_t hunt_in_pass(const struct hunt *hunt, size_t endpoint)
{
    const struct service *service = hunt->service;
    double total = 0;
    for (size_t i = 0; i < service->endpoint_count; i++)
        total += hunt->usable[i] ? (double)service->endpoints[i].recorded * service->endpoints[i].weight : 0;
    double thin = total > PASS_MOST ? PASS_MOST / total : 1;
    double wanted =
        (double)service->endpoints[endpoint].recorded * service->endpoints[endpoint].weight * thin;
    return wanted < 1 ? 1 : (uint64_t)(wanted + 0.5);
}

double hunt_pass_requests(const struct hunt *hunt, const bool *in)
{
    double requests = 0;
    for (size_t i = 0; i < hunt->service->endpoint_count; i++)
        requests += in[i] ? (double)hunt_in_pass(hunt, i) : 0;
    return requests;
}

int hunt_pass(struct place *place, enum step step, const char *mix, const bool *in, uint64_t *requests)
{
    const struct hunt *hunt = place->hunt;
    size_t n = hunt->service->endpoint_count, count = 0;
    struct share *shares = xcalloc(n + 1, sizeof *shares);
    for (size_t i = 0; i < n; i++)
        if (in[i])
            shares[count++] = (struct share){i, 1, hunt_in_pass(hunt, i)};
    int halted = count > 0 ? trials_block(place->trials, step, mix, shares, count) : 0;
    for (size_t i = 0; requests != NULL && count > 0 && i < n; i++)
        *requests += place->trials->in_block[i].done;
    free(shares);
    return halted;
}

/* Bytes per request by the newest answer that knows; 0: none does. */
static double keeps_bytes(const struct hunt *hunt, size_t endpoint)
{
    static const enum ask asks[] = {ASK_LONG_SOLO, ASK_SCREEN_LONGER, ASK_SCREEN};
    double bytes = 0;
    for (size_t a = 0; a < sizeof asks / sizeof *asks && bytes <= 0; a++) {
        const struct probed *probed = hunt_probed_about(hunt, asks[a], endpoint);
        for (size_t i = 0; probed != NULL && i < hunt->deciders.count; i++)
            if (!hunt->deciders.items[i].objects)
                bytes = fmax(bytes, probed->detail.by_decider[i].per_request);
    }
    return bytes;
}

uint64_t hunt_affordable(const struct hunt *hunt, size_t endpoint, uint64_t calls)
{
    double most = HUNT_KEPT_MOST_BYTES / keeps_bytes(hunt, endpoint);
    return (double)calls <= most ? calls : (uint64_t)fmax(most, CALLS_LEAST);
}

uint64_t hunt_affordable_fill(const struct hunt *hunt, size_t endpoint, uint64_t calls)
{
    return hunt_affordable(hunt, endpoint, 4 * calls) / 4;
}

int hunt_prime(struct place *place, enum step step, size_t endpoint, uint64_t calls)
{
    struct share share = {endpoint, 1, calls};
    return trials_block(place->trials, step, hunt_name(place->hunt, endpoint), &share, 1);
}

bool hunt_landed(struct place *place, size_t endpoint)
{
    char *why =
        trials_why_not_landed(&place->trials->in_block[endpoint], replay_why(place->trials->replay, endpoint),
                              replay_lost(place->trials->replay, endpoint));
    if (why == NULL)
        return true;
    free(place->probed->detail.why);
    place->probed->detail.why = why;
    return false;
}

/* Something that would look like growth over so many calls. */
static bool reading_adds(const struct place *place, const struct levels *levels)
{
    size_t last = levels->count - 1;
    for (size_t i = 0; last > 0 && i < place->deciders.count; i++) {
        const struct decider *decider = &place->deciders.items[i];
        if (levels_gain(levels, last - 1, last, decider) >
            fmax(decider->quantum, decider->floor * HUNT_READING_CALLS))
            return true;
    }
    return last == 0;
}

/* What a server keeps of its first readings, as a runtime does that compiles what answers them, is not what requests keep:
 * it is read until that is over. */
static int read_while_cold(struct place *place)
{
    struct levels levels;
    double began_s = trials_elapsed_s(place->trials);
    bool adds = true;
    int halted = 0;
    levels_init(&levels, place->hunt->signal_count);
    for (size_t i = 0;
         !halted && adds && i < COLD_MOST && trials_elapsed_s(place->trials) - began_s < COLD_MOST_S; i++) {
        halted = hunt_level(place, &levels, 0);
        adds = !halted && reading_adds(place, &levels);
    }
    levels_release(&levels);
    return halted;
}

int hunt_fresh(struct place *place, enum step step, const char *mix)
{
    place->warm = false;
    free(place->proven);
    place->proven = NULL;
    memset(place->filled, 0, sizeof place->filled);
    if (trials_start(place->trials, step, mix) != 0)
        return -1;
    if (place->hunt->deciders.live && read_while_cold(place) != 0)
        return -1;
    place->proven = question_identity(&place->probed->question);
    return 0;
}

int hunt_on_its_server(struct place *place, enum step step, const struct question *question)
{
    struct question proofs[] = {{ASK_ALONE, question->suspect, NULL, 0, 0},
                                {ASK_TOGETHER, NOBODY, question->members, question->count, 0},
                                {ASK_AFTER, question->suspect, question->members, question->count - 1, 0},
                                {ASK_NARROW, question->suspect, question->members, question->count, 0}};
    bool there = !place->hunt->restartable;
    for (size_t i = 0; i < sizeof proofs / sizeof proofs[0] && !there; i++) {
        char *identity = question_identity(&proofs[i]);
        there = place->proven != NULL && strcmp(place->proven, identity) == 0;
        free(identity);
    }
    return there ? 0 : hunt_fresh(place, step, hunt_name(place->hunt, question->members[0]));
}
