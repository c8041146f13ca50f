/* The lower envelope of simulated sawteeth: less noise, the same slope. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "analysis/envelope.h"
#include "analysis/robust.h"
#include "base/random.h"
#include "numbers.h"

#define WINDOWS 48

/* A leak under a collector: it frees when `height` has gathered, a period of about so many values. */
struct sawtooth {
    double slope, height, period;
    struct random random;
    double gathered, at;
};

static double next_value(struct sawtooth *saw)
{
    saw->gathered += saw->height / saw->period * (0.5 + random_unit(&saw->random));
    if (saw->gathered >= saw->height)
        saw->gathered = 0;
    return 1e6 + saw->slope * saw->at++ + saw->gathered;
}

/* The level of each window, and the last value in it: what one reading would have been. */
static void levels_of(struct sawtooth *saw, size_t window, double *x, double *levels, double *readings)
{
    struct envelope envelope = {.parts = 0};
    for (size_t i = 0; i < WINDOWS; i++) {
        for (size_t j = 0; j < window; j++)
            envelope_add(&envelope, readings[i] = next_value(saw));
        x[i] = saw->at;
        levels[i] = envelope_level(&envelope);
        envelope_clear(&envelope);
    }
}

/* The root of the mean square of what a line of that slope leaves. */
static double noise_about(const double *x, const double *y, double slope)
{
    double mean = 0, squares = 0;
    for (size_t i = 0; i < WINDOWS; i++)
        mean += (y[i] - slope * x[i]) / WINDOWS;
    for (size_t i = 0; i < WINDOWS; i++)
        squares += pow(y[i] - slope * x[i] - mean, 2) / WINDOWS;
    return sqrt(squares);
}

static void test_noise_falls_and_the_slope_stays(void **state)
{
    (void)state;
    double bias = 0;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        double x[WINDOWS], levels[WINDOWS], readings[WINDOWS];
        struct sawtooth saw = {.slope = 7, .height = 100000, .period = 37, .random = {.state = seed}};
        levels_of(&saw, 100, x, levels, readings); /* 2.7 periods */
        assert_at_most(noise_about(x, levels, saw.slope), noise_about(x, readings, saw.slope) / 10);
        bias += robust_slope(x, levels, NULL, WINDOWS) - saw.slope;
    }
    assert_near(bias / 50, 0, 0.05);
}

/* Too short for a trough in each, it is no worse than one reading. */
static void test_a_short_window_does_no_harm(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        double x[WINDOWS], levels[WINDOWS], readings[WINDOWS];
        struct sawtooth saw = {.slope = 7, .height = 100000, .period = 37, .random = {.state = seed}};
        levels_of(&saw, 13, x, levels, readings);
        assert_at_most(noise_about(x, levels, saw.slope), 1.1 * noise_about(x, readings, saw.slope));
    }
}

static void test_the_latter_half_of_any_length(void **state)
{
    (void)state;
    for (size_t length = 1; length <= 3000; length++) {
        struct envelope envelope = {.parts = 0};
        for (size_t i = 0; i < length; i++)
            envelope_add(&envelope, (double)i);
        double level = envelope_level(&envelope), half = (double)(length / 2), part = (double)length / 8 + 1;
        assert_at_most(half - part, level);
        assert_at_most(level, half + part);
    }
}

static void test_gaps_are_no_values(void **state)
{
    (void)state;
    struct envelope envelope = {.parts = 0};
    assert_true(isnan(envelope_level(&envelope)));
    envelope_add(&envelope, NAN);
    assert_true(isnan(envelope_level(&envelope)));
    envelope_add(&envelope, 5);
    envelope_add(&envelope, NAN);
    assert_near(envelope_level(&envelope), 5, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_noise_falls_and_the_slope_stays),
        cmocka_unit_test(test_a_short_window_does_no_harm),
        cmocka_unit_test(test_the_latter_half_of_any_length),
        cmocka_unit_test(test_gaps_are_no_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
