/* An endpoint as a narrowing sees it: recorded requests with their traits, some of which grow; and a server that answers. */
#ifndef SEEP_TESTS_NARROW_WORLD_H
#define SEEP_TESTS_NARROW_WORLD_H

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/text.h"
#include "model/traits.h"

enum kind {
    KIND_VALUE,     /* query: one value of some, about 5 % of the requests */
    KIND_BODY,      /* the same of a field of the body */
    KIND_ONE,       /* one request of all, the only one with its path */
    KIND_PRESENCE,  /* a key is there */
    KIND_ABSENCE,   /* or not */
    KIND_THRESHOLD, /* from a number on */
    KIND_STATUS,    /* an error path */
    KIND_EXCEPTION, /* all but one value */
    KIND_PAIR,      /* two conditions */
    KIND_ALL,
    KIND_VARIETY, /* many different ones, none by itself */
    KIND_THIRD,   /* no rule: any third of them */
    KIND_MOST,    /* no rule: two thirds of those with a value */
    KINDS
};

struct world {
    struct traits traits;
    enum kind kind;
    bool *grows;
    double *keeps; /* by request, where it grows */
    double whole;
    double wrong; /* part of the measurements that tell something else */
    struct random random;
};

/* Values of an attribute: how many, how likely it is there at all, how uneven; numbers or not. */
struct column {
    enum trait_place place;
    const char *name;
    size_t values;
    double there, skew;
    bool numbers;
};

static const struct column world_columns[] = {
    {TRAIT_QUERY, "currency", 12, 1, 0.6, false},
    {TRAIT_BODY, "/address/country", 12, 1, 0.6, false},
    {TRAIT_PATH, "sku", 400, 1, 0, false},
    {TRAIT_QUERY, "coupon", 4, 0.12, 0.3, false},
    {TRAIT_BODY, "/quantity", 40, 1, 0.1, true},
    {TRAIT_STATUS, "status", 4, 1, 1.8, true},
    {TRAIT_SIZE, "size", 120, 1, 0, true},
    {TRAIT_SESSION, "session", 30, 1, 0.1, false},
    {TRAIT_HEADER, "accept-language", 8, 1, 0.5, false},
    {TRAIT_HEADER, "user-agent", 15, 1, 0.3, false},
    {TRAIT_HEADER, "accept", 3, 1, 1, false},
    {TRAIT_HEADER, "range", 5, 0.1, 0, false},
};
#define WORLD_COLUMNS (sizeof world_columns / sizeof *world_columns)

/* Those after the ones above: fields like any others. */
static struct column any_column(struct random *random)
{
    static const enum trait_place places[] = {TRAIT_BODY, TRAIT_QUERY, TRAIT_BODY, TRAIT_HEADER};
    return (struct column){places[random_below(random, 4)],
                           "field",
                           2 + (size_t)random_below(random, 9),
                           random_below(random, 3) == 0 ? 0.2 + 0.7 * random_unit(random) : 1,
                           random_unit(random),
                           random_below(random, 4) == 0};
}

static int draw_value(const struct column *column, struct random *random)
{
    if (random_unit(random) >= column->there)
        return TRAIT_ABSENT;
    double unit = pow(random_unit(random), 1 + 2 * column->skew);
    return (int)(unit * (double)column->values);
}

static void fill_attribute(struct attribute *attribute, const struct column *column, size_t number)
{
    *attribute = (struct attribute){.place = column->place, .value_count = column->values};
    attribute->name =
        number < WORLD_COLUMNS ? xstrdup(column->name) : xasprintf("%s_%zu", column->name, number);
    attribute->values = xcalloc(column->values, sizeof *attribute->values);
    if (column->numbers)
        attribute->numbers = xcalloc(column->values, sizeof *attribute->numbers);
    for (size_t v = 0; v < column->values; v++) {
        attribute->values[v] = xasprintf(column->numbers ? "%zu" : "v%zu", v);
        if (column->numbers)
            attribute->numbers[v] = (double)v;
    }
}

static void world_draw_traits(struct world *world, size_t requests, size_t attributes)
{
    struct traits *traits = &world->traits;
    traits->request_count = requests;
    traits->attribute_count = attributes;
    traits->attributes = xcalloc(attributes, sizeof *traits->attributes);
    traits->values = xcalloc(requests * attributes, sizeof *traits->values);
    traits->times = xcalloc(requests, sizeof *traits->times);
    traits->first = xcalloc(requests, sizeof *traits->first);
    for (size_t a = 0; a < attributes; a++) {
        struct column column = a < WORLD_COLUMNS ? world_columns[a] : any_column(&world->random);
        fill_attribute(&traits->attributes[a], &column, a);
        for (size_t i = 0; i < requests; i++)
            traits->values[i * attributes + a] = draw_value(&column, &world->random);
    }
    for (size_t i = 0; i < requests; i++) {
        traits->first[i] = i;
        traits->times[i] = 1 + (size_t)(-2 * log(1 - random_unit(&world->random)));
    }
}

static double share_of(const struct world *world)
{
    double sum = 0, part = 0;
    for (size_t i = 0; i < world->traits.request_count; i++) {
        sum += (double)world->traits.times[i];
        part += world->grows[i] ? (double)world->traits.times[i] : 0;
    }
    return part / sum;
}

static size_t take_rule(struct world *world, const struct trait_rule *rule)
{
    size_t count = 0;
    for (size_t i = 0; i < world->traits.request_count; i++)
        count += world->grows[i] = trait_rule_holds(&world->traits, rule, i);
    return count;
}

/* A value whose share is nearest to `share`. */
static int value_near(struct world *world, size_t attribute, enum trait_test test, double share)
{
    int best = 0;
    double nearest = 2;
    for (size_t v = 0; v < world->traits.attributes[attribute].value_count; v++) {
        struct trait_rule rule = {.conditions = {{attribute, test, (int)v, 0}}, .count = 1};
        double off = take_rule(world, &rule) > 0 ? fabs(share_of(world) - share) : 2;
        if (off < nearest) {
            nearest = off;
            best = (int)v;
        }
    }
    return best;
}

static struct trait_rule one_condition(struct world *world, size_t attribute, enum trait_test test,
                                       double share)
{
    int value = share > 0 ? value_near(world, attribute, test, share) : 0;
    return (struct trait_rule){.conditions = {{attribute, test, value, 0}}, .count = 1};
}

static size_t column_of(const struct world *world, const char *name)
{
    size_t a = 0;
    while (strcmp(world->traits.attributes[a].name, name) != 0)
        a++;
    return a;
}

static struct trait_rule draw_pair(struct world *world)
{
    struct trait_rule rule;
    size_t attributes = world->traits.attribute_count;
    do {
        rule = one_condition(world, column_of(world, "currency"), TRAIT_IS,
                             0.2 * random_unit(&world->random) + 0.05);
        size_t other = WORLD_COLUMNS + (size_t)random_below(&world->random, attributes - WORLD_COLUMNS);
        rule.conditions[1] =
            (struct trait_condition){other, TRAIT_IS, value_near(world, other, TRAIT_IS, 0.4), 0};
        rule.count = 2;
    } while (take_rule(world, &rule) < 2);
    return rule;
}

static struct trait_rule draw_rule(struct world *world)
{
    static const struct {
        const char *name;
        enum trait_test test;
        double share;
    } rows[KINDS] = {
        [KIND_VALUE] = {"currency", TRAIT_IS, 0.05},   [KIND_BODY] = {"/address/country", TRAIT_IS, 0.05},
        [KIND_ONE] = {"sku", TRAIT_IS, 0.002},         [KIND_PRESENCE] = {"coupon", TRAIT_HAS, 0},
        [KIND_ABSENCE] = {"coupon", TRAIT_HAS_NOT, 0}, [KIND_THRESHOLD] = {"/quantity", TRAIT_AT_LEAST, 0.15},
        [KIND_STATUS] = {"status", TRAIT_IS, 0.04},    [KIND_EXCEPTION] = {"currency", TRAIT_IS_NOT, 0.85},
        [KIND_MOST] = {"currency", TRAIT_IS, 0.2},
    };
    if (world->kind == KIND_PAIR)
        return draw_pair(world);
    if (rows[world->kind].name == NULL)
        return (struct trait_rule){.count = 0};
    return one_condition(world, column_of(world, rows[world->kind].name), rows[world->kind].test,
                         rows[world->kind].share);
}

static void thin_out(struct world *world)
{
    double part = world->kind == KIND_THIRD ? 1.0 / 3 : world->kind == KIND_MOST ? 2.0 / 3 : 1;
    for (size_t i = 0; i < world->traits.request_count; i++)
        world->grows[i] = world->grows[i] && random_unit(&world->random) < part;
}

static void world_init(struct world *world, enum kind kind, size_t requests, size_t attributes, uint64_t seed)
{
    *world = (struct world){.kind = kind, .wrong = 0.02};
    random_init(&world->random, seed);
    world_draw_traits(world, requests, attributes);
    world->grows = xcalloc(requests, sizeof *world->grows);
    world->keeps = xcalloc(requests, sizeof *world->keeps);
    struct trait_rule rule = draw_rule(world);
    take_rule(world, &rule);
    thin_out(world);
    double sum = 0, kept = 0;
    for (size_t i = 0; i < requests; i++) {
        world->keeps[i] = 100 * exp(fmin(fmax(0.4 * random_normal(&world->random), -1), 1));
        sum += (double)world->traits.times[i];
        kept += world->grows[i] ? world->keeps[i] * (double)world->traits.times[i] : 0;
    }
    world->whole = kept / sum;
}

static void world_release(struct world *world)
{
    traits_release(&world->traits);
    free(world->grows);
    free(world->keeps);
}

static double truly_kept(const struct world *world, const bool *members, size_t size)
{
    double kept = 0;
    for (size_t i = 0; i < world->traits.request_count; i++)
        kept += members[i] && world->grows[i] ? world->keeps[i] : 0;
    if (world->kind == KIND_VARIETY && size < 8)
        return 0;
    return kept / (double)size;
}

/* What is measured, its error about a quarter of what has to show. */
static double world_measure(struct world *world, const bool *members, size_t size, double least,
                            double *error)
{
    double truth = truly_kept(world, members, size);
    *error = least / 4 * (0.6 + 0.6 * random_unit(&world->random));
    if (random_unit(&world->random) < world->wrong)
        truth = truth > 0 ? 0 : world->whole * exp(3 * random_unit(&world->random));
    return truth + *error * random_normal(&world->random);
}

static bool world_is(const struct world *world, const struct trait_rule *rule)
{
    for (size_t i = 0; i < world->traits.request_count; i++)
        if (trait_rule_holds(&world->traits, rule, i) != world->grows[i])
            return false;
    return true;
}

#endif
