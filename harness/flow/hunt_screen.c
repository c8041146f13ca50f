/* The screen: which endpoints are worth a long look. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/units.h"
#include "flow/hunt_state.h"

#define BLOCKS 3
#define BLOCKS_MOST 6
#define CALLS_LEAST 130
#define CALLS_MOST 240
#define LONGER 4 /* unknown asks for blocks so many times as long */
#define LONGER_MOST 1500
#define ISOLATED_WINDOWS 16
#define ISOLATED_CALLS 500 /* RSS shows nothing before its dead zone is filled */

/* Blocks are whole passes, so that each holds the same rare triggers; very long
 * recordings go on from block to block. */
static uint64_t block_calls(size_t recorded)
{
    if (recorded >= CALLS_MOST)
        return CALLS_MOST;
    return (CALLS_LEAST + recorded - 1) / recorded * recorded;
}

/* Judges every decider on the levels of n blocks; the answer of the endpoint is the gravest. */
static enum screen_answer judge(struct hunt *hunt, size_t endpoint, const struct levels *levels, double calls)
{
    struct candidate *candidate = &hunt->candidates[endpoint];
    enum screen_answer gravest = SCREEN_CLEAR;
    double gains[BLOCKS_MOST];
    size_t n = levels->count - 1;
    for (size_t i = 0; i < hunt->deciders.count; i++) {
        const struct decider *decider = &hunt->deciders.items[i];
        for (size_t block = 0; block < n; block++)
            gains[block] = levels_gain(levels, block, block + 1, decider);
        struct screen_result result = screen_judge(gains, n, calls, decider->floor, decider->quantum);
        enum verdict verdict = result.answer == SCREEN_GROWS   ? VERDICT_GROWTH
                               : result.answer == SCREEN_CLEAR ? VERDICT_NO_GROWTH
                                                               : VERDICT_INCONCLUSIVE;
        hunt_measured(hunt, STEP_SCREEN, hunt->service->endpoints[endpoint].name, decider,
                      (uint64_t)(calls * (double)n), result.per_request, result.interval, verdict, "");
        if (result.answer == SCREEN_GROWS)
            candidate->score = fmax(candidate->score, result.interval.low / decider->floor);
        if (result.answer == SCREEN_GROWS || (result.answer == SCREEN_UNKNOWN && gravest == SCREEN_CLEAR))
            gravest = result.answer;
        if (result.answer == SCREEN_UNKNOWN && result.per_request > decider->floor)
            candidate->score = fmax(candidate->score, 1);
    }
    return gravest;
}

static int screen_one(struct hunt *hunt, size_t endpoint, uint64_t calls)
{
    struct candidate *candidate = &hunt->candidates[endpoint];
    struct levels levels = {0};
    int halted = hunt_prime(hunt, STEP_SCREEN, endpoint, calls < CALLS_MOST ? calls : CALLS_MOST);
    if (!halted)
        halted = hunt_solo(hunt, STEP_SCREEN, endpoint, BLOCKS, calls, 0, &levels);
    if (!halted && candidate->standing != STANDING_OUT) {
        candidate->score = 0;
        enum screen_answer answer = judge(hunt, endpoint, &levels, (double)calls);
        candidate->standing = answer == SCREEN_GROWS   ? STANDING_SUSPECT
                              : answer == SCREEN_CLEAR ? STANDING_CLEAR
                                                       : STANDING_UNKNOWN;
    }
    levels_release(&levels);
    return halted;
}

static size_t *random_order(struct hunt *hunt)
{
    size_t n = hunt->service->endpoint_count, *order = xmalloc((n + 1) * sizeof *order);
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    struct random random;
    random_init(&random, hunt->options->trials.seed);
    random_shuffle(&random, order, n);
    return order;
}

static size_t count_standing(const struct hunt *hunt, enum standing standing)
{
    size_t count = 0;
    for (size_t i = 0; i < hunt->service->endpoint_count; i++)
        count += hunt->candidates[i].standing == standing;
    return count;
}

/* One round over all that are unknown, with blocks `longer` times the usual length. */
static int screen_round(struct hunt *hunt, const size_t *order, uint64_t longer)
{
    size_t of = count_standing(hunt, STANDING_UNKNOWN), at = 0;
    int halted = 0;
    for (size_t i = 0; !halted && i < hunt->service->endpoint_count; i++) {
        const struct endpoint *endpoint = &hunt->service->endpoints[order[i]];
        if (hunt->candidates[order[i]].standing != STANDING_UNKNOWN)
            continue;
        uint64_t calls = block_calls(endpoint->recorded) * longer;
        trials_say(&hunt->trials, "screening %zu of %zu: %s", ++at, of, endpoint->name);
        halted = screen_one(hunt, order[i], longer > 1 && calls > LONGER_MOST ? LONGER_MOST : calls);
    }
    return halted;
}

/* What the longer blocks could not settle either is a suspect where it seems to grow; else only the check of
 * the rest can clear it. */
static void suspect_what_seems_to_grow(struct hunt *hunt)
{
    for (size_t i = 0; i < hunt->service->endpoint_count; i++)
        if (hunt->candidates[i].standing == STANDING_UNKNOWN && hunt->candidates[i].score > 0)
            hunt->candidates[i].standing = STANDING_SUSPECT;
}

static void note_suspects(struct hunt *hunt)
{
    size_t suspects = count_standing(hunt, STANDING_SUSPECT);
    trials_note(&hunt->trials, "screened: %zu clear, %zu to look at longer, %zu unclear",
                count_standing(hunt, STANDING_CLEAR), suspects, count_standing(hunt, STANDING_UNKNOWN));
    for (size_t i = 0; i < hunt->service->endpoint_count; i++)
        if (hunt->candidates[i].standing == STANDING_SUSPECT)
            trials_note(&hunt->trials, "suspect: %s", hunt->service->endpoints[i].name);
}

int hunt_screen(struct hunt *hunt)
{
    size_t *order = random_order(hunt);
    int halted = screen_round(hunt, order, 1);
    if (!halted)
        halted = screen_round(hunt, order, LONGER);
    free(order);
    if (!halted) {
        suspect_what_seems_to_grow(hunt);
        note_suspects(hunt);
    }
    return halted;
}

/* With RSS alone: what is below its dead zone on a fresh server is unknown, never clear. */
static int screen_fresh(struct hunt *hunt, size_t endpoint)
{
    const char *name = hunt->service->endpoints[endpoint].name;
    struct candidate *candidate = &hunt->candidates[endpoint];
    struct levels levels = {0};
    int halted = trials_start(&hunt->trials, STEP_SCREEN, name);
    if (!halted)
        halted = hunt_prime(hunt, STEP_SCREEN, endpoint, CALLS_MOST);
    if (!halted && hunt_landed(hunt, endpoint))
        halted = hunt_solo(hunt, STEP_SCREEN, endpoint, ISOLATED_WINDOWS, ISOLATED_CALLS, 0, &levels);
    if (!halted && candidate->standing != STANDING_OUT) {
        const struct decider *decider = &hunt->deciders.items[0];
        struct growth_answer answer = hunt_judge(hunt, STEP_SCREEN, name, &levels, decider);
        double rate = levels_gain(&levels, levels.count / 2, levels.count - 1, decider) /
                      (levels.requests[levels.count - 1] - levels.requests[levels.count / 2]);
        candidate->score = rate / decider->floor;
        if (answer.verdict == VERDICT_NO_GROWTH) {
            candidate->standing = STANDING_CLEAR;
            hunt->alone_smallest = fmax(hunt->alone_smallest, answer.smallest_detectable);
        } else if (rate > decider->floor)
            candidate->standing = STANDING_SUSPECT;
    }
    levels_release(&levels);
    return halted;
}

int hunt_screen_isolated(struct hunt *hunt)
{
    size_t of = count_standing(hunt, STANDING_UNKNOWN), at = 0;
    int halted = 0;
    for (size_t i = 0; !halted && i < hunt->service->endpoint_count; i++) {
        if (hunt->candidates[i].standing != STANDING_UNKNOWN)
            continue;
        trials_say(&hunt->trials, "alone on a fresh server, %zu of %zu: %s", ++at, of,
                   hunt->service->endpoints[i].name);
        halted = screen_fresh(hunt, i);
    }
    if (!halted)
        note_suspects(hunt);
    return halted;
}
