/* The screen: which endpoints are worth a long look. */
#include <math.h>
#include <stdlib.h>

#include "flow/hunt_state.h"

#define BLOCKS 3
#define BLOCKS_LEAST 2 /* where no signal moved in these */
#define CALLS_LEAST 130
#define CALLS_MOST 240
#define BLOCKS_LONGER 5
#define LONGER 4           /* unknown asks for blocks so many times as long, */
#define LONGER_MOST 1500   /* calls each at most, */
#define LONGER_LEAST 2     /* or for none, where less than so many times as long fits */
#define LONGER_S 5.0       /* into this time */
#define LEANS 1.0          /* standard errors above the floor: seems to grow, */
#define LEANS_LONGER 2.5   /* and is worth a long solo after the longer look */
#define LEAN_SCALE 1e-3    /* three of them are SEARCH_LEANS_MUCH */
#define HIDES_ANYTHING 1e9 /* bytes per call */
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

/* How far what is unclear leans towards growth, in standard errors, below any score of what grows; 0: not by enough. A
 * signal that is noisy beside the floor leaves all unclear: a long solo is for what leans, the mix clears the others. */
static double lean(const struct screen_result *result, bool longer)
{
    return result->lean > (longer ? LEANS_LONGER : LEANS) ? LEAN_SCALE * result->lean : 0;
}

static double largest(const struct interval *interval)
{
    return fmax(fabs(interval->low), fabs(interval->high));
}

/* What a call may keep and the answer not show it: the upper end of what the signals leave open. */
static double hides(const struct place *place, const struct detail *detail)
{
    double least = hunt_hides(place->hunt, detail);
    return isfinite(least) ? least : HIDES_ANYTHING;
}

/* Judges every decider on the levels of the blocks; the answer of the endpoint is the gravest. */
static void judge(struct place *place, size_t endpoint, const struct levels *levels, double calls,
                  bool longer, struct answer *answer)
{
    static const enum told told[] = {
        [SCREEN_CLEAR] = TOLD_FLAT, [SCREEN_GROWS] = TOLD_GROWS, [SCREEN_UNKNOWN] = TOLD_UNCLEAR};
    static const enum verdict verdicts[] = {[SCREEN_CLEAR] = VERDICT_NO_GROWTH,
                                            [SCREEN_GROWS] = VERDICT_GROWTH,
                                            [SCREEN_UNKNOWN] = VERDICT_INCONCLUSIVE};
    enum screen_answer gravest = SCREEN_CLEAR;
    double gains[BLOCKS_LONGER];
    size_t n = levels->count - 1;
    for (size_t i = 0; i < place->deciders.count; i++) {
        const struct decider *decider = &place->deciders.items[i];
        for (size_t block = 0; block < n; block++)
            gains[block] = levels_gain(levels, block, block + 1, decider);
        struct screen_result result = screen_judge(gains, n, calls, decider->floor, decider->quantum);
        enum verdict verdict = verdicts[result.answer];
        hunt_measured(place, STEP_SCREEN, hunt_name(place->hunt, endpoint), decider,
                      (uint64_t)(calls * (double)n), result.per_request, result.interval, verdict, "");
        place->probed->detail.by_decider[i] = (struct growth_answer){
            .verdict = verdict, .per_request = result.per_request, .interval = result.interval};
        if (result.answer == SCREEN_GROWS)
            answer->score = fmax(answer->score, result.interval.low / decider->floor);
        if (result.answer == SCREEN_GROWS || (result.answer == SCREEN_UNKNOWN && gravest == SCREEN_CLEAR))
            gravest = result.answer;
        if (result.answer == SCREEN_UNKNOWN)
            answer->score = fmax(answer->score, lean(&result, longer));
        answer->moves = fmax(answer->moves, largest(&result.interval) / decider->floor);
        if (!decider->objects && result.answer == SCREEN_GROWS)
            answer->dear = answer->dear ||
                           result.interval.low * (double)place->hunt->options->confirm > HUNT_KEPT_MOST_BYTES;
    }
    answer->told = told[gravest];
    answer->hides = gravest == SCREEN_UNKNOWN ? hides(place, &place->probed->detail) : 0;
}

/* No signal moved by its own step, or half of it, in any block: of two that are unlike nothing could be told. */
static bool is_still(const struct place *place, const struct levels *levels)
{
    for (size_t i = 0; i < place->deciders.count; i++)
        for (size_t block = 0; block + 1 < levels->count; block++) {
            const struct decider *decider = &place->deciders.items[i];
            if (!(fabs(levels_gain(levels, block, block + 1, decider)) < decider->quantum / 2))
                return false;
        }
    return true;
}

/* The short look ends where nothing moves: most endpoints are of that kind. */
static int drive(struct place *place, size_t endpoint, uint64_t calls, bool longer, struct levels *levels)
{
    size_t first = longer ? BLOCKS_LONGER : BLOCKS_LEAST;
    if (hunt_solo(place, STEP_SCREEN, endpoint, first, calls, 0, levels) != 0)
        return -1;
    if (longer || place->probed->detail.why != NULL || is_still(place, levels))
        return 0;
    return hunt_solo_on(place, STEP_SCREEN, endpoint, BLOCKS - BLOCKS_LEAST, calls, 0, levels);
}

/* On the warm server: prime, and a few blocks. The prime is as long as they are: what a server holds for a while is the
 * more, the longer it has been called. */
static int screen_warm(struct place *place, size_t endpoint, uint64_t calls, bool longer,
                       struct answer *answer)
{
    struct levels levels = {0};
    int halted = hunt_prime(place, STEP_SCREEN, endpoint, calls);
    if (!halted)
        halted = drive(place, endpoint, calls, longer, &levels);
    if (!halted && place->probed->detail.why != NULL)
        answer->told = TOLD_OUT;
    else if (!halted)
        judge(place, endpoint, &levels, (double)calls, longer, answer);
    place->probed->detail.calls = levels.count > 0 ? calls * (levels.count - 1) : 0;
    levels_release(&levels);
    return halted;
}

/* What a leak must add per request to pass the floor in the second half, though it first fills what is free in the heap:
 * the dead zone of a fresh server, or all that the server once gave back to its heap, if that is more. */
static double smallest_alone(const struct place *place, const struct levels *levels,
                             const struct decider *decider)
{
    double all = levels->requests[levels->count - 1], half = all - levels->requests[levels->count / 2];
    double given_back = watch_peak_bytes(place->trials->watch) - watch_resident_bytes(place->trials->watch);
    return (decider->floor * half + fmax(decider->dead_zone, given_back)) / all;
}

/* RSS of a server that serves nothing else is exact once its dead zone is filled: what its second half gains is growth,
 * where that is above the floor, even if it is too little for a series of steps to be called so. */
enum told hunt_judge_fresh(struct place *place, enum step step, const char *mix, const struct levels *levels,
                           double *score)
{
    const struct decider *decider = &place->deciders.items[0];
    struct growth_answer *answer = &place->probed->detail.by_decider[0];
    size_t first = 0, half = levels->count / 2, last = levels->count - 1;
    bool grows = hunt_judge_all(place, step, mix, levels, &first);
    double rate =
        levels_gain(levels, half, last, decider) / (levels->requests[last] - levels->requests[half]);
    *score = rate / decider->floor;
    if (grows || rate > decider->floor)
        return TOLD_GROWS;
    answer->smallest_detectable = smallest_alone(place, levels, decider);
    return answer->verdict == VERDICT_NO_GROWTH ? TOLD_FLAT : TOLD_UNCLEAR;
}

static int screen_fresh(struct place *place, size_t endpoint, struct answer *answer)
{
    struct levels levels = {0};
    int halted = hunt_fresh(place, STEP_SCREEN, hunt_name(place->hunt, endpoint));
    if (!halted)
        halted = hunt_prime(place, STEP_SCREEN, endpoint, CALLS_MOST);
    if (!halted && !hunt_landed(place, endpoint)) {
        answer->told = TOLD_OUT;
        return 0;
    }
    if (!halted)
        halted = hunt_solo(place, STEP_SCREEN, endpoint, ISOLATED_WINDOWS, ISOLATED_CALLS, 0, &levels);
    if (!halted)
        answer->told = place->probed->detail.why != NULL
                           ? TOLD_OUT
                           : hunt_judge_fresh(place, STEP_SCREEN, hunt_name(place->hunt, endpoint), &levels,
                                              &answer->score);
    levels_release(&levels);
    return halted;
}

/* Calls of each longer block, as many as fit into its time by what the first look took; 0: too few to tell more. */
static uint64_t longer_calls(const struct hunt *hunt, size_t endpoint, uint64_t calls)
{
    const struct probed *first = hunt_probed_about(hunt, ASK_SCREEN, endpoint);
    double each_s = first != NULL && first->requests > 0
                        ? (first->ended_s - first->started_s) / (double)first->requests
                        : 0;
    double most = each_s > 0 ? LONGER_S / each_s / BLOCKS_LONGER : LONGER_MOST;
    double wanted = fmin(fmin((double)(calls * LONGER), LONGER_MOST), most);
    return wanted >= (double)(calls * LONGER_LEAST) ? (uint64_t)wanted : 0;
}

/* Where no longer look fits, it stays unclear; what leaned far enough in the first one is still worth a long solo. */
static int take_first_look(const struct hunt *hunt, size_t endpoint, struct answer *answer)
{
    const struct probed *first = hunt_probed_about(hunt, ASK_SCREEN, endpoint);
    if (first != NULL && first->answer.score > LEANS_LONGER * LEAN_SCALE)
        answer->score = first->answer.score;
    answer->hides = first != NULL ? first->answer.hides : HIDES_ANYTHING;
    return 0;
}

int hunt_screen(struct place *place, const struct question *question, struct answer *answer,
                struct detail *detail)
{
    (void)detail;
    const struct hunt *hunt = place->hunt;
    size_t endpoint = question->suspect;
    const char *name = hunt_name(hunt, endpoint);
    uint64_t calls = block_calls(hunt->service->endpoints[endpoint].recorded);
    bool longer = question->ask == ASK_SCREEN_LONGER;
    if (!hunt->deciders.live) {
        trials_say(place->trials, "screening alone on a fresh server: %s", name);
        return screen_fresh(place, endpoint, answer);
    }
    trials_say(place->trials, "screening%s: %s", longer ? " longer" : "", name);
    if (longer && (calls = longer_calls(hunt, endpoint, calls)) == 0)
        return take_first_look(hunt, endpoint, answer);
    return screen_warm(place, endpoint, calls, longer, answer);
}
