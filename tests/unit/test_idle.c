/* Growth while idle, by simulation: how often it is said where there is none, and found where there is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "analysis/idle.h"
#include "numbers.h"

#define QUICK 6
#define PAUSES 20
#define FEW 12 /* pauses that flow/idle takes */
#define COUNT (QUICK + PAUSES)
#define SERIES 2000

static uint64_t state_of_chance = 20261126;

static double uniform(void)
{
    state_of_chance = state_of_chance * 6364136223846793005u + 1442695040888963407u;
    return (double)(state_of_chance >> 11) / 9007199254740992.0;
}

static double normal(void)
{
    return sqrt(-2 * log(1 - uniform())) * cos(6.283185307179586 * uniform());
}

/* A series: what it is made of, in quanta. */
struct made {
    double per_reading, per_second, noise, walk, saw_each_s, saw, fade, fade_s, step, burst;
    double chance; /* that a reading leaves one more quantum */
};

struct series {
    double at_s[COUNT], levels[COUNT];
    struct idle_question question;
};

static double level_at(const struct made *made, double s, size_t reading, double walked, double step_s)
{
    double saw = made->saw > 0 ? made->saw * fmod(s / made->saw_each_s, 1) : 0;
    double fade = made->fade > 0 ? made->fade * (1 - exp(-s / made->fade_s)) : 0;
    double burst = made->burst > 0 ? made->burst * floor(s / 5) : 0;
    return floor(1e6 + made->per_reading * (double)reading + made->per_second * s + made->noise * normal() +
                 walked + saw + fade + burst + (s > step_s ? made->step : 0));
}

static void make(struct series *series, const struct made *made, size_t pauses)
{
    double s = 0, walked = 0, left = 0, step_s = 20 * uniform(), offset = 10 * uniform();
    for (size_t i = 0; i < QUICK + pauses; i++) {
        if (i > 0)
            s += i < QUICK ? 0.02 + 0.02 * uniform() : 1;
        walked += made->walk * normal();
        left += uniform() < made->chance;
        series->at_s[i] = s;
        series->levels[i] = level_at(made, made->saw > 0 ? s + offset : s, i, walked + left, step_s);
    }
    series->question = (struct idle_question){.at_s = series->at_s,
                                              .levels = series->levels,
                                              .count = QUICK + pauses,
                                              .quick = QUICK,
                                              .quantum = 1};
}

static struct idle_answer ask(const struct made *made, size_t pauses)
{
    struct series series;
    make(&series, made, pauses);
    return idle_judge(&series.question);
}

static bool by_time(enum idle_adds adds)
{
    return adds == IDLE_TIME || adds == IDLE_BOTH;
}

/* The share of series in which growth by time is said. */
static double said(const struct made *made, size_t pauses)
{
    size_t count = 0;
    for (size_t i = 0; i < SERIES; i++)
        count += by_time(ask(made, pauses).adds);
    return (double)count / SERIES;
}

static void test_false_alarms_are_rare(void **state)
{
    (void)state;
    const struct {
        const char *name;
        struct made made;
    } none[] = {
        {"flat", {.noise = 0}},
        {"noise", {.noise = 30}},
        {"random walk", {.walk = 30}},
        {"readings add", {.per_reading = 50, .noise = 3}},
        {"readings add one", {.per_reading = 1}},
        {"readings add one, seldom more", {.per_reading = 1, .chance = 0.1}},
        {"readings add half of one", {.per_reading = 0.5}},
        {"half of the readings add one", {.chance = 0.5}},
        {"nearly all readings add one", {.chance = 0.9}},
        {"readings add less than noise", {.per_reading = 3, .noise = 5}},
        {"readings add as much as noise", {.per_reading = 5, .noise = 5}},
        {"saw of 3 s", {.saw = 200, .saw_each_s = 3}},
        {"saw of 7 s", {.saw = 200, .saw_each_s = 7, .noise = 2}},
        {"fades in 2 s", {.fade = 500, .fade_s = 2, .noise = 2}},
        {"fades in 8 s", {.fade = 500, .fade_s = 8, .noise = 2}},
        {"a step", {.step = 500, .noise = 1}},
        {"below its own step", {.per_second = 0.3}},
    };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        for (size_t pauses = FEW; pauses <= PAUSES; pauses += PAUSES - FEW) {
            double share = said(&none[i].made, pauses);
            print_message("%s, %zu pauses: %.2f %%\n", none[i].name, pauses, share * 100);
            if (share > 0.01)
                fail_msg("%s, %zu pauses: said in %.2f %%", none[i].name, pauses, share * 100);
        }
    }
}

static void test_what_grows_by_time_is_found(void **state)
{
    (void)state;
    const struct made grows[] = {
        {.per_second = 20},
        {.per_second = 20, .noise = 5},
        {.per_second = 200, .noise = 30, .per_reading = 100},
        {.per_second = 2},
        {.per_second = 100, .walk = 40},
    };
    for (size_t i = 0; i < sizeof grows / sizeof *grows; i++) {
        double share = said(&grows[i], PAUSES);
        print_message("grows %zu: %.1f %%\n", i, share * 100);
        if (share < 0.95)
            fail_msg("grows %zu: found in %.1f %%", i, share * 100);
    }
}

/* The interval is of the timer's own rate, whatever readings add beside it. */
static void test_both_terms_are_told_apart(void **state)
{
    (void)state;
    const struct made made = {.per_second = 200, .noise = 10, .per_reading = 100};
    size_t held = 0;
    double readings = 0;
    for (size_t i = 0; i < SERIES; i++) {
        struct idle_answer answer = ask(&made, PAUSES);
        assert_int_equal(answer.adds, IDLE_BOTH);
        held += answer.per_second_interval.low <= 200 && answer.per_second_interval.high >= 200;
        readings += answer.per_reading / SERIES;
    }
    assert_near(readings, 100, 2);
    assert_true(held >= SERIES * 90 / 100);
}

static void test_readings_alone(void **state)
{
    (void)state;
    const struct made made = {.per_reading = 40};
    struct idle_answer answer = ask(&made, IDLE_PAUSES_LEAST);
    assert_int_equal(answer.adds, IDLE_READINGS);
    assert_near(answer.per_reading, 40, 1e-9);
    assert_near(answer.per_second, 0, 0);
    assert_true(isnan(answer.per_second_interval.low));
}

static void test_few_pauses_leave_it_open(void **state)
{
    (void)state;
    const struct made grows = {.per_second = 50}, quiet = {.noise = 0};
    struct series series;
    make(&series, &grows, IDLE_PAUSES_LEAST);
    assert_true(idle_suspects(&series.question));
    assert_int_equal(idle_judge(&series.question).adds, IDLE_OPEN);
    make(&series, &quiet, IDLE_PAUSES_LEAST);
    assert_false(idle_suspects(&series.question));
    assert_int_equal(idle_judge(&series.question).adds, IDLE_NOTHING);
    series.levels[2] = NAN;
    assert_int_equal(idle_judge(&series.question).adds, IDLE_OPEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_false_alarms_are_rare),     cmocka_unit_test(test_what_grows_by_time_is_found),
        cmocka_unit_test(test_both_terms_are_told_apart), cmocka_unit_test(test_readings_alone),
        cmocka_unit_test(test_few_pauses_leave_it_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
