#include "traffic/template_crowd.h"

#include <stdlib.h>

#include "base/text.h"

#define VALUES_LEAST 8
#define REPETITIONS_FEW 4
#define REPETITIONS_MANY 50
#define TOP_MANY 100
#define TOP_REPETITIONS_FEW 10
#define HOT 50

bool crowd_is_hot(const struct node *node, bool top)
{
    return top && node->requests >= HOT;
}

void crowd_add(struct crowd *crowd, const struct node *node, bool top)
{
    if (crowd_is_hot(node, top))
        return;
    crowd->distinct++;
    crowd->data += segment_is_data(node->segment);
    crowd->words += segment_is_word(node->segment);
    crowd->letters += node->length <= 2;
    crowd->requests += node->requests;
}

bool crowd_varies(const struct crowd *crowd, bool top)
{
    if (top)
        return crowd->distinct > TOP_MANY && crowd->requests < TOP_REPETITIONS_FEW * crowd->distinct;
    if (crowd->distinct > CROWD_MANY && crowd->requests < REPETITIONS_MANY * crowd->distinct)
        return true;
    return crowd->distinct >= VALUES_LEAST &&
           (crowd->requests < REPETITIONS_FEW * crowd->distinct || crowd->data * 2 >= crowd->distinct ||
            crowd->letters == crowd->distinct); /* directories by first letters */
}

/* Hashes of what follows behind a node. */
struct follows {
    uint64_t *hashes;
    size_t count, capacity;
};

static void add_follows(struct follows *follows, const struct node *node, size_t depth)
{
    for (const struct node *child = node->first; child != NULL; child = child->next) {
        if (depth > 1) {
            add_follows(follows, child, depth - 1);
            continue;
        }
        if (child->kind != NODE_WORD)
            continue;
        if (follows->count == follows->capacity) {
            follows->capacity = follows->capacity > 0 ? follows->capacity * 2 : 16;
            follows->hashes = xrealloc(follows->hashes, follows->capacity * sizeof *follows->hashes);
        }
        follows->hashes[follows->count++] = child->hash;
    }
}

static int by_hash(const void *one, const void *other)
{
    uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
    return (a > b) - (a < b);
}

static void follows_of(struct follows *follows, const struct node *node, size_t depth)
{
    *follows = (struct follows){.hashes = NULL};
    add_follows(follows, node, depth);
    if (follows->count > 0)
        qsort(follows->hashes, follows->count, sizeof *follows->hashes, by_hash);
}

/* Most of what follows behind `node` follows behind the others. False also where nothing does. */
static bool follows_most(const struct node *node, size_t depth, const struct follows *others, bool *any)
{
    struct follows own;
    size_t common = 0;
    follows_of(&own, node, depth);
    for (size_t i = 0; i < own.count && others->count > 0; i++)
        common +=
            bsearch(&own.hashes[i], others->hashes, others->count, sizeof *others->hashes, by_hash) != NULL;
    *any = own.count > 0;
    free(own.hashes);
    return common * 2 > own.count;
}

void crowd_join(struct templates *templates, struct node *node, struct node *parameter)
{
    struct follows near, far;
    follows_of(&near, parameter, 1);
    follows_of(&far, parameter, 2);
    for (struct node *child = node->first, *next; child != NULL; child = next) {
        bool any;
        next = child->next;
        if (child->kind != NODE_WORD || node_group_key(child->segment, child->length) != NULL)
            continue;
        if (follows_most(child, 2, &far, &any) || (!any && follows_most(child, 1, &near, &any)))
            node_move(templates, child, parameter);
    }
    free(near.hashes);
    free(far.hashes);
}

/* ---- languages ---- */

struct step { /* what follows behind a language */
    uint64_t key;
    size_t locale;
};

static int by_key(const void *one, const void *other)
{
    const struct step *a = one, *b = other;
    return (a->key > b->key) - (a->key < b->key);
}

static size_t steps_of(struct node *const *locales, size_t count, struct step **steps)
{
    size_t steps_count = 0, at = 0;
    for (size_t i = 0; i < count; i++)
        for (const struct node *child = locales[i]->first; child != NULL; child = child->next)
            steps_count++;
    *steps = xcalloc(steps_count + 1, sizeof **steps);
    for (size_t i = 0; i < count; i++)
        for (const struct node *child = locales[i]->first; child != NULL; child = child->next)
            (*steps)[at++] = (struct step){child->hash ^ (uint64_t)child->kind << 56, i};
    qsort(*steps, steps_count, sizeof **steps, by_key);
    return steps_count;
}

/* Keeps those that share a step with another, and those without any. Returns how many share. */
static size_t keep_sharing(struct node **locales, size_t *count)
{
    struct step *steps;
    bool *shares = xcalloc(*count + 1, sizeof *shares);
    size_t steps_count = steps_of(locales, *count, &steps), sharing = 0, kept = 0;
    for (size_t i = 1; i < steps_count; i++)
        if (steps[i].key == steps[i - 1].key)
            shares[steps[i].locale] = shares[steps[i - 1].locale] = true;
    for (size_t i = 0; i < *count; i++) {
        sharing += shares[i];
        if (shares[i] || locales[i]->first == NULL)
            locales[kept++] = locales[i];
    }
    *count = kept;
    free(steps);
    free(shares);
    return sharing;
}

struct node **crowd_locales(struct node *node, bool top, size_t *count)
{
    struct node **locales = NULL;
    size_t words = 0;
    *count = 0;
    for (struct node *child = node->first; child != NULL; child = child->next) {
        words += child->kind == NODE_WORD;
        if (child->kind != NODE_WORD || !segment_is_locale(child->segment, child->length))
            continue;
        if ((*count & (*count - 1)) == 0) /* a power of two: full */
            locales = xrealloc(locales, (*count * 2 + 1) * sizeof(struct node *));
        locales[(*count)++] = child;
    }
    bool expected = *count * 2 > words || (top && words <= TOP_MANY); /* elsewhere "ba" is anybody's name */
    if (*count < 2 || !expected || keep_sharing(locales, count) < 2)
        *count = 0;
    return locales;
}
