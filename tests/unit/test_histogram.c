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

/* Microseconds, as requests take them and as they do not. */
static uint64_t any_magnitude(struct random *random)
{
    return random_next(random) >> (64 - HISTOGRAM_LIMIT_BITS + random_below(random, HISTOGRAM_LIMIT_BITS));
}

static uint64_t uniform(struct random *random)
{
    return random_below(random, 5000);
}

static uint64_t log_normal(struct random *random)
{
    return (uint64_t)exp(6.5 + 1.2 * random_normal(random));
}

static uint64_t heavy_tail(struct random *random) /* Pareto, index 1: no mean */
{
    return (uint64_t)fmin(150 / (1 - random_unit(random) * 0.9999999), 1e10);
}

static uint64_t two_peaks(struct random *random) /* a cache that hits, and one that misses */
{
    return random_below(random, 10) > 0 ? 180 + random_below(random, 40)
                                        : 90000 + random_below(random, 30000);
}

static uint64_t one_value(struct random *random)
{
    (void)random;
    return 4097;
}

static uint64_t powers(struct random *random) /* where buckets begin and end */
{
    return (UINT64_C(1) << random_below(random, HISTOGRAM_LIMIT_BITS)) - random_below(random, 2);
}

static uint64_t (*const distributions[])(struct random *random) = {
    any_magnitude, uniform, log_normal, heavy_tail, two_peaks, one_value, powers,
};

/* Against exact sorting: never below, at most 1/64 above. */
static void quantiles_keep_their_bound(void **state)
{
    (void)state;
    static uint64_t values[MANY];
    for (size_t d = 0; d < sizeof distributions / sizeof distributions[0]; d++) {
        struct histogram histogram = {0};
        struct random random;
        random_init(&random, 11);
        for (size_t i = 0; i < MANY; i++) {
            values[i] = distributions[d](&random);
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
        histogram_release(&histogram);
    }
}

static void small_values_and_ends_are_exact(void **state)
{
    (void)state;
    struct histogram histogram = {0};
    assert_int_equal(histogram_quantile(&histogram, 0.5), 0);
    for (uint64_t i = 1; i <= 100; i++)
        histogram_add(&histogram, i);
    assert_int_equal(histogram_quantile(&histogram, 0), 1);
    assert_int_equal(histogram_quantile(&histogram, 0.5), 50);
    assert_int_equal(histogram_quantile(&histogram, 0.99), 99);
    assert_int_equal(histogram_quantile(&histogram, 1), 100);
    histogram_release(&histogram);
}

/* What is too long for any bucket still counts, as the highest. */
static void values_above_the_limit_count_as_the_highest(void **state)
{
    (void)state;
    struct histogram histogram = {0};
    histogram_add(&histogram, 7);
    histogram_add(&histogram, HISTOGRAM_LIMIT - 1);
    histogram_add(&histogram, HISTOGRAM_LIMIT);
    histogram_add(&histogram, UINT64_MAX);
    assert_int_equal(histogram.count, 4);
    assert_int_equal(histogram_quantile(&histogram, 0.25), 7);
    assert_true(histogram_quantile(&histogram, 0.5) == UINT64_MAX);
    assert_true(histogram_quantile(&histogram, 1) == UINT64_MAX);
    histogram_release(&histogram);
}

static void a_full_bucket_takes_no_more(void **state)
{
    (void)state;
    struct histogram histogram = {0};
    histogram_add(&histogram, 5);
    histogram.groups[0][5] = UINT32_MAX;
    histogram.count = UINT32_MAX;
    histogram_add(&histogram, 5);
    assert_true(histogram.count == UINT32_MAX && histogram.groups[0][5] == UINT32_MAX);
    histogram_release(&histogram);
}

static void merging_is_adding(void **state)
{
    (void)state;
    struct histogram one = {0}, two = {0}, both = {0};
    struct random random;
    random_init(&random, 3);
    for (int i = 0; i < 1000; i++) {
        uint64_t value = any_magnitude(&random);
        histogram_add(i % 3 ? &one : &two, value);
        histogram_add(&both, value);
    }
    histogram_merge(&one, &two);
    assert_int_equal(one.count, both.count);
    assert_true(one.max == both.max);
    for (size_t group = 0; group < HISTOGRAM_GROUPS; group++) {
        assert_int_equal(one.groups[group] == NULL, both.groups[group] == NULL);
        if (one.groups[group] != NULL)
            assert_memory_equal(one.groups[group], both.groups[group], 64 * sizeof(uint32_t));
    }
    histogram_release(&one), histogram_release(&two), histogram_release(&both);
    assert_int_equal(both.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_keep_their_bound),
        cmocka_unit_test(small_values_and_ends_are_exact),
        cmocka_unit_test(values_above_the_limit_count_as_the_highest),
        cmocka_unit_test(a_full_bucket_takes_no_more),
        cmocka_unit_test(merging_is_adding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
