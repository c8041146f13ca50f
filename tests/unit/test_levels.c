/* Levels that are thinned as a run goes on; our own readings among them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <cmocka.h>

#include "flow/levels.h"
#include "numbers.h"

#define RATE 100.0 /* requests per second */
#define OWN 3.0    /* what a reading of ours adds */

static const struct decider decider = {
    .index = 1, .name = "live_bytes", .floor = 1, .collected = true, .per_read = OWN};

/* Rows of two signals; the second gains `rate` per request, and OWN per reading. */
static void add(struct levels *levels, size_t rows, double step, double rate, size_t *read)
{
    double from = levels->count > 0 ? levels->requests[levels->count - 1] : 0;
    for (size_t i = 1; i <= rows; i++) {
        double requests = from + step * (double)i;
        double values[2] = {0, 1000 + rate * requests + OWN * (double)(*read)++};
        levels_add(levels, requests, requests / RATE, values);
    }
}

static void every_second_row_stays_and_the_last(void **state)
{
    (void)state;
    for (size_t rows = 1; rows <= 5; rows++) {
        struct levels levels;
        size_t read = 0;
        levels_init(&levels, 2);
        add(&levels, rows, 10, 1, &read);
        levels_thin(&levels);
        assert_int_equal(levels.count, (rows + 1) / 2);
        assert_near(levels.requests[levels.count - 1], 10 * (double)rows, 0);
        for (size_t i = 1; i < levels.count; i++)
            assert_near(levels.requests[i] - levels.requests[i - 1], 20, 0);
        levels_release(&levels);
    }
    struct levels none;
    levels_init(&none, 2);
    levels_thin(&none);
    assert_int_equal(none.count, 0);
    levels_release(&none);
}

/* A run that doubles: a bounded number of rows, evenly apart, and no more growth than there is. */
static void what_was_thinned_keeps_its_own_readings(void **state)
{
    (void)state;
    struct levels levels;
    size_t read = 0;
    double step = 10;
    levels_init(&levels, 2);
    add(&levels, 48, step, 0, &read);
    for (size_t doubling = 0; doubling < 6; doubling++) {
        levels_thin(&levels);
        add(&levels, 24, step *= 2, 0, &read);
        assert_int_equal(levels.count, 48);
        assert_near(levels_gain(&levels, 0, 47, &decider), 0, 1e-9);
        assert_near(levels.requests[47] - levels.requests[0], 47 * step, 1e-9);
    }
    assert_int_equal(levels_judge(&levels, &decider).verdict, VERDICT_NO_GROWTH);
    levels_release(&levels);
}

static void cuts_move_with_their_rows(void **state)
{
    (void)state;
    struct levels levels;
    size_t read = 0;
    levels_init(&levels, 2);
    add(&levels, 4, 10, 0, &read);
    levels_cut(&levels); /* before the fifth */
    add(&levels, 3, 10, 0, &read);
    levels_cut(&levels); /* before the eighth */
    add(&levels, 3, 10, 0, &read);
    levels_thin(&levels); /* 20, 40, 60, 80, 100 */
    assert_int_equal(levels.count, 5);
    assert_int_equal(levels.cut_count, 2);
    assert_near(levels.requests[levels.cuts[0]], 60, 0);
    assert_near(levels.requests[levels.cuts[1]], 80, 0);
    levels_thin(&levels); /* 20, 60, 100 */
    assert_int_equal(levels.cut_count, 2);
    assert_near(levels.requests[levels.cuts[0]], 60, 0);
    assert_near(levels.requests[levels.cuts[1]], 100, 0);
    levels_thin(&levels); /* 20, 100: both are between these */
    assert_int_equal(levels.cut_count, 1);
    assert_int_equal(levels.cuts[0], 1);
    levels_release(&levels);
}

/* A timer that adds 500 per second is no growth of requests; steps across cuts are no time. */
static void what_time_adds_is_taken_off(void **state)
{
    (void)state;
    struct levels levels;
    size_t read = 0;
    struct decider timed = decider;
    timed.per_second = 500;
    levels_init(&levels, 2);
    add(&levels, 24, 10, 5, &read);
    assert_near(levels_gain(&levels, 0, 23, &decider), 1150, 1e-9);
    assert_near(levels_gain(&levels, 0, 23, &timed), 0, 1e-9);
    assert_int_equal(levels_judge(&levels, &decider).verdict, VERDICT_GROWTH);
    assert_int_equal(levels_judge(&levels, &timed).verdict, VERDICT_NO_GROWTH);
    levels_thin(&levels);
    assert_near(levels_gain(&levels, 0, 11, &timed), 0, 1e-9);
    levels_cut(&levels);
    add(&levels, 1, 10, 5, &read);
    levels.readings[12] = levels.readings[11]; /* what the cut hides is neither time's nor a reading's */
    assert_near(levels_gain(&levels, 0, 12, &timed), 0, 1e-9);
    levels_release(&levels);
}

/* Rows 188 requests apart, as they were read. */
static void put(struct levels *levels, const double *column, size_t count)
{
    levels_init(levels, 2);
    for (size_t i = 0; i < count; i++)
        levels_add(levels, 188 * (double)i, (double)i, (const double[]){0, column[i]});
    for (size_t i = 0; i < count; i++)
        levels->readings[i] = 0;
}

/* Of a server whose connections were being closed and opened while the first was read: it keeps 64 bytes per request. */
static void one_reading_too_high_makes_nothing_calm(void **state)
{
    (void)state;
    static const double read[] = {9328864, 9011696, 9027808, 9028000, 9044720};
    struct levels levels;
    struct decider coarse = decider;
    coarse.quantum = 64;
    put(&levels, read, 5);
    assert_true(levels_gain(&levels, 0, 4, &coarse) < 0);
    assert_false(levels_calm(&levels, 0, 4, &coarse, 1));
    assert_true(levels_calm(&levels, 2, 3, &coarse, 1.1));
    assert_false(levels_calm(&levels, 2, 3, &coarse, 0.5));
    levels_release(&levels);
    put(&levels, (const double[]){9328864, 9011696, 9011700, 9011690, 9011720}, 5);
    assert_true(levels_calm(&levels, 0, 4, &coarse, 1));
    levels_release(&levels);
    put(&levels, (const double[]){1, 1, NAN, 1}, 4);
    assert_false(levels_calm(&levels, 0, 3, &coarse, 1));
    levels_release(&levels);
}

/* A buffer that takes an eighth more whenever it is full: four windows between two steps, and four calm ones after. */
static void a_pause_as_long_as_the_last_is_no_rest(void **state)
{
    (void)state;
    static const double read[] = {9294928, 9294928, 9344016, 9344640, 9344992, 9344640,
                                  9397760, 9397888, 9398416, 9397856, 9398544};
    struct levels levels;
    struct decider coarse = decider;
    coarse.quantum = 64;
    put(&levels, read, 11);
    assert_true(levels_calm(&levels, 6, 10, &coarse, 1));
    assert_false(levels_rest(&levels, &coarse, 1));
    levels_release(&levels);
    double filled[17] = {0};
    for (size_t i = 0; i < 17; i++)
        filled[i] = i < 4 ? 10000 * (double)i : 40000 + (double)(i % 2);
    put(&levels, filled, 8);
    assert_true(levels_rest(&levels, &coarse, 1));
    levels_release(&levels);
    put(&levels, filled + 4, 13);
    assert_true(levels_rest(&levels, &coarse, 1));
    levels_release(&levels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_second_row_stays_and_the_last),
        cmocka_unit_test(what_was_thinned_keeps_its_own_readings),
        cmocka_unit_test(cuts_move_with_their_rows),
        cmocka_unit_test(what_time_adds_is_taken_off),
        cmocka_unit_test(one_reading_too_high_makes_nothing_calm),
        cmocka_unit_test(a_pause_as_long_as_the_last_is_no_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
