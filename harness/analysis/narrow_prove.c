#include "analysis/narrow_prove.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/narrow_question.h"
#include "base/text.h"

#define TELLS_MOST 5 /* of one set */
#define REST_TOLERATED                                                                                       \
    0.3 /* of the whole: the bound of what it does not name, where no smaller one came out */
/* How many are asked by themselves: of a rule, while it is not unlikely that there is none, and where all should grow. */
#define SINGLES 7
#define SINGLES_DOUBTED 10
#define SINGLES_OF_ALL 12
/* While a value that many have is in none of them; while they keep more than the average, as if others kept nothing. */
#define SINGLES_COVERING 24
#define SINGLES_EXCEEDING 16

static const double rest_most = 0.05;     /* of the whole's growth */
static const double covered_share = 0.05; /* of the requests: a value that many have */
static const double finest = 0.1, doubted = 0.05;
/* By how many standard errors those that grew by themselves may keep more than all do on average. */
static const double exceeds_doubted = 2, exceeds_most = 3;

struct proving {
    const struct belief *belief;
    size_t rule;
    const uint64_t *named;
    double expected; /* growth of what it names, of the whole */
    uint64_t *set;
    double *least;
};

/* What was not clear has to show the finer the more often it is asked. */
static enum proof want(const struct proving *proving, const uint64_t *set, double least)
{
    const struct record *record = belief_record(proving->belief, set);
    if (record != NULL && record->tells >= TELLS_MOST)
        return PROOF_FAILED;
    memcpy(proving->set, set, proving->belief->rules.words * sizeof *set);
    *proving->least =
        record != NULL ? fmax(least * exp2(-(double)record->tells), fmin(least, finest)) : least;
    return PROOF_WANTED;
}

static enum proof prove_contradictions(const struct proving *proving)
{
    const struct belief *belief = proving->belief;
    for (size_t i = 0; i < belief->record_count; i++)
        if (belief_against(belief, proving->rule, i) > 0)
            return want(proving, record_set(belief, i), belief->records[i].least);
    return PROOF_GIVEN;
}

static enum proof prove_named(const struct proving *proving)
{
    if (record_grows(belief_record(proving->belief, proving->named)))
        return PROOF_GIVEN;
    return want(proving, proving->named, question_least(proving->expected));
}

/* Where each attribute's values have their numbers, TRAIT_ABSENT first. */
struct cover {
    const struct traits *traits;
    size_t *starts;
    size_t values;
    double *worth; /* by value: how much it would be to have seen it grow */
};

static double *worth_at(const struct cover *cover, size_t request, size_t attribute)
{
    int value = traits_value(cover->traits, request, attribute);
    return &cover->worth[cover->starts[attribute] + (size_t)(value + 1)];
}

static void cover_init(struct cover *cover, const struct traits *traits, const uint64_t *named)
{
    size_t values = 0;
    *cover = (struct cover){traits, xcalloc(traits->attribute_count, sizeof *cover->starts), 0, NULL};
    for (size_t a = 0; a < traits->attribute_count; a++) {
        cover->starts[a] = values;
        values += traits->attributes[a].value_count + 1;
    }
    cover->values = values;
    cover->worth = xcalloc(values, sizeof *cover->worth);
    for (size_t i = 0; i < traits->request_count; i++)
        for (size_t a = 0; bits_has(named, i) && a < traits->attribute_count; a++)
            *worth_at(cover, i, a) += 1;
    double least = fmax(2, covered_share * (double)bits_count(named, bits_words(traits->request_count)));
    for (size_t v = 0; v < values; v++)
        cover->worth[v] = cover->worth[v] >= least ? sqrt(cover->worth[v]) : 0;
}

static void cover_release(struct cover *cover)
{
    free(cover->starts);
    free(cover->worth);
}

static bool cover_whole(const struct cover *cover)
{
    for (size_t v = 0; v < cover->values; v++)
        if (cover->worth[v] > 0)
            return false;
    return true;
}

static double cover_worth(const struct cover *cover, size_t request)
{
    double sum = 0;
    for (size_t a = 0; a < cover->traits->attribute_count; a++)
        sum += *worth_at(cover, request, a);
    return sum;
}

static void cover_take(struct cover *cover, size_t request)
{
    for (size_t a = 0; a < cover->traits->attribute_count; a++)
        *worth_at(cover, request, a) = 0;
}

/* Singles of the rule that were asked. */
struct singles {
    size_t grown;
    double sum, squares;     /* of what those kept that grew */
    const uint64_t *unclear; /* one that did not grow, or not clearly; NULL: none */
};

static void take_single(struct singles *singles, const struct record *record, const uint64_t *set)
{
    if (!record_grows(record)) {
        singles->unclear = set;
        return;
    }
    singles->grown++;
    singles->sum += record->kept;
    singles->squares += record->kept * record->kept;
}

static struct singles take_asked(const struct proving *proving, struct cover *cover)
{
    const struct belief *belief = proving->belief;
    struct singles singles = {.grown = 0};
    for (size_t i = 0; i < belief->record_count; i++) {
        const uint64_t *set = record_set(belief, i);
        size_t member = belief->records[i].size == 1 ? bits_first(set) : 0;
        if (belief->records[i].size != 1 || !bits_has(proving->named, member))
            continue;
        cover_take(cover, member);
        take_single(&singles, &belief->records[i], set);
    }
    return singles;
}

/* How much more they keep than all do on average, in standard errors: as it is where some of all keep nothing. */
static double exceeding(const struct proving *proving, const struct singles *singles)
{
    const struct record *named = belief_record(proving->belief, proving->named);
    double count = (double)singles->grown, mean = singles->sum / count;
    double left = 1 - count / (double)proving->belief->rules.items[proving->rule].size;
    if (singles->grown < 3 || left <= 0)
        return 0;
    double variance = fmax(singles->squares - count * mean * mean, 0) / (count - 1);
    return (mean - named->kept) /
           sqrt(variance / count * left + named->error * named->error + 0.0025 * mean * mean);
}

/* The one that has most of what was not covered; the more often recorded of two. */
static void choose_single(const struct proving *proving, const struct cover *cover, uint64_t *single)
{
    const struct rules *rules = &proving->belief->rules;
    size_t best = bits_first(proving->named);
    double most = -1;
    memset(single, 0, rules->words * sizeof *single);
    for (size_t i = 0; i < rules->n; i++) {
        if (!bits_has(proving->named, i))
            continue;
        bits_put(single, i);
        double worth = belief_record(proving->belief, single) != NULL ? -1 : cover_worth(cover, i);
        bits_take(single, i);
        if (worth > most ||
            (worth >= most && worth >= 0 && rules->traits->times[i] > rules->traits->times[best])) {
            most = worth;
            best = i;
        }
    }
    bits_put(single, best);
}

static size_t singles_wanted(const struct proving *proving, const struct singles *singles,
                             const struct cover *cover)
{
    const struct candidate *item = &proving->belief->rules.items[proving->rule];
    size_t wanted = item->rule.count == 0               ? SINGLES_OF_ALL
                    : proving->belief->others > doubted ? SINGLES_DOUBTED
                                                        : SINGLES;
    if (item->rule.count == 0 && !cover_whole(cover))
        wanted = SINGLES_COVERING;
    if (wanted < SINGLES_EXCEEDING && singles->grown >= wanted &&
        exceeding(proving, singles) > exceeds_doubted)
        wanted = SINGLES_EXCEEDING;
    return wanted < item->size ? wanted : item->size;
}

static enum proof ask_single(const struct proving *proving, const struct cover *cover)
{
    uint64_t *single = xcalloc(proving->belief->rules.words, sizeof *single);
    choose_single(proving, cover, single);
    enum proof proof = want(proving, single, question_least(proving->expected));
    free(single);
    return proof;
}

static enum proof prove_singles(const struct proving *proving)
{
    struct cover cover;
    cover_init(&cover, proving->belief->rules.traits, proving->named);
    struct singles singles = take_asked(proving, &cover);
    enum proof proof = PROOF_GIVEN;
    if (singles.unclear != NULL)
        proof = want(proving, singles.unclear, question_least(proving->expected));
    else if (singles.grown < singles_wanted(proving, &singles, &cover))
        proof = ask_single(proving, &cover);
    else if (exceeding(proving, &singles) > exceeds_most)
        proof = PROOF_FAILED;
    cover_release(&cover);
    return proof;
}

static enum proof prove_rest(const struct proving *proving)
{
    const struct rules *rules = &proving->belief->rules;
    uint64_t *rest = xcalloc(rules->words, sizeof *rest);
    bits_without(rest, rules_set(rules, 0), proving->named, rules->words);
    const struct record *record = belief_record(proving->belief, rest);
    enum proof proof = PROOF_GIVEN;
    if (bits_count(rest, rules->words) > 0 && (record == NULL || record->bound >= rest_most))
        proof = want(proving, rest, rest_most);
    if (proof == PROOF_FAILED && record->bound < REST_TOLERATED)
        proof = PROOF_GIVEN;
    free(rest);
    return proof;
}

double prove_rest_bound(const struct belief *belief, size_t rule)
{
    const struct rules *rules = &belief->rules;
    uint64_t *rest = xcalloc(rules->words, sizeof *rest);
    bits_without(rest, rules_set(rules, 0), rules_set(rules, rule), rules->words);
    bool none = bits_count(rest, rules->words) == 0;
    const struct record *record = belief_record(belief, rest);
    double bound = none ? 0 : record == NULL ? INFINITY : record->bound * (1 - rules->items[rule].share);
    free(rest);
    return fmax(bound, 0);
}

enum proof prove(const struct belief *belief, size_t rule, uint64_t *set, double *least)
{
    static enum proof (*const steps[])(const struct proving *proving) = {prove_contradictions, prove_named,
                                                                         prove_singles, prove_rest};
    struct proving proving = {
        belief, rule, rules_set(&belief->rules, rule), 1 / belief->rules.items[rule].share, set, least};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        enum proof proof = steps[i](&proving);
        if (proof != PROOF_GIVEN)
            return proof;
    }
    return PROOF_GIVEN;
}
