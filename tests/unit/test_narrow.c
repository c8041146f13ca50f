/* The search for the rule that grows, in seeded simulation: right, open or wrong, in how many measurements; and its edges. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/narrow.h"
#include "narrow_world.h"
#include "numbers.h"

#define REQUESTS 200
#define ATTRIBUTES 40
#define WORLDS 10 /* of each kind; the figures in narrow.h are of more: SEEP_WORLDS=300 */
#define ASKED_MOST 64

static const char *const kind_names[KINDS] = {
    [KIND_VALUE] = "value",          [KIND_BODY] = "body field",
    [KIND_ONE] = "one request",      [KIND_PRESENCE] = "presence",
    [KIND_ABSENCE] = "absence",      [KIND_THRESHOLD] = "bound",
    [KIND_STATUS] = "status",        [KIND_EXCEPTION] = "exception",
    [KIND_PAIR] = "two conditions",  [KIND_ALL] = "all",
    [KIND_VARIETY] = "variety",      [KIND_THIRD] = "any third",
    [KIND_MOST] = "most of a value",
};

struct tally {
    size_t worlds, right, wrong, open, asked, most;
};

static void drive(struct world *world, struct narrow *narrow)
{
    bool *members = xcalloc(world->traits.request_count, sizeof *members);
    double least, error;
    for (size_t size; (size = narrow_ask(narrow, members, &least)) > 0;) {
        double kept = world_measure(world, members, size, least, &error);
        narrow_tell(narrow, kept, 1 / error, 1);
    }
    free(members);
}

/* A server that keeps a little whatever it is asked for, and whose readings turn out to be five times as noisy as was thought
 * first. In units of what one call of the whole keeps. */
static void drive_busy(struct world *world, struct narrow *narrow)
{
    const double noise = 5, known[] = {1, 1, 1, 1, 2, 3, 4};
    bool *members = xcalloc(world->traits.request_count, sizeof *members);
    double least, error;
    for (size_t size; (size = narrow_ask(narrow, members, &least)) > 0;) {
        size_t asked = narrow_asked(narrow);
        double told = asked < 7 ? known[asked] : noise;
        double calls = fmax(4 * told / (least / world->whole), 48);
        double drift = world->whole * 0.15 * random_unit(&world->random);
        double kept = world_measure(world, members, size, 0, &error) + drift +
                      world->whole * noise / calls * random_normal(&world->random);
        narrow_tell(narrow, kept, calls, told * world->whole);
    }
    free(members);
}

/* Each was asked by itself, grew, and fulfils the rule. */
static void check_examples(const struct world *world, const struct trait_rule *rule, const size_t *examples,
                           size_t count)
{
    assert_in_range(count, 1, NARROW_EXAMPLES_MOST);
    for (size_t i = 0; i < count; i++) {
        assert_true(world->grows[examples[i]]);
        assert_true(trait_rule_holds(&world->traits, rule, examples[i]));
    }
}

static void judge(const struct world *world, const struct narrow *narrow, struct tally *tally)
{
    struct trait_rule rule;
    size_t examples[NARROW_EXAMPLES_MOST], count;
    enum narrowed said = narrow_result(narrow, &rule, examples, &count);
    bool claims = said == NARROWED_RULE || said == NARROWED_ALL;
    bool right = claims ? world->kind != KIND_VARIETY && world_is(world, &rule)
                        : said == NARROWED_VARIETY && world->kind == KIND_VARIETY;
    assert_int_not_equal(said, NARROWED_ASKING);
    assert_true(narrow_asked(narrow) <= ASKED_MOST);
    if (claims && right)
        check_examples(world, &rule, examples, count);
    tally->worlds++;
    tally->right += right;
    tally->wrong += !right && said != NARROWED_OPEN;
    tally->open += said == NARROWED_OPEN;
    tally->asked += narrow_asked(narrow);
    tally->most = narrow_asked(narrow) > tally->most ? narrow_asked(narrow) : tally->most;
}

typedef void driver(struct world *world, struct narrow *narrow);

static void narrow_world(enum kind kind, size_t requests, size_t attributes, uint64_t seed, driver *by,
                         struct tally *tally)
{
    struct world world;
    world_init(&world, kind, requests, attributes, seed);
    struct narrow *narrow = narrow_new(&world.traits, world.whole * (1 + 0.1 * random_normal(&world.random)));
    by(&world, narrow);
    judge(&world, narrow, tally);
    narrow_free(narrow);
    world_release(&world);
}

static double part(size_t count, const struct tally *tally)
{
    return 100.0 * (double)count / (double)tally->worlds;
}

static void add(struct tally *sum, const struct tally *tally)
{
    sum->worlds += tally->worlds;
    sum->right += tally->right;
    sum->wrong += tally->wrong;
    sum->asked += tally->asked;
}

/* Of the kinds from `first` to before `end`. */
static struct tally simulate(int first, int end, size_t worlds, driver *by)
{
    const char *text = getenv("SEEP_WORLDS");
    worlds = text != NULL ? strtoul(text, NULL, 10) : worlds;
    struct tally sum = {0};
    for (int kind = first; kind < end; kind++) {
        struct tally tally = {0};
        for (size_t i = 0; i < worlds; i++)
            narrow_world((enum kind)kind, REQUESTS, ATTRIBUTES, 1000 * (uint64_t)kind + i, by, &tally);
        print_message("# %-16s right %5.1f %%  open %5.1f %%  wrong %4.1f %%  asked %4.1f, "
                      "at most %zu\n",
                      kind_names[kind], part(tally.right, &tally), part(tally.open, &tally),
                      part(tally.wrong, &tally), (double)tally.asked / (double)tally.worlds, tally.most);
        add(&sum, &tally);
    }
    return sum;
}

static void rules_are_found(void **state)
{
    (void)state;
    struct tally sum = simulate(KIND_VALUE, KIND_VARIETY, WORLDS, drive);
    assert_true(part(sum.right, &sum) >= 95);
    assert_true(part(sum.wrong, &sum) <= 1);
    assert_at_most((double)sum.asked / (double)sum.worlds, 25);
}

static void where_no_rule_fits_none_is_claimed(void **state)
{
    (void)state;
    struct tally sum = simulate(KIND_VARIETY, KINDS, 3 * WORLDS, drive);
    assert_true(part(sum.wrong, &sum) <= 4);
}

static void rules_are_found_on_a_busy_server(void **state)
{
    (void)state;
    struct tally sum = simulate(KIND_VALUE, KIND_VARIETY, WORLDS, drive_busy);
    assert_true(part(sum.right, &sum) >= 90);
    assert_true(part(sum.wrong, &sum) <= 2);
}

static void large_recordings_are_narrowed(void **state)
{
    (void)state;
    struct tally tally = {0};
    for (uint64_t seed = 1; seed <= 3; seed++)
        narrow_world(KIND_STATUS, 2048, 64, seed, drive, &tally);
    assert_int_equal(tally.right, 3);
}

/* A table by hand: columns x rows, -1 where it is absent; values are "0", "1", ... */
static struct traits table(size_t requests, size_t attributes, const enum trait_place *places,
                           const int *cells)
{
    struct traits traits = {.request_count = requests, .attribute_count = attributes};
    traits.attributes = xcalloc(attributes, sizeof *traits.attributes);
    traits.values = xcalloc(requests * attributes, sizeof *traits.values);
    traits.times = xcalloc(requests, sizeof *traits.times);
    traits.first = xcalloc(requests, sizeof *traits.first);
    for (size_t i = 0; i < requests * attributes; i++)
        traits.values[i] = cells[i];
    for (size_t i = 0; i < requests; i++)
        traits.times[i] = 1;
    for (size_t a = 0; a < attributes; a++) {
        struct attribute *attribute = &traits.attributes[a];
        *attribute = (struct attribute){.place = places[a], .name = xasprintf("a%zu", a), .value_count = 3};
        attribute->values = xcalloc(3, sizeof *attribute->values);
        for (size_t v = 0; v < 3; v++)
            attribute->values[v] = xasprintf("%zu", v);
    }
    return traits;
}

/* Without noise: those requests keep 10 each. */
static enum narrowed answer(const struct traits *traits, const bool *grows, struct trait_rule *rule,
                            size_t *asked)
{
    double whole = 0, least;
    bool members[16];
    for (size_t i = 0; i < traits->request_count; i++)
        whole += grows[i] ? 10.0 / (double)traits->request_count : 0;
    struct narrow *narrow = narrow_new(traits, whole);
    for (size_t size; (size = narrow_ask(narrow, members, &least)) > 0;) {
        double kept = 0;
        for (size_t i = 0; i < traits->request_count; i++)
            kept += members[i] && grows[i] ? 10.0 / (double)size : 0;
        narrow_tell(narrow, kept, 5 / least, 1);
    }
    enum narrowed said = narrow_result(narrow, rule, NULL, NULL);
    *asked = narrow_asked(narrow);
    narrow_free(narrow);
    return said;
}

static void the_simplest_of_equal_rules_is_told(void **state)
{
    (void)state;
    static const enum trait_place places[] = {TRAIT_SESSION, TRAIT_HEADER, TRAIT_QUERY, TRAIT_BODY};
    static const int cells[] = {
        0, 0, 0, -1, 0, 0, 0, -1, 1, 1, 1, 0, 1, 1, 1, 1, 2, 2, 2, 0, 2, 2, 2, 1,
    };
    static const bool first[] = {true, true, false, false, false, false},
                      later[] = {false, false, true, true, true, true};
    struct traits traits = table(6, 4, places, cells);
    struct trait_rule rule;
    size_t asked;
    assert_int_equal(answer(&traits, first, &rule, &asked), NARROWED_RULE);
    char *words = trait_rule_words(&traits, &rule);
    assert_string_equal(words, "a2=0");
    free(words);
    assert_int_equal(answer(&traits, later, &rule, &asked), NARROWED_RULE);
    words = trait_rule_words(&traits, &rule);
    assert_string_equal(words, "a2 other than 0");
    free(words);
    traits_release(&traits);
}

static void one_request_is_asked_for_itself(void **state)
{
    (void)state;
    static const bool grows[] = {true};
    struct traits traits = table(1, 0, NULL, NULL);
    struct trait_rule rule;
    size_t asked;
    assert_int_equal(answer(&traits, grows, &rule, &asked), NARROWED_ALL);
    assert_in_range(asked, 1, 4);
    assert_int_equal(rule.count, 0);
    traits_release(&traits);
}

static void nothing_is_asked_of_nothing(void **state)
{
    (void)state;
    bool members[16];
    double least;
    struct traits none = table(0, 0, NULL, NULL), some = table(2, 0, NULL, NULL);
    struct trait_rule rule;
    struct narrow *of_none = narrow_new(&none, 1), *flat = narrow_new(&some, 0);
    assert_int_equal(narrow_ask(of_none, members, &least), 0);
    assert_int_equal(narrow_result(of_none, &rule, NULL, NULL), NARROWED_OPEN);
    assert_int_equal(narrow_ask(flat, members, &least), 0);
    assert_int_equal(narrow_result(flat, &rule, NULL, NULL), NARROWED_OPEN);
    narrow_free(of_none);
    narrow_free(flat);
    narrow_free(NULL);
    traits_release(&none);
    traits_release(&some);
}

/* Asked again until told, the same; what cannot be measured, or is flat throughout, ends open. */
static void answers_that_say_nothing_end_open(void **state)
{
    (void)state;
    static const double kept[] = {NAN, 0};
    for (size_t kind = 0; kind < 2; kind++) {
        struct world world;
        bool members[40], again[40];
        double least, least_again;
        struct trait_rule rule;
        size_t examples[NARROW_EXAMPLES_MOST], count = 1;
        world_init(&world, KIND_VALUE, 40, 16, 5);
        struct narrow *narrow = narrow_new(&world.traits, world.whole);
        while (narrow_ask(narrow, members, &least) > 0) {
            narrow_ask(narrow, again, &least_again);
            assert_memory_equal(members, again, sizeof members);
            assert_near(least_again, least, 0);
            assert_true(least > 0);
            narrow_tell(narrow, kept[kind], 5 / least, 1);
        }
        assert_in_range(narrow_asked(narrow), 2, ASKED_MOST);
        assert_int_equal(narrow_result(narrow, &rule, examples, &count), NARROWED_OPEN);
        assert_int_equal(count, 0);
        narrow_free(narrow);
        world_release(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_found),
        cmocka_unit_test(where_no_rule_fits_none_is_claimed),
        cmocka_unit_test(rules_are_found_on_a_busy_server),
        cmocka_unit_test(large_recordings_are_narrowed),
        cmocka_unit_test(the_simplest_of_equal_rules_is_told),
        cmocka_unit_test(one_request_is_asked_for_itself),
        cmocka_unit_test(nothing_is_asked_of_nothing),
        cmocka_unit_test(answers_that_say_nothing_end_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
