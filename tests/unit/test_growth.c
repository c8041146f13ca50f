/* The verdict on curves whose truth is plain to see; seeded simulation is in test_growth_shapes.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analysis/growth.h"
#include "base/random.h"
#include "numbers.h"

#define OBJECTS_FLOOR 0.02
#define RSS_FLOOR 16

/* Readings 100 requests apart. */
static struct growth_answer judge_levels(const double *y, size_t count)
{
    double x[64];
    for (size_t i = 0; i < count; i++)
        x[i] = 100 * (double)i;
    struct growth_question question = {.requests = x,
                                       .levels = y,
                                       .count = count,
                                       .floor = OBJECTS_FLOOR,
                                       .collected = true,
                                       .dead_zone = 0};
    return growth_judge(&question);
}

static void a_line_grows(void **state)
{
    (void)state;
    double y[17];
    for (size_t i = 0; i < 17; i++)
        y[i] = 5000 + 100 * (double)i;
    struct growth_answer answer = judge_levels(y, 17);
    char text[128];
    assert_int_equal(answer.verdict, VERDICT_GROWTH);
    assert_int_equal(answer.shape, TREND_LINEAR);
    assert_near(answer.per_request, 1, 1e-9);
    assert_near(answer.interval.low, 1, 1e-6);
    assert_near(answer.interval.high, 1, 1e-6);
    assert_string_equal(growth_describe(&answer, text), "grows as fast at the end as before");
}

/* Whatever rounding leaves of it, and where that is nothing at all. */
static void a_line_without_any_noise_grows_at_every_distance(void **state)
{
    (void)state;
    static const double rates[] = {0.25, 1, 3, 40.7, 4096};
    double x[17], y[17];
    struct growth_question question = {
        .requests = x, .levels = y, .count = 17, .floor = OBJECTS_FLOOR, .collected = true};
    for (size_t distance = 1; distance <= 600; distance++)
        for (size_t k = 0; k < sizeof rates / sizeof rates[0]; k++) {
            for (size_t i = 0; i < 17; i++) {
                x[i] = (double)(distance * i);
                y[i] = 165 + rates[k] * x[i];
            }
            struct growth_answer answer = growth_judge(&question);
            assert_int_equal(answer.verdict, VERDICT_GROWTH);
            assert_near(answer.interval.low, rates[k], 1e-6 * rates[k]);
            assert_near(answer.interval.high, rates[k], 1e-6 * rates[k]);
        }
}

static void a_constant_does_not(void **state)
{
    (void)state;
    double y[17] = {0};
    struct growth_answer answer = judge_levels(y, 17);
    assert_int_equal(answer.verdict, VERDICT_NO_GROWTH);
    assert_int_equal(answer.shape, TREND_FLAT);
    assert_near(answer.per_request, 0, 1e-12);
    assert_at_most(answer.smallest_detectable, 2 * OBJECTS_FLOOR);
    assert_at_most(OBJECTS_FLOOR, answer.smallest_detectable);
}

static void a_ring_stops_where_it_is_full(void **state)
{
    (void)state;
    double y[17];
    char text[128];
    for (size_t i = 0; i < 17; i++)
        y[i] = 100 * fmin((double)i, 6);
    struct growth_answer answer = judge_levels(y, 17);
    assert_int_equal(answer.verdict, VERDICT_NO_GROWTH);
    assert_int_equal(answer.shape, TREND_STOPPED);
    assert_near(answer.stopped_after, 600, 0);
    assert_string_equal(growth_describe(&answer, text), "stopped growing after 600 requests");
}

/* A ring that fills until reading 14 of 16 is not growth, nor shown to have stopped. */
static void a_stop_at_the_very_end_is_open(void **state)
{
    (void)state;
    double y[17];
    for (size_t i = 0; i < 17; i++)
        y[i] = 100 * fmin((double)i, 14);
    assert_int_equal(judge_levels(y, 17).verdict, VERDICT_INCONCLUSIVE);
}

/* A table that doubles pauses twice as long each time: quiet is no proof, and
 * four steps are none of growth. */
static void a_table_that_doubles_is_open(void **state)
{
    (void)state;
    for (size_t count = 12; count <= 48; count++) {
        double y[48], room = 3;
        for (size_t i = 0; i < count; i++) {
            while (room < (double)i)
                room *= 2;
            y[i] = 1000 * room;
        }
        assert_int_equal(judge_levels(y, count).verdict, VERDICT_INCONCLUSIVE);
    }
}

/* One object a request, and tables that are laid out anew in three of the first 24 windows; `until`: the window in which
 * requests keep their last. */
static struct growth_answer tables_beside(double until)
{
    double y[41], tables = 0;
    struct random chance;
    random_init(&chance, 7);
    for (size_t i = 0; i < 41; i++) {
        tables += i == 8 || i == 17 || i == 24 ? 800 : 0;
        y[i] = 5000 + 100 * fmin((double)i, until) + tables + 20 * random_unit(&chance);
    }
    return judge_levels(y, 41);
}

static void tables_that_double_do_not_hide_what_goes_on(void **state)
{
    (void)state;
    struct growth_answer goes_on = tables_beside(INFINITY), stops = tables_beside(30);
    assert_int_equal(goes_on.verdict, VERDICT_GROWTH);
    assert_true(goes_on.interval.low <= 1 && goes_on.interval.high >= 1);
    assert_int_not_equal(stops.verdict, VERDICT_GROWTH);
}

/* One object that gets longer, 8 bytes a call, by an eighth at a time: growth or
 * open, and growth in the long run. */
static void a_list_that_grows_is_not_called_flat(void **state)
{
    (void)state;
    size_t grows = 0;
    for (size_t count = 9; count <= 48; count++) {
        double x[48], y[48], room = 30;
        for (size_t i = 0; i < count; i++) {
            x[i] = 625 * (double)i;
            while (room < x[i])
                room *= 1.125;
            y[i] = 8 * room;
        }
        struct growth_question question = {
            .requests = x, .levels = y, .count = count, .floor = 1, .collected = true, .dead_zone = 0};
        enum verdict verdict = growth_judge(&question).verdict;
        assert_int_not_equal(verdict, VERDICT_NO_GROWTH);
        grows += verdict == VERDICT_GROWTH;
    }
    print_message("a list alone: growth in %zu of 40 lengths\n", grows);
    assert_true(grows >= 20);
}

/* A buffer that gets room for more at every so many calls: a pause as long as the one before is no end, wherever the readings stop. */
static void steps_that_go_on_are_not_called_flat(void **state)
{
    (void)state;
    for (size_t count = 9; count <= 33; count += 2)
        for (size_t apart = 2; 2 * apart < count; apart++)
            for (size_t phase = 0; phase < apart; phase++) {
                double y[33];
                struct random random;
                random_init(&random, count * 100 + apart);
                for (size_t i = 0; i < count; i++)
                    y[i] = 5000 + 300 * (double)((i + phase) / apart) + (double)random_below(&random, 3);
                assert_int_not_equal(judge_levels(y, count).verdict, VERDICT_NO_GROWTH);
            }
}

static void growth_that_only_makes_up_for_a_fall_is_none(void **state)
{
    (void)state;
    double y[25];
    for (size_t i = 0; i < 25; i++)
        y[i] = i < 12 ? 5000 : 100 * (double)i;
    assert_int_not_equal(judge_levels(y, 25).verdict, VERDICT_GROWTH);
}

static void gaps_are_left_out_and_short_series_are_open(void **state)
{
    (void)state;
    double y[17];
    char text[128];
    for (size_t i = 0; i < 17; i++)
        y[i] = i % 5 == 3 ? NAN : 100 * (double)i;
    assert_int_equal(judge_levels(y, 17).verdict, VERDICT_GROWTH);
    assert_int_equal(judge_levels(y, 9).shape, TREND_SHORT);
    for (size_t i = 0; i < 17; i++)
        y[i] = 100 * (double)i;
    assert_int_equal(judge_levels(y, 9).verdict, VERDICT_GROWTH);
    struct growth_answer answer = judge_levels(y, 8);
    assert_int_equal(answer.verdict, VERDICT_INCONCLUSIVE);
    assert_true(isnan(answer.per_request) && isnan(answer.smallest_detectable));
    assert_string_equal(growth_describe(&answer, text), "too few readings to tell");
    assert_int_equal(judge_levels(y, 0).shape, TREND_SHORT);
}

/* 33 B per request of RSS, above the floor from the first window to the last, but below what the dead zone hides. */
static void a_rise_within_the_dead_zone_is_not_called_flat(void **state)
{
    (void)state;
    double x[17], y[17];
    for (size_t i = 0; i < 17; i++) {
        x[i] = 500 * (double)i;
        y[i] = 4096 * floor(33 * x[i] / 4096);
    }
    struct growth_question question = {
        .requests = x, .levels = y, .count = 17, .floor = RSS_FLOOR, .collected = false, .dead_zone = 200000};
    assert_int_not_equal(growth_judge(&question).verdict, VERDICT_NO_GROWTH);
}

/* A run ends between two readings: its last window is short. */
static void a_short_last_window_changes_nothing(void **state)
{
    (void)state;
    double x[32], y[32];
    for (size_t i = 0; i < 32; i++) {
        x[i] = i < 31 ? 200 * (double)i : 30 * 200 + 20;
        y[i] = 1000 + x[i];
    }
    struct growth_question question = {
        .requests = x, .levels = y, .count = 32, .floor = 0.02, .collected = true, .dead_zone = 0};
    struct growth_answer answer = growth_judge(&question);
    assert_int_equal(answer.verdict, VERDICT_GROWTH);
    assert_true(fabs(answer.per_request - 1) < 1e-6);
}

/* What RSS could not have shown: two dead zones over the requests,
 * 2 x 200,000 / 8,000 = 50 B above the floor. */
static void a_dead_zone_is_in_the_answer(void **state)
{
    (void)state;
    double x[17], y[17] = {0};
    for (size_t i = 0; i < 17; i++)
        x[i] = 500 * (double)i;
    struct growth_question question = {
        .requests = x, .levels = y, .count = 17, .floor = RSS_FLOOR, .collected = false, .dead_zone = 200000};
    struct growth_answer answer = growth_judge(&question);
    assert_int_equal(answer.verdict, VERDICT_NO_GROWTH);
    assert_at_most(RSS_FLOOR + 50, answer.smallest_detectable);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_grows),
        cmocka_unit_test(a_line_without_any_noise_grows_at_every_distance),
        cmocka_unit_test(a_constant_does_not),
        cmocka_unit_test(a_ring_stops_where_it_is_full),
        cmocka_unit_test(a_stop_at_the_very_end_is_open),
        cmocka_unit_test(a_table_that_doubles_is_open),
        cmocka_unit_test(tables_that_double_do_not_hide_what_goes_on),
        cmocka_unit_test(a_list_that_grows_is_not_called_flat),
        cmocka_unit_test(steps_that_go_on_are_not_called_flat),
        cmocka_unit_test(growth_that_only_makes_up_for_a_fall_is_none),
        cmocka_unit_test(gaps_are_left_out_and_short_series_are_open),
        cmocka_unit_test(a_rise_within_the_dead_zone_is_not_called_flat),
        cmocka_unit_test(a_short_last_window_changes_nothing),
        cmocka_unit_test(a_dead_zone_is_in_the_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
