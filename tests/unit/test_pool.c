/* Levels of many processes in one: those that come and go make no growth, and hide none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "sample/pool.h"

static bool is(double got, double wanted)
{
    return !(got < wanted) && !(got > wanted);
}

static void test_a_sum_at_first(void **state)
{
    (void)state;
    struct pool pool = {0};
    pool_reset(&pool);
    assert_true(isnan(pool_level(&pool)));
    pool_add(&pool, 1, 10, 100);
    pool_add(&pool, 2, 20, 50);
    assert_true(is(pool_level(&pool), 150));
    pool_add(&pool, 1, 10, 100);
    assert_true(pool_lost(&pool, 2, 20) && !pool_lost(&pool, 2, 21) && !pool_lost(&pool, 1, 10));
    pool_release(&pool);
}

static void test_a_replaced_worker_cuts_its_own_series(void **state)
{
    (void)state;
    struct pool pool = {0};
    pool_reset(&pool);
    pool_add(&pool, 1, 10, 100);
    pool_add(&pool, 2, 20, 50);
    pool_level(&pool);
    pool_add(&pool, 1, 10, 107);
    pool_add(&pool, 3, 30, 20); /* in place of 2 */
    assert_true(is(pool_level(&pool), 157));
    pool_add(&pool, 1, 10, 107);
    pool_add(&pool, 3, 30, 25);
    assert_true(is(pool_level(&pool), 162));
    pool_add(&pool, 3, 31, 900); /* the number again, another process */
    assert_true(is(pool_level(&pool), 162));
    pool_release(&pool);
}

static void test_a_reading_that_failed_changes_nothing(void **state)
{
    (void)state;
    struct pool pool = {0};
    pool_reset(&pool);
    pool_add(&pool, 1, 10, 100);
    pool_level(&pool);
    pool_add(&pool, 9, 90, 1e9);
    pool_give_up(&pool);
    assert_true(isnan(pool_level(&pool)));
    assert_true(pool_lost(&pool, 1, 10) && !pool_lost(&pool, 9, 90));
    pool_add(&pool, 1, 10, 130);
    assert_true(is(pool_level(&pool), 130));
    pool_release(&pool);
}

/* Many members, so that both lists grow. */
static void test_a_constant_leak_in_workers_that_come_and_go(void **state)
{
    (void)state;
    struct pool pool = {0};
    double level = 0, first = 0;
    pool_reset(&pool);
    for (int reading = 0; reading < 50; reading++) {
        for (int worker = 0; worker < 40; worker++) { /* one in forty is new at each reading */
            int born = worker <= reading % 40 ? reading / 40 * 40 + worker : (reading / 40 - 1) * 40 + worker;
            pool_add(&pool, 100 + worker, (uint64_t)(1000 + born), 10.0 * (reading - born));
        }
        level = pool_level(&pool);
        first = reading == 0 ? level : first;
    }
    assert_true(is(level - first, 49 * 39 * 10)); /* 39 of 40 were there before, each gains 10 */
    pool_release(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sum_at_first),
        cmocka_unit_test(test_a_replaced_worker_cuts_its_own_series),
        cmocka_unit_test(test_a_reading_that_failed_changes_nothing),
        cmocka_unit_test(test_a_constant_leak_in_workers_that_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
