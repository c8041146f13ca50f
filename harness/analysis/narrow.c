#include "analysis/narrow.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/narrow_belief.h"
#include "analysis/narrow_prove.h"
#include "analysis/narrow_question.h"
#include "base/random.h"
#include "base/text.h"

#define ASKED_MOST 64
#define SEEDS_MOST 4
#define TELLS_MOST 3 /* of a half */
#define DOUBTED_RULES 4
#define DOUBTED_ANSWERS 2

static const double sure = 0.99, rule_doubted = 0.5, no_rule = 0.8, surely_no_rule = 0.98,
                    telling_bits = 0.002;
/* Log odds: never read as growth, or but for once among many. */
static const double half_flat = 4;

struct narrow {
    struct belief belief;
    struct random random;
    double whole;
    uint64_t *wanted;
    double least; /* of the whole */
    size_t asked;
    enum narrowed state;
    size_t rule;
    size_t seeds[SEEDS_MOST], seed_count; /* requests that grew, whose pairs of conditions were added */
};

static void want(struct narrow *narrow, const uint64_t *set, double least)
{
    memmove(narrow->wanted, set, narrow->belief.rules.words * sizeof *set);
    narrow->least = least;
}

static bool is_seed(const struct narrow *narrow, size_t request)
{
    for (size_t i = 0; i < narrow->seed_count; i++)
        if (narrow->seeds[i] == request)
            return true;
    return false;
}

/* A request that grew by itself, whose pairs of conditions may have the rule. */
static bool add_seed(struct narrow *narrow)
{
    struct belief *belief = &narrow->belief;
    for (size_t i = 0; i < belief->record_count && narrow->seed_count < SEEDS_MOST; i++) {
        if (belief->records[i].size != 1 || !record_grows(&belief->records[i]))
            continue;
        size_t request = bits_first(record_set(belief, i));
        if (is_seed(narrow, request))
            continue;
        narrow->seeds[narrow->seed_count++] = request;
        belief_add_pairs_of(belief, request);
        return true;
    }
    return false;
}

/* The smallest set that grew; record_count: none did. */
static size_t smallest_grown(const struct belief *belief)
{
    size_t best = belief->record_count;
    for (size_t i = 0; i < belief->record_count; i++)
        if (record_grows(&belief->records[i]) &&
            (best == belief->record_count || belief->records[i].size < belief->records[best].size))
            best = i;
    return best;
}

/* Its first half, or the other. */
static void take_half(const struct belief *belief, size_t record, bool other, uint64_t *half)
{
    size_t taken = 0, middle = belief->records[record].size / 2;
    memset(half, 0, belief->rules.words * sizeof *half);
    for (size_t i = 0; i < belief->rules.n; i++) {
        if (!bits_has(record_set(belief, record), i))
            continue;
        if ((taken++ >= middle) == other)
            bits_put(half, i);
    }
}

/* Whether the set is to be asked (again): it was not, or `times` have not made it clear. */
static bool ask_set(struct narrow *narrow, const uint64_t *set, double least, size_t times)
{
    const struct record *record = belief_record(&narrow->belief, set);
    if (record != NULL && record->tells >= times)
        return false;
    want(narrow, set, least);
    return true;
}

/* A set that grew, and its halves did not: all have to say so again. */
static void judge_halves(struct narrow *narrow, size_t grown)
{
    struct belief *belief = &narrow->belief;
    double least = belief->records[grown].least;
    bool settled = record_settled(&belief->records[grown]);
    if (ask_set(narrow, record_set(belief, grown), least, 2))
        return;
    for (int other = 0; other < 2; other++) {
        take_half(belief, grown, other, narrow->wanted);
        if (ask_set(narrow, narrow->wanted, least, TELLS_MOST))
            return;
        settled = settled && belief_record(belief, narrow->wanted)->odds < -half_flat;
    }
    narrow->state = settled ? NARROWED_VARIETY : NARROWED_OPEN;
}

/* No rule is likely: on to one request that grows, by halves. False: there is none to halve. */
static bool halve(struct narrow *narrow)
{
    struct belief *belief = &narrow->belief;
    size_t grown = smallest_grown(belief);
    if (grown == belief->record_count || belief->records[grown].size == 1)
        return false;
    for (int other = 0; other < 2; other++) {
        take_half(belief, grown, other, narrow->wanted);
        if (!record_flat(belief_record(belief, narrow->wanted)) &&
            ask_set(narrow, narrow->wanted, belief->records[grown].least, TELLS_MOST))
            return true;
    }
    judge_halves(narrow, grown);
    return true;
}

/* Before no rule is said to fit: what speaks against the likeliest ones, and was asked but once, is asked again. */
static bool doubt(struct narrow *narrow)
{
    struct belief *belief = &narrow->belief;
    for (size_t rank = 0; rank < DOUBTED_RULES; rank++) {
        size_t rule = belief_ranked(belief, rank), last = 0, against = 0;
        bool there = rule < belief->rules.count && belief->weights[rule] > 0;
        for (size_t i = 0; there && i < belief->record_count; i++)
            if (belief_against(belief, rule, i) > 0) {
                last = belief->records[i].tells == 1 || against == 0 ? i : last;
                against++;
            }
        if (against > 0 && against <= DOUBTED_ANSWERS &&
            ask_set(narrow, record_set(belief, last), belief->records[last].least, 2))
            return true;
    }
    return false;
}

static void ask_best(struct narrow *narrow)
{
    if (question_choose(&narrow->belief, &narrow->random, narrow->wanted, &narrow->least) < telling_bits)
        narrow->state = NARROWED_OPEN;
}

static void ask_proof(struct narrow *narrow, size_t rule)
{
    enum proof proof = prove(&narrow->belief, rule, narrow->wanted, &narrow->least);
    bool all = narrow->belief.rules.items[rule].rule.count == 0;
    if (proof == PROOF_WANTED)
        return;
    narrow->state = proof == PROOF_FAILED || narrow->belief.others > 0.5 ? NARROWED_OPEN
                    : all                                                ? NARROWED_ALL
                                                                         : NARROWED_RULE;
    narrow->rule = rule;
}

/* What to ask next, or the end, from all that was told. */
static void go_on(struct narrow *narrow)
{
    struct belief *belief = &narrow->belief;
    if (narrow->asked >= ASKED_MOST) {
        narrow->state = NARROWED_OPEN;
        return;
    }
    while (belief->others > rule_doubted && add_seed(narrow))
        ;
    if (belief->others > no_rule && halve(narrow))
        return;
    size_t best = belief_best(belief);
    if (belief->others > surely_no_rule && doubt(narrow))
        return;
    if (belief->others > surely_no_rule)
        narrow->state = NARROWED_OPEN;
    else if (belief->weights[best] > sure * (1 - belief->others))
        ask_proof(narrow, best);
    else
        ask_best(narrow);
}

struct narrow *narrow_new(const struct traits *traits, double whole)
{
    struct narrow *narrow = xcalloc(1, sizeof *narrow);
    narrow->whole = whole;
    belief_init(&narrow->belief, traits);
    random_init(&narrow->random, traits->request_count);
    narrow->wanted = xcalloc(narrow->belief.rules.words, sizeof *narrow->wanted);
    if (traits->request_count == 0 || !(whole > 0) || !isfinite(whole))
        narrow->state = NARROWED_OPEN;
    else
        go_on(narrow);
    return narrow;
}

void narrow_free(struct narrow *narrow)
{
    if (narrow == NULL)
        return;
    belief_release(&narrow->belief);
    free(narrow->wanted);
    free(narrow);
}

size_t narrow_ask(struct narrow *narrow, bool *members, double *least)
{
    size_t size = 0;
    *least = narrow->whole;
    if (narrow->state != NARROWED_ASKING)
        return 0;
    for (size_t i = 0; i < narrow->belief.rules.n; i++)
        size += members[i] = bits_has(narrow->wanted, i);
    *least = narrow->least * narrow->whole;
    return size;
}

void narrow_tell(struct narrow *narrow, double per_request, double calls, double noise)
{
    if (narrow->state != NARROWED_ASKING)
        return;
    narrow->asked++;
    if (isfinite(per_request) && calls > 0 && noise > 0 && isfinite(noise))
        belief_tell(&narrow->belief, narrow->wanted, narrow->least, per_request / narrow->whole, calls,
                    noise / narrow->whole);
    else
        belief_tell_nothing(&narrow->belief, narrow->wanted, narrow->least);
    go_on(narrow);
}

static void take_examples(const struct narrow *narrow, size_t *examples, size_t *count)
{
    const struct belief *belief = &narrow->belief;
    *count = 0;
    for (size_t i = 0; i < belief->record_count && *count < NARROW_EXAMPLES_MOST; i++) {
        if (belief->records[i].size != 1 || !record_grows(&belief->records[i]))
            continue;
        size_t request = bits_first(record_set(belief, i));
        if (narrow->state != NARROWED_RULE || bits_has(rules_set(&belief->rules, narrow->rule), request))
            examples[(*count)++] = request;
    }
}

enum narrowed narrow_result(const struct narrow *narrow, struct trait_rule *rule, size_t *examples,
                            size_t *example_count)
{
    *rule = (struct trait_rule){.count = 0};
    if (narrow->state == NARROWED_RULE)
        *rule = narrow->belief.rules.items[narrow->rule].rule;
    if (examples != NULL)
        take_examples(narrow, examples, example_count);
    return narrow->state;
}

double narrow_rest(const struct narrow *narrow)
{
    return narrow->state == NARROWED_RULE ? prove_rest_bound(&narrow->belief, narrow->rule) : 0;
}

size_t narrow_asked(const struct narrow *narrow)
{
    return narrow->asked;
}
