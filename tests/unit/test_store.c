#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "example.h"
#include "scratch_store.h"
#include "store/writer.h"

static char directory[64];

static int remove_one(const char *name, const struct stat *status, int flag, struct FTW *walk)
{
    (void)status, (void)flag, (void)walk;
    return remove(name);
}

static int setup(void **state)
{
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/seep-store-XXXXXX");
    if (mkdtemp(directory) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/new/seep.db", directory);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static bool same_number(double a, double b)
{
    return (isnan(a) && isnan(b)) || a == b;
}

#define assert_number(a, b) assert_true(same_number(a, b))
#define assert_text(a, b)                                                                                    \
    do {                                                                                                     \
        assert_int_equal((a) == NULL, (b) == NULL);                                                          \
        if ((a) != NULL)                                                                                     \
            assert_string_equal(a, b);                                                                       \
    } while (0)

static void same_strings(const struct strings *a, const struct strings *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++)
        assert_string_equal(a->items[i], b->items[i]);
}

static void same_interval(struct interval a, struct interval b)
{
    assert_number(a.low, b.low);
    assert_number(a.high, b.high);
}

static void same_tally(const struct tally *a, const struct tally *b)
{
    assert_int_equal(a->planned, b->planned);
    assert_int_equal(a->done, b->done);
    assert_int_equal(a->failed, b->failed);
    assert_int_equal(a->skipped, b->skipped);
    assert_int_equal(a->landed, b->landed);
    assert_int_equal(a->uncounted, b->uncounted);
    assert_int_equal(a->wrong_status, b->wrong_status);
    assert_int_equal(a->expected_status, b->expected_status);
    assert_int_equal(a->received_bytes, b->received_bytes);
    assert_int_equal(a->abandoned, b->abandoned);
    assert_int_equal(a->late, b->late);
    assert_int_equal(a->too_late, b->too_late);
    assert_int_equal(a->uncorrelated, b->uncorrelated);
}

static void same_finding(const struct finding *a, const struct finding *b)
{
    same_strings(&a->endpoints, &b->endpoints);
    assert_int_equal(a->kind, b->kind);
    assert_number(a->bytes_per_request, b->bytes_per_request);
    same_interval(a->interval, b->interval);
    assert_number(a->objects_per_request, b->objects_per_request);
    assert_text(a->signal, b->signal);
    assert_text(a->per, b->per);
    assert_int_equal(a->linear_requests, b->linear_requests);
    assert_number(a->linear_bytes, b->linear_bytes);
    same_strings(&a->confirmed, &b->confirmed);
    assert_text(a->requests_that_grow, b->requests_that_grow);
    assert_number(a->explained, b->explained);
    assert_number(a->projection.memory_limit_bytes, b->projection.memory_limit_bytes);
    assert_number(a->projection.days, b->projection.days);
    assert_number(a->projection.at_rate_per_second, b->projection.at_rate_per_second);
    assert_number(a->projection.bytes_per_day, b->projection.bytes_per_day);
    same_interval(a->projection.bytes_per_day_interval, b->projection.bytes_per_day_interval);
    same_interval(a->projection.days_interval, b->projection.days_interval);
    assert_text(a->reproduce, b->reproduce);
    assert_text(a->recording, b->recording);
    same_strings(&a->curl, &b->curl);
    assert_text(a->order, b->order);
    assert_number(a->named_s, b->named_s);
    assert_number(a->bytes_per_second, b->bytes_per_second);
    assert_int_equal(a->site_count, b->site_count);
    for (size_t i = 0; i < a->site_count; i++) {
        assert_text(a->sites[i].site, b->sites[i].site);
        assert_int_equal(a->sites[i].whose, b->sites[i].whose);
        assert_text(a->sites[i].called_from, b->sites[i].called_from);
        assert_text(a->sites[i].package, b->sites[i].package);
        assert_text(a->sites[i].version, b->sites[i].version);
        assert_number(a->sites[i].bytes_per_request, b->sites[i].bytes_per_request);
        assert_number(a->sites[i].requested_bytes_per_request, b->sites[i].requested_bytes_per_request);
        assert_number(a->sites[i].objects_per_request, b->sites[i].objects_per_request);
    }
}

static void same_remarks(const struct remark *a, size_t a_count, const struct remark *b, size_t b_count)
{
    assert_int_equal(a_count, b_count);
    for (size_t i = 0; i < a_count; i++) {
        assert_string_equal(a[i].why, b[i].why);
        same_strings(&a[i].endpoints, &b[i].endpoints);
    }
}

static void same_result(const struct result *a, const struct result *b)
{
    assert_string_equal(a->command, b->command);
    assert_string_equal(a->label, b->label);
    assert_string_equal(a->service, b->service);
    assert_string_equal(a->reason, b->reason);
    assert_int_equal(a->verdict, b->verdict);
    assert_number(a->confidence, b->confidence);
    assert_int_equal(a->exit_code, b->exit_code);
    assert_int_equal(a->finding_count, b->finding_count);
    for (size_t i = 0; i < a->finding_count; i++)
        same_finding(&a->findings[i], &b->findings[i]);
    same_remarks(a->cleared, a->cleared_count, b->cleared, b->cleared_count);
    same_remarks(a->not_looked_at, a->not_looked_at_count, b->not_looked_at, b->not_looked_at_count);
    assert_int_equal(a->signal_count, b->signal_count);
    for (size_t i = 0; i < a->signal_count; i++) {
        assert_string_equal(a->signals[i].name, b->signals[i].name);
        assert_int_equal(a->signals[i].verdict, b->signals[i].verdict);
        assert_number(a->signals[i].smallest_detectable, b->signals[i].smallest_detectable);
        assert_int_equal(a->signals[i].objects, b->signals[i].objects);
        assert_number(a->signals[i].per_request, b->signals[i].per_request);
        same_interval(a->signals[i].interval, b->signals[i].interval);
    }
    assert_int_equal(a->threshold_count, b->threshold_count);
    for (size_t i = 0; i < a->threshold_count; i++) {
        assert_string_equal(a->thresholds[i].limit, b->thresholds[i].limit);
        assert_int_equal(a->thresholds[i].outcome, b->thresholds[i].outcome);
        assert_number(a->thresholds[i].value, b->thresholds[i].value);
        same_interval(a->thresholds[i].interval, b->thresholds[i].interval);
    }
    same_strings(&a->caveats, &b->caveats);
    assert_number(a->peak_bytes, b->peak_bytes);
    assert_number(a->kept_bytes, b->kept_bytes);
    assert_number(a->observed.bytes, b->observed.bytes);
    assert_number(a->observed.seconds, b->observed.seconds);
    assert_number(a->observed.explained, b->observed.explained);
    same_interval(a->observed.interval, b->observed.interval);
    assert_int_equal(a->requests, b->requests);
    assert_int_equal(a->trials, b->trials);
    assert_number(a->seconds, b->seconds);
    same_tally(&a->replay, &b->replay);
    assert_number(a->lag_p50_us, b->lag_p50_us);
    assert_number(a->lag_p99_us, b->lag_p99_us);
    assert_number(a->lag_max_us, b->lag_max_us);
    assert_number(a->own_max_rss_bytes, b->own_max_rss_bytes);
    assert_int_equal(a->ended_early, b->ended_early);
    assert_int_equal(a->started_us, b->started_us);
    assert_int_equal(a->ended_us, b->ended_us);
}

/* Every field set, the odd values too: NaN, infinity, NULL, the largest counts. */
static void odd_result(struct result *result)
{
    struct example example = {.total = 46800, .now_s = 41.2};
    example_result(result, &example);
    result->run = 1;
    result->started_us = 1700000000123456;
    result->ended_us = 1700000041323456;
    result->peak_bytes = NAN;
    result->observed.interval = (struct interval){NAN, NAN};
    result->replay.uncounted = 7;
    result->replay.abandoned = 3, result->replay.late = 5;
    result->replay.too_late = 6, result->replay.uncorrelated = 4;
    result->replay.received_bytes = UINT64_C(1) << 62;
    struct finding *finding = result_add_finding(result);
    strings_add(&finding->endpoints, "POST /hook");
    strings_add(&finding->endpoints, "POST /open");
    finding->kind = FINDING_CONSUMED;
    finding->bytes_per_request = 80.6;
    finding->requests_that_grow = xstrdup("currency=JPY");
    finding->recording = xstrdup("results/requests-1-get_quote.jsonl");
    strings_add(&finding->curl, "curl -sS \"http://127.0.0.1:${PORT}\"'/quote/7?currency=JPY'");
    strings_add(&finding->curl, "curl -sS --head 'it'\\''s'");
    finding->order = xstrdup("each POST /hook pays for one POST /open");
    finding->named_s = 12.25;
    finding->projection = (struct projection){734003200, INFINITY, 0, NAN, {NAN, NAN}, {40, INFINITY}};
    struct site_growth *site = finding_add_site(finding);
    site->site = xstrdup("main.handler main.go:31");
    site->whose = WHOSE_RUNTIME;
    site->called_from = xstrdup("/app/main.go:7");
    site->package = xstrdup("winston");
    site->version = xstrdup("3.11.0");
    site->bytes_per_request = NAN;
    strings_add(&result_add_cleared(result, "it's \"quoted\"; DROP TABLE run")->endpoints, "GET /\xff\x01");
    result_add_not_looked_at(result, "nothing was sent");
    struct remark *two = result_add_not_looked_at(result, "b");
    strings_add(&two->endpoints, "GET /2");
    strings_add(&two->endpoints, "GET /1");
    result_add_threshold(result, "growth > 1 MiB/h");
    finding = result_add_finding(result);
    finding->kind = FINDING_IDLE;
    finding->bytes_per_request = NAN;
    finding->bytes_per_second = 350.5;
    result->ended_early = true;
}

static void result_round_trip(void **state)
{
    (void)state;
    struct err err = {0};
    struct store *store = open_store();
    assert_int_equal(store_begin_run(store, "bisect", "x", "", "seep bisect x", UINT64_MAX, &err), 1);
    struct result before, after;
    odd_result(&before);
    for (int times = 0; times < 2; times++) { /* a resumed run ends twice */
        if (store_end_run(store, 1, &before, &err) < 0)
            fail_msg("%s", err.message);
        assert_int_equal(store_read_result(store, 1, &after, &err), 0);
        same_result(&before, &after);
        result_release(&after);
    }
    result_release(&before);
    store_close(store);
    expect("SELECT seed FROM run", "18446744073709551615");
    expect("SELECT count(*) FROM finding_site WHERE whose = 'yours' AND objects_per_request = 0", "1");
}

struct counted {
    size_t count, settled, gaps;
    double last_s;
    bool ordered;
};

static int count_sample(void *owner, const struct sample *sample)
{
    struct counted *counted = owner;
    counted->count++;
    counted->settled += sample->kind == SAMPLE_SETTLED;
    counted->gaps += isnan(sample->value) ? 1 : 0;
    counted->ordered = counted->ordered && sample->at_s >= counted->last_s;
    counted->last_s = sample->at_s;
    return 0;
}

static int stop_at_three(void *owner, const struct sample *sample)
{
    (void)sample;
    return ++*(int *)owner == 3;
}

static void evidence_round_trip(void **state)
{
    (void)state;
    struct err err = {0};
    struct store *store = open_store();
    assert_int_equal(example_hunt(store, true, &err), 1);
    struct trial *trials;
    struct block *blocks;
    struct measurement *measurements;
    struct endpoint_load *loads;
    size_t trial_count, block_count, measurement_count, load_count;
    assert_int_equal(store_read_trials(store, 1, &trials, &trial_count, &err), 0);
    assert_int_equal(store_read_blocks(store, 1, &blocks, &block_count, &err), 0);
    assert_int_equal(store_read_measurements(store, 1, &measurements, &measurement_count, &err), 0);
    assert_int_equal(store_read_loads(store, 1, &loads, &load_count, &err), 0);
    assert_int_equal(trial_count, 4);
    assert_int_equal(trials[1].step, STEP_ISOLATED);
    assert_string_equal(trials[1].mix, EXAMPLE_LEAK);
    assert_int_equal(trials[1].pid, 4202);
    assert_int_equal(trials[1].requests, 5000);
    assert_int_equal(block_count, 8 + 1 + 30 + 1 + 5 + 1 + 8 + 8 + 2);
    assert_int_equal(blocks[1].first_request, blocks[0].last_request);
    assert_string_equal(blocks[9].mix, "GET /");
    assert_int_equal(measurement_count, 15 + 4);
    assert_int_equal(measurements[7].verdict, VERDICT_GROWTH);
    assert_true(measurements[7].objects);
    assert_string_equal(measurements[7].mix, EXAMPLE_LEAK);
    assert_string_equal(measurements[15].note, "stopped growing after 640 calls");
    assert_int_equal(load_count, EXAMPLE_ENDPOINTS);
    assert_string_equal(loads[0].endpoint, "DELETE /cart/{id}/items/{item}");
    assert_number(loads[1].service.p50_us, 420);
    assert_number(loads[1].total.p99_us, 420 * 3.4 + 200);
    assert_number(loads[1].lag.max_us, 730);
    struct counted counted = {.ordered = true};
    assert_int_equal(store_each_sample(store, 1, count_sample, &counted, &err), 0);
    assert_int_equal(counted.settled, 3 * block_count);
    assert_true(counted.count > 450 && counted.ordered);
    int three = 0;
    assert_int_equal(store_each_sample(store, 1, stop_at_three, &three, &err), 0);
    assert_int_equal(three, 3);
    for (size_t i = 0; i < trial_count; i++)
        trial_release(&trials[i]);
    for (size_t i = 0; i < block_count; i++)
        block_release(&blocks[i]);
    for (size_t i = 0; i < measurement_count; i++)
        measurement_release(&measurements[i]);
    for (size_t i = 0; i < load_count; i++)
        endpoint_load_release(&loads[i]);
    free(trials), free(blocks), free(measurements), free(loads);
    store_close(store);
}

static void rows_replace_and_add_up(void **state)
{
    (void)state;
    struct err err = {0};
    struct store *store = open_store();
    int64_t run = store_begin_run(store, "run", "s", "", "", 1, &err);
    char mix[] = "a";
    struct trial trial = {.number = 1, .step = STEP_SOAK, .mix = mix, .ended_s = NAN};
    store_put_trial(store, run, &trial);
    trial.requests = 9, trial.ended_s = 3.5;
    store_put_trial(store, run, &trial);
    struct outcome_row row = {.trial = 1, .second = 2, .endpoint = "GET /", .lag_max_us = 5};
    row.tally = (struct tally){.planned = 4, .done = 3, .failed = 1};
    store_put_outcomes(store, run, &row);
    row.tally.wrong_status = 500, row.tally.expected_status = 200, row.lag_max_us = 9;
    store_put_outcomes(store, run, &row);
    struct sample gap = {1, "rss", SAMPLE_TIMED, 1.5, 4, NAN};
    store_put_sample(store, run, &gap);
    store_put_sample(store, run, &gap); /* the same microsecond twice */
    assert_int_equal(store_flush(store, &err), 0);
    struct counted counted = {.ordered = true};
    assert_int_equal(store_each_sample(store, run, count_sample, &counted, &err), 0);
    assert_int_equal(counted.gaps, 2);
    store_close(store);
    expect("SELECT count(*) || ' ' || sum(requests) || ' ' || sum(ended_s) FROM trial", "1 9 3.5");
    expect("SELECT planned || ' ' || done || ' ' || failed || ' ' || wrong_status || ' ' || expected_status "
           "|| ' ' ||"
           " lag_max_us FROM outcome",
           "8 6 2 500 200 9.0");
}

static void a_run_without_an_end(void **state)
{
    (void)state;
    struct err err = {0};
    struct store *store = open_store();
    assert_int_equal(example_hunt(store, false, &err), 1);
    struct result result;
    assert_int_equal(store_read_result(store, 1, &result, &err), 0);
    assert_int_equal(result.verdict, VERDICT_INCONCLUSIVE);
    assert_string_equal(result.reason, "the run was not ended: it is still under way, or seep died");
    assert_int_equal(result.exit_code, 125);
    assert_int_equal(result.trials, 4);
    assert_true(result.requests > 5000 && result.requests == result.replay.done);
    assert_true(result.seconds > 20);
    assert_true(result.peak_bytes > 34e6);
    assert_int_equal(result.ended_us, 0);
    result_release(&result);
    struct run_row *rows;
    size_t count;
    assert_int_equal(store_read_runs(store, &rows, &count, &err), 0);
    assert_int_equal(count, 1);
    assert_string_equal(rows[0].verdict, "");
    run_row_release(&rows[0]);
    free(rows);
    store_close(store);
}

static void runs_are_found(void **state)
{
    (void)state;
    struct err err = {0};
    struct store *store = open_store();
    int64_t run = 0;
    assert_int_equal(store_find_run(store, "last", &run, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_int_equal(example_hunt(store, true, &err), 1);
    store_begin_run(store, "run", "s", "nightly", "", 1, &err);
    store_begin_run(store, "run", "s", "", "", 1, &err);
    assert_int_equal(store_find_run(store, "nightly", &run, &err), 0);
    assert_int_equal(run, 2);
    assert_int_equal(store_find_run(store, "1", &run, &err), 0);
    assert_int_equal(run, 1);
    assert_int_equal(store_find_run(store, "last", &run, &err), 0);
    assert_int_equal(run, 3);
    assert_int_equal(store_find_run(store, "", &run, &err), -1); /* no label is not a label */
    assert_int_equal(store_find_run(store, "7", &run, &err), -1);
    assert_non_null(strstr(err.message, "no run '7'"));
    struct result result;
    assert_int_equal(store_read_result(store, 7, &result, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    struct run_row *rows;
    size_t count;
    assert_int_equal(store_read_runs(store, &rows, &count, &err), 0);
    assert_int_equal(count, 3);
    assert_int_equal(rows[2].run, 1);
    assert_string_equal(rows[2].first_finding, EXAMPLE_LEAK);
    assert_int_equal(rows[2].finding_count, 1);
    for (size_t i = 0; i < count; i++)
        run_row_release(&rows[i]);
    free(rows);
    store_close(store);
}

struct seen {
    size_t snapshots, sites, without_objects;
    uint64_t requests;
    double bytes;
};

static int see_snapshot(void *owner, int64_t trial, uint64_t requests, const char *name,
                        const struct snapshot *snapshot)
{
    struct seen *seen = owner;
    assert_true(trial >= 1 && *name != '\0' && *snapshot->format != '\0');
    assert_true(requests >= seen->requests);
    seen->requests = requests;
    seen->snapshots++;
    seen->sites += snapshot->count;
    for (size_t i = 0; i < snapshot->count; i++) {
        assert_true(snapshot->sites[i].name[0] != '\0');
        seen->without_objects += isnan(snapshot->sites[i].objects) ? 1 : 0;
        seen->bytes += snapshot->sites[i].bytes;
    }
    return 0;
}

static int see_one(void *owner, int64_t trial, uint64_t requests, const char *name,
                   const struct snapshot *snapshot)
{
    see_snapshot(owner, trial, requests, name, snapshot);
    return -1;
}

static void snapshots_are_read_back(void **state)
{
    (void)state;
    struct err err = {0};
    struct seen seen = {0}, one = {0};
    struct store *store = open_store();
    assert_int_equal(example_hunt(store, true, &err), 1);
    assert_int_equal(store_each_snapshot(store, 1, see_snapshot, &seen, &err), 0);
    assert_int_equal(seen.sites, 6);
    assert_int_equal(seen.without_objects, 2);
    assert_true(seen.snapshots > 1 && seen.bytes > 0);
    assert_int_equal(store_each_snapshot(store, 1, see_one, &one, &err), -1);
    assert_int_equal(one.snapshots, 1);
    assert_int_equal(store_each_snapshot(store, 9, see_snapshot, &seen, &err), 0);
    assert_int_equal(seen.sites, 6);
    store_close(store);
}

static void views_read_well(void **state)
{
    (void)state;
    struct err err = {0};
    struct store *store = open_store();
    assert_int_equal(example_hunt(store, true, &err), 1);
    store_close(store);
    expect("SELECT endpoints || ' ' || site || ' ' || bytes_per_request FROM v_sites LIMIT 1",
           EXAMPLE_LEAK " docker/staging/pricing/timing.py:41 32.0");
    expect("SELECT count(*) FROM v_trials WHERE started LIKE '20__-__-__T__:__:__.___Z' AND seconds > 0",
           "4");
    expect("SELECT count(*) > 450 FROM v_samples WHERE at LIKE '20__-__-__T__:__:__.___Z'", "1");
    expect("SELECT p50_ms || ' ' || recorded_per_second FROM v_endpoint_rates WHERE endpoint = '" EXAMPLE_LEAK
           "'",
           "0.73 3.2");
    expect("SELECT count(*) || ' ' || sum(objects IS NULL) FROM v_snapshot_sites", "6 2");
    expect("SELECT verdict FROM v_runs", "growth");
    expect("SELECT count(*) FROM v_measurements WHERE unit = 'objects'", "19");
    expect("PRAGMA application_id", "1936024944");
    expect("PRAGMA user_version", "9");
    expect("PRAGMA journal_mode", "wal");
    expect("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict"
           " AND name NOT LIKE 'sqlite%'",
           "0");
    expect("SELECT count(*) FROM pragma_foreign_key_check", "0");
}

static void files_are_private(void **state)
{
    (void)state;
    mode_t before = umask(0);
    struct store *store = open_store();
    umask(before);
    struct stat status;
    char side[128], parent[96];
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    snprintf(side, sizeof side, "%s-wal", path);
    assert_int_equal(stat(side, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    snprintf(parent, sizeof parent, "%s/new", directory);
    assert_int_equal(stat(parent, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    store_close(store);
}

static void write_file(const char *bytes)
{
    char parent[96];
    snprintf(parent, sizeof parent, "%s/new", directory);
    mkdir(parent, 0700);
    FILE *file = fopen(path, "w");
    fputs(bytes, file);
    fclose(file);
}

static void refuse(const char *sql, const char *complaint)
{
    struct err err = {0};
    if (sql != NULL) {
        sqlite3 *db;
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(db);
    }
    assert_null(store_open(path, &err));
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_non_null(strstr(err.message, complaint));
    assert_null(store_open_read_only(path, &err));
    assert_non_null(strstr(err.message, complaint));
}

static void other_files_are_refused(void **state)
{
    (void)state;
    struct err err = {0};
    assert_null(store_open_read_only(path, &err));
    assert_int_equal(err.code, ERR_USAGE);
    write_file("this is a text file, quite long enough to be taken for something else, isn't it? "
               "SQLite looks at the first hundred bytes or so.");
    refuse(NULL, "not a store of seep (not an SQLite database)");
    remove(path);
    refuse("CREATE TABLE other (a)", "not a store of seep (another program's");
    remove(path);
    store_close(open_store());
    refuse("CREATE TRIGGER t AFTER INSERT ON sample BEGIN DELETE FROM run; END", "its 't' runs by itself");
    remove(path);
    store_close(open_store());
    refuse("DROP TABLE caveat; CREATE VIEW caveat AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i "
           "FROM n) SELECT * FROM n",
           "its 'caveat' runs by itself");
    remove(path);
    store_close(open_store());
    exec("CREATE VIEW mine AS SELECT run FROM run"); /* a person's own */
    store_close(open_store());
    refuse("PRAGMA user_version = 10", "made by a newer seep (schema 10, this one knows 9)");
    assert_null(store_open(directory, &err));
    assert_int_equal(err.code, ERR_INTERNAL);
}

/* The child writes until it is killed; what it flushed, it has told by the pipe. */
static _Noreturn void write_until_killed(int pipe_end)
{
    struct err err = {0};
    struct store *store = store_open(path, &err);
    int64_t run = store != NULL ? store_begin_run(store, "run", "s", "", "", 1, &err) : -1;
    for (uint64_t i = 1; run > 0; i++) {
        struct sample sample = {1, "rss", SAMPLE_TIMED, (double)i / 1000, i, (double)i};
        store_put_sample(store, run, &sample);
        if (i % 500 == 0 && (store_flush(store, &err) < 0 || write(pipe_end, &i, sizeof i) != sizeof i))
            break;
    }
    _exit(1);
}

static void killed_writers_lose_nothing_flushed(void **state)
{
    (void)state;
    for (int times = 1; times <= 5; times++) {
        int ends[2], status;
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            write_until_killed(ends[1]);
        close(ends[1]);
        uint64_t flushed = 0;
        for (int told = 0; told < 2 + times; told++)
            assert_int_equal(read(ends[0], &flushed, sizeof flushed), sizeof flushed);
        usleep((useconds_t)times * 700); /* anywhere within the next batch */
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        assert_true(WIFSIGNALED(status));
        while (read(ends[0], &flushed, sizeof flushed) == sizeof flushed)
            ;
        close(ends[0]);
        struct err err = {0};
        struct store *store = open_store();
        struct counted counted = {.ordered = true};
        assert_int_equal(store_each_sample(store, times, count_sample, &counted, &err), 0);
        assert_true(counted.count >= flushed);
        struct result result;
        assert_int_equal(store_read_result(store, times, &result, &err), 0);
        assert_int_equal(result.verdict, VERDICT_INCONCLUSIVE);
        result_release(&result);
        store_close(store);
        expect("PRAGMA integrity_check", "ok");
    }
}

/* More rows than the queue holds, while nothing can be written: put waits, and nothing is lost. */
static void a_full_queue_waits(void **state)
{
    (void)state;
    struct err err = {0};
    struct store *store = open_store();
    int64_t run = store_begin_run(store, "run", "s", "", "", 1, &err);
    sqlite3 *lock;
    assert_int_equal(sqlite3_open(path, &lock), SQLITE_OK);
    assert_int_equal(sqlite3_exec(lock, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    struct sample sample = {1, "rss", SAMPLE_TIMED, 0, 0, 1};
    for (int i = 0; i < WRITER_CAPACITY; i++)
        store_put_sample(store, run, &sample);
    assert_int_equal(store_waits(store), 0);
    assert_int_equal(sqlite3_exec(lock, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(lock);
    for (int i = 0; i < 5 * WRITER_CAPACITY; i++)
        store_put_sample(store, run, &sample);
    assert_int_equal(store_flush(store, &err), 0);
    assert_true(store_waits(store) > 0);
    store_close(store);
    expect("SELECT count(*) FROM sample", "49152");
}

static void put_outcomes(struct store *store, int64_t run, int64_t from, int64_t to)
{
    static const char *const endpoints[] = {"GET /a", "GET /b/{id}", "POST /c"};
    struct err err = {0};
    for (int64_t second = from; second < to; second++)
        for (size_t i = 0; i < 3; i++)
            store_put_outcomes(store, run,
                               &(struct outcome_row){.trial = 1, .second = second, .endpoint = endpoints[i]});
    assert_int_equal(store_flush(store, &err), 0);
}

static void a_long_run_takes_no_memory_for_what_it_wrote(void **state)
{
    (void)state;
    struct err err = {0};
    struct store *store = open_store();
    int64_t run = store_begin_run(store, "run", "s", "", "", 1, &err);
    put_outcomes(store, run, 0, 1000);
    sqlite3_int64 early = sqlite3_memory_used();
    put_outcomes(store, run, 1000, 20000);
    assert_true(sqlite3_memory_used() - early < 100 << 10);
    store_close(store);
}

/* A file size limit stands in for a full disk: SQLite sees the write fail. */
static void a_full_disk_is_told(void **state)
{
    (void)state;
    struct err err = {0};
    signal(SIGXFSZ, SIG_IGN);
    struct store *store = open_store();
    int64_t run = store_begin_run(store, "run", "s", "", "", 1, &err);
    struct rlimit before, tight;
    getrlimit(RLIMIT_FSIZE, &before);
    tight = before;
    tight.rlim_cur = 600 << 10;
    setrlimit(RLIMIT_FSIZE, &tight);
    struct sample sample = {1, "rss", SAMPLE_TIMED, 0, 0, 1.5};
    for (int i = 0; i < 60000; i++) {
        sample.at_s = i * 0.1;
        store_put_sample(store, run, &sample);
    }
    int flushed = store_flush(store, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(flushed, -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_memory_equal(err.message, path, strlen(path));
    struct result result = {.verdict = VERDICT_INCONCLUSIVE, .exit_code = 202};
    err = (struct err){0};
    /* Told again, and yet the result is there. */
    assert_int_equal(store_end_run(store, run, &result, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    store_close(store);
    expect("PRAGMA integrity_check", "ok");
    expect("SELECT exit_code FROM run", "202");
    signal(SIGXFSZ, SIG_DFL);
}

static void a_reader_sees_a_living_run(void **state)
{
    (void)state;
    struct err err = {0};
    struct store *store = open_store();
    int64_t run = store_begin_run(store, "run", "s", "", "", 1, &err);
    struct store *reader = store_open_read_only(path, &err);
    assert_non_null(reader);
    struct sample sample = {1, "rss", SAMPLE_TIMED, 0, 0, 1};
    store_put_sample(store, run, &sample);
    store_flush(store, &err);
    struct counted counted = {.ordered = true};
    assert_int_equal(store_each_sample(reader, run, count_sample, &counted, &err), 0);
    assert_int_equal(counted.count, 1);
    store_close(reader);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(result_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(evidence_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(rows_replace_and_add_up, setup, teardown),
        cmocka_unit_test_setup_teardown(a_run_without_an_end, setup, teardown),
        cmocka_unit_test_setup_teardown(runs_are_found, setup, teardown),
        cmocka_unit_test_setup_teardown(snapshots_are_read_back, setup, teardown),
        cmocka_unit_test_setup_teardown(views_read_well, setup, teardown),
        cmocka_unit_test_setup_teardown(files_are_private, setup, teardown),
        cmocka_unit_test_setup_teardown(other_files_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(killed_writers_lose_nothing_flushed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_run_takes_no_memory_for_what_it_wrote, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_queue_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reader_sees_a_living_run, setup, teardown),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
