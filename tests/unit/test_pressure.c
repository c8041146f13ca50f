/* What is reached against what is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "analysis/pressure.h"

#define MIB (1024.0 * 1024)
#define GIB (1024 * MIB)

static void a_peak_far_above_is_told(void **state)
{
    (void)state;
    assert_int_equal(pressure_of(3.1 * GIB, 36 * MIB, 0), PRESSURE_HIGH);
    assert_int_equal(pressure_of(69 * MIB, 36 * MIB, 0), PRESSURE_HIGH);
}

/* Twice as much of little, and little more of much: neither is worth a word. */
static void both_the_factor_and_the_amount_count(void **state)
{
    (void)state;
    assert_int_equal(pressure_of(60 * MIB, 30 * MIB, 0), PRESSURE_LOW);
    assert_int_equal(pressure_of(1.4 * GIB, 1 * GIB, 0), PRESSURE_LOW);
    assert_int_equal(pressure_of(150 * MIB, 100 * MIB, 0), PRESSURE_LOW);
    assert_int_equal(pressure_of(151 * MIB, 100 * MIB, 0), PRESSURE_HIGH);
    assert_int_equal(pressure_of(36 * MIB, 36 * MIB, 0), PRESSURE_LOW);
    assert_int_equal(pressure_of(30 * MIB, 36 * MIB, 0), PRESSURE_LOW);
}

static void above_the_limit_is_told_always(void **state)
{
    (void)state;
    assert_int_equal(pressure_of(701 * MIB, 699 * MIB, 700 * MIB), PRESSURE_ABOVE_LIMIT);
    assert_int_equal(pressure_of(3 * GIB, 36 * MIB, 700 * MIB), PRESSURE_ABOVE_LIMIT);
    assert_int_equal(pressure_of(3 * GIB, NAN, 700 * MIB), PRESSURE_ABOVE_LIMIT);
    assert_int_equal(pressure_of(700 * MIB, 699 * MIB, 700 * MIB), PRESSURE_LOW);
    assert_int_equal(pressure_of(600 * MIB, 100 * MIB, 700 * MIB), PRESSURE_HIGH);
}

static void what_was_not_read_is_not_known(void **state)
{
    (void)state;
    assert_int_equal(pressure_of(NAN, 36 * MIB, 0), PRESSURE_UNKNOWN);
    assert_int_equal(pressure_of(3 * GIB, NAN, 0), PRESSURE_UNKNOWN);
    assert_int_equal(pressure_of(NAN, NAN, 700 * MIB), PRESSURE_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_peak_far_above_is_told),
        cmocka_unit_test(both_the_factor_and_the_amount_count),
        cmocka_unit_test(above_the_limit_is_told_always),
        cmocka_unit_test(what_was_not_read_is_not_known),
    };
    return cmocka_run_group_tests_name("pressure", tests, NULL, NULL);
}
