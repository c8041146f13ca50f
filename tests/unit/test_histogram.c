#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/histogram.h"
#include "base/random.h"

#define MANY 20000

static int by_value(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* Values of every magnitude, against exact sorting: never below, at most 1/64 above. */
static void quantiles_keep_their_bound(void **state)
{
    (void)state;
    static struct histogram histogram;
    static uint64_t values[MANY];
    struct random random;
    random_init(&random, 11);
    memset(&histogram, 0, sizeof histogram);
    for (size_t i = 0; i < MANY; i++) {
        values[i] = random_next(&random) >> random_below(&random, 64);
        histogram_add(&histogram, values[i]);
    }
    qsort(values, MANY, sizeof *values, by_value);
    assert_int_equal(histogram.count, MANY);
    assert_true(histogram.max == values[MANY - 1]);
    for (int permille = 0; permille <= 1000; permille++) {
        double quantile = permille / 1000.0;
        double rank = ceil(quantile * MANY);
        uint64_t exact = values[rank >= 1 ? (size_t)rank - 1 : 0],
                 got = histogram_quantile(&histogram, quantile);
        assert_true(got >= exact);
        assert_true(got - exact <= exact / 64);
    }
}

static void small_values_and_ends_are_exact(void **state)
{
    (void)state;
    static struct histogram histogram;
    memset(&histogram, 0, sizeof histogram);
    assert_int_equal(histogram_quantile(&histogram, 0.5), 0);
    for (uint64_t i = 1; i <= 100; i++)
        histogram_add(&histogram, i);
    assert_int_equal(histogram_quantile(&histogram, 0), 1);
    assert_int_equal(histogram_quantile(&histogram, 0.5), 50);
    assert_int_equal(histogram_quantile(&histogram, 0.99), 99);
    assert_int_equal(histogram_quantile(&histogram, 1), 100);
    histogram_add(&histogram, UINT64_MAX);
    assert_true(histogram_quantile(&histogram, 1) == UINT64_MAX);
}

static void merging_is_adding(void **state)
{
    (void)state;
    static struct histogram one, two, both;
    struct random random;
    random_init(&random, 3);
    memset(&one, 0, sizeof one);
    memset(&two, 0, sizeof two);
    memset(&both, 0, sizeof both);
    for (int i = 0; i < 1000; i++) {
        uint64_t value = random_below(&random, 1000000);
        histogram_add(i % 3 ? &one : &two, value);
        histogram_add(&both, value);
    }
    histogram_merge(&one, &two);
    assert_memory_equal(&one, &both, sizeof one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_keep_their_bound),
        cmocka_unit_test(small_values_and_ends_are_exact),
        cmocka_unit_test(merging_is_adding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
