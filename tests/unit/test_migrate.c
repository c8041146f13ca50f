/* Stores that an older seep made: brought up to date where they may be written, read as they are elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "example.h"
#include "scratch_store.h"
#include "schema_1.h"

/* An ended run and one whose driver died. */
static int setup(void **state)
{
    (void)state;
    if (scratch_store("migrate") != 0)
        return -1;
    exec("PRAGMA journal_mode = WAL");
    for (size_t i = 0; i < sizeof schema_1 / sizeof schema_1[0]; i++)
        exec(schema_1[i]);
    exec("INSERT INTO name VALUES (1, 'GET /'), (2, 'rss')");
    exec("INSERT INTO run (command, service, label, arguments, seed, seep_version, started_us, ended_us, "
         "verdict,"
         " reason, exit_code, requests, lag_p50_us, lag_p99_us, planned, done, skipped, landed)"
         " VALUES ('run', 's', 'old', '', '1', '0.1.0', 5, 6, 'no_growth', 'flat', 0, 90, 16, 210, 100, 90, "
         "10, 88),"
         " ('run', 's', 'died', '', '1', '0.1.0', 5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0)");
    exec("INSERT INTO outcome (run, second, trial, endpoint, planned, done, failed, landed, wrong_status,"
         " expected_status, lag_max_us, service_sum_us, service_max_us)"
         " VALUES (2, 0, 1, 1, 5, 4, 1, 3, 404, 200, 7.5, 900, 300), (2, 1, 1, 1, 6, 6, 0, 6, 0, 0, 2, 800, "
         "200)");
    exec("INSERT INTO load (run, endpoint, planned, done, landed, recorded_rate_per_second, p50_us, p99_us, "
         "max_us)"
         " VALUES (1, 1, 100, 90, 88, 3.5, 400, 900, 1100)");
    return 0;
}

/* What was there is read, and what was not measured then is 0 or unknown. */
static void check_contents(struct store *store)
{
    struct err err = {0};
    struct result result;
    struct endpoint_load *loads;
    struct run_row *runs;
    size_t count;
    if (store_read_result(store, 1, &result, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(result.verdict, VERDICT_NO_GROWTH);
    assert_int_equal(result.replay.landed, 88);
    assert_int_equal(result.replay.late + result.replay.too_late + result.replay.abandoned, 0);
    assert_true(result.lag_p99_us == 210 && isnan(result.lag_max_us));
    assert_true(isnan(result.kept_bytes) && isnan(result.observed.bytes) && isnan(result.observed.explained));
    result_release(&result);
    assert_int_equal(store_read_result(store, 2, &result, &err), 0);
    assert_int_equal(result.replay.planned, 11);
    assert_int_equal(result.replay.wrong_status, 404);
    assert_int_equal(result.replay.expected_status, 200);
    assert_true(result.seconds == 2);
    result_release(&result);
    assert_int_equal(store_read_loads(store, 1, &loads, &count, &err), 0);
    assert_int_equal(count, 1);
    assert_true(loads[0].service.p99_us == 900 && isnan(loads[0].total.p99_us));
    assert_int_equal(loads[0].tally.uncorrelated, 0);
    endpoint_load_release(&loads[0]);
    free(loads);
    struct probe *probes, probe;
    assert_int_equal(store_read_probes(store, 1, &probes, &count, &err), 0);
    assert_int_equal(count, 0);
    free(probes);
    assert_int_equal(store_find_probe(store, 2, "k", &probe, &err), 0);
    assert_int_equal(store_read_runs(store, &runs, &count, &err), 0);
    assert_true(count >= 2);
    for (size_t i = 0; i < count; i++)
        run_row_release(&runs[i]);
    free(runs);
}

static void reading_leaves_it_as_it_is(void **state)
{
    (void)state;
    struct err err = {0};
    for (int times = 0; times < 2; times++) {
        struct store *store = store_open_read_only(path, &err);
        if (store == NULL)
            fail_msg("%s", err.message);
        check_contents(store);
        store_close(store);
    }
    expect("PRAGMA user_version", "1");
    expect("SELECT count(*) FROM pragma_table_info('outcome') WHERE name = 'seconds'", "0");
}

static void writing_brings_it_up_to_date(void **state)
{
    (void)state;
    struct err err = {0};
    for (int times = 0; times < 2; times++) { /* the second time there is nothing to do */
        struct store *store = store_open(path, &err);
        if (store == NULL)
            fail_msg("%s", err.message);
        check_contents(store);
        store_close(store);
        expect("PRAGMA user_version", "9");
    }
    expect("SELECT sum(seconds) FROM outcome", "2");
    expect("SELECT late || ' ' || uncorrelated FROM v_endpoint_rates WHERE run = 1", "0 0");
    expect("PRAGMA integrity_check", "ok");
}

/* Columns of a store that was brought up to date are those of a new one, whatever their order. */
static void it_becomes_what_a_new_one_is(void **state)
{
    (void)state;
    struct err err = {0};
    static const char columns[] =
        "SELECT group_concat(line, x'0a') FROM (SELECT m.name || '.' || c.name || ' ' || c.type || ' ' ||"
        " c.\"notnull\" || ' ' || coalesce(c.dflt_value, '') AS line FROM sqlite_schema m, "
        "pragma_table_info(m.name) c"
        " WHERE m.name NOT LIKE 'sqlite_%' ORDER BY line)";
    char fresh[112];
    snprintf(fresh, sizeof fresh, "%s-new", path);
    store_close(store_open(path, &err));
    store_close(store_open(fresh, &err));
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(fresh, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, columns, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_non_null(strstr((const char *)sqlite3_column_text(statement, 0), "outcome.seconds"));
    expect(columns, (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    sqlite3_close(db);
    unlink(fresh);
}

/* As schema 3 was: what later ones added is taken away again. */
static void make_version_3(void)
{
    struct err err = {0};
    struct store *store = store_open(path, &err);
    assert_int_equal(example_hunt(store, true, &err), 3);
    store_close(store);
    exec("DROP VIEW v_sites; ALTER TABLE finding_site DROP COLUMN called_from;"
         " ALTER TABLE finding_site DROP COLUMN package; ALTER TABLE finding_site DROP COLUMN version;");
    exec("DROP VIEW v_probes; DROP INDEX probe_key; DROP TABLE probe;"
         " ALTER TABLE run DROP COLUMN driver_pid; ALTER TABLE run DROP COLUMN driver_start;"
         " ALTER TABLE run DROP COLUMN driver_boot; ALTER TABLE run DROP COLUMN ended_early;"
         " ALTER TABLE finding DROP COLUMN order_text; ALTER TABLE finding DROP COLUMN named_s;"
         " ALTER TABLE finding DROP COLUMN bytes_per_second; ALTER TABLE finding DROP COLUMN recording;"
         " ALTER TABLE run DROP COLUMN target; ALTER TABLE run DROP COLUMN machine;"
         " ALTER TABLE load DROP COLUMN service_sum_us; DROP TABLE finding_curl; DROP TABLE suspect;"
         " DROP TABLE shard; DROP TABLE part; PRAGMA user_version = 3");
}

/* Sums of times that no load had are counted up from the outcomes. */
static void check_sums(struct store *store)
{
    struct err err = {0};
    struct endpoint_load *loads;
    size_t count;
    double sum_us = 0;
    assert_int_equal(store_read_loads(store, 3, &loads, &count, &err), 0);
    assert_int_equal(count, EXAMPLE_ENDPOINTS);
    for (size_t i = 0; i < count; i++) {
        sum_us += loads[i].service_sum_us;
        endpoint_load_release(&loads[i]);
    }
    free(loads);
    char expected[32];
    snprintf(expected, sizeof expected, "%.1f", sum_us);
    assert_true(sum_us > 0);
    expect("SELECT sum(service_sum_us) FROM outcome WHERE run = 3", expected);
}

static void check_version_3(struct store *store)
{
    struct err err = {0};
    struct result result;
    check_contents(store);
    check_sums(store);
    if (store_read_result(store, 3, &result, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(result.finding_count, 1);
    assert_true(result.findings[0].bytes_per_request == 40.3 && !result.ended_early);
    assert_null(result.target);
    assert_null(result.machine);
    assert_true(result.shards == 0 && result.part_count == 0);
    assert_null(result.findings[0].order);
    assert_null(result.findings[0].recording);
    assert_int_equal(result.findings[0].curl.count, 0);
    assert_null(result.findings[0].sites[0].called_from);
    assert_true(isnan(result.findings[0].named_s) && isnan(result.findings[0].bytes_per_second));
    result_release(&result);
}

static void version_3_is_brought_up_to_date(void **state)
{
    (void)state;
    struct err err = {0};
    make_version_3();
    struct store *store = store_open_read_only(path, &err);
    check_version_3(store);
    store_close(store);
    expect("PRAGMA user_version", "3");
    store = store_open(path, &err);
    if (store == NULL)
        fail_msg("%s", err.message);
    check_version_3(store);
    char text[] = "x";
    struct probe probe = {.number = 1, .mix = text, .question = text, .answer = text, .says = text};
    store_put_probe(store, 3, &probe);
    assert_int_equal(store_flush(store, &err), 0);
    struct resumed resumed;
    assert_int_equal(store_resume_run(store, 3, &resumed, &err), -1); /* it had its verdict */
    store_close(store);
    expect("SELECT count(*) FROM v_probes", "1");
    expect("PRAGMA user_version", "9");
}

static void new_runs_go_into_it(void **state)
{
    (void)state;
    struct err err = {0};
    struct store *store = store_open(path, &err);
    assert_int_equal(example_hunt(store, true, &err), 3);
    struct result result;
    assert_int_equal(store_read_result(store, 3, &result, &err), 0);
    assert_true(result.lag_max_us == 730 && result.kept_bytes == 35.1e6);
    assert_int_equal(result.finding_count, 1);
    assert_string_equal(result.findings[0].signal, "live_objects");
    assert_true(result.findings[0].projection.days_interval.high > result.findings[0].projection.days);
    result_release(&result);
    store_close(store);
    expect("SELECT count(*) FROM v_endpoint_rates WHERE run = 3 AND lag_p99_ms = 0.21", "16");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reading_leaves_it_as_it_is, setup, remove_store),
        cmocka_unit_test_setup_teardown(writing_brings_it_up_to_date, setup, remove_store),
        cmocka_unit_test_setup_teardown(it_becomes_what_a_new_one_is, setup, remove_store),
        cmocka_unit_test_setup_teardown(version_3_is_brought_up_to_date, setup, remove_store),
        cmocka_unit_test_setup_teardown(new_runs_go_into_it, setup, remove_store),
    };
    return cmocka_run_group_tests_name("migrate", tests, NULL, NULL);
}
