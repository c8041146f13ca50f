#include "flow/compare_judge.h"

#include <math.h>
#include <string.h>

#include "analysis/equivalence.h"
#include "base/text.h"
#include "base/units.h"
#include "flow/deciders.h"

#define LANDED_WELL 0.99
#define LONGER 2.0 /* times as many requests before as after: worth a word */

static struct resolution resolution_of(const struct compared *item)
{
    if (item->objects)
        return (struct resolution){DECIDER_OBJECTS_QUANTUM, 0, DECIDER_OBJECTS_FLOOR};
    if (item->hides)
        return (struct resolution){DECIDER_RSS_QUANTUM, DECIDER_RSS_DEAD_ZONE, DECIDER_RSS_FLOOR};
    return (struct resolution){DECIDER_BYTES_QUANTUM, 0, DECIDER_BYTES_FLOOR};
}

/* What hides something decides only where no signal of the same mix counts what is live. */
static bool decides_unasked(const struct comparison *comparison, const struct compared *item)
{
    for (size_t i = 0; item->hides && i < comparison->count; i++)
        if (!comparison->items[i].hides && strcmp(comparison->items[i].mix, item->mix) == 0)
            return false;
    return true;
}

static bool is_meant(const struct limit *limit, const struct comparison *comparison,
                     const struct compared *item)
{
    if (limit->objects != item->objects)
        return false;
    return limit->signal != NULL ? strcmp(limit->signal, item->signal) == 0
                                 : decides_unasked(comparison, item);
}

/* The strictest one that is asked of it. */
static void set_limit(const struct comparison *comparison, struct compared *item, const struct limits *limits)
{
    item->limit = resolution_of(item).floor;
    item->decides = limits->count == 0 && decides_unasked(comparison, item);
    for (size_t i = 0; i < limits->count; i++) {
        const struct limit *limit = &limits->items[i];
        if (!is_meant(limit, comparison, item) || (item->decides && limit->value >= item->limit))
            continue;
        item->decides = true;
        item->limit = limit->value;
        result_say(&item->limit_text, "%s", limit->text);
    }
}

static void note_unmet(struct comparison *comparison, const struct limits *limits)
{
    for (size_t i = 0; i < limits->count; i++) {
        bool met = false;
        for (size_t k = 0; k < comparison->count; k++)
            met = met || is_meant(&limits->items[i], comparison, &comparison->items[k]);
        if (!met)
            strings_add(&comparison->unmet, limits->items[i].text);
    }
}

static void judge_item(struct compared *item)
{
    struct equivalence_question question = {item->before, item->after, resolution_of(item), item->limit};
    struct equivalence_answer answer = equivalence_judge(&question);
    item->difference = answer.difference;
    item->interval = answer.interval;
    item->bounds = answer.bounds;
    item->change = answer.change;
    item->answer = answer.answer;
}

/* An inconclusive soak whose deciding signals all came to an answer has its reason elsewhere. */
static bool is_open_elsewhere(const struct comparison *comparison, const struct compare_side *after)
{
    const struct tally *tally = &after->result.replay;
    if (compare_side_is_hunt(after) || after->result.verdict != VERDICT_INCONCLUSIVE)
        return false;
    for (size_t i = 0; i < comparison->count; i++)
        if (comparison->items[i].decides && comparison->items[i].after.verdict == VERDICT_INCONCLUSIVE)
            return (double)tally->landed < LANDED_WELL * (double)tally->planned;
    return true;
}

static const char *growing_outside(const struct comparison *comparison, const struct compare_side *after)
{
    for (size_t i = 0; i < after->result.signal_count; i++) {
        const struct signal_result *signal = &after->result.signals[i];
        bool judged = false;
        for (size_t k = 0; k < comparison->count; k++)
            judged = judged ||
                     (comparison->items[k].decides && strcmp(comparison->items[k].signal, signal->name) == 0);
        if (!judged && signal->verdict == VERDICT_GROWTH && signal->interval.low > 2 * DECIDER_RSS_FLOOR &&
            compare_side_hides(after, signal->name, signal->objects))
            return signal->name;
    }
    return NULL;
}

/* The whole mix is the authority: while it grows, no endpoint of it is shown to be mended. */
static bool mix_grows(const struct compare_side *after)
{
    for (size_t i = 0; i < after->measurement_count; i++)
        if (after->measurements[i].step == STEP_COMPLEMENT &&
            after->measurements[i].verdict == VERDICT_GROWTH)
            return true;
    return false;
}

static void doubt(struct comparison *comparison, const struct compare_side *after)
{
    long long run = after->result.run;
    const char *outside = growing_outside(comparison, after);
    if (comparison->doubt != NULL)
        return;
    if (is_open_elsewhere(comparison, after))
        result_say(&comparison->doubt, "run %lld is inconclusive: %s", run, after->result.reason);
    else if (outside != NULL)
        result_say(&comparison->doubt,
                   "in run %lld %s grows while what decides is flat: growth outside of it", run, outside);
    else if (mix_grows(after))
        result_say(&comparison->doubt, "the mix of run %lld grows, without what it found", run);
    else if (comparison->unmet.count > 0)
        result_say(&comparison->doubt, "no signal of both runs tells about '%s'", comparison->unmet.items[0]);
}

static void conclude(struct comparison *comparison)
{
    bool decided = false;
    comparison->answer = COMPARED_BELOW;
    for (size_t i = 0; i < comparison->count; i++) {
        struct compared *item = &comparison->items[i];
        if (comparison->doubt != NULL && item->answer == COMPARED_BELOW)
            item->answer = COMPARED_OPEN;
        decided = decided || item->decides;
        if (item->decides && item->answer > comparison->answer)
            comparison->answer = item->answer;
    }
    if (!decided)
        comparison->answer = COMPARED_OPEN;
    comparison->exit_code = comparison->answer == COMPARED_BELOW  ? 0
                            : comparison->answer == COMPARED_OPEN ? 125
                                                                  : 1;
}

static void mind_length(struct comparison *comparison, const struct compared *item)
{
    char before[UNITS_SIZE], after[UNITS_SIZE];
    if (item->answer == COMPARED_BELOW && item->before.verdict == VERDICT_GROWTH &&
        (double)item->before.requests > LONGER * (double)item->after.requests)
        strings_addf(&comparison->caveats,
                     "%s: %s requests after, %s before: what begins to grow only later is not in it",
                     item->signal, units_count(after, item->after.requests),
                     units_count(before, item->before.requests));
}

static void mind_of_run(struct comparison *comparison, const struct compare_side *side)
{
    bool said = comparison->doubt != NULL && strstr(comparison->doubt, side->result.reason) != NULL;
    if (side->result.verdict == VERDICT_INCONCLUSIVE && !said)
        strings_addf(&comparison->caveats, "run %lld is inconclusive: %s", (long long)side->result.run,
                     side->result.reason);
    for (size_t i = 0; i < side->result.caveats.count; i++)
        strings_addf(&comparison->caveats, "run %lld: %s", (long long)side->result.run,
                     side->result.caveats.items[i]);
}

void compare_judge(struct comparison *comparison, const struct compare_side *before,
                   const struct compare_side *after, const struct limits *limits)
{
    for (size_t i = 0; i < comparison->count; i++) {
        set_limit(comparison, &comparison->items[i], limits);
        judge_item(&comparison->items[i]);
    }
    note_unmet(comparison, limits);
    doubt(comparison, after);
    conclude(comparison);
    for (size_t i = 0; i < comparison->count; i++)
        if (comparison->items[i].decides)
            mind_length(comparison, &comparison->items[i]);
    mind_of_run(comparison, before);
    mind_of_run(comparison, after);
}
