/* Only the mix grows: the smallest set of endpoints that does, by delta debugging on the net growth. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/reduce.h"
#include "base/units.h"
#include "flow/hunt_state.h"

#define PRIME_PASSES 2 /* uses up what one member left for another */
#define PASSES 2
#define SHARE_THAT_GROWS 0.3 /* of the net growth per pass of the whole rest */
#define JOINT_WINDOWS 16
#define CREDITS 32 /* calls of one member whose effect on the other is counted */

/* What the set adds per pass in the first decider, at least over the measured passes; NaN when halted. */
static double gain_per_pass(struct hunt *hunt, const bool *in)
{
    struct levels levels;
    levels_init(&levels, hunt->signal_count);
    double least = NAN;
    int halted = 0;
    for (size_t i = 0; !halted && i < PRIME_PASSES; i++)
        halted = hunt_pass(hunt, STEP_REDUCE, "a part of the mix", in, NULL);
    if (!halted)
        halted = hunt_level(hunt, &levels, 0);
    for (size_t i = 0; !halted && i < PASSES; i++) {
        halted = hunt_pass(hunt, STEP_REDUCE, "a part of the mix", in, NULL);
        if (!halted)
            halted = hunt_level(hunt, &levels, (double)(i + 1));
        if (!halted)
            least = fmin(least, levels_gain(&levels, i, i + 1, &hunt->deciders.items[0]));
    }
    levels_release(&levels);
    return halted ? NAN : least;
}

struct set {
    size_t *members; /* endpoint indices that may be in */
    size_t count;
    bool *in; /* by endpoint */
};

static struct set rest_of(const struct hunt *hunt)
{
    size_t n = hunt->service->endpoint_count;
    struct set set = {xmalloc((n + 1) * sizeof(size_t)), 0, xcalloc(n + 1, sizeof(bool))};
    for (size_t i = 0; i < n; i++)
        if (hunt->candidates[i].standing != STANDING_OUT && hunt->candidates[i].standing != STANDING_FOUND) {
            set.members[set.count++] = i;
            set.in[i] = true;
        }
    return set;
}

/* Narrows set->in to a smallest set that still grows; returns its size, 0 when halted. */
static size_t smallest(struct hunt *hunt, struct set *set, double threshold)
{
    struct reduce *reduce = reduce_new(set->count);
    bool *asked = xcalloc(set->count, sizeof *asked);
    size_t size = 0;
    while (reduce_ask(reduce, asked) > 0) {
        memset(set->in, 0, hunt->service->endpoint_count * sizeof *set->in);
        for (size_t i = 0; i < set->count; i++)
            set->in[set->members[i]] = asked[i];
        trials_say(&hunt->trials, "which of the mix grow together, probe %zu", reduce_asked(reduce));
        double gain = gain_per_pass(hunt, set->in);
        if (hunt->trials.halt != HALT_NONE)
            goto done;
        reduce_tell(reduce, gain > threshold);
    }
    memset(set->in, 0, hunt->service->endpoint_count * sizeof *set->in);
    for (size_t i = 0; i < set->count; i++)
        if (asked[i])
            set->in[set->members[i]] = true, size++;
done:
    reduce_free(reduce);
    free(asked);
    return size;
}

/* What one cycle keeps: `few` is called CREDITS times, then `many` often enough to use up what that left. */
static int cycle(struct hunt *hunt, size_t few, size_t many, struct levels *levels)
{
    struct share drain = {many, 1, 4 * CREDITS}, give = {few, 1, CREDITS};
    levels_init(levels, hunt->signal_count);
    if (trials_block(&hunt->trials, STEP_REDUCE, "draining", &drain, 1) != 0 ||
        hunt_level(hunt, levels, 0) != 0)
        return -1;
    if (trials_block(&hunt->trials, STEP_REDUCE, "a few of the one", &give, 1) != 0 ||
        trials_block(&hunt->trials, STEP_REDUCE, "many of the other", &drain, 1) != 0)
        return -1;
    return hunt_level(hunt, levels, CREDITS);
}

/* One call of each member keeps something, in turn as well as at once. The growth is bounded by the rarer of
 * the two: it is said per call of that one, which is twice what it is per request of an even mix. */
static void say_consumed(struct hunt *hunt, const size_t pair[2], struct finding *finding)
{
    const struct endpoint *endpoints = hunt->service->endpoints;
    bool first_is_rarer = endpoints[pair[0]].recorded <= endpoints[pair[1]].recorded;
    size_t rarer = pair[first_is_rarer ? 0 : 1], other = pair[first_is_rarer ? 1 : 0];
    finding->kind = FINDING_CONSUMED;
    strings_release(&finding->endpoints);
    strings_add(&finding->endpoints, endpoints[rarer].name);
    strings_add(&finding->endpoints, endpoints[other].name);
    result_say(&finding->per, "%s", endpoints[rarer].name);
    finding->objects_per_request *= 2;
    finding->bytes_per_request *= 2;
    finding->interval.low *= 2;
    finding->interval.high *= 2;
    finding->linear_requests /= 2;
}

/* Is it enough to call one first and the other later? In both orders, since which of the two stores what the
 * other uses cannot be told from memory: an object that is kept and one that is handed on look alike. */
static int as_consumed(struct hunt *hunt, const size_t pair[2], struct finding *finding)
{
    const struct decider *decider = &hunt->deciders.items[0];
    double least = 0.25 * CREDITS * (decider->objects ? 1 : 16);
    bool in_turn = true;
    for (size_t i = 0; i < 2 && in_turn; i++) {
        struct levels levels;
        int halted = cycle(hunt, pair[i], pair[1 - i], &levels);
        if (!halted)
            in_turn = levels_gain(&levels, 0, 1, decider) > least;
        levels_release(&levels);
        if (halted)
            return -1;
    }
    if (in_turn)
        say_consumed(hunt, pair, finding);
    return 0;
}

/* Windows of the set's members in even numbers, on a fresh server where there can be one. */
static int drive_joint(struct hunt *hunt, const struct set *set, size_t size, struct levels *levels)
{
    size_t n = hunt->service->endpoint_count, count = 0;
    struct share *shares = xcalloc(n, sizeof *shares);
    uint64_t each = hunt->options->confirm / JOINT_WINDOWS / size + 1, done = 0;
    for (size_t i = 0; i < n; i++)
        if (set->in[i])
            shares[count++] = (struct share){i, 1, each};
    int halted =
        hunt->restartable ? trials_start(&hunt->trials, STEP_ISOLATED, "the smallest set that grows") : 0;
    if (!halted)
        halted = hunt_level(hunt, levels, 0);
    for (size_t i = 0; !halted && i < JOINT_WINDOWS; i++) {
        halted = trials_block(&hunt->trials, STEP_ISOLATED, "the smallest set that grows", shares, count);
        for (size_t e = 0; e < n; e++)
            done += hunt->trials.in_block[e].done;
        if (!halted)
            halted = hunt_level(hunt, levels, (double)done);
    }
    free(shares);
    return halted;
}

static int add_joint(struct hunt *hunt, const struct set *set, size_t size,
                     const struct growth_answer *answers, const struct levels *levels)
{
    size_t pair[2] = {0, 0}, members = 0;
    for (size_t i = 0; i < hunt->service->endpoint_count; i++)
        if (set->in[i] && members < 2)
            pair[members++] = i;
    uint64_t calls = (uint64_t)levels->requests[levels->count - 1];
    struct finding *finding = hunt_add_finding(hunt, FINDING_JOINT, pair[0], answers, calls, levels);
    strings_release(&finding->endpoints);
    for (size_t i = 0; i < hunt->service->endpoint_count; i++)
        if (set->in[i]) {
            strings_add(&finding->endpoints, hunt->service->endpoints[i].name);
            hunt->candidates[i].standing = STANDING_FOUND;
        }
    result_say(&finding->per, "any of them");
    strings_add(&finding->confirmed, hunt->restartable ? "isolated" : "long_solo");
    int halted = size == 2 ? as_consumed(hunt, pair, finding) : 0;
    char *names = strings_join(&finding->endpoints, " + ");
    trials_note(&hunt->trials, "grow together: %s", names);
    free(names);
    return halted;
}

static int confirm_joint(struct hunt *hunt, const struct set *set, size_t size)
{
    struct levels levels;
    struct growth_answer answers[DECIDERS_MOST];
    bool grows = false;
    levels_init(&levels, hunt->signal_count);
    trials_say(&hunt->trials, "the smallest set alone on a fresh server");
    int halted = drive_joint(hunt, set, size, &levels);
    for (size_t i = 0; !halted && i < hunt->deciders.count; i++) {
        answers[i] =
            hunt_judge(hunt, STEP_ISOLATED, "the smallest set that grows", &levels, &hunt->deciders.items[i]);
        grows = grows || answers[i].verdict == VERDICT_GROWTH;
    }
    if (!halted && grows)
        halted = add_joint(hunt, set, size, answers, &levels);
    levels_release(&levels);
    return halted;
}

int hunt_reduce(struct hunt *hunt)
{
    struct set set = rest_of(hunt);
    int halted = -1;
    trials_note(&hunt->trials, "no single endpoint explains it: looking for those that grow together");
    double whole = gain_per_pass(hunt, set.in);
    const struct decider *decider = &hunt->deciders.items[0];
    double threshold = fmax(SHARE_THAT_GROWS * whole, 2 * decider->quantum);
    if (hunt->trials.halt != HALT_NONE)
        goto done;
    halted = 0;
    if (!(whole > threshold)) /* it needs longer than a few passes to show: left to the verdict */
        goto done;
    size_t size = smallest(hunt, &set, threshold);
    if (hunt->trials.halt != HALT_NONE)
        halted = -1;
    else if (size == 1) { /* the screen missed it */
        for (size_t i = 0; i < hunt->service->endpoint_count; i++)
            if (set.in[i])
                hunt->candidates[i].standing = STANDING_SUSPECT;
        halted = hunt_confirm(hunt);
    } else if (size > 1)
        halted = confirm_joint(hunt, &set, size);
done:
    free(set.members);
    free(set.in);
    return halted;
}
