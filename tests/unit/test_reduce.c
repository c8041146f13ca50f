/* Delta debugging against oracles whose answer is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/reduce.h"
#include "base/random.h"

#define MEMBERS_MOST 40

/* Grows when every wanted member of any of the alternatives is in. */
struct oracle {
    size_t n, count;
    uint64_t alternatives[4];
};

static uint64_t mask_of(const bool *members, size_t n)
{
    uint64_t mask = 0;
    for (size_t i = 0; i < n; i++)
        mask |= members[i] ? UINT64_C(1) << i : 0;
    return mask;
}

static bool grows(const struct oracle *oracle, uint64_t mask)
{
    for (size_t i = 0; i < oracle->count; i++)
        if ((mask & oracle->alternatives[i]) == oracle->alternatives[i])
            return true;
    return false;
}

/* Runs to the end; checks that each probe is a proper, non-empty subset of what is kept. */
static uint64_t reduced(const struct oracle *oracle, size_t *asked)
{
    bool members[MEMBERS_MOST];
    struct reduce *reduce = reduce_new(oracle->n);
    uint64_t kept = oracle->n == 64 ? UINT64_MAX : (UINT64_C(1) << oracle->n) - 1;
    size_t size;
    while ((size = reduce_ask(reduce, members)) > 0) {
        uint64_t mask = mask_of(members, oracle->n);
        assert_int_equal(size, __builtin_popcountll(mask));
        assert_int_equal(mask & ~kept, 0);
        assert_int_not_equal(mask, kept);
        bool yes = grows(oracle, mask);
        kept = yes ? mask : kept;
        reduce_tell(reduce, yes);
        assert_true(reduce_asked(reduce) <= 4 * oracle->n * oracle->n);
    }
    assert_int_equal(mask_of(members, oracle->n), kept);
    *asked = reduce_asked(reduce);
    reduce_free(reduce);
    return kept;
}

/* No single member can be left out. */
static void assert_smallest(const struct oracle *oracle, uint64_t kept)
{
    assert_true(grows(oracle, kept));
    for (size_t i = 0; i < oracle->n; i++)
        if (__builtin_popcountll(kept) > 1 && (kept >> i & 1) != 0)
            assert_false(grows(oracle, kept & ~(UINT64_C(1) << i)));
}

static void one_member_needs_no_probe(void **state)
{
    (void)state;
    struct oracle oracle = {1, 1, {1}};
    size_t asked = 7;
    assert_int_equal(reduced(&oracle, &asked), 1);
    assert_int_equal(asked, 0);
}

static void finds_every_single_in_few_probes(void **state)
{
    (void)state;
    for (size_t n = 2; n <= 32; n++)
        for (size_t i = 0; i < n; i++) {
            struct oracle oracle = {n, 1, {UINT64_C(1) << i}};
            size_t asked = 0, halvings = 0;
            assert_int_equal(reduced(&oracle, &asked), UINT64_C(1) << i);
            for (size_t left = n; left > 1; left = (left + 1) / 2)
                halvings++;
            assert_true(asked <= 2 * halvings);
        }
}

static void finds_every_pair(void **state)
{
    (void)state;
    size_t n = 16, most = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            struct oracle oracle = {n, 1, {UINT64_C(1) << i | UINT64_C(1) << j}};
            size_t asked = 0;
            assert_int_equal(reduced(&oracle, &asked), oracle.alternatives[0]);
            most = asked > most ? asked : most;
        }
    assert_true(most <= 14);
}

static void finds_every_triple(void **state)
{
    (void)state;
    size_t n = 12;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            for (size_t k = j + 1; k < n; k++) {
                struct oracle oracle = {n, 1, {UINT64_C(1) << i | UINT64_C(1) << j | UINT64_C(1) << k}};
                size_t asked = 0;
                assert_int_equal(reduced(&oracle, &asked), oracle.alternatives[0]);
            }
}

static void keeps_the_whole_set_when_all_are_needed(void **state)
{
    (void)state;
    for (size_t n = 2; n <= 20; n++) {
        struct oracle oracle = {n, 1, {(UINT64_C(1) << n) - 1}};
        size_t asked = 0;
        assert_int_equal(reduced(&oracle, &asked), oracle.alternatives[0]);
        assert_true(asked <= 4 * n);
    }
}

/* "Unknown" told as no: the set only stays larger, and it still ends. */
static void never_yes_keeps_all(void **state)
{
    (void)state;
    struct oracle oracle = {16, 0, {0}};
    size_t asked = 0;
    assert_int_equal(reduced(&oracle, &asked), 0xffff);
    assert_true(asked <= 32);
}

/* Zeller and Hildebrandt bound ddmin by n^2 + 3n probes. */
static void random_monotone_oracles(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 7);
    for (size_t round = 0; round < 5000; round++) {
        struct oracle oracle = {
            2 + random_below(&random, MEMBERS_MOST - 2), 1 + random_below(&random, 4), {0}};
        for (size_t i = 0; i < oracle.count; i++)
            for (size_t wanted = 1 + random_below(&random, 4); wanted > 0; wanted--)
                oracle.alternatives[i] |= UINT64_C(1) << random_below(&random, oracle.n);
        size_t asked = 0;
        assert_smallest(&oracle, reduced(&oracle, &asked));
        assert_true(asked <= oracle.n * oracle.n + 3 * oracle.n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_member_needs_no_probe),
        cmocka_unit_test(finds_every_single_in_few_probes),
        cmocka_unit_test(finds_every_pair),
        cmocka_unit_test(finds_every_triple),
        cmocka_unit_test(keeps_the_whole_set_when_all_are_needed),
        cmocka_unit_test(never_yes_keeps_all),
        cmocka_unit_test(random_monotone_oracles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
