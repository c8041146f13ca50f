/* What may be wrong with levels: shapes whose truth is plain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analysis/doubt.h"
#include "numbers.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void test_what_the_last_reading_takes_back(void **state)
{
    (void)state;
    const double leak[] = {0, 10, 20, 30, 40, 50}, held[] = {0, 10, 20, 30, 40, 3};
    const double flat[] = {7, 7, 7, 7, 7, 7}, falls[] = {9, 8, 7, 6, 5, 4}, few[] = {1, 2, 3, 0};
    const double gap[] = {0, NAN, 10, 20, 30, NAN, 40, 15};
    assert_near(doubt_taken_back(leak, COUNT(leak)), 0, 0);
    assert_near(doubt_taken_back(held, COUNT(held)), 0.9, 1e-9); /* 30 of which 3 stay */
    assert_near(doubt_taken_back(flat, COUNT(flat)), 0, 0);
    assert_near(doubt_taken_back(falls, COUNT(falls)), 0, 0);
    assert_near(doubt_taken_back(gap, COUNT(gap)), 0.5, 1e-9);
    assert_true(isnan(doubt_taken_back(few, COUNT(few))));
}

static void test_one_high_reading_before_the_last_is_not_taken_back(void **state)
{
    (void)state;
    const double spike[] = {0, 10, 20, 30, 40, 400, 60};
    assert_at_most(doubt_taken_back(spike, COUNT(spike)), 0.01);
}

static void test_requests_that_were_met(void **state)
{
    (void)state;
    const double none[] = {0, 0, 0, 0, 0, 0}, some[] = {3, 0, 2, 0, 4, 3},
                 more[] = {1, 0, 2, 9, 20, 40, 45, 60, 0};
    assert_int_equal(doubt_met(none, COUNT(none)).readings, 0);
    assert_false(doubt_met(none, COUNT(none)).piles_up);
    struct doubt_met met = doubt_met(some, COUNT(some));
    assert_int_equal(met.readings, 4);
    assert_near(met.most, 4, 0);
    assert_false(met.piles_up);
    met = doubt_met(more, COUNT(more));
    assert_true(met.piles_up);
    assert_near(met.early, 1, 0);
    assert_near(met.late, 45, 0);
    assert_int_equal(doubt_met(more, 0).readings, 0);
}

static void test_a_plateau_at_a_limit(void **state)
{
    (void)state;
    const double fills[] = {10, 40, 70, 95, 96, 95, 96}, free_room[] = {10, 40, 70, 80, 81, 80, 81};
    const double touched[] = {10, 40, 70, 99, 50, 60, 70}, gaps[] = {NAN, 95, NAN, 96, 97, NAN};
    assert_true(doubt_clipped(fills, COUNT(fills), 100));
    assert_false(doubt_clipped(free_room, COUNT(free_room), 100));
    assert_false(doubt_clipped(touched, COUNT(touched), 100));
    assert_true(doubt_clipped(gaps, COUNT(gaps), 100));
    assert_false(doubt_clipped(fills, COUNT(fills), INFINITY));
    assert_false(doubt_clipped(fills, COUNT(fills), NAN));
    assert_false(doubt_clipped(fills, COUNT(fills), 0));
    assert_false(doubt_clipped(fills, 2, 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_the_last_reading_takes_back),
        cmocka_unit_test(test_one_high_reading_before_the_last_is_not_taken_back),
        cmocka_unit_test(test_requests_that_were_met),
        cmocka_unit_test(test_a_plateau_at_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
