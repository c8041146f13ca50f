/* The rules among which a narrowing searches: each as the set of requests that fulfil it, and how likely it is before
 * anything is asked. Rules that name the same requests are one, told in the words of the most telling. Pure. */
#ifndef SEEP_ANALYSIS_NARROW_RULES_H
#define SEEP_ANALYSIS_NARROW_RULES_H

#include "analysis/narrow_bits.h"
#include "model/traits.h"

#define RULES_MOST 6144 /* with 2,048 requests: 1.6 MB */

struct candidate {
    struct trait_rule rule;
    double prior;
    size_t size;  /* requests that fulfil it */
    double share; /* of what was recorded */
};

struct rules {
    const struct traits *traits;
    size_t n, words; /* requests; words of a set */
    double recorded; /* requests of the recording: all `times` */
    struct candidate *items;
    size_t count;
    uint64_t *sets;  /* RULES_MOST x words */
    size_t *buckets; /* hash table of sets: index + 1; 0: empty */
};

/* Every request; each value of an attribute, its presence, a bound; the absence of those; two values of one attribute; two
 * conditions at once, of the likeliest. Cost: attributes x values x requests / 64. */
void rules_init(struct rules *rules, const struct traits *traits);
void rules_release(struct rules *rules);

/* Adds what two conditions that `request` fulfils name together. Returns how many are new. */
size_t rules_add_pairs_of(struct rules *rules, size_t request);

static inline const uint64_t *rules_set(const struct rules *rules, size_t i)
{
    return rules->sets + i * rules->words;
}

/* Adds a rule, with its set, unless that is empty. One that is there already becomes likelier. Returns whether it is new. */
bool rules_add(struct rules *rules, const struct trait_rule *rule, const uint64_t *set, double prior);

/* The two ways to rules of two conditions (narrow_pairs.c). */
void rules_add_likely_pairs(struct rules *rules);

#endif
