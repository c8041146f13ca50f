#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analysis/explained.h"
#include "analysis/projection.h"
#include "numbers.h"

static const struct interval unknown = {NAN, NAN};

static struct projection project(double bytes, double rate, double limit, double used)
{
    return projection_make(bytes, unknown, rate, limit, used);
}

/* python3 -c 'print((734003200 - 83886080) / (80.6 * 3.2 * 86400))'  ->  29.1735... */
static void days_until_the_limit(void **state)
{
    (void)state;
    struct projection projection = project(80.6, 3.2, 734003200, 83886080);
    assert_near(projection.days, 29.1735, 1e-3);
    assert_near(projection.at_rate_per_second, 3.2, 0);
    assert_near(projection.memory_limit_bytes, 734003200, 0);
    assert_near(projection.bytes_per_day, 80.6 * 3.2 * 86400, 1e-3);
    assert_true(isnan(projection.days_interval.low) && isnan(projection.days_interval.high));
    assert_true(isnan(projection.bytes_per_day_interval.low));
}

/* The fastest growth gives the earliest day: 29.1735 x 80.6 / 81.2 and x 80.6 / 79.9. */
static void the_interval_is_turned_round(void **state)
{
    (void)state;
    struct projection projection =
        projection_make(80.6, (struct interval){79.9, 81.2}, 3.2, 734003200, 83886080);
    assert_near(projection.days_interval.low, 29.1735 * 80.6 / 81.2, 1e-3);
    assert_near(projection.days_interval.high, 29.1735 * 80.6 / 79.9, 1e-3);
    assert_near(projection.bytes_per_day_interval.low, 79.9 * 3.2 * 86400, 1e-3);
    assert_near(projection.bytes_per_day_interval.high, 81.2 * 3.2 * 86400, 1e-3);
}

/* Growth that may be none has a first day and no last one; what surely shrinks has neither. */
static void the_last_day_may_never_come(void **state)
{
    (void)state;
    struct projection maybe = projection_make(10, (struct interval){0, 20}, 1, 86400 * 100, 0);
    assert_near(maybe.days, 10, 1e-9);
    assert_near(maybe.days_interval.low, 5, 1e-9);
    assert_true(isinf(maybe.days_interval.high));
    maybe = projection_make(10, (struct interval){-5, 20}, 1, 86400 * 100, 0);
    assert_true(isinf(maybe.days_interval.high));
    struct projection never = projection_make(-10, (struct interval){-20, -1}, 1, 86400 * 100, 0);
    assert_true(isinf(never.days) && isinf(never.days_interval.low) && isinf(never.days_interval.high));
}

static void without_a_limit_there_is_growth_per_day(void **state)
{
    (void)state;
    struct projection projection = projection_make(512, (struct interval){500, 520}, 3.2, 0, 1e6);
    assert_near(projection.bytes_per_day, 512 * 3.2 * 86400, 1e-3);
    assert_near(projection.bytes_per_day_interval.high, 520 * 3.2 * 86400, 1e-3);
    assert_true(isnan(projection.days) && isnan(projection.days_interval.low));
}

static void what_is_used_may_be_unknown(void **state)
{
    (void)state;
    assert_near(project(100, 10, 86400e3, NAN).days, 1, 1e-9);
}

static void never_and_already(void **state)
{
    (void)state;
    assert_true(isinf(project(0, 10, 1e9, 0).days));
    assert_true(isinf(project(-3, 10, 1e9, 0).days));
    struct projection already = projection_make(10, (struct interval){9, 11}, 1, 1e9, 2e9);
    assert_near(already.days, 0, 0);
    assert_near(already.days_interval.low, 0, 0);
    assert_near(already.days_interval.high, 0, 0);
}

/* What is not known gives no date rather than a wrong one, and never "never". */
static void what_is_not_known_has_no_date(void **state)
{
    (void)state;
    assert_true(isnan(project(NAN, 10, 1e9, 0).days));
    assert_true(isnan(project(NAN, 10, 1e9, 0).bytes_per_day));
    assert_true(isnan(project(10, 1, 0, 0).days));
    struct projection unrecorded = projection_make(10, (struct interval){9, 11}, 0, 1e9, 0);
    assert_true(isnan(unrecorded.days) && isnan(unrecorded.bytes_per_day));
    assert_true(isnan(unrecorded.days_interval.low) && isnan(unrecorded.bytes_per_day_interval.high));
}

/* ---- the share of what production showed ---- */

static struct finding found(double per_day, double low, double high)
{
    struct finding finding = {
        .projection = {.bytes_per_day = per_day, .bytes_per_day_interval = {low, high}}};
    return finding;
}

/* The figures that were published: 5,396 KiB in four days, of 100 MB in three.
 * python3 -c 'print(5396 * 1024 / 4 / (100e6 / 3))'  ->  0.04144... */
static void four_percent_is_not_all(void **state)
{
    (void)state;
    struct observed observed = {.bytes = 100e6, .seconds = 3 * 86400};
    struct finding leak = found(5396 * 1024 / 4.0, 5386 * 1024 / 4.0, 5406 * 1024 / 4.0);
    explained_by_findings(&observed, &leak, 1);
    assert_near(observed.explained, 0.04144, 1e-5);
    assert_near(observed.interval.low, 0.04136, 1e-5);
    assert_near(observed.interval.high, 0.04152, 1e-5);
    assert_true(observed.explained < OBSERVED_EXPLAINED_FROM);
}

static void findings_add_up(void **state)
{
    (void)state;
    struct observed observed = {.bytes = 1e9, .seconds = 86400};
    struct finding leaks[] = {found(6e8, 5e8, 7e8), found(3e8, -1e8, 4e8)};
    explained_by_findings(&observed, leaks, 2);
    assert_near(observed.explained, 0.9, 1e-9);
    assert_near(observed.interval.low, 0.5, 1e-9);
    assert_near(observed.interval.high, 1.1, 1e-9);
}

static void one_without_bytes_leaves_the_whole_unknown(void **state)
{
    (void)state;
    struct observed observed = {.bytes = 1e9, .seconds = 86400};
    struct finding leaks[] = {found(6e8, 5e8, 7e8), found(NAN, NAN, NAN)};
    explained_by_findings(&observed, leaks, 2);
    assert_true(isnan(observed.explained) && isnan(observed.interval.low) && isnan(observed.interval.high));
    leaks[1] = found(1e8, NAN, NAN);
    explained_by_findings(&observed, leaks, 2);
    assert_near(observed.explained, 0.7, 1e-9);
    assert_true(isnan(observed.interval.low));
    explained_by_findings(&observed, NULL, 0);
    assert_true(isnan(observed.explained) && isnan(observed.interval.high));
}

static void nothing_observed_is_nothing_explained(void **state)
{
    (void)state;
    struct observed observed = {0};
    struct finding leak = found(6e8, 5e8, 7e8);
    explained_by_findings(&observed, &leak, 1);
    assert_true(isnan(observed.explained) && isnan(observed.interval.low));
}

static void nothing_found_may_hide_a_part(void **state)
{
    (void)state;
    struct observed observed = {.bytes = 1e9, .seconds = 2 * 86400};
    explained_by_nothing(&observed, 1e8);
    assert_near(observed.explained, 0, 0);
    assert_near(observed.interval.high, 0.2, 1e-9);
    explained_by_nothing(&observed, NAN);
    assert_true(isnan(observed.explained) && isnan(observed.interval.high));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_until_the_limit),
        cmocka_unit_test(the_interval_is_turned_round),
        cmocka_unit_test(the_last_day_may_never_come),
        cmocka_unit_test(without_a_limit_there_is_growth_per_day),
        cmocka_unit_test(what_is_used_may_be_unknown),
        cmocka_unit_test(never_and_already),
        cmocka_unit_test(what_is_not_known_has_no_date),
        cmocka_unit_test(four_percent_is_not_all),
        cmocka_unit_test(findings_add_up),
        cmocka_unit_test(one_without_bytes_leaves_the_whole_unknown),
        cmocka_unit_test(nothing_observed_is_nothing_explained),
        cmocka_unit_test(nothing_found_may_hide_a_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
