#include "analysis/narrow_question.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"

#define VIEWED 512 /* rules that stand for all */
#define BINS 19    /* of an answer: flat, then octaves */
#define LEADERS 24 /* the likeliest rules, whose sets are looked at */
#define PAIRED 9   /* of those, against one another */
#define GROUP_MOST 12
#define TRIED 40 /* requests that may join a group */

static const double read_wrong = 0.04, spread_octaves = 1; /* of an answer */
static const double least_least = 0.125, least_most = 2, price_per_octave = 0.15;

struct view {
    const struct belief *belief;
    size_t n, words, count;
    size_t items[VIEWED];
    double weights[VIEWED], log_shares[VIEWED];
    double *logs;                 /* of 0 to n, to the base of 2 */
    double channel[LEVELS][BINS]; /* how a level is read */
    double entropies[LEVELS];     /* of that */
    size_t common[VIEWED];        /* scratch: what a set has in common with each */
    uint64_t *best;
    double best_score, best_least;
};

double question_least(double expected)
{
    return fmin(fmax(expected / 3, least_least), least_most);
}

static double entropy(const double *shares, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum -= shares[i] > 1e-12 ? shares[i] * log2(shares[i]) : 0;
    return sum;
}

static void take_channel(struct view *view)
{
    for (size_t level = 0; level < LEVELS; level++) {
        double *row = view->channel[level], sum = 0;
        for (size_t bin = 0; bin < BINS; bin++) {
            double z = ((double)level - 2 * (double)bin + 0.5) / 2 / spread_octaves;
            row[bin] = level == 0 || bin == 0 ? level == 0 && bin == 0 : exp(-z * z / 2);
            sum += row[bin];
        }
        for (size_t bin = 0; bin < BINS; bin++)
            row[bin] = (1 - read_wrong) * row[bin] / sum + read_wrong / BINS;
        view->entropies[level] = entropy(row, BINS);
    }
}

static void view_item(struct view *view, size_t item, double weight)
{
    if (view->count > 0 && view->items[view->count - 1] == item) {
        view->weights[view->count - 1] += weight;
        return;
    }
    view->items[view->count] = item;
    view->weights[view->count] = weight;
    view->log_shares[view->count++] = log2(view->belief->rules.items[item].share);
}

/* All rules that are likely at all, or as many that stand for them by their weight. */
static void take_items(struct view *view)
{
    const double *weights = view->belief->weights;
    double sum = 0, passed = 0;
    size_t live = 0, taken = 0, rules = view->belief->rules.count;
    for (size_t i = 0; i < rules; i++) {
        live += weights[i] > 1e-7;
        sum += weights[i];
    }
    for (size_t i = 0; i < rules && sum > 0; i++) {
        if (live <= VIEWED && weights[i] > 1e-7)
            view_item(view, i, weights[i] / sum);
        passed += weights[i] / sum * VIEWED;
        for (; live > VIEWED && taken < VIEWED && passed > (double)taken + 0.5; taken++)
            view_item(view, i, 1.0 / VIEWED);
    }
}

static size_t level_at(const struct view *view, size_t k, size_t common, size_t size)
{
    if (common == 0)
        return 0;
    double place = 2 * (view->logs[common] - view->logs[size] - view->log_shares[k]) + 10.5;
    return (size_t)(1 + fmin(fmax(place, 0), LEVELS - 2));
}

/* The growth that has to show: that of nearly all rules by which there is some. */
static double take_least(const double *masses)
{
    double grows = 0, passed = 0;
    size_t level = 1;
    for (size_t i = 1; i < LEVELS; i++)
        grows += masses[i];
    for (; level + 1 < LEVELS && passed + masses[level] <= 0.03 * grows; level++)
        passed += masses[level];
    return question_least(level_size(level));
}

/* Bits that the answer is expected to tell. What keeps less than has to show may be read as nothing. */
static double information(const struct view *view, const double *masses, double least)
{
    double read[BINS] = {0}, known = 0;
    for (size_t level = 0; level < LEVELS; level++) {
        double missed = fmin(fmax(1.5 - 2 * level_size(level) / least, 0), 1), shown = 1 - missed;
        if (masses[level] <= 0)
            continue;
        for (size_t bin = 0; bin < BINS; bin++)
            read[bin] += masses[level] * (shown * view->channel[level][bin] + missed * view->channel[0][bin]);
        known += masses[level] * (entropy((double[]){missed, shown}, 2) + missed * view->entropies[0] +
                                  shown * view->entropies[level]);
    }
    return fmax(entropy(read, BINS) - known, 0);
}

static double price(double least)
{
    return 1 + price_per_octave * log2(least_most / least);
}

/* What a set is worth, by how likely each level of growth is in it. */
static double worth(const struct view *view, const double *masses, double *least)
{
    *least = take_least(masses);
    return information(view, masses, *least) / price(*least);
}

static void consider(struct view *view, const uint64_t *set)
{
    double masses[LEVELS] = {0}, least, score;
    size_t size = bits_count(set, view->words);
    const struct record *record = size > 0 ? belief_record(view->belief, set) : NULL;
    if (size == 0 || (record != NULL && record->tells > 2))
        return;
    for (size_t k = 0; k < view->count; k++) {
        size_t common = bits_common(rules_set(&view->belief->rules, view->items[k]), set, view->words);
        masses[level_at(view, k, common, size)] += view->weights[k];
    }
    score = worth(view, masses, &least);
    if (score <= view->best_score)
        return;
    view->best_score = score;
    view->best_least = least;
    memcpy(view->best, set, view->words * sizeof *set);
}

/* The worth of a group with one more. */
static double worth_with(const struct view *view, size_t size, size_t request)
{
    double masses[LEVELS] = {0}, least;
    for (size_t k = 0; k < view->count; k++) {
        bool fulfils = bits_has(rules_set(&view->belief->rules, view->items[k]), request);
        masses[level_at(view, k, view->common[k] + fulfils, size + 1)] += view->weights[k];
    }
    return worth(view, masses, &least);
}

static size_t best_to_join(const struct view *view, const uint64_t *group, size_t size, struct random *random)
{
    size_t best = view->n;
    double most = -1;
    for (size_t tried = 0; tried < TRIED; tried++) {
        size_t request = (size_t)random_below(random, view->n);
        double score = bits_has(group, request) ? -1 : worth_with(view, size, request);
        if (score > most) {
            most = score;
            best = request;
        }
    }
    return best;
}

static void consider_groups(struct view *view, struct random *random, uint64_t *group)
{
    memset(group, 0, view->words * sizeof *group);
    memset(view->common, 0, sizeof view->common);
    for (size_t size = 0; size < GROUP_MOST; size++) {
        size_t request = best_to_join(view, group, size, random);
        if (request == view->n)
            return;
        bits_put(group, request);
        for (size_t k = 0; k < view->count; k++)
            view->common[k] += bits_has(rules_set(&view->belief->rules, view->items[k]), request);
        consider(view, group);
    }
}

static void order_by_weight(const struct view *view, size_t *order)
{
    for (size_t k = 0; k < view->count; k++) {
        size_t at = k;
        for (; at > 0 && view->weights[order[at - 1]] < view->weights[k]; at--)
            order[at] = order[at - 1];
        order[at] = k;
    }
}

static const uint64_t *set_of(const struct view *view, size_t k)
{
    return rules_set(&view->belief->rules, view->items[k]);
}

/* Those of one rule and not of the other, those of both, and the reverse. */
static void consider_pair(struct view *view, size_t a, size_t b, uint64_t *scratch)
{
    const uint64_t *one = set_of(view, a), *two = set_of(view, b);
    for (int kind = 0; kind < 3; kind++) {
        for (size_t i = 0; i < view->words; i++)
            scratch[i] = kind == 0 ? one[i] & two[i] : kind == 1 ? one[i] & ~two[i] : two[i] & ~one[i];
        consider(view, scratch);
    }
}

static void consider_leaders(struct view *view, const size_t *order, uint64_t *scratch)
{
    const uint64_t *all = rules_set(&view->belief->rules, 0);
    for (size_t k = 0; k < view->count && k < LEADERS; k++) {
        const uint64_t *set = set_of(view, order[k]);
        consider(view, set);
        bits_without(scratch, all, set, view->words);
        consider(view, scratch);
        for (size_t other = 0; other < k && k < PAIRED; other++)
            consider_pair(view, order[other], order[k], scratch);
    }
}

/* What none of more and more rules names: it grows by the others only. */
static void consider_remainders(struct view *view, const size_t *order, uint64_t *left)
{
    size_t next = 1, taken = 0;
    memcpy(left, rules_set(&view->belief->rules, 0), view->words * sizeof *left);
    for (size_t k = 0; k < view->count; k++) {
        const uint64_t *set = set_of(view, order[k]);
        if (!bits_meet(set, left, view->words) || bits_within(left, set, view->words))
            continue;
        bits_without(left, left, set, view->words);
        if (++taken < next)
            continue;
        consider(view, left);
        next += next / 2 + 1;
    }
    consider(view, left);
}

static void consider_parts(struct view *view, struct random *random, uint64_t *part)
{
    for (int kind = 0; kind < 12; kind++) {
        memset(part, 0, view->words * sizeof *part);
        for (size_t i = 0; i < view->n; i++)
            if (random_below(random, UINT64_C(2) << kind / 2) == 0)
                bits_put(part, i);
        consider(view, part);
    }
}

static void consider_all(struct view *view, struct random *random)
{
    uint64_t *scratch = xcalloc(view->words, sizeof *scratch);
    size_t order[VIEWED];
    order_by_weight(view, order);
    consider_leaders(view, order, scratch);
    consider_remainders(view, order, scratch);
    random_shuffle(random, order, view->count);
    consider_remainders(view, order, scratch);
    consider_parts(view, random, scratch);
    consider_groups(view, random, scratch);
    consider_groups(view, random, scratch);
    free(scratch);
}

double question_choose(const struct belief *belief, struct random *random, uint64_t *set, double *least)
{
    struct view *view = xcalloc(1, sizeof *view);
    view->belief = belief;
    view->n = belief->rules.n;
    view->words = belief->rules.words;
    view->best = set;
    view->best_least = 1;
    view->logs = xcalloc(view->n + 1, sizeof *view->logs);
    for (size_t i = 1; i <= view->n; i++)
        view->logs[i] = log2((double)i);
    take_channel(view);
    take_items(view);
    memcpy(set, rules_set(&belief->rules, 0), view->words * sizeof *set);
    consider_all(view, random);
    double score = view->best_score;
    *least = view->best_least;
    free(view->logs);
    free(view);
    return score;
}
