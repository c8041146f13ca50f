/* Fixtures computed elsewhere, and the coverage of the mean's interval by seeded simulation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analysis/robust.h"
#include "base/random.h"
#include "numbers.h"

static void median_of_odd_even_and_none(void **state)
{
    (void)state;
    const double values[] = {5, -1, 3, 100};
    assert_near(robust_median(values, 3), 3, 0);
    assert_near(robust_median(values, 4), 4, 0);
    assert_true(isnan(robust_median(values, 0)));
}

/* Student's table (Abramowitz and Stegun, table 26.10), 97.5 and 99.5 %. */
static void student_agrees_with_the_table(void **state)
{
    (void)state;
    static const struct {
        size_t freedom;
        double at_975, at_995;
    } rows[] = {{1, 12.706, 63.657}, {2, 4.303, 9.925}, {3, 3.182, 5.841},  {4, 2.776, 4.604},
                {5, 2.571, 4.032},   {9, 2.262, 3.250}, {20, 2.086, 2.845}, {120, 1.980, 2.617}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_near(robust_student(rows[i].freedom, 1.959964), rows[i].at_975, 0.002 * rows[i].at_975);
        assert_near(robust_student(rows[i].freedom, 2.575829), rows[i].at_995, 0.02 * rows[i].at_995);
    }
}

/* from statistics import mean, stdev; v = [4.1, 3.9, 4.4, 4.0, 4.6]
 * print(mean(v), 2.776 * stdev(v) / sqrt(5))  ->  4.2 0.36194611753685096 */
static void mean_with_students_interval(void **state)
{
    (void)state;
    const double values[] = {4.1, 3.9, 4.4, 4.0, 4.6};
    struct mean mean = robust_mean(values, 5, 0);
    assert_near(mean.value, 4.2, 1e-12);
    assert_near(mean.interval.high - mean.value, 0.36194611753685096, 1e-3);
    assert_near(mean.value - mean.interval.low, 0.36194611753685096, 1e-3);
}

/* Values that happen to be alike are not more exact than the signal: 1.959964 * 2 / sqrt(4). */
static void mean_believes_no_less_than_the_quantum(void **state)
{
    (void)state;
    const double alike[] = {7, 7, 7, 7};
    struct mean mean = robust_mean(alike, 4, 2);
    assert_near(mean.interval.low, 7 - 1.959964, 1e-6);
    assert_near(mean.interval.high, 7 + 1.959964, 1e-6);
    assert_true(isnan(robust_mean(alike, 1, 2).interval.low));
    assert_true(isnan(robust_mean(alike, 0, 2).value));
}

/* The data of Sen's own example (1968). By hand, with python3's standard library:
 *   median(sorted((y[j]-y[i])/(x[j]-x[i]) for i, j in combinations(range(7), 2))) -> 4.0 */
static void slope_of_sens_example(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3, 4, 10, 12, 18}, y[] = {9, 15, 19, 20, 45, 55, 78};
    assert_near(robust_slope(x, y, NULL, 7), 4.0, 1e-12);
}

static void slope_of_a_line_is_exact_and_outliers_do_not_move_it(void **state)
{
    (void)state;
    double x[20], y[20];
    for (size_t i = 0; i < 20; i++) {
        x[i] = 500.0 * (double)i;
        y[i] = 1e6 + 40.3 * x[i];
    }
    assert_near(robust_slope(x, y, NULL, 20), 40.3, 1e-9);
    y[13] += 6e6;
    y[4] -= 6e6;
    assert_near(robust_slope(x, y, NULL, 20), 40.3, 1e-6);
}

static void slope_needs_a_pair_and_stays_within_segments(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3, 4}, y[] = {10, 12, 3, 5};
    const bool begins[] = {false, false, true, false};
    assert_true(isnan(robust_slope(x, y, NULL, 1)));
    assert_near(robust_slope(x, y, begins, 4), 2, 1e-12);
    assert_true(robust_slope(x, y, NULL, 4) < 0);
}

static void slope_thins_long_series(void **state)
{
    (void)state;
    static double x[5000], y[5000];
    for (size_t i = 0; i < 5000; i++) {
        x[i] = (double)i;
        y[i] = 3 * x[i] + (double)(i % 7);
    }
    assert_near(robust_slope(x, y, NULL, 5000), 3, 1e-2);
}

static void mean_covers(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 99);
    for (size_t n = 2; n <= 8; n++) {
        size_t covered = 0, runs = 10000;
        for (size_t run = 0; run < runs; run++) {
            double values[8];
            for (size_t i = 0; i < n; i++)
                values[i] = 3 + 2 * random_normal(&random);
            struct mean mean = robust_mean(values, n, 0.1);
            covered += mean.interval.low <= 3 && 3 <= mean.interval.high;
        }
        assert_near((double)covered / (double)runs, 0.95, 0.008);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(median_of_odd_even_and_none),
        cmocka_unit_test(student_agrees_with_the_table),
        cmocka_unit_test(mean_with_students_interval),
        cmocka_unit_test(mean_believes_no_less_than_the_quantum),
        cmocka_unit_test(slope_of_sens_example),
        cmocka_unit_test(slope_of_a_line_is_exact_and_outliers_do_not_move_it),
        cmocka_unit_test(slope_needs_a_pair_and_stays_within_segments),
        cmocka_unit_test(slope_thins_long_series),
        cmocka_unit_test(mean_covers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
