/* When a run may end before its time, and what a hold is read as. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <cmocka.h>

#include "analysis/certain.h"
#include "analysis/hold.h"
#include "numbers.h"

static const struct standing grown = {.grows = true, .limits_settled = true, .requests = 10000};
static const struct standing quiet = {.flat = true,
                                      .fine = true,
                                      .whole = true,
                                      .landed = true,
                                      .limits_settled = true,
                                      .outside_flat = true,
                                      .requests = 10000};

static void growth_is_certain_when_it_was_followed(void **state)
{
    (void)state;
    struct standing standing = grown;
    assert_int_equal(certainty(&standing), CERTAIN_GROWTH);
    standing.requests = 9999;
    assert_int_equal(certainty(&standing), CERTAIN_NOT);
    standing.full = true; /* as far as it can be */
    assert_int_equal(certainty(&standing), CERTAIN_GROWTH);
    standing.limits_settled = false;
    assert_int_equal(certainty(&standing), CERTAIN_NOT);
}

static void no_growth_takes_all_of_it(void **state)
{
    (void)state;
    assert_int_equal(certainty(&quiet), CERTAIN_NO_GROWTH);
    for (size_t what = 0; what < 7; what++) {
        struct standing standing = quiet;
        bool *const parts[] = {&standing.flat,   &standing.fine,           &standing.whole,
                               &standing.landed, &standing.limits_settled, &standing.outside_flat};
        if (what < 6)
            *parts[what] = false;
        else
            standing.requests = 9999;
        if (certainty(&standing) != CERTAIN_NOT)
            fail_msg("certain without the part of number %zu", what);
    }
}

static void fine_enough(void **state)
{
    (void)state;
    assert_true(certain_fine(16, 1, 16));
    assert_false(certain_fine(17, 1, 16));
    assert_true(certain_fine(2, 1, NAN)); /* without a limit: twice the floor */
    assert_false(certain_fine(2.1, 1, NAN));
    assert_false(certain_fine(NAN, 1, NAN));
    assert_false(certain_fine(NAN, 1, 16));
}

/* Each place about 1.25 times the one before, so that a run of 48 readings is looked at seven times. */
static void looks_are_geometric(void **state)
{
    (void)state;
    size_t looks = 0, last = 0;
    for (size_t readings = 0; readings <= 48; readings++) {
        if (!certain_look_due(readings))
            continue;
        if (last > 0 && ((double)readings < 1.19 * (double)last || (double)readings > 1.35 * (double)last))
            fail_msg("%zu after %zu", readings, last);
        last = readings;
        looks++;
    }
    assert_int_equal(looks, 7);
}

/* scipy.stats.norm.isf(0.025 / (k * (k + 1))), 0.025 for no look. */
static void normal_quantiles_of_looks(void **state)
{
    (void)state;
    static const double expected[] = {1.959964, 2.241403, 2.638257, 2.865210, 3.023341, 3.144072};
    double spent = 0;
    for (size_t look = 0; look < 6; look++)
        assert_near(certain_normal(look), expected[look], 5e-4);
    for (size_t look = 1; look <= 1000; look++)
        spent += erfc(certain_normal(look) / sqrt(2));
    assert_near(spent, 0.05, 0.001); /* all looks together err as often as one at 95 % */
}

static void what_a_look_of_the_hold_says(void **state)
{
    (void)state;
    assert_int_equal(hold_look(1000, 1000, 990), HOLD_STAYS);
    assert_int_equal(hold_look(1000, 1000, 1040), HOLD_STAYS); /* the calls before the look add to it */
    assert_int_equal(hold_look(1000, 1000, 940), HOLD_FALLS);
    assert_int_equal(hold_look(1000, 940, 930), HOLD_STAYS);
    assert_int_equal(hold_look(1000, 940, 499), HOLD_GONE);
    assert_int_equal(hold_look(1000, 1000, NAN), HOLD_STAYS);
}

static void rss_is_driven_again(void **state)
{
    (void)state;
    double calls = hold_calls(1000, 20000);
    assert_near(calls, 1250, 0); /* a sixteenth: more than the 1,049 that four steps of a heap take */
    assert_near(hold_calls(100, 20000), 10000, 0);
    assert_near(hold_calls(40, 5000), 0, 0); /* 100 kB: less than a heap grows by at once */
    assert_true(hold_refills(1000, calls, 0));
    assert_false(hold_refills(1000, calls, 1000 * calls));
    assert_false(hold_refills(1000, calls, 0.4 * 1000 * calls)); /* and a step that may be to come */
}

static void a_hold_takes_as_long_as_the_traffic(void **state)
{
    (void)state;
    assert_near(hold_wait_s(0.2), 2, 0);
    assert_near(hold_wait_s(5), 5, 0);
    assert_near(hold_wait_s(3600), 32, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growth_is_certain_when_it_was_followed),
        cmocka_unit_test(no_growth_takes_all_of_it),
        cmocka_unit_test(fine_enough),
        cmocka_unit_test(looks_are_geometric),
        cmocka_unit_test(normal_quantiles_of_looks),
        cmocka_unit_test(what_a_look_of_the_hold_says),
        cmocka_unit_test(rss_is_driven_again),
        cmocka_unit_test(a_hold_takes_as_long_as_the_traffic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
