/* The search for the rule that grows, in seeded simulation: right, open or wrong, in how many measurements. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "analysis/narrow.h"
#include "narrow_world.h"
#include "numbers.h"

#define REQUESTS 200
#define ATTRIBUTES 40

struct tally {
    size_t worlds, right, open, wrong, asked, most;
};

static const char *const kind_names[KINDS] = {
    [KIND_VALUE] = "value",          [KIND_BODY] = "body field",
    [KIND_ONE] = "one request",      [KIND_PRESENCE] = "presence",
    [KIND_ABSENCE] = "absence",      [KIND_THRESHOLD] = "bound",
    [KIND_STATUS] = "status",        [KIND_EXCEPTION] = "exception",
    [KIND_PAIR] = "two conditions",  [KIND_ALL] = "all",
    [KIND_VARIETY] = "variety",      [KIND_THIRD] = "any third",
    [KIND_MOST] = "most of a value",
};

static void drive(struct world *world, struct narrow *narrow)
{
    bool *members = xcalloc(world->traits.request_count, sizeof *members);
    double least, error;
    for (size_t size; (size = narrow_ask(narrow, members, &least)) > 0;) {
        double kept = world_measure(world, members, size, least, &error);
        if (getenv("NARROW_SHOW") != NULL)
            printf("# asked %zu, least %.2f of the whole: %.2f, truly %.2f\n", size, least / world->whole,
                   kept / world->whole, truly_kept(world, members, size) / world->whole);
        narrow_tell(narrow, kept, error);
    }
    free(members);
}

static void judge(const struct world *world, const struct narrow *narrow, struct tally *tally)
{
    struct trait_rule rule;
    size_t examples[NARROW_EXAMPLES_MOST], count;
    enum narrowed said = narrow_result(narrow, &rule, examples, &count);
    bool claims = said == NARROWED_RULE || said == NARROWED_ALL;
    bool right = claims ? world->kind != KIND_VARIETY && world_is(world, &rule)
                        : said == NARROWED_VARIETY && world->kind == KIND_VARIETY;
    tally->worlds++;
    tally->right += right;
    tally->wrong += !right && said != NARROWED_OPEN;
    tally->open += said == NARROWED_OPEN;
    tally->asked += narrow_asked(narrow);
    tally->most = narrow_asked(narrow) > tally->most ? narrow_asked(narrow) : tally->most;
    if (getenv("NARROW_SHOW") != NULL) {
        char *words = trait_rule_words(&world->traits, &rule);
        struct trait_rule truth_rule = world->rule;
        char *truth = trait_rule_words(&world->traits, &truth_rule);
        size_t more = 0, less = 0;
        for (size_t i = 0; i < world->traits.request_count; i++) {
            bool h = trait_rule_holds(&world->traits, &rule, i);
            more += h && !world->grows[i];
            less += !h && world->grows[i];
        }
        printf("# said %d: %s (+%zu -%zu) truth %s (%zu); %s\n", said, words, more, less, truth,
               narrow_asked(narrow), right ? "right" : "not right");
        free(truth);
        free(words);
    }
}

static void simulate(enum kind kind, size_t worlds, struct tally *tally)
{
    *tally = (struct tally){0};
    for (size_t i = 0; i < worlds; i++) {
        struct world world;
        world_init(&world, kind, REQUESTS, ATTRIBUTES, 1000 * (uint64_t)kind + i);
        struct narrow *narrow =
            narrow_new(&world.traits, world.whole * (1 + 0.1 * random_normal(&world.random)));
        drive(&world, narrow);
        judge(&world, narrow, tally);
        narrow_free(narrow);
        world_release(&world);
    }
    printf("# %-16s right %5.1f %%  open %5.1f %%  wrong %4.1f %%  asked %4.1f, at most %zu\n",
           kind_names[kind], 100.0 * (double)tally->right / (double)worlds,
           100.0 * (double)tally->open / (double)worlds, 100.0 * (double)tally->wrong / (double)worlds,
           (double)tally->asked / (double)worlds, tally->most);
}

static void test_rules_are_found(void **state)
{
    (void)state;
    size_t worlds = getenv("NARROW_WORLDS") != NULL ? strtoul(getenv("NARROW_WORLDS"), NULL, 10) : 20;
    for (int kind = 0; kind < KINDS; kind++) {
        struct tally tally;
        if (getenv("NARROW_KIND") != NULL && kind != atoi(getenv("NARROW_KIND")))
            continue;
        simulate((enum kind)kind, worlds, &tally);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
