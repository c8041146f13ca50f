/* Rules of two conditions: too many to hold all, so the likeliest, and all those that one request fulfils which grew. */
#include <stdlib.h>

#include "analysis/narrow_rules.h"
#include "base/text.h"

#define LIKELY_CONDITIONS 64 /* of which all pairs are held: 2,016 */
#define OWN_CONDITIONS 72    /* of one request */

static const double prior_of_pairs = 0.12, prior_of_own_pairs = 0.2;
/* Part of what was recorded: what nearly all requests fulfil, or hardly any, says nothing new beside another. */
static const double share_least = 0.02, share_most = 0.98;

struct parts {
    size_t items[LIKELY_CONDITIONS + OWN_CONDITIONS];
    size_t count, most;
};

/* The likeliest `most`, in falling order. */
static void keep(struct parts *parts, const struct rules *rules, size_t item)
{
    size_t at = parts->count;
    while (at > 0 && rules->items[parts->items[at - 1]].prior < rules->items[item].prior)
        at--;
    if (at == parts->most)
        return;
    parts->count += parts->count < parts->most;
    for (size_t k = parts->count - 1; k > at; k--)
        parts->items[k] = parts->items[k - 1];
    parts->items[at] = item;
}

static bool is_part(const struct candidate *item)
{
    return item->rule.count == 1 && item->rule.conditions[0].test != TRAIT_IS_EITHER &&
           item->rule.conditions[0].test != TRAIT_IS_NOT;
}

static bool is_likely_part(const struct candidate *item)
{
    enum trait_test test = item->rule.conditions[0].test;
    return is_part(item) && test != TRAIT_AT_LEAST && test != TRAIT_BELOW && item->share >= share_least &&
           item->share <= share_most;
}

static bool add_pair(struct rules *rules, size_t a, size_t b, double prior, uint64_t *set)
{
    const struct trait_condition *one = &rules->items[a].rule.conditions[0],
                                 *two = &rules->items[b].rule.conditions[0];
    struct trait_rule rule = {.conditions = {*one, *two}, .count = 2};
    if (one->attribute == two->attribute)
        return false;
    for (size_t i = 0; i < rules->words; i++)
        set[i] = rules_set(rules, a)[i] & rules_set(rules, b)[i];
    return rules_add(rules, &rule, set, prior);
}

static size_t add_pairs(struct rules *rules, const struct parts *parts, double prior)
{
    uint64_t *set = xmalloc(rules->words * sizeof *set);
    double pairs = (double)parts->count * (double)parts->count / 2;
    size_t added = 0;
    for (size_t k = 1; k < parts->count; k++)
        for (size_t other = 0; other < k; other++)
            added += add_pair(rules, parts->items[other], parts->items[k], prior / pairs, set);
    free(set);
    return added;
}

void rules_add_likely_pairs(struct rules *rules)
{
    struct parts parts = {.most = LIKELY_CONDITIONS};
    for (size_t i = 0; i < rules->count; i++)
        if (is_likely_part(&rules->items[i]))
            keep(&parts, rules, i);
    add_pairs(rules, &parts, prior_of_pairs);
}

size_t rules_add_pairs_of(struct rules *rules, size_t request)
{
    struct parts parts = {.most = OWN_CONDITIONS};
    for (size_t i = 0; i < rules->count; i++)
        if (is_part(&rules->items[i]) && rules->items[i].share <= share_most &&
            bits_has(rules_set(rules, i), request))
            keep(&parts, rules, i);
    return add_pairs(rules, &parts, prior_of_own_pairs);
}
