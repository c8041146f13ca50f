#include "analysis/narrow_rules.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"

#define BUCKETS 16384
#define CUTS_MOST 256  /* bounds of one attribute, each from it on and below it */
#define FEW_VALUES 8   /* of which two may go together */
#define SOME_VALUES 16 /* of which one may be the exception */

/* Before anything is asked. */
static const double prior_of_all = 0.2, prior_of_one = 0.6;

/* How likely it is that memory depends on such a thing, and by which kind of condition. */
static const double place_weight[TRAIT_PLACES] = {
    [TRAIT_QUERY] = 1,    [TRAIT_BODY] = 1,   [TRAIT_PATH] = 1,      [TRAIT_STATUS] = 2,
    [TRAIT_HEADER] = 0.5, [TRAIT_SIZE] = 0.5, [TRAIT_SESSION] = 0.2,
};
static const double test_share[TRAIT_TESTS] = {
    [TRAIT_IS] = 0.45,      [TRAIT_HAS] = 0.15,   [TRAIT_HAS_NOT] = 0.1,    [TRAIT_IS_NOT] = 0.1,
    [TRAIT_AT_LEAST] = 0.1, [TRAIT_BELOW] = 0.05, [TRAIT_IS_EITHER] = 0.05,
};

/* FNV-1a over words. */
static size_t bucket_of(const uint64_t *set, size_t words)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < words; i++) {
        hash = (hash ^ set[i]) * UINT64_C(0x100000001b3);
        hash ^= hash >> 29;
    }
    return (size_t)(hash % BUCKETS);
}

static size_t *place_of(struct rules *rules, const uint64_t *set)
{
    size_t at = bucket_of(set, rules->words);
    while (rules->buckets[at] != 0 &&
           !bits_equal(rules_set(rules, rules->buckets[at] - 1), set, rules->words))
        at = (at + 1) % BUCKETS;
    return &rules->buckets[at];
}

static double recorded_share(const struct rules *rules, const uint64_t *set)
{
    double times = 0;
    for (size_t i = 0; i < rules->n; i++)
        if (bits_has(set, i))
            times += (double)rules->traits->times[i];
    return times / rules->recorded;
}

bool rules_add(struct rules *rules, const struct trait_rule *rule, const uint64_t *set, double prior)
{
    size_t size = bits_count(set, rules->words), *place = place_of(rules, set);
    if (size == 0 || (*place == 0 && rules->count == RULES_MOST))
        return false;
    if (*place != 0) {
        rules->items[*place - 1].prior += prior;
        return false;
    }
    memcpy(rules->sets + rules->count * rules->words, set, rules->words * sizeof *set);
    rules->items[rules->count] = (struct candidate){*rule, prior, size, recorded_share(rules, set)};
    *place = ++rules->count;
    return true;
}

/* One attribute while its rules are made: the requests by value, those without it first. */
struct column {
    struct rules *rules;
    size_t attribute, values;
    size_t *requests; /* n */
    size_t *starts;   /* values + 2: of value v from starts[v + 1] on */
    uint64_t *set, *has;
    double mass;
};

static void sort_by_value(struct column *column)
{
    const struct traits *traits = column->rules->traits;
    size_t n = column->rules->n;
    for (size_t i = 0; i < n; i++)
        column->starts[traits_value(traits, i, column->attribute) + 2]++;
    for (size_t v = 1; v < column->values + 3; v++)
        column->starts[v] += column->starts[v - 1];
    /* shifted by one while filling: afterwards starts[v + 1] is where v begins */
    for (size_t i = 0; i < n; i++)
        column->requests[column->starts[traits_value(traits, i, column->attribute) + 1]++] = i;
    memmove(column->starts + 1, column->starts, (column->values + 2) * sizeof *column->starts);
    column->starts[0] = 0;
}

static void clear(const struct column *column)
{
    memset(column->set, 0, column->rules->words * sizeof *column->set);
}

static void put_value(const struct column *column, int value)
{
    for (size_t k = column->starts[value + 1]; k < column->starts[value + 2]; k++)
        bits_put(column->set, column->requests[k]);
}

static void invert(const struct column *column)
{
    for (size_t i = 0; i < column->rules->n; i++)
        if (bits_has(column->set, i))
            bits_take(column->set, i);
        else
            bits_put(column->set, i);
}

static void add(const struct column *column, enum trait_test test, int value, int other, double of)
{
    struct trait_rule rule = {.conditions = {{column->attribute, test, value, other}}, .count = 1};
    rules_add(column->rules, &rule, column->set, column->mass * test_share[test] / of);
}

static void add_values(const struct column *column)
{
    for (size_t v = 0; v < column->values; v++) {
        clear(column);
        put_value(column, (int)v);
        add(column, TRAIT_IS, (int)v, 0, (double)column->values);
    }
}

static void add_presence(const struct column *column)
{
    memcpy(column->set, column->has, column->rules->words * sizeof *column->set);
    add(column, TRAIT_HAS, 0, 0, 1);
}

static void add_absence(const struct column *column)
{
    memcpy(column->set, column->has, column->rules->words * sizeof *column->set);
    invert(column);
    add(column, TRAIT_HAS_NOT, 0, 0, 1);
}

static void add_exceptions(const struct column *column)
{
    for (size_t v = 0; v < column->values && column->values <= SOME_VALUES; v++) {
        clear(column);
        put_value(column, (int)v);
        invert(column);
        add(column, TRAIT_IS_NOT, (int)v, 0, (double)column->values);
    }
}

static void add_eithers(const struct column *column)
{
    double pairs = (double)column->values * (double)(column->values - 1) / 2;
    for (size_t v = 1; v < column->values && column->values <= FEW_VALUES && column->values > 2; v++)
        for (size_t other = 0; other < v; other++) {
            clear(column);
            put_value(column, (int)other);
            put_value(column, (int)v);
            add(column, TRAIT_IS_EITHER, (int)other, (int)v, pairs);
        }
}

static int by_number(const void *a, const void *b, void *numbers)
{
    double x = ((const double *)numbers)[*(const int *)a], y = ((const double *)numbers)[*(const int *)b];
    return (x > y) - (x < y);
}

/* From the largest number down: what is at least as large, and what is below. */
static void add_bounds(const struct column *column)
{
    double *numbers = column->rules->traits->attributes[column->attribute].numbers;
    size_t values = column->values, step = values / CUTS_MOST + 1;
    if (numbers == NULL || values < 3)
        return;
    int *order = xmalloc(values * sizeof *order);
    uint64_t *above = xcalloc(column->rules->words, sizeof *above);
    for (size_t v = 0; v < values; v++)
        order[v] = (int)v;
    qsort_r(order, values, sizeof *order, by_number, numbers);
    for (size_t k = values; k-- > 1;) {
        memcpy(column->set, above, column->rules->words * sizeof *above);
        put_value(column, order[k]);
        memcpy(above, column->set, column->rules->words * sizeof *above);
        if (k % step != 0)
            continue;
        add(column, TRAIT_AT_LEAST, order[k], 0, (double)(values / step));
        bits_without(column->set, column->has, above, column->rules->words);
        add(column, TRAIT_BELOW, order[k], 0, (double)(values / step));
    }
    free(order);
    free(above);
}

static void add_attribute(struct rules *rules, size_t attribute, double mass)
{
    struct column column = {
        rules, attribute, rules->traits->attributes[attribute].value_count, NULL, NULL, NULL, NULL, mass};
    column.requests = xcalloc(rules->n, sizeof *column.requests);
    column.starts = xcalloc(column.values + 3, sizeof *column.starts);
    column.set = xcalloc(2 * rules->words, sizeof *column.set);
    column.has = column.set + rules->words;
    sort_by_value(&column);
    for (size_t k = column.starts[1]; k < rules->n; k++)
        bits_put(column.has, column.requests[k]);
    static void (*const kinds[])(const struct column *column) = {add_values,  add_presence,   add_bounds,
                                                                 add_absence, add_exceptions, add_eithers};
    for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++)
        kinds[kind](&column);
    free(column.requests);
    free(column.starts);
    free(column.set);
}

static void add_all(struct rules *rules)
{
    uint64_t *all = xcalloc(rules->words, sizeof *all);
    for (size_t i = 0; i < rules->n; i++)
        bits_put(all, i);
    rules_add(rules, &(struct trait_rule){.count = 0}, all, prior_of_all);
    free(all);
}

void rules_init(struct rules *rules, const struct traits *traits)
{
    double weight = 0;
    *rules = (struct rules){
        .traits = traits, .n = traits->request_count, .words = bits_words(traits->request_count)};
    rules->items = xmalloc(RULES_MOST * sizeof *rules->items);
    rules->sets = xmalloc(RULES_MOST * rules->words * sizeof *rules->sets);
    rules->buckets = xcalloc(BUCKETS, sizeof *rules->buckets);
    for (size_t i = 0; i < rules->n; i++)
        rules->recorded += (double)traits->times[i];
    for (size_t a = 0; a < traits->attribute_count; a++)
        weight += place_weight[traits->attributes[a].place];
    add_all(rules);
    for (int place = 0; place < TRAIT_PLACES; place++) /* the first words for a set stay */
        for (size_t a = 0; a < traits->attribute_count; a++)
            if ((int)traits->attributes[a].place == place)
                add_attribute(rules, a, prior_of_one * place_weight[place] / weight);
    rules_add_likely_pairs(rules);
}

void rules_release(struct rules *rules)
{
    free(rules->items);
    free(rules->sets);
    free(rules->buckets);
    memset(rules, 0, sizeof *rules);
}
