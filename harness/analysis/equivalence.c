#include "analysis/equivalence.h"

#include <math.h>

#define ONE_SIDED (1.644854 / 1.959964) /* normal quantiles at 95 and 97.5 % */
#define QUANTA_UNSEEN 4
#define DEAD_ZONES 2
#define CHANGE_LEAST 0.05 /* of what was before */

/* What a flat series hides. */
static double hidden_in_quiet(const struct estimate *estimate, const struct resolution *resolution)
{
    double requests = (double)estimate->requests;
    if (!(requests > 0))
        return INFINITY;
    if (!(resolution->dead_zone > 0))
        return QUANTA_UNSEEN * resolution->quantum / requests;
    if (isfinite(estimate->smallest_detectable))
        return estimate->smallest_detectable;
    return fmax(resolution->floor, DEAD_ZONES * resolution->dead_zone / requests);
}

double equivalence_hidden(const struct estimate *estimate, const struct resolution *resolution)
{
    if (estimate->verdict == VERDICT_GROWTH)
        return 0;
    if (estimate->verdict == VERDICT_NO_GROWTH)
        return hidden_in_quiet(estimate, resolution);
    return isfinite(estimate->smallest_detectable) ? estimate->smallest_detectable : INFINITY;
}

/* Half-widths: how far the truth may lie below and above the estimate. */
struct halves {
    double below, above;
};

static struct halves halves_of(const struct estimate *estimate, double hidden)
{
    double high = estimate->interval.high;
    if (hidden > high) /* not where there is no interval */
        high = hidden;
    return (struct halves){estimate->per_request - estimate->interval.low, high - estimate->per_request};
}

static struct interval bounds_of(const struct estimate *after, const struct resolution *resolution,
                                 double hidden)
{
    double share = resolution->dead_zone > 0 ? 1 : ONE_SIDED;
    struct halves seen = halves_of(after, -INFINITY);
    struct interval bounds = {after->per_request - share * seen.below,
                              after->per_request + share * seen.above};
    if (hidden > bounds.high)
        bounds.high = hidden;
    return bounds;
}

static enum change change_of(struct interval difference, double before, double floor)
{
    double least = fmax(floor, CHANGE_LEAST * fabs(before));
    if (difference.high < -least)
        return CHANGE_LESS;
    return difference.low > least ? CHANGE_MORE : CHANGE_OPEN;
}

static enum compared_answer answer_of(enum verdict after, struct interval bounds, double limit,
                                      enum change change)
{
    static const enum compared_answer above[] = {[CHANGE_OPEN] = COMPARED_UNIMPROVED,
                                                 [CHANGE_LESS] = COMPARED_IMPROVED,
                                                 [CHANGE_MORE] = COMPARED_WORSE};
    if (bounds.high < limit)
        return COMPARED_BELOW;
    return after == VERDICT_GROWTH && bounds.low > limit ? above[change] : COMPARED_OPEN;
}

struct equivalence_answer equivalence_judge(const struct equivalence_question *question)
{
    const struct estimate *before = &question->before, *after = &question->after;
    double hidden = equivalence_hidden(after, &question->resolution);
    struct halves b = halves_of(before, equivalence_hidden(before, &question->resolution)),
                  a = halves_of(after, hidden);
    struct equivalence_answer answer = {.difference = after->per_request - before->per_request};
    answer.interval = (struct interval){answer.difference - hypot(a.below, b.above),
                                        answer.difference + hypot(a.above, b.below)};
    answer.bounds = bounds_of(after, &question->resolution, hidden);
    answer.change = change_of(answer.interval, before->per_request, question->resolution.floor);
    answer.answer = answer_of(after->verdict, answer.bounds, question->limit, answer.change);
    return answer;
}
