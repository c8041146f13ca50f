/* The screen and the settling rule: fixtures, then seeded simulation of what a server does block by block. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <cmocka.h>

#include "analysis/screen.h"
#include "base/random.h"
#include "numbers.h"

#define RUNS 2000
#define FLOOR 0.02 /* objects per request */
#define QUANTUM 2.0
#define PASSES_LEAST 3 /* as flow/hunt_warm.c asks */
#define PASSES_MOST 12

static double percent(size_t hits)
{
    return 100.0 * (double)hits / RUNS;
}

static void three_answers(void **state)
{
    (void)state;
    const double grows[] = {240, 241, 239}, flat[] = {1, 0, -1}, wild[] = {300, -280, 40};
    assert_int_equal(screen_judge(grows, 3, 240, FLOOR, QUANTUM).answer, SCREEN_GROWS);
    assert_near(screen_judge(grows, 3, 240, FLOOR, QUANTUM).per_request, 1, 1e-12);
    assert_int_equal(screen_judge(flat, 3, 240, FLOOR, QUANTUM).answer, SCREEN_CLEAR);
    assert_int_equal(screen_judge(wild, 3, 240, FLOOR, QUANTUM).answer, SCREEN_UNKNOWN);
}

/* Zeros over few calls show nothing finer than the quantum: 1.96 x 2 / (60 sqrt 3) = 0.038 objects. */
static void no_block_is_finer_than_the_quantum(void **state)
{
    (void)state;
    const double zeros[] = {0, 0, 0};
    struct screen_result result = screen_judge(zeros, 3, 60, FLOOR, QUANTUM);
    assert_int_equal(result.answer, SCREEN_UNKNOWN);
    assert_near(result.interval.high, 1.959964 * QUANTUM / 60 / sqrt(3), 1e-9);
    assert_int_equal(screen_judge(zeros, 3, 240, FLOOR, QUANTUM).answer, SCREEN_CLEAR);
}

static void gaps_leave_too_little(void **state)
{
    (void)state;
    const double gaps[] = {240, NAN, NAN};
    assert_int_equal(screen_judge(gaps, 3, 240, FLOOR, QUANTUM).answer, SCREEN_UNKNOWN);
    assert_int_equal(screen_judge(gaps, 0, 240, FLOOR, QUANTUM).answer, SCREEN_UNKNOWN);
}

/* Three blocks between four noisy readings; `rate` objects a call are kept, and
 * `ring` calls of growth are left. */
static enum screen_answer screen_once(struct random *random, double calls, double rate, double ring)
{
    double gains[3], noise = 1 + 2 * random_unit(random), level[4];
    for (size_t i = 0; i < 4; i++)
        level[i] = round(rate * fmin((double)i * calls, ring) + noise * random_normal(random));
    for (size_t i = 0; i < 3; i++)
        gains[i] = level[i + 1] - level[i];
    return screen_judge(gains, 3, calls, FLOOR, QUANTUM).answer;
}

static void screen_many(double calls, double rate, double ring, size_t answers[3])
{
    struct random random;
    random_init(&random, 4242);
    answers[0] = answers[1] = answers[2] = 0;
    for (size_t run = 0; run < RUNS; run++)
        answers[screen_once(&random, calls, rate, ring)]++;
    print_message("%4.0f calls, %.2f objects a call for %5.0f: clear %.1f, grows %.1f, unknown %.1f %%\n",
                  calls, rate, fmin(ring, 9999), percent(answers[SCREEN_CLEAR]),
                  percent(answers[SCREEN_GROWS]), percent(answers[SCREEN_UNKNOWN]));
}

static void what_is_flat_is_no_suspect_and_what_grows_is_never_clear(void **state)
{
    (void)state;
    size_t answers[3];
    static const double calls[] = {60, 240, 960};
    for (size_t i = 0; i < 3; i++) {
        screen_many(calls[i], 0, INFINITY, answers);
        assert_at_most(percent(answers[SCREEN_GROWS]), 1);
        screen_many(calls[i], 0.1, INFINITY, answers);
        assert_at_most(percent(answers[SCREEN_CLEAR]), 0.2);
        screen_many(calls[i], 1, INFINITY, answers);
        assert_int_equal(answers[SCREEN_CLEAR], 0);
        assert_at_most(99, percent(answers[SCREEN_GROWS]));
    }
    screen_many(960, 0, INFINITY, answers);
    assert_at_most(80, percent(answers[SCREEN_CLEAR]));
}

/* A ring that fills within the blocks is at most a suspect; the long solo clears
 * it. It is never clear by luck. */
static void what_fills_is_not_clear(void **state)
{
    (void)state;
    size_t answers[3];
    screen_many(240, 1, 500, answers);
    assert_int_equal(answers[SCREEN_CLEAR], 0);
    screen_many(240, 1, 1e9, answers);
    assert_int_equal(answers[SCREEN_CLEAR], 0);
}

/* +1 a query, -200 every 200: what falls inside the blocks makes them unlike, never clear beside a leak. */
static void an_amortised_clean_up_hides_no_leak(void **state)
{
    (void)state;
    size_t clear = 0;
    for (size_t phase = 0; phase < 200; phase++) {
        double gains[3];
        for (size_t i = 0; i < 3; i++)
            gains[i] = 60 + (double)((phase + 60 * (i + 1)) % 200) - (double)((phase + 60 * i) % 200);
        clear += screen_judge(gains, 3, 60, FLOOR, QUANTUM).answer == SCREEN_CLEAR;
    }
    assert_int_equal(clear, 0);
}

static void settles_flat_steady_or_not_yet(void **state)
{
    (void)state;
    const double flat[] = {500, 3, -1}, leak[] = {900, 410, 400, 405}, fills[] = {900, 500, 280},
                 slows[] = {1000, 850, 700}, full[] = {400, 400, 400, 150},
                 swings[] = {900, 60, -55, 40, -50};
    assert_int_equal(settle_judge(flat, 3, 1000, FLOOR, QUANTUM), SETTLE_FLAT);
    assert_int_equal(settle_judge(leak, 4, 1000, FLOOR, QUANTUM), SETTLE_STEADY);
    assert_int_equal(settle_judge(fills, 3, 1000, FLOOR, QUANTUM), SETTLE_MORE);
    assert_int_equal(settle_judge(slows, 3, 1000, FLOOR, QUANTUM), SETTLE_MORE);
    assert_int_equal(settle_judge(full, 4, 1000, FLOOR, QUANTUM), SETTLE_MORE);
    assert_int_equal(settle_judge(swings, 5, 1000, FLOOR, QUANTUM), SETTLE_FLAT);
    assert_int_equal(settle_judge(flat, 1, 1000, FLOOR, QUANTUM), SETTLE_MORE);
    assert_int_equal(settle_judge(flat, 0, 1000, FLOOR, QUANTUM), SETTLE_MORE);
}

/* A warm-up: rings that are full after some passes, a share that fades, a leak, noise of each reading. */
struct warm_up {
    /* Passes until each is full; what each keeps in all is 300 objects a pass of its filling. */
    double ring[3];
    double fades; /* passes in which a first 1,000 objects fall to 1/e */
    double leak;  /* objects per request */
    double noise; /* objects, standard deviation of a reading */
};

static double level_after(const struct warm_up *warm_up, double passes, double requests)
{
    double level = 1000 * (1 - exp(-passes / warm_up->fades)) + warm_up->leak * passes * requests;
    for (size_t i = 0; i < 3; i++)
        level += 300 * fmin(passes, warm_up->ring[i]);
    return level;
}

/* Drives until it is called settled, at most PASSES_MOST passes; returns how many. */
static size_t settle(const struct warm_up *warm_up, double requests, struct random *random,
                     enum settle_answer *answer)
{
    double gains[PASSES_MOST], before = 0;
    for (size_t pass = 1; pass <= PASSES_MOST; pass++) {
        double level = level_after(warm_up, (double)pass, requests) + warm_up->noise * random_normal(random);
        gains[pass - 1] = level - before;
        before = level;
        *answer = settle_judge(gains, pass, requests, FLOOR, QUANTUM);
        if (pass >= PASSES_LEAST && *answer != SETTLE_MORE)
            return pass;
    }
    return PASSES_MOST;
}

/* Rings that need up to `most` passes. */
static struct warm_up draw(struct random *random, double most)
{
    static const double leaks[] = {0, 0.05, 0.4, 1, 2}, noises[] = {1, 3, 10};
    struct warm_up warm_up = {.fades = 0.2 + 0.6 * random_unit(random),
                              .leak = leaks[random_below(random, 5)],
                              .noise = noises[random_below(random, 3)]};
    for (size_t i = 0; i < 3; i++)
        warm_up.ring[i] = most * random_unit(random);
    return warm_up;
}

/* Passes that the last ring still needed; 0: all were full. */
static double passes_left(const struct warm_up *warm_up, size_t settled)
{
    double full = fmax(warm_up->ring[0], fmax(warm_up->ring[1], warm_up->ring[2]));
    return fmax(0, full - (double)settled);
}

/* Whether the three passes that were judged added alike in truth: then nobody can
 * know that a ring will be full. */
static bool looks_steady(const struct warm_up *warm_up, size_t settled, double requests)
{
    double last = (double)settled, most = 0, least = INFINITY;
    for (double pass = last - 2; pass <= last; pass++) {
        double gain = level_after(warm_up, pass, requests) - level_after(warm_up, pass - 1, requests);
        most = fmax(most, gain);
        least = fmin(least, gain);
    }
    return least >= 0.75 * most;
}

struct early {
    size_t flat, steady, steady_though_slowing, endless;
    double passes;
};

static struct early warm_many(double most)
{
    struct random random;
    struct early early = {0};
    random_init(&random, 77);
    for (size_t run = 0; run < RUNS; run++) {
        enum settle_answer answer;
        struct warm_up warm_up = draw(&random, most);
        size_t settled = settle(&warm_up, 1000, &random, &answer);
        bool filling = passes_left(&warm_up, settled) > 0.1;
        early.flat += filling && answer == SETTLE_FLAT;
        early.steady += filling && answer == SETTLE_STEADY;
        early.steady_though_slowing +=
            filling && answer == SETTLE_STEADY && !looks_steady(&warm_up, settled, 1000);
        early.endless += answer == SETTLE_MORE;
        early.passes += (double)settled / RUNS;
    }
    print_message(
        "rings full within %.0f passes: settled after %.2f; too early: flat %.1f %%, steady %.1f %% (though "
        "slowing %.1f %%); never %.1f %%\n",
        most, early.passes, percent(early.flat), percent(early.steady), percent(early.steady_though_slowing),
        percent(early.endless));
    return early;
}

/* Rings that fill alike from pass to pass are a leak so far: steady is right, as far as anyone can know. */
static void warm_ups_end_after_their_filling_and_do_end(void **state)
{
    (void)state;
    static const double most[] = {2, 3, 5, 8};
    for (size_t i = 0; i < 4; i++) {
        struct early early = warm_many(most[i]);
        assert_int_equal(early.flat, 0);
        assert_at_most(percent(early.steady_though_slowing), 1.0);
        assert_at_most(percent(early.endless), 2.0);
        assert_at_most(early.passes, most[i] + 3.5);
    }
}

static void what_fades_slowly_is_not_steady(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 78);
    for (double fades = 1; fades <= 4; fades += 0.5) {
        enum settle_answer answer;
        struct warm_up warm_up = {.fades = fades, .noise = 1};
        size_t settled = settle(&warm_up, 1000, &random, &answer);
        assert_int_equal(answer, SETTLE_FLAT);
        assert_at_most(1000 * exp(-(double)settled / fades), 60);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_answers),
        cmocka_unit_test(no_block_is_finer_than_the_quantum),
        cmocka_unit_test(gaps_leave_too_little),
        cmocka_unit_test(what_is_flat_is_no_suspect_and_what_grows_is_never_clear),
        cmocka_unit_test(what_fills_is_not_clear),
        cmocka_unit_test(an_amortised_clean_up_hides_no_leak),
        cmocka_unit_test(settles_flat_steady_or_not_yet),
        cmocka_unit_test(warm_ups_end_after_their_filling_and_do_end),
        cmocka_unit_test(what_fades_slowly_is_not_steady),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
