/* Three days of a run in a driven time: the store stays small, sums stay exact, peaks stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scratch_store.h"

#include "base/random.h"
#include "base/text.h"
#include "store/store.h"
#include "store/writer.h"

enum { DAY_S = 86400, DAYS = 3, END_S = DAYS * DAY_S, FINE_S = 600, MIDDLE_S = 7200, SLACK_S = 120 };
enum { EVERY_S = 300, READING_S = 900, PEAK_S = DAY_S + 4321 };

static int setup(void **state)
{
    (void)state;
    return scratch_store("roll");
}

static long ask_number(const char *query)
{
    char *text = ask(query);
    long number = atol(text);
    free(text);
    return number;
}

struct driver {
    struct store *store;
    int64_t run;
    struct random random;
    struct tally sent; /* all that was put */
    double lag_max_us, service_max_us, service_sum_us;
    size_t samples, settled;
};

static void put_outcome(struct driver *driver, int64_t second, const char *endpoint)
{
    struct outcome_row row = {.trial = 1 + second / DAY_S, .second = second, .endpoint = endpoint};
    uint64_t done = 1 + random_below(&driver->random, 200);
    row.tally = (struct tally){.planned = done + 6,
                               .done = done,
                               .failed = 1,
                               .skipped = 5,
                               .landed = done,
                               .abandoned = done / 50,
                               .late = done / 9,
                               .too_late = 3,
                               .uncorrelated = 2,
                               .uncounted = 1,
                               .received_bytes = done * 812};
    if (second == PEAK_S)
        row.tally.wrong_status = 503, row.tally.expected_status = 200;
    row.lag_max_us = (double)random_below(&driver->random, 100000);
    row.service_max_us = second == PEAK_S ? 1e7 : (double)random_below(&driver->random, 100000);
    row.service_sum_us = (double)(done * 700);
    tally_merge(&driver->sent, &row.tally);
    driver->lag_max_us = fmax(driver->lag_max_us, row.lag_max_us);
    driver->service_max_us = fmax(driver->service_max_us, row.service_max_us);
    driver->service_sum_us += row.service_sum_us;
    store_put_outcomes(driver->store, driver->run, &row);
}

static void put_sample(struct driver *driver, double at_s, enum sample_kind kind, double value)
{
    struct sample sample = {1 + (int64_t)at_s / DAY_S, "rss", kind, at_s, (uint64_t)(at_s * 100), value};
    store_put_sample(driver->store, driver->run, &sample);
    driver->samples++;
    driver->settled += kind == SAMPLE_SETTLED;
}

/* Two endpoints and one signal at `per_second`; a lone peak, and a settled reading and a gap each five minutes. */
static void drive(struct driver *driver, int64_t from_s, int64_t until_s, int per_second)
{
    for (int64_t second = from_s; second < until_s; second++) {
        put_outcome(driver, second, "GET /a");
        put_outcome(driver, second, "POST /b");
        for (int i = 0; i < per_second; i++) {
            double at_s = (double)second + (double)i / per_second;
            double value = 40e6 + (double)second * 10 + (double)random_below(&driver->random, 64) * 4096;
            put_sample(driver, at_s, SAMPLE_TIMED, second == PEAK_S && i == 1 ? 9e9 : value);
        }
        if (second % READING_S == 0)
            put_sample(driver, (double)second + 0.2, SAMPLE_JUDGED, 41e6);
        if (second % EVERY_S == 0) {
            put_sample(driver, (double)second + 0.999, SAMPLE_SETTLED, 1);
            put_sample(driver, (double)second + 0.999, SAMPLE_TIMED, NAN);
        }
    }
}

static void begin(struct driver *driver)
{
    struct err err = {0};
    *driver = (struct driver){.store = store_open(path, &err)};
    if (driver->store == NULL)
        fail_msg("%s", err.message);
    random_init(&driver->random, 5);
    driver->run = store_begin_run(driver->store, "run", "s", "", "", 1, &err);
}

static void flush(struct driver *driver)
{
    struct err err = {0};
    if (store_flush(driver->store, &err) < 0)
        fail_msg("%s", err.message);
}

static void check_sums(const struct driver *driver)
{
    struct err err = {0};
    struct result result;
    assert_int_equal(store_read_result(driver->store, driver->run, &result, &err), 0);
    assert_memory_equal(&result.replay, &driver->sent, sizeof result.replay);
    assert_true(result.seconds >= END_S && result.seconds < END_S + 60);
    assert_true(result.peak_bytes == 9e9);
    result_release(&result);
    char expected[96];
    snprintf(expected, sizeof expected, "%.1f %.1f %.1f", driver->lag_max_us, driver->service_max_us,
             driver->service_sum_us);
    expect("SELECT max(lag_max_us) || ' ' || max(service_max_us) || ' ' || sum(service_sum_us) FROM outcome",
           expected);
}

/* Each second of the run lies in just one row of each endpoint. */
static void check_cover(void)
{
    expect("SELECT group_concat(n) FROM (SELECT sum(seconds) AS n FROM outcome GROUP BY endpoint)",
           "259200,259200");
    expect("SELECT count(*) FROM outcome a JOIN outcome b ON a.run = b.run AND a.endpoint = b.endpoint"
           " AND b.second > a.second AND b.second < a.second + a.seconds",
           "0");
    expect("SELECT group_concat(DISTINCT seconds) FROM (SELECT seconds FROM outcome ORDER BY seconds)",
           "1,10,60");
    expect("SELECT count(*) FROM outcome WHERE seconds < 60 AND second < 259200 - 7200 - 120", "0");
    expect("SELECT count(*) FROM outcome WHERE seconds < 10 AND second < 259200 - 600 - 120", "0");
}

static void check_bounds(const struct driver *driver)
{
    long most_rows = 2 * ((END_S - MIDDLE_S) / 60 + (MIDDLE_S - FINE_S + SLACK_S) / 10 + FINE_S + SLACK_S);
    assert_true(ask_number("SELECT count(*) FROM outcome") <= most_rows);
    /* In each step the last, the lowest and the highest, and the first of a trial. */
    long most_samples = 3 * ((END_S - DAY_S) / 60 + (DAY_S - MIDDLE_S) / 10 + MIDDLE_S - FINE_S + SLACK_S) +
                        2 * (FINE_S + SLACK_S) + DAYS;
    assert_true(ask_number("SELECT count(*) FROM sample WHERE settled = 0 AND value IS NOT NULL") <=
                most_samples);
    assert_true(driver->samples > 2 * END_S);
    assert_int_equal(ask_number("SELECT count(*) FROM sample WHERE settled = 1"), driver->settled);
    assert_int_equal(ask_number("SELECT count(*) FROM sample WHERE value IS NULL"), END_S / EVERY_S);
    /* What is young is all there. */
    assert_int_equal(ask_number("SELECT count(*) FROM sample WHERE at_us >= (259200 - 600) * 1000000"
                                " AND settled = 0 AND value IS NOT NULL"),
                     2 * FINE_S);
}

static void three_days_stay_small(void **state)
{
    (void)state;
    struct driver driver;
    begin(&driver);
    for (int64_t at_s = 0; at_s < END_S; at_s += EVERY_S) {
        drive(&driver, at_s, at_s + EVERY_S, 2);
        flush(&driver);
    }
    check_sums(&driver);
    check_cover();
    check_bounds(&driver);
    /* The last of each minute and of each ten seconds is where it was, and the first of each trial. */
    expect("SELECT count(*) FROM sample WHERE at_us % 60000000 = 59500000 AND at_us < 86400000000", "1440");
    expect("SELECT count(*) FROM sample WHERE at_us % 10000000 = 9500000 AND at_us >= 180000000000"
           " AND at_us < 244800000000",
           "6480");
    expect("SELECT group_concat(at_us) FROM sample WHERE NOT settled AND value IS NOT NULL AND at_us % "
           "86400000000 = 0",
           "0,86400000000,172800000000");
    expect("SELECT count(*) FROM sample WHERE settled = 2", "288");
    expect("SELECT wrong_status || ' ' || expected_status || ' ' || seconds FROM outcome WHERE wrong_status"
           " LIMIT 1",
           "503 200 60");
    expect("PRAGMA integrity_check", "ok");
    store_close(driver.store);
}

/* Lowest and highest of each step are kept with their times, and of equal ones the latest. */
static void peaks_keep_their_times(void **state)
{
    (void)state;
    struct driver driver;
    begin(&driver);
    static const double values[] = {5, 9, 5, 2, 7, 7, 7, 3, 4, 6};
    for (int i = 0; i < 10; i++)
        put_sample(&driver, 20 + i / 10.0, SAMPLE_TIMED, values[i]);
    for (int i = 0; i < 10; i++)
        put_sample(&driver, 21 + i / 10.0, SAMPLE_TIMED, 8);
    put_sample(&driver, 1000, SAMPLE_TIMED, 1);
    flush(&driver);
    expect("SELECT group_concat((at_us / 100000) || '=' || value) FROM sample WHERE at_us < 22000000",
           "200=5.0,201=9.0,203=2.0,209=6.0,219=8.0");
    put_sample(&driver, 9000, SAMPLE_TIMED, 1);
    flush(&driver);
    expect("SELECT group_concat((at_us / 100000) || '=' || value) FROM sample WHERE at_us < 22000000",
           "200=5.0,201=9.0,203=2.0,219=8.0");
    store_close(driver.store);
}

/* What begins, what comes back after a pause and what ends keeps its first and its last, of whatever step. */
static void beginnings_and_ends_are_kept(void **state)
{
    (void)state;
    struct driver driver;
    begin(&driver);
    for (int second = 0; second < 240; second++)
        if (second < 73 || second >= 157) /* away meanwhile */
            put_sample(&driver, second, SAMPLE_TIMED, 100 - fabs(50.0 - second % 100));
    for (int64_t at_s = 1000; at_s < 2 * DAY_S; at_s += 50)
        put_sample(&driver, (double)at_s, SAMPLE_TIMED, 1);
    flush(&driver);
    for (int i = 1; i < 300; i++) {
        put_sample(&driver, 2 * DAY_S + 60 * i, SAMPLE_TIMED, 1);
        flush(&driver);
    }
    expect("SELECT group_concat((at_us / 1000000) || '=' || value) FROM sample WHERE at_us < 240000000",
           "0=50.0,50=100.0,59=91.0,60=90.0,72=78.0,157=93.0,179=71.0,200=50.0,239=89.0");
    store_close(driver.store);
}

/* A row for a second that was rolled up already is added to the row that holds it, sooner or later. */
static void late_rows_are_added(void **state)
{
    (void)state;
    struct driver driver;
    begin(&driver);
    drive(&driver, 0, 1000, 1);
    flush(&driver);
    expect("SELECT seconds FROM outcome WHERE second = 120 LIMIT 1", "10");
    put_outcome(&driver, 120, "GET /a");
    put_outcome(&driver, 125, "GET /a");
    drive(&driver, 1000, 9000, 1);
    flush(&driver);
    expect("SELECT seconds FROM outcome WHERE second = 120 LIMIT 1", "60");
    char expected[32];
    snprintf(expected, sizeof expected, "%llu", (unsigned long long)driver.sent.done);
    expect("SELECT sum(done) FROM outcome", expected);
    expect("SELECT count(*) FROM outcome WHERE second < 1000 AND second % 60 <> 0", "0");
    store_close(driver.store);
}

/* Far apart rows: what has become old all at once is rolled up step by step, each time a bounded part. */
static void a_leap_is_caught_up_with(void **state)
{
    (void)state;
    struct driver driver;
    begin(&driver);
    drive(&driver, 0, 4000, 1);
    put_outcome(&driver, 20000, "GET /a");
    flush(&driver);
    assert_true(ask_number("SELECT count(*) FROM outcome WHERE seconds = 1") > 2000);
    for (int64_t at_s = 20060; at_s < 20000 + 60 * 80; at_s += 60) {
        put_outcome(&driver, at_s, "GET /a");
        flush(&driver);
    }
    expect("SELECT count(*) FROM outcome WHERE seconds < 60 AND second < 4000", "0");
    store_close(driver.store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(three_days_stay_small, setup, remove_store),
        cmocka_unit_test_setup_teardown(peaks_keep_their_times, setup, remove_store),
        cmocka_unit_test_setup_teardown(beginnings_and_ends_are_kept, setup, remove_store),
        cmocka_unit_test_setup_teardown(late_rows_are_added, setup, remove_store),
        cmocka_unit_test_setup_teardown(a_leap_is_caught_up_with, setup, remove_store),
    };
    return cmocka_run_group_tests_name("roll", tests, NULL, NULL);
}
