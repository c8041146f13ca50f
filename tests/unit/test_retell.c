/* A run that is followed while it is under way: what it has so far is counted up, and the memory that takes does not grow
 * with the length of the run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>
#include <math.h>
#include <string.h>

#include "scratch_store.h"

#include "flow/retell.h"

enum { BUCKETS = 64, PEAK_S = 321 };

static const char *const endpoints[] = {"POST /c", "GET /a", "GET /b/{id}"};
enum { ENDPOINTS = sizeof endpoints / sizeof *endpoints };

static int setup(void **state)
{
    (void)state;
    return scratch_store("retell");
}

static int64_t begin_run(void)
{
    struct err err = {0};
    struct store *store = open_store();
    int64_t run = store_begin_run(store, "run", "s", "", "", 1, &err);
    store_close(store);
    return run;
}

static void put_second(struct store *store, int64_t run, int64_t second)
{
    for (size_t i = 0; i < ENDPOINTS; i++) {
        struct outcome_row row = {.trial = 1, .second = second, .endpoint = endpoints[i]};
        row.tally = (struct tally){.planned = 4 + i, .done = 3 + i, .failed = 1, .landed = 2};
        row.lag_max_us = (double)(second % 100);
        row.service_sum_us = 100.5;
        row.service_max_us = (double)(second % 50) + (double)i;
        if (second >= 7)
            row.tally.wrong_status = 500 + (int)(second - 7) % 50, row.tally.expected_status = 200;
        store_put_outcomes(store, run, &row);
    }
    struct sample rss = {1,
                         "rss",
                         SAMPLE_TIMED,
                         (double)second + 0.25,
                         10 * (uint64_t)second,
                         second == PEAK_S ? 9e9 : 30e6 + (double)(second % 13)};
    store_put_sample(store, run, &rss);
    struct sample other = {1, "live_bytes", SAMPLE_TIMED, (double)second + 0.5, 10 * (uint64_t)second, 9e12};
    store_put_sample(store, run, &other);
}

static void put_seconds(int64_t run, int64_t from, int64_t to)
{
    struct err err = {0};
    struct store *store = open_store();
    for (int64_t second = from; second < to; second++)
        put_second(store, run, second);
    assert_int_equal(store_flush(store, &err), 0);
    store_close(store);
}

/* One who follows. */
struct reader {
    struct store *store;
    struct retelling *retelling;
    struct report report;
};

static void begin_reading(struct reader *reader)
{
    struct err err = {0};
    *reader = (struct reader){.store = store_open_read_only(path, &err), .retelling = retelling_new(BUCKETS)};
    if (reader->store == NULL)
        fail_msg("%s", err.message);
}

static void read_on(struct reader *reader, int64_t run)
{
    struct err err = {0};
    report_release(&reader->report);
    if (retelling_read(reader->retelling, reader->store, run, &reader->report, &err) != 0)
        fail_msg("%s", err.message);
}

static void end_reading(struct reader *reader)
{
    report_release(&reader->report);
    retelling_free(reader->retelling);
    store_close(reader->store);
}

static void what_it_has_so_far_is_counted_up(void **state)
{
    (void)state;
    enum { SECONDS = 2000 };
    struct reader reader;
    int64_t run = begin_run();
    begin_reading(&reader);
    put_seconds(run, 0, 1000);
    read_on(&reader, run);
    assert_int_equal(reader.report.result.replay.planned, 1000 * (4 + 5 + 6));
    put_seconds(run, 1000, SECONDS);
    read_on(&reader, run);
    const struct report *report = &reader.report;
    const struct result *result = &report->result;
    assert_string_equal(result->reason, "the run was not ended: it is still under way, or seep died");
    assert_int_equal(result->exit_code, 125);
    assert_int_equal(result->requests, SECONDS * (3 + 4 + 5));
    assert_int_equal(result->replay.failed, SECONDS * 3);
    assert_int_equal(result->replay.wrong_status, 500); /* the first */
    assert_int_equal(result->replay.expected_status, 200);
    assert_true(result->seconds == SECONDS);
    assert_true(result->peak_bytes == 9e9);
    assert_int_equal(report->load_count, ENDPOINTS);
    static const struct {
        const char *name;
        int more;
    } loads[] = {{"GET /a", 1}, {"GET /b/{id}", 2}, {"POST /c", 0}};
    for (size_t i = 0; i < ENDPOINTS; i++) {
        const struct endpoint_load *load = &report->loads[i];
        assert_string_equal(load->endpoint, loads[i].name);
        assert_int_equal(load->tally.done, SECONDS * (3 + loads[i].more));
        assert_int_equal(load->tally.wrong_status, 500);
        assert_true(load->service_sum_us == SECONDS * 100.5);
        assert_true(load->service.max_us == 49 + loads[i].more);
        assert_true(load->lag.max_us == 99);
        assert_true(isnan(load->recorded_rate_per_second));
    }
    end_reading(&reader);
}

/* A report of all, by who does not follow. */
static void it_is_what_a_report_of_all_says(void **state)
{
    (void)state;
    struct err err = {0};
    struct reader reader;
    struct report all;
    int64_t run = begin_run();
    put_seconds(run, 0, 1500);
    begin_reading(&reader);
    read_on(&reader, run);
    assert_int_equal(retell(reader.store, run, &all, &err), 0);
    const struct result *followed = &reader.report.result, *told = &all.result;
    assert_int_equal(followed->requests, told->requests);
    assert_int_equal(followed->trials, told->trials);
    assert_true(followed->seconds == told->seconds);
    assert_true(followed->peak_bytes == told->peak_bytes);
    assert_memory_equal(&followed->replay, &told->replay, sizeof followed->replay);
    assert_string_equal(followed->reason, told->reason);
    report_release(&all);
    end_reading(&reader);
}

/* A hunt may have trials and nothing else: then what those say is all that there is. */
static void trials_say_what_rows_do_not(void **state)
{
    (void)state;
    struct err err = {0};
    struct reader reader;
    int64_t run = begin_run();
    struct store *store = open_store();
    for (int64_t number = 1; number <= 2; number++) {
        struct trial trial = {
            .number = number, .mix = "m", .ended_s = 30.0 * (double)number, .requests = 70, .note = ""};
        store_put_trial(store, run, &trial);
    }
    assert_int_equal(store_flush(store, &err), 0);
    store_close(store);
    begin_reading(&reader);
    read_on(&reader, run);
    assert_int_equal(reader.report.result.trials, 2);
    assert_int_equal(reader.report.result.requests, 140);
    assert_true(reader.report.result.seconds == 60);
    assert_true(isnan(reader.report.result.peak_bytes));
    assert_int_equal(reader.report.load_count, 0);
    end_reading(&reader);
}

static void samples_that_were_read_are_not_read_again(void **state)
{
    (void)state;
    struct reader reader;
    int64_t run = begin_run();
    begin_reading(&reader);
    put_seconds(run, 0, 100);
    read_on(&reader, run);
    assert_true(reader.report.result.peak_bytes == 30e6 + 12);
    exec("UPDATE sample SET value = 8e9");
    put_seconds(run, 100, 200);
    read_on(&reader, run);
    assert_true(reader.report.result.peak_bytes == 30e6 + 12);
    end_reading(&reader);
}

/* What SQLite holds after a reading, and at most meanwhile: pages of the store, and whatever it would sort. */
static void a_long_run_takes_no_more_memory_to_follow(void **state)
{
    (void)state;
    struct reader reader;
    int64_t run = begin_run();
    begin_reading(&reader);
    put_seconds(run, 0, 1000);
    sqlite3_memory_highwater(true);
    read_on(&reader, run);
    sqlite3_int64 early = sqlite3_memory_used(), early_most = sqlite3_memory_highwater(false);
    put_seconds(run, 1000, 20000);
    sqlite3_memory_highwater(true);
    read_on(&reader, run);
    assert_true(sqlite3_memory_used() - early < 50 << 10);
    assert_true(sqlite3_memory_highwater(false) - early_most < 50 << 10);
    end_reading(&reader);
}

/* However many points of its room a line has at the moment. */
static void lines_take_as_much_at_each_reading(void **state)
{
    (void)state;
    enum { STEPS = 40, STEP_S = 10 };
    struct reader reader;
    int64_t run = begin_run();
    size_t least = SIZE_MAX, most = 0, room = 2 * BUCKETS * sizeof(struct point);
    begin_reading(&reader);
    for (int64_t step = 0; step < STEPS; step++) {
        put_seconds(run, step * STEP_S, (step + 1) * STEP_S);
        read_on(&reader, run);
        const struct report_series *series = &reader.report.series[0];
        least = series->count < least ? series->count : least;
        most = series->count > most ? series->count : most;
        /* malloc() gives a little more where too little would be left for another. */
        assert_in_range(malloc_usable_size(series->points), room, room + 64);
    }
    assert_true(most > 2 * least);
    end_reading(&reader);
}

static void put_trial(struct store *store, int64_t run, int64_t number, int samples)
{
    struct err err = {0};
    for (int i = 0; i < samples; i++) {
        double at_s = (double)(number * samples + i);
        struct sample sample = {
            number,
            "rss",
            i % 4 == 3 ? SAMPLE_SETTLED : SAMPLE_TIMED,
            at_s,
            (uint64_t)i,
            i == samples / 3 ? 1e9 + (double)number : i == samples / 2 ? 1 : 30e6 + i % 7};
        store_put_sample(store, run, &sample);
    }
    assert_int_equal(store_flush(store, &err), 0);
}

static bool has_value(const struct report_series *series, double value)
{
    for (size_t i = 0; i < series->count; i++)
        if (series->points[i].value == value)
            return true;
    return false;
}

/* Of a hunt with many trials the lines of older ones come down to a few points, peaks and troughs among them. */
static void many_trials_share_the_points(void **state)
{
    (void)state;
    enum { TRIALS = 400, SAMPLES = 200, RECENT = 16 };
    struct reader reader;
    int64_t run = begin_run();
    struct store *store = open_store();
    begin_reading(&reader);
    for (int64_t number = 1; number <= TRIALS; number++) {
        put_trial(store, run, number, SAMPLES);
        read_on(&reader, run);
    }
    store_close(store);
    assert_int_equal(reader.report.series_count, TRIALS);
    for (size_t i = 0; i < TRIALS; i++) {
        const struct report_series *series = &reader.report.series[i];
        if (series->trial <= TRIALS - RECENT)
            assert_in_range(series->count, 2 * 4, 2 * 2 * 8); /* timed and settled */
        else
            assert_in_range(series->count, BUCKETS, 4 * BUCKETS);
        assert_true(has_value(series, 1e9 + (double)series->trial));
        assert_true(has_value(series, 1));
        for (size_t p = 1; p < series->count; p++)
            assert_true(series->points[p].at_s >= series->points[p - 1].at_s);
    }
    end_reading(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_it_has_so_far_is_counted_up, setup, remove_store),
        cmocka_unit_test_setup_teardown(it_is_what_a_report_of_all_says, setup, remove_store),
        cmocka_unit_test_setup_teardown(trials_say_what_rows_do_not, setup, remove_store),
        cmocka_unit_test_setup_teardown(samples_that_were_read_are_not_read_again, setup, remove_store),
        cmocka_unit_test_setup_teardown(a_long_run_takes_no_more_memory_to_follow, setup, remove_store),
        cmocka_unit_test_setup_teardown(lines_take_as_much_at_each_reading, setup, remove_store),
        cmocka_unit_test_setup_teardown(many_trials_share_the_points, setup, remove_store),
    };
    return cmocka_run_group_tests_name("retell", tests, NULL, NULL);
}
