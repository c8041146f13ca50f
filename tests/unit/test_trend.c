/* A line through levels whose noise wanders: fixtures computed elsewhere, coverage by seeded simulation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analysis/blend.h"
#include "model/result.h"
#include "base/random.h"
#include "numbers.h"

static struct interval at_95(const struct trend *trend, double early_share, double late_share)
{
    struct blend_part parts[TREND_NOISES];
    struct blend blend = {.parts = parts};
    blend_add(&blend, trend, 1, early_share, late_share);
    return (struct interval){blend_quantile(&blend, 0.025), blend_quantile(&blend, 0.975)};
}

/* Student's table (Abramowitz and Stegun, table 26.10), 97.5 %. */
static void one_part_is_students_distribution(void **state)
{
    (void)state;
    static const double rows[][2] = {{4, 2.776}, {5, 2.571}, {9, 2.262}, {20, 2.086}, {120, 1.980}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct blend_part part = {2, 10, 3, rows[i][0]};
        struct blend blend = {&part, 1, 2};
        assert_near(blend_mean(&blend), 10, 1e-12);
        assert_near(blend_quantile(&blend, 0.975), 10 + 3 * rows[i][1], 0.05);
        assert_near(blend_quantile(&blend, 0.025), 10 - 3 * rows[i][1], 0.05);
        assert_near(blend_below(&blend, 10 + 3 * rows[i][1]), 0.975, 0.001);
    }
}

/* What is far apart stays apart: each half of the weight on its side. */
static void a_blend_holds_all_its_parts(void **state)
{
    (void)state;
    struct blend_part parts[] = {{1, 0, 1, 30}, {1, 100, 1, 30}};
    struct blend blend = {parts, 2, 2};
    assert_near(blend_mean(&blend), 50, 1e-12);
    assert_near(blend_below(&blend, 50), 0.5, 1e-6);
    assert_true(blend_quantile(&blend, 0.025) > -3 && blend_quantile(&blend, 0.025) < 0);
    assert_true(blend_quantile(&blend, 0.975) < 103 && blend_quantile(&blend, 0.975) > 100);
}

static void a_line_is_found_in_one_piece_and_in_two(void **state)
{
    (void)state;
    double x[24], y[24];
    for (size_t i = 0; i < 24; i++) {
        x[i] = 100.0 * (double)i;
        y[i] = 5e5 + 40 * x[i] + (double)(i % 3);
    }
    struct trend_series series = {x, y, 24, NULL, 0};
    for (size_t pieces = 1; pieces <= 2; pieces++) {
        struct trend trend = trend_fit(&series, pieces);
        assert_int_equal(trend.freedom, 24 - 1 - pieces);
        assert_near(trend.fits[0].late, 40, 0.01);
        assert_near(trend.fits[0].early, 40, 0.01);
    }
}

/* Each segment begins at a level of its own, and its halves are its own. */
static void segments_are_pooled(void **state)
{
    (void)state;
    double x[24], y[24];
    bool begins[24] = {false};
    for (size_t i = 0; i < 24; i++) {
        double since = (double)(i % 8);
        x[i] = 100.0 * (double)i;
        y[i] = 1e6 / (1 + (double)(i / 8)) + 100 * (since < 3.5 ? 7 * since : 24.5 + 2 * (since - 3.5));
        begins[i] = i > 0 && i % 8 == 0;
    }
    struct trend trend = trend_fit(&(struct trend_series){x, y, 24, begins, 0}, 2);
    assert_int_equal(trend.freedom, 24 - 3 - 2);
    assert_near(trend.fits[0].early, 7, 0.01);
    assert_near(trend.fits[0].late, 2, 0.01);
}

static void too_few_readings_are_none(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3, 4}, y[] = {1, 2, 3, 4};
    const bool begins[] = {false, false, true, false};
    assert_int_equal(trend_fit(&(struct trend_series){x, y, 3, NULL, 0}, 1).freedom, 0);
    assert_int_equal(trend_fit(&(struct trend_series){x, y, 4, begins, 0}, 1).freedom, 0);
    assert_int_equal(trend_fit(&(struct trend_series){x, y, 0, NULL, 0}, 1).freedom, 0);
    struct interval interval = at_95(&(struct trend){.freedom = 0}, 0, 1);
    assert_true(isnan(interval.low));
}

/* A ramp that ends beside a line: with the ramp taken off the line is what it is, and the readings prefer it so. */
static void a_shape_is_taken_off(void **state)
{
    (void)state;
    double x[32], y[32], ramp[32];
    struct random random;
    random_init(&random, 4);
    for (size_t i = 0; i < 32; i++) {
        x[i] = 100.0 * (double)i;
        ramp[i] = fmin((double)i / 12, 1);
        y[i] = 3 * x[i] + 9000 * ramp[i] + 20 * random_normal(&random);
    }
    struct trend_series series = {x, y, 32, NULL, 0};
    struct trend line = trend_beside(&series, NULL), beside = trend_beside(&series, ramp);
    struct interval interval = at_95(&beside, 0, 1);
    assert_true(interval.low < 3 && 3 < interval.high && interval.high - interval.low < 0.5);
    assert_true(beside.evidence > line.evidence + 10);
}

/* Nothing can be told of either: neither a crash nor a rate. */
static void a_shape_that_is_a_line_weighs_nothing(void **state)
{
    (void)state;
    double x[12], y[12], flat[12] = {0};
    for (size_t i = 0; i < 12; i++) {
        x[i] = (double)i;
        y[i] = 5 * x[i];
    }
    struct trend_series series = {x, y, 12, NULL, 0};
    struct trend alike = trend_beside(&series, x), nothing = trend_beside(&series, flat);
    assert_true(isinf(alike.evidence) && alike.evidence < 0);
    assert_true(isinf(nothing.evidence) && nothing.evidence < 0);
    assert_true(isnan(at_95(&alike, 0, 1).low));
}

/* Share of `runs` series whose interval holds the true slope; phi: autocorrelation of the noise, 1: a walk. */
static double coverage(size_t n, double phi, size_t runs)
{
    double x[64], y[64], slope = 0.5;
    size_t covered = 0;
    struct random random;
    random_init(&random, 20240 + n);
    for (size_t run = 0; run < runs; run++) {
        double noise = random_normal(&random) / (phi < 1 ? sqrt(1 - phi * phi) : 1);
        for (size_t i = 0; i < n; i++, noise = phi * noise + random_normal(&random)) {
            x[i] = 100.0 * (double)i;
            y[i] = slope * x[i] + noise;
        }
        struct trend trend = trend_fit(&(struct trend_series){x, y, n, NULL, 0}, 1);
        struct interval interval = at_95(&trend, 0, 1);
        covered += interval.low <= slope && slope <= interval.high;
    }
    return (double)covered / (double)runs;
}

static void intervals_cover(void **state)
{
    (void)state;
    static const size_t counts[] = {9, 16, 36};
    static const double phis[] = {0, 0.3, 0.6, 0.9, 1};
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 5; j++) {
            double covered = coverage(counts[i], phis[j], 1000);
            print_message("%2zu readings, autocorrelation %.1f: covered %.1f %%\n", counts[i], phis[j],
                          100 * covered);
            assert_at_most(0.85, covered);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_part_is_students_distribution),
        cmocka_unit_test(a_blend_holds_all_its_parts),
        cmocka_unit_test(a_line_is_found_in_one_piece_and_in_two),
        cmocka_unit_test(segments_are_pooled),
        cmocka_unit_test(too_few_readings_are_none),
        cmocka_unit_test(a_shape_is_taken_off),
        cmocka_unit_test(a_shape_that_is_a_line_weighs_nothing),
        cmocka_unit_test(intervals_cover),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
