#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analysis/projection.h"
#include "numbers.h"

/* python3 -c 'print((734003200 - 83886080) / (80.6 * 3.2 * 86400))'  ->  29.1735... */
static void days_until_the_limit(void **state)
{
    (void)state;
    struct projection projection = projection_make(80.6, 3.2, 734003200, 83886080);
    assert_near(projection.days, 29.1735, 1e-3);
    assert_near(projection.at_rate_per_second, 3.2, 0);
    assert_near(projection.memory_limit_bytes, 734003200, 0);
}

static void what_is_used_may_be_unknown(void **state)
{
    (void)state;
    assert_near(projection_make(100, 10, 86400e3, NAN).days, 1, 1e-9);
}

static void never_and_already(void **state)
{
    (void)state;
    assert_true(isinf(projection_make(0, 10, 1e9, 0).days));
    assert_true(isinf(projection_make(-3, 10, 1e9, 0).days));
    assert_true(isinf(projection_make(10, 0, 1e9, 0).days));
    assert_true(isinf(projection_make(10, 1, 0, 0).days));
    assert_near(projection_make(10, 1, 1e9, 2e9).days, 0, 0);
}

/* What is not known gives no date rather than a wrong one. */
static void unknown_growth_is_no_date(void **state)
{
    (void)state;
    assert_true(isinf(projection_make(NAN, 10, 1e9, 0).days));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_until_the_limit),
        cmocka_unit_test(what_is_used_may_be_unknown),
        cmocka_unit_test(never_and_already),
        cmocka_unit_test(unknown_growth_is_no_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
