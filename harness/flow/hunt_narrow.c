/* Below the endpoint: which of a finding's recorded requests grow. analysis/narrow asks for some of them, a block of these
 * answers. */
#include <math.h>
#include <stdlib.h>

#include "analysis/narrow.h"
#include "flow/hunt_state.h"
#include "traffic/traits.h"

#define PARTNER_CALLS 50
#define FILL 2000      /* requests before: what is bounded fills up */
#define FILL_MOST 6000 /* where the recording is longer than FILL */
#define SHOWN 4        /* standard errors: growth that an answer is to tell from none */
#define CALLS_LEAST 48
#define CALLS_MOST 4000
#define MOST_S 60       /* for one finding, and at most */
#define SHARE_OF_LEFT 4 /* one in so many of the budget's: what proves the finding comes first */
#define FLAT 0.25       /* of the whole's rate: what is below it tells how noisy readings are */
#define FLAT_MOST 64
#define FLAT_LEAST 4 /* so many have a rate in common */
#define REST_SAID 0.05

struct flat {
    double gain, calls;
};

struct narrowing {
    struct place *place;
    size_t suspect;
    struct wanted wanted;
    struct traits traits;
    struct narrow *narrow;
    struct levels levels; /* a row after each block */
    bool *members;        /* by distinct request */
    size_t *requests;     /* of the recording: those asked for */
    struct flat flat[FLAT_MOST];
    size_t flat_count;
};

/* Standard error of what a block gains, from those that kept next to nothing: how far they lie from their common rate. */
static double noise_of(const struct narrowing *narrowing)
{
    double gain = 0, calls = 0, off = 0, least = M_SQRT2 * narrowing->wanted.decider->quantum;
    size_t count = narrowing->flat_count;
    for (size_t i = 0; i < count; i++) {
        gain += narrowing->flat[i].gain;
        calls += narrowing->flat[i].calls;
    }
    double rate = count >= FLAT_LEAST ? gain / calls : 0;
    for (size_t i = 0; i < count; i++)
        off += fabs(narrowing->flat[i].gain - rate * narrowing->flat[i].calls);
    return count > 0 ? fmax(least, sqrt(M_PI_2) * off / (double)count) : least;
}

/* So many that growth of `least` per call would show, in whole rounds of the set. */
static uint64_t calls_for(const struct narrowing *narrowing, size_t size, double least)
{
    double calls = SHOWN * noise_of(narrowing) / least;
    calls = fmin(fmax(calls, CALLS_LEAST), CALLS_MOST);
    return (uint64_t)ceil(calls / (double)size) * size;
}

/* A recording that was changed since it was loaded may hold more than its tape. */
static size_t gather(const struct narrowing *narrowing)
{
    size_t count = 0, recorded = narrowing->place->hunt->service->endpoints[narrowing->suspect].recorded;
    for (size_t i = 0; i < narrowing->traits.request_count; i++)
        if (narrowing->members[i] && narrowing->traits.first[i] < recorded)
            narrowing->requests[count++] = narrowing->traits.first[i];
    return count;
}

/* What the block gained in the decider, told as so much per call. */
static void tell(struct narrowing *narrowing, double calls)
{
    size_t last = narrowing->levels.count - 1;
    double gain = levels_gain(&narrowing->levels, last - 1, last, narrowing->wanted.decider);
    if (isfinite(gain) && fabs(gain) < FLAT * narrowing->wanted.rate * calls &&
        narrowing->flat_count < FLAT_MOST)
        narrowing->flat[narrowing->flat_count++] = (struct flat){gain, calls};
    narrow_tell(narrowing->narrow, gain / calls, calls, noise_of(narrowing));
}

static int ask_once(struct narrowing *narrowing, size_t size, double least)
{
    struct place *place = narrowing->place;
    size_t count = gather(narrowing);
    struct share block = {narrowing->suspect, 1, calls_for(narrowing, size, least)};
    const char *name = hunt_name(place->hunt, narrowing->suspect);
    double before = narrowing->levels.requests[narrowing->levels.count - 1];
    if (trials_chosen(place->trials, STEP_NARROW, name, &block, narrowing->requests, count) != 0)
        return -1;
    double done = (double)place->trials->in_block[narrowing->suspect].done;
    if (hunt_level(place, &narrowing->levels, before + done) != 0)
        return -1;
    if (done > 0 && hunt_landed(place, narrowing->suspect))
        tell(narrowing, done);
    else
        narrow_tell(narrowing->narrow, NAN, 0, NAN);
    return 0;
}

static int ask_all(struct narrowing *narrowing)
{
    const struct trials *trials = narrowing->place->trials;
    double least = narrowing->wanted.rate;
    double ends_s = trials_elapsed_s(trials) + fmin(MOST_S, trials_left_s(trials) / SHARE_OF_LEFT);
    size_t size;
    while ((size = narrow_ask(narrowing->narrow, narrowing->members, &least)) > 0 &&
           trials_elapsed_s(trials) < ends_s)
        if (ask_once(narrowing, size, least) != 0)
            return -1;
    return 0;
}

/* How much of the recording the rule is about. */
static double share_of(const struct traits *traits, const struct trait_rule *rule)
{
    double all = 0, held = 0;
    for (size_t i = 0; i < traits->request_count; i++) {
        all += (double)traits->times[i];
        held += trait_rule_holds(traits, rule, i) ? (double)traits->times[i] : 0;
    }
    return held / all;
}

/* Where the others were not shown to be flat. */
static void say_rest(const struct narrowing *narrowing, struct detail *detail)
{
    double rest = narrow_rest(narrowing->narrow);
    if (rest > REST_SAID)
        strings_addf(
            &detail->caveats,
            "the other requests of %s were not shown to be flat: they may bring up to %.0f %% of its growth",
            hunt_name(narrowing->place->hunt, narrowing->suspect), 100 * rest);
}

static void conclude(const struct narrowing *narrowing, struct answer *answer, struct detail *detail)
{
    struct trait_rule rule = {0};
    size_t examples[NARROW_EXAMPLES_MOST];
    enum narrowed narrowed = narrow_result(narrowing->narrow, &rule, examples, &detail->example_count);
    bool told = narrowed == NARROWED_RULE || narrowed == NARROWED_ALL;
    const char *name = hunt_name(narrowing->place->hunt, narrowing->suspect);
    free(detail->why); /* of a set that did not land */
    detail->why = NULL;
    answer->told = told ? TOLD_GROWS : TOLD_UNCLEAR;
    detail->calls = (uint64_t)narrowing->levels.requests[narrowing->levels.count - 1];
    if (!told)
        detail->example_count = 0;
    if (narrowed == NARROWED_ASKING)
        result_say(&detail->why, "not asked to the end, for want of time");
    if (narrowed == NARROWED_VARIETY)
        strings_addf(
            &detail->caveats,
            "no request of %s grows by itself, only different ones do: something is kept once for each",
            name);
    for (size_t i = 0; i < detail->example_count; i++)
        detail->examples[i] = narrowing->traits.first[examples[i]];
    if (narrowed != NARROWED_RULE)
        return;
    say_rest(narrowing, detail);
    detail->requests = trait_rule_words(&narrowing->traits, &rule);
    detail->requests_share = share_of(&narrowing->traits, &rule);
}

/* The whole is driven first: what requests fill once, and what partners bring, is there then. Read from the beginning, so
 * that it is known what this server was filled with. */
static int prepare(struct narrowing *narrowing, const struct question *question)
{
    struct place *place = narrowing->place;
    size_t recorded = place->hunt->service->endpoints[question->suspect].recorded;
    levels_init(&narrowing->levels, place->hunt->signal_count);
    if (hunt_level(place, &narrowing->levels, 0) != 0)
        return -1;
    for (size_t i = 0; i < question->count; i++)
        if (question->members[i] != question->suspect &&
            hunt_prime(place, STEP_NARROW, question->members[i], PARTNER_CALLS) != 0)
            return -1;
    uint64_t fill = recorded < FILL ? FILL : recorded > FILL_MOST ? FILL_MOST : recorded;
    fill = hunt_affordable_fill(place->hunt, question->suspect, fill);
    if (hunt_prime(place, STEP_NARROW, question->suspect, fill) != 0)
        return -1;
    return hunt_level(place, &narrowing->levels, (double)fill);
}

static int narrow_down(struct narrowing *narrowing, const struct question *question, struct answer *answer,
                       struct detail *detail)
{
    size_t distinct = narrowing->traits.request_count;
    narrowing->narrow = narrow_new(&narrowing->traits, narrowing->wanted.rate);
    narrowing->members = xcalloc(distinct, sizeof *narrowing->members);
    narrowing->requests = xcalloc(distinct, sizeof *narrowing->requests);
    int halted = prepare(narrowing, question);
    if (!halted)
        halted = ask_all(narrowing);
    if (!halted)
        conclude(narrowing, answer, detail);
    hunt_filled(narrowing->place, &narrowing->levels);
    levels_release(&narrowing->levels);
    free(narrowing->requests);
    free(narrowing->members);
    narrow_free(narrowing->narrow);
    return halted;
}

int hunt_narrow(struct place *place, const struct question *question, struct answer *answer,
                struct detail *detail)
{
    struct narrowing narrowing = {
        .place = place, .suspect = question->suspect, .wanted = hunt_wanted(place, question->suspect)};
    const struct endpoint *endpoint = &place->hunt->service->endpoints[question->suspect];
    struct err err = {0};
    answer->told = TOLD_UNCLEAR;
    if (hunt_on_its_server(place, STEP_NARROW, question) != 0)
        return -1;
    if (traits_read(endpoint->recording_path, endpoint->template, &narrowing.traits, &err) != 0) {
        strings_addf(&detail->caveats, "the requests of %s were not told apart: %s", endpoint->name,
                     err.message);
        return 0;
    }
    trials_say(place->trials, "which of its requests? %s", endpoint->name);
    int halted = 0;
    if (narrowing.traits.request_count > 1 && narrowing.wanted.rate > 0)
        halted = narrow_down(&narrowing, question, answer, detail);
    traits_release(&narrowing.traits);
    return halted;
}
