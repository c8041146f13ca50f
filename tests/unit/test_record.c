/* Outcomes into tallies, times and rows: nothing is lost, nothing counted twice, setup requests stay apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "flow/rates.h"
#include "flow/trials_inside.h"

enum { ENDPOINTS = 3, SETUP = 1, ALL = ENDPOINTS + SETUP };

struct bench {
    struct service service;
    struct trials trials;
    struct tally expected[ALL];
    struct random random;
    int64_t now_ns;
};

static char path[64];

static int setup(void **state)
{
    struct err err = {0};
    snprintf(path, sizeof path, "/tmp/seep-record-XXXXXX");
    int file = mkstemp(path);
    if (file < 0 || close(file) < 0)
        return -1;
    struct bench *bench = xcalloc(1, sizeof *bench);
    bench->service.endpoint_count = ENDPOINTS;
    bench->service.endpoints = xcalloc(ENDPOINTS, sizeof *bench->service.endpoints);
    for (size_t i = 0; i < ENDPOINTS; i++)
        bench->service.endpoints[i].name = xasprintf("GET /%zu", i);
    bench->service.setup_count = SETUP;
    bench->service.setup = xcalloc(SETUP, sizeof *bench->service.setup);
    bench->service.setup[0].endpoint.name = xstrdup("setup POST /login");
    struct trials *trials = &bench->trials;
    trials->options = (struct trials_options){.service = &bench->service, .store = store_open(path, &err)};
    if (trials->options.store == NULL)
        return -1;
    trials->options.run = store_begin_run(trials->options.store, "run", "s", "", "", 1, &err);
    trials->trial.number = 1;
    trials->began_ns = bench->now_ns = 5 * CLOCK_NS_PER_S;
    trials->endpoints = ALL;
    trials->by_endpoint = xcalloc(ALL, sizeof *trials->by_endpoint);
    trials->in_block = xcalloc(ALL, sizeof *trials->in_block);
    trials->latencies = xcalloc(ALL, sizeof *trials->latencies);
    trials->gathered = xcalloc(ALL, sizeof *trials->gathered);
    random_init(&bench->random, 9);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    store_close(bench->trials.options.store);
    service_release(&bench->service);
    for (size_t i = 0; i < ALL; i++)
        latencies_release(&bench->trials.latencies[i]);
    free(bench->trials.by_endpoint), free(bench->trials.in_block);
    free(bench->trials.latencies), free(bench->trials.gathered);
    free(bench);
    char side[80];
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(side, sizeof side, "%s%s", path, suffixes[i]);
        unlink(side);
    }
    return 0;
}

/* Some outcome of the next millisecond. */
static struct outcome any_outcome(struct bench *bench)
{
    struct outcome outcome = {.endpoint = random_below(&bench->random, ALL),
                              .result = (enum outcome_result)random_below(&bench->random, 3),
                              .skip = (enum skip)random_below(&bench->random, 3),
                              .received_bytes = random_below(&bench->random, 5000)};
    outcome.counted = outcome.endpoint < ENDPOINTS;
    bench->now_ns += CLOCK_NS_PER_MS;
    outcome.due_ns = bench->now_ns - (int64_t)random_below(&bench->random, 50000000);
    if (outcome.result != OUTCOME_SKIPPED) {
        outcome.sent_ns = outcome.due_ns + 12000;
        outcome.late = random_below(&bench->random, 9) == 0;
    }
    if (outcome.result == OUTCOME_DONE) {
        outcome.done_ns = bench->now_ns;
        outcome.status = 200;
        outcome.landed = random_below(&bench->random, 5) > 0;
        outcome.abandoned = random_below(&bench->random, 7) == 0;
    }
    return outcome;
}

static void drive(struct bench *bench, int count)
{
    for (int i = 0; i < count; i++) {
        struct outcome outcome = any_outcome(bench);
        tally_add(&bench->expected[outcome.endpoint], &outcome);
        trials_on_outcome(&bench->trials, &outcome);
    }
    trials_put_rows(&bench->trials);
}

static void same_tally(const struct tally *got, const struct tally *expected)
{
    assert_memory_equal(got, expected, sizeof *got);
    assert_int_equal(got->planned, got->done + got->failed + got->skipped);
}

static void every_outcome_is_in_every_sum(void **state)
{
    struct bench *bench = *state;
    drive(bench, 7000);
    for (size_t i = 0; i < ALL; i++) {
        same_tally(&bench->trials.by_endpoint[i], &bench->expected[i]);
        same_tally(&bench->trials.in_block[i], &bench->expected[i]);
    }
    uint64_t before[ALL];
    for (size_t i = 0; i < ALL; i++)
        before[i] = bench->expected[i].planned + bench->expected[i].uncounted;
    memset(bench->trials.in_block, 0, ALL * sizeof *bench->trials.in_block); /* as a block begins */
    drive(bench, 5000);
    for (size_t i = 0; i < ALL; i++) {
        same_tally(&bench->trials.by_endpoint[i], &bench->expected[i]);
        assert_int_equal(bench->trials.in_block[i].planned + bench->trials.in_block[i].uncounted,
                         bench->expected[i].planned + bench->expected[i].uncounted - before[i]);
    }
    struct err err = {0};
    struct result stored;
    struct tally all = {0};
    for (size_t i = 0; i < ALL; i++)
        tally_merge(&all, &bench->expected[i]);
    assert_int_equal(store_flush(bench->trials.options.store, &err), 0);
    assert_int_equal(store_read_result(bench->trials.options.store, 1, &stored, &err), 0);
    assert_true(all.uncounted > 0 && all.uncorrelated > 0 && all.too_late > 0 && all.abandoned > 0);
    stored.replay.wrong_status = all.wrong_status; /* the first of all, not of the first endpoint */
    stored.replay.expected_status = all.expected_status;
    same_tally(&stored.replay, &all);
    result_release(&stored);
}

static void times_are_of_whole_answers_and_lag_of_all_that_was_sent(void **state)
{
    struct bench *bench = *state;
    drive(bench, 3000);
    struct latencies all = {0};
    struct tally tally = {0};
    uint64_t service = 0;
    trials_all_latencies(&bench->trials, &all);
    for (size_t i = 0; i < ENDPOINTS; i++) {
        tally_merge(&tally, &bench->expected[i]);
        service += bench->trials.latencies[i].service.count;
    }
    assert_int_equal(all.lag.count, tally.done + tally.failed);
    assert_int_equal(all.service.count, tally.done - tally.abandoned);
    assert_int_equal(all.total.count, all.service.count);
    assert_int_equal(service, all.service.count);
    assert_int_equal(times_of(&all.lag).p99_us, 12);
    assert_int_equal(bench->trials.latencies[ENDPOINTS].lag.count, 0);
    latencies_release(&all);
}

static void setup_requests_are_stored_apart(void **state)
{
    struct bench *bench = *state;
    struct err err = {0};
    struct endpoint_load *loads;
    size_t count;
    drive(bench, 500);
    trials_store_loads(&bench->trials);
    assert_int_equal(store_flush(bench->trials.options.store, &err), 0);
    assert_int_equal(store_read_loads(bench->trials.options.store, 1, &loads, &count, &err), 0);
    assert_int_equal(count, ENDPOINTS);
    for (size_t i = 0; i < count; i++) {
        assert_null(strstr(loads[i].endpoint, "setup"));
        assert_true(loads[i].total.p99_us >= loads[i].service.p99_us && loads[i].lag.p50_us == 12);
        endpoint_load_release(&loads[i]);
    }
    free(loads);
    assert_int_equal(bench->trials.by_endpoint[ENDPOINTS].planned, 0);
    assert_true(bench->trials.by_endpoint[ENDPOINTS].uncounted > 100);
}

/* An outcome without an answer needs no clock, and never opens a second of the past. */
static void a_second_is_one_row(void **state)
{
    struct bench *bench = *state;
    struct err err = {0};
    struct outcome done = {.result = OUTCOME_DONE, .status = 200, .landed = true, .counted = true};
    struct outcome failed = {.result = OUTCOME_FAILED, .counted = true, .due_ns = 1, .sent_ns = 1};
    for (int i = 0; i < 300; i++) {
        done.due_ns = done.sent_ns = done.done_ns = bench->trials.began_ns + i * 10 * CLOCK_NS_PER_MS;
        trials_on_outcome(&bench->trials, &done);
        trials_on_outcome(&bench->trials, &failed);
        /* Put when the second is over, and not before. */
        assert_int_equal(bench->trials.by_endpoint[0].planned, i / 100 * 200);
    }
    trials_put_rows(&bench->trials);
    struct result stored;
    assert_int_equal(store_flush(bench->trials.options.store, &err), 0);
    assert_int_equal(store_read_result(bench->trials.options.store, 1, &stored, &err), 0);
    assert_int_equal(stored.replay.planned, 600);
    assert_true(stored.seconds == 3);
    result_release(&stored);
}

static void why_it_was_not_looked_at(void **state)
{
    (void)state;
    struct tally tally = {.planned = 100, .done = 40, .landed = 40, .skipped = 60, .uncorrelated = 60};
    char *why = trials_why_not_landed(&tally, NULL, NULL);
    assert_string_equal(why,
                        "60 of 100 requests were not sent: a value that an earlier answer should have given "
                        "was missing");
    free(why);
    tally = (struct tally){.planned = 100, .done = 95, .landed = 95, .skipped = 5, .uncorrelated = 5};
    assert_null(trials_why_not_landed(&tally, NULL, NULL));
}

/* ---- rates ---- */

static void rates_that_were_kept(void **state)
{
    (void)state;
    char *why = NULL;
    struct tally tally = {.planned = 1000, .done = 900, .failed = 60, .skipped = 40, .late = 10};
    struct rates rates = {.tally = &tally, .lag_p50_us = 50000, .due_s = 10, .sent_s = 11};
    assert_int_equal(rates_judge(&rates, &why), RATES_KEPT);
    assert_null(why);
}

static void rates_that_were_not(void **state)
{
    (void)state;
    struct tally tally = {.planned = 50000, .done = 50000};
    struct rates rates = {.tally = &tally, .lag_p50_us = 120000, .due_s = 10, .sent_s = 10.1};
    const struct {
        uint64_t late, too_late;
        double lag_p50_us, sent_s;
        enum rates_kept kept;
        const char *why;
    } cases[] = {
        {0, 0, 120000, 10, RATES_UNTRUE,
         "the rates were not true: requests went out 120 ms late at the median (target or machine too slow "
         "for "
         "5000/s)"},
        {501, 0, 900, 10, RATES_STRAINED,
         "the rates were not true: of 50,000 requests 501 went out more than 10 ms late (target or machine "
         "too "
         "slow for 5000/s)"},
        {400, 101, 900, 10, RATES_STRAINED,
         "the rates were not true: of 50,000 requests 400 went out more than 10 ms late and 101 were skipped "
         "as "
         "too late (target or machine too slow for 5000/s)"},
        {5001, 0, 900, 10, RATES_UNTRUE,
         "the rates were not true: of 50,000 requests 5,001 went out more than 10 ms late (target or machine "
         "too slow for 5000/s)"},
        {0, 0, 900, 12.5, RATES_UNTRUE,
         "the rates were not true: 4000/s were sent (target or machine too slow for 5000/s)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *why = NULL;
        tally.late = cases[i].late, tally.too_late = tally.skipped = cases[i].too_late;
        tally.done = tally.planned - tally.skipped;
        rates.lag_p50_us = cases[i].lag_p50_us, rates.sent_s = cases[i].sent_s;
        assert_int_equal(rates_judge(&rates, &why), cases[i].kept);
        assert_string_equal(why, cases[i].why);
        free(why);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_outcome_is_in_every_sum),
        TEST(times_are_of_whole_answers_and_lag_of_all_that_was_sent),
        TEST(setup_requests_are_stored_apart),
        TEST(a_second_is_one_row),
        cmocka_unit_test(why_it_was_not_looked_at),
        cmocka_unit_test(rates_that_were_kept),
        cmocka_unit_test(rates_that_were_not),
    };
    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
