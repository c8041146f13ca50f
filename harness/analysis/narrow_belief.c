#include "analysis/narrow_belief.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"

/* A measurement is believed no further than this: servers do other things as well. */
static const double wrong = 0.04;
/* Requests that grow differ in how much they keep (standard deviation of its logarithm), and a set that does not grow
 * may seem to by that part of the whole. */
static const double spread = 0.7, slack = 0.02, step = 0.3 /* between levels, about */;
/* How well a growth of any level is foretold where its level is not. */
static const double any_level = 0.8;
static const double decided = 2.5, settled = 5, refuted = 8;
/* That no rule is right: then one request of so many grows. */
static const double prior_of_others = 0.06, other_parts[OTHERS] = {0.5, 0.15, 0.04};

#define NODES 9 /* of the integral over `spread`: from -2 to 2 deviations */

size_t level_of(size_t common, size_t size, double share)
{
    if (common == 0)
        return 0;
    double octaves = log2((double)common / ((double)size * share));
    return (size_t)(1 + fmin(fmax(round(2 * octaves) + 10, 0), LEVELS - 2));
}

double level_size(size_t level)
{
    return level == 0 ? 0 : exp2(((double)level - 11) / 2);
}

static double normal(double x, double mean, double deviation)
{
    double z = (x - mean) / deviation;
    return exp(-z * z / 2) / deviation;
}

/* Where requests differ, and where it is the growth of this very set, which is the same each time. */
static double density(size_t level, double grown, double error)
{
    double sum = 0, weights = 0, size = level_size(level);
    if (level == 0)
        return normal(grown, 0, hypot(error, slack));
    for (int node = 0; node < NODES; node++) {
        double z = (node - NODES / 2) * 0.5, weight = exp(-z * z / 2), mean = size * exp(spread * z);
        sum += weight * normal(grown, mean, hypot(error, spread / 4 * mean));
        weights += weight;
    }
    return sum / weights;
}

static double exact_density(size_t level, double grown, double error)
{
    double size = level_size(level);
    return normal(grown, size, hypot(error, slack + step / 2 * size));
}

/* Log likelihood by level, the likeliest being 1, none being impossible. */
static void take_table(double *table, double (*of)(size_t level, double grown, double error), double grown,
                       double error)
{
    double most = 0;
    for (size_t level = 0; level < LEVELS; level++)
        most = fmax(most, table[level] = of(level, grown, error));
    for (size_t level = 0; level < LEVELS; level++)
        table[level] = log(wrong + (1 - wrong) * (most > 0 ? table[level] / most : 1));
}

static size_t find_record(const struct belief *belief, const uint64_t *set)
{
    size_t i = 0;
    while (i < belief->record_count && !bits_equal(record_set(belief, i), set, belief->rules.words))
        i++;
    return i;
}

const struct record *belief_record(const struct belief *belief, const uint64_t *set)
{
    size_t i = find_record(belief, set);
    return i < belief->record_count ? &belief->records[i] : NULL;
}

bool record_grows(const struct record *record)
{
    return record != NULL && record->odds > decided;
}

bool record_flat(const struct record *record)
{
    return record != NULL && record->odds < -decided;
}

bool record_settled(const struct record *record)
{
    return record != NULL && fabs(record->odds) > settled;
}

static size_t take_record(struct belief *belief, const uint64_t *set, double least)
{
    size_t i = find_record(belief, set), words = belief->rules.words;
    if (i == belief->record_count) {
        belief->records = xrealloc(belief->records, (i + 1) * sizeof *belief->records);
        belief->sets = xrealloc(belief->sets, (i + 1) * words * sizeof *belief->sets);
        memcpy(belief->sets + i * words, set, words * sizeof *set);
        belief->records[i] = (struct record){
            .size = bits_count(set, words), .least = least, .error = INFINITY, .bound = INFINITY};
        belief->record_count++;
    }
    belief->records[i].least = fmin(belief->records[i].least, least);
    belief->records[i].tells++;
    return i;
}

/* One measurement in some is of something else: hence the best of them beside the mean of all. */
static void take_kept(struct record *record, double kept, double error)
{
    double weight = 1 / (error * error);
    record->mean = (record->mean * record->weight + kept * weight) / (record->weight + weight);
    record->weight += weight;
    record->bound = fmin(record->bound, fmin(kept + 2 * error, record->mean + 2 / sqrt(record->weight)));
    if (error < record->error) {
        record->kept = kept;
        record->error = error;
    }
}

/* That it grows by something that should have shown, and by all its measurements the same. */
static void take_odds(const struct belief *belief, const struct told *told)
{
    struct record *record = &belief->records[told->record];
    double table[LEVELS], error = belief->noise / told->calls;
    take_table(table, exact_density, told->kept, error);
    record->grown = log(wrong) * (double)record->tells;
    for (size_t level = 0; level < LEVELS; level++) {
        record->levels[level] += table[level];
        if (level > 0 && level_size(level) >= record->least)
            record->grown = fmax(record->grown, record->levels[level]);
    }
    record->flat = record->levels[0];
    record->odds = record->grown - record->flat;
    take_kept(record, told->kept, error);
}

/* The lower median of what was told of a record. */
static double middle_of(const struct belief *belief, size_t record)
{
    double middle = INFINITY;
    size_t tells = 0;
    for (size_t i = 0; i < belief->told_count; i++)
        tells += belief->told[i].record == record;
    for (size_t i = 0; i < belief->told_count; i++) {
        size_t below = 0;
        for (size_t k = 0; k < belief->told_count; k++)
            below += belief->told[k].record == record && belief->told[k].kept <= belief->told[i].kept;
        if (belief->told[i].record == record && 2 * below >= tells)
            middle = fmin(middle, belief->told[i].kept);
    }
    return middle;
}

static void take_told(struct belief *belief, const struct told *told)
{
    struct record *record = &belief->records[told->record];
    double table[LEVELS];
    take_table(table, density, told->kept, belief->noise / told->calls);
    for (size_t level = 0; level < LEVELS; level++)
        record->rules[level] += table[level];
    take_odds(belief, told);
    record->middle = middle_of(belief, told->record);
}

/* All that was told, by the noise that is known now. */
static void take_all(struct belief *belief)
{
    for (size_t i = 0; i < belief->record_count; i++) {
        struct record *record = &belief->records[i];
        *record = (struct record){.size = record->size,
                                  .least = record->least,
                                  .tells = record->tells,
                                  .error = INFINITY,
                                  .bound = INFINITY};
    }
    for (size_t i = 0; i < belief->told_count; i++)
        take_told(belief, &belief->told[i]);
}

/* What a rule expects of a record. */
static size_t expected(const struct belief *belief, size_t rule, size_t i)
{
    const struct rules *rules = &belief->rules;
    size_t common = bits_common(rules_set(rules, rule), record_set(belief, i), rules->words);
    return level_of(common, belief->records[i].size, rules->items[rule].share);
}

/* Half of its measurements have to say more: one in some is of something else. */
static bool tolerated(const struct belief *belief, size_t rule, size_t i)
{
    double one = 1 / (belief->rules.items[rule].share * (double)belief->records[i].size);
    return belief->records[i].middle < fmax(TOLERATED, one / 3);
}

static int against(const struct belief *belief, size_t rule, size_t i, size_t level, double odds)
{
    const struct record *record = &belief->records[i];
    bool shows = level_size(level) >= record->least;
    if (level > 0 && !shows)
        return 0;
    if (level == 0 && record->odds > odds && tolerated(belief, rule, i))
        return 0;
    return record->odds < -odds ? (shows ? 1 : -1) : record->odds > odds ? (shows ? -1 : 1) : 0;
}

int belief_against(const struct belief *belief, size_t rule, size_t i)
{
    return against(belief, rule, i, expected(belief, rule, i), 0.5);
}

/* What a server keeps whatever it is asked for is there each time: it speaks against a rule once. */
static double weight_of(const struct belief *belief, size_t rule, size_t i)
{
    size_t level = expected(belief, rule, i);
    double log_likelihood = belief->records[i].rules[level];
    if (against(belief, rule, i, level, refuted) > 0)
        return -INFINITY;
    return level == 0 && tolerated(belief, rule, i) ? fmax(log_likelihood, log(wrong)) : log_likelihood;
}

/* That one request of so many grows, whichever: a set does where any of its requests is one of them. */
static double others_log(const struct belief *belief, double part)
{
    double sum = log(prior_of_others / OTHERS);
    for (size_t i = 0; i < belief->record_count; i++) {
        const struct record *record = &belief->records[i];
        double grows = 1 - pow(1 - part, (double)record->size);
        sum += log(grows * any_level * exp(record->grown) + (1 - grows) * exp(record->flat));
    }
    return sum;
}

static void take_weights(struct belief *belief)
{
    double others[OTHERS], most = -INFINITY, sum = 0, other = 0;
    for (size_t k = 0; k < OTHERS; k++)
        most = fmax(most, others[k] = others_log(belief, other_parts[k]));
    for (size_t i = 0; i < belief->rules.count; i++)
        most = fmax(most, belief->logs[i]);
    for (size_t i = 0; i < belief->rules.count; i++)
        sum += belief->weights[i] = exp(belief->logs[i] - most);
    for (size_t k = 0; k < OTHERS; k++)
        other += exp(others[k] - most);
    sum += other;
    for (size_t i = 0; i < belief->rules.count; i++)
        belief->weights[i] /= sum;
    belief->others = other / sum;
}

static void weigh_all(struct belief *belief)
{
    for (size_t rule = 0; rule < belief->rules.count; rule++) {
        belief->logs[rule] = log(belief->rules.items[rule].prior);
        for (size_t i = 0; i < belief->record_count; i++)
            belief->logs[rule] += weight_of(belief, rule, i);
    }
    take_weights(belief);
}

void belief_init(struct belief *belief, const struct traits *traits)
{
    memset(belief, 0, sizeof *belief);
    rules_init(&belief->rules, traits);
    belief->weights = xcalloc(RULES_MOST, sizeof *belief->weights);
    belief->logs = xcalloc(RULES_MOST, sizeof *belief->logs);
    weigh_all(belief);
}

static bool is_other_noise(const struct belief *belief, double noise)
{
    return fabs(noise - belief->noise) > 0.05 * belief->noise;
}

void belief_tell(struct belief *belief, const uint64_t *set, double least, double kept, double calls,
                 double noise)
{
    size_t last = belief->told_count, record = take_record(belief, set, least);
    belief->told = xrealloc(belief->told, (last + 1) * sizeof *belief->told);
    belief->told[last] = (struct told){.record = record, .kept = kept, .calls = calls};
    belief->told_count++;
    if (is_other_noise(belief, noise)) {
        belief->noise = noise;
        take_all(belief);
    } else {
        take_told(belief, &belief->told[last]);
    }
    weigh_all(belief);
}

void belief_tell_nothing(struct belief *belief, const uint64_t *set, double least)
{
    take_record(belief, set, least);
}

bool belief_add_pairs_of(struct belief *belief, size_t request)
{
    size_t added = rules_add_pairs_of(&belief->rules, request);
    weigh_all(belief);
    return added > 0;
}

size_t belief_best(const struct belief *belief)
{
    return belief_ranked(belief, 0);
}

size_t belief_ranked(const struct belief *belief, size_t rank)
{
    double below = INFINITY;
    size_t best = belief->rules.count;
    for (size_t k = 0; k <= rank; k++) {
        double bound = below;
        best = belief->rules.count;
        for (size_t i = 0; i < belief->rules.count; i++)
            if (belief->weights[i] < bound &&
                (best == belief->rules.count || belief->weights[i] > belief->weights[best]))
                best = i;
        if (best == belief->rules.count)
            return best;
        below = belief->weights[best];
    }
    return best;
}

void belief_release(struct belief *belief)
{
    rules_release(&belief->rules);
    free(belief->records);
    free(belief->sets);
    free(belief->told);
    free(belief->weights);
    free(belief->logs);
}
