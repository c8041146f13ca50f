/* Shards' stores made by hand, and what merging makes of them: the truth about the whole is known. */
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

#include "analysis/hold.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "flow/marks.h"
#include "flow/merge.h"

enum { SHARDS = 3, SECONDS = 40, RATE = 500, KEEPS = 40 };

static char directory[] = "/tmp/seep-merge-XXXXXX";
static char paths[SHARDS + 1][64];
static int64_t began_us; /* when the first began: those whose driver died know no better than the store */

/* How one shard differs from what all are. */
struct made {
    double late_s;   /* it began so much later than the first */
    double per_read; /* what its readings are said to add */
    double grows;    /* bytes for each request of the whole */
    int lost_rows;   /* requests that no row tells of */
    double quiet_s;  /* when shard 0 looked without traffic; 0: it did not */
    int state;       /* and what it saw: enum hold_state */
    int warm_s;      /* no reading before that counts */
    int given_s;     /* as it was asked for */
};

static json_t *histogram_of(const struct histogram *times)
{
    json_t *list = json_array();
    json_array_append_new(list, json_integer((json_int_t)times->max));
    json_array_append_new(list, json_integer((json_int_t)times->zeros));
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        if (histogram_in(times, i) > 0) {
            json_array_append_new(list, json_integer((json_int_t)i));
            json_array_append_new(list, json_integer((json_int_t)histogram_in(times, i)));
        }
    return list;
}

/* Times of a shard's requests: of shard i from 1000 (i + 1) us on. */
static void add_times(struct histogram *times, int shard)
{
    for (int i = 0; i < SECONDS * RATE; i++)
        histogram_add(times, (uint64_t)(1000 * (shard + 1) + i % 777));
}

static json_t *endpoint_of(int shard)
{
    struct histogram times = {0};
    add_times(&times, shard);
    json_t *endpoint =
        json_pack("{s:s, s:f, s:f, s:b, s:[], s:o, s:o, s:o, s:f}", "name", "GET /a", "rate", 3.0, "weight",
                  1.0, "usable", 1, "limits", "lag", histogram_of(&times), "service", histogram_of(&times),
                  "total", histogram_of(&times), "service_sum_us", 1000.0);
    histogram_release(&times);
    return endpoint;
}

/* From second 2 on, a thousandth of a second more or less. */
static json_t *marks_of(void)
{
    json_t *list = json_array();
    for (int i = 0; i <= SECONDS * 10; i++) {
        json_array_append_new(list, json_real(2 + i / 10.0));
        json_array_append_new(list, json_integer(i * RATE / 10));
    }
    return list;
}

/* Readings of one signal each second, under the load of all shards; those that began later lag behind. */
static json_t *memory_of(const struct made *made, const struct made *others)
{
    json_t *rows = json_array();
    for (int i = made->warm_s; i <= SECONDS; i++) {
        double requests = i * RATE;
        for (int other = 1; other < SHARDS; other++)
            requests += RATE * fmin(fmax(i + made->late_s - others[other].late_s, 0), SECONDS);
        double value = 5e6 + made->grows * requests + 3 * (i % 5);
        json_array_append_new(rows, json_pack("{s:f, s:f, s:i, s:f, s:[f]}", "at_s", 2.0 + i, "requests",
                                              (double)i * RATE, "readings", i, "met", 0.0, "values", value));
    }
    json_t *memory = json_pack(
        "{s:[{s:s, s:i, s:b, s:b, s:b, s:b}], s:i, s:[{s:s, s:f}], s:o, s:[], s:[n], s:s, s:[], s:{s:i, s:f, "
        "s:f}}",
        "signals", "name", "live_bytes", "unit", 0, "cheap", 0, "collects", 1, "promised", 1, "pooled", 0,
        "short_lived", 0, "deciders", "name", "live_bytes", "per_read", made->per_read, "rows", rows, "cuts",
        "settled", "gap_why", "", "limits", "numbers", "readings", SECONDS, "quiet_s", made->quiet_s,
        "held_s", 4.0);
    if (made->quiet_s > 0) /* per request of its own: a third for each of all */
        json_object_set_new(memory, "held",
                            json_pack("[{s:b, s:i, s:f, s:f}]", "tried", 1, "state", made->state, "kept", 1.5,
                                      "away", made->state == HOLD_GONE ? 1.0 : 0.0));
    return memory;
}

static char *kept_of(int shard, const struct made *all)
{
    json_t *kept = json_pack(
        "{s:i, s:I, s:f, s:f, s:f, s:f, s:f, s:i, s:s, s:i, s:i, s:b, s:{s:f, s:i, s:[s], s:[o]}, s:o}",
        "format", 1, "began_us", (json_int_t)(began_us + llround(all[shard].late_s * 1e6)), "from_s", 2.0,
        "last_due_s", 2.0 + SECONDS, "last_sent_s", 2.0 + SECONDS, "to_s", 2.0 + SECONDS, "stopped_s", 0.0,
        "halt", 0, "halt_why", "", "planned", SECONDS * RATE, "load", 0, "chosen", 0, "service",
        "memory_limit_bytes", 1e9, "instances", 1, "limits", "p99 > 1 s", "endpoints", endpoint_of(shard),
        "marks", marks_of());
    json_object_set_new(kept, "warm_up_ns", json_integer(all[0].given_s * CLOCK_NS_PER_S));
    if (shard == 0)
        json_object_set_new(kept, "memory", memory_of(&all[0], all));
    char *text = json_dumps(kept, 0);
    json_decref(kept);
    return text;
}

static void put_rows(struct store *store, int64_t run, const struct made *made)
{
    for (int second = 0; second < SECONDS; second++) {
        uint64_t done = RATE - (second == 7 ? (uint64_t)made->lost_rows : 0);
        struct outcome_row row = {.trial = 1,
                                  .second = second + 2,
                                  .endpoint = "GET /a",
                                  .tally = {.planned = done, .done = done, .landed = done}};
        store_put_outcomes(store, run, &row);
    }
}

/* A store with shard `number`; kept NULL where it has none. */
static void make_shard(int number, const struct made *all, bool ended)
{
    struct err err = {0};
    struct result result = {
        .exit_code = 125, .seconds = SECONDS + 3, .own_max_rss_bytes = 1e6 * (number + 1)};
    struct store *store = store_open(paths[number], &err);
    int64_t run = store_begin_run(store, "run", "made", "a label", "", 7, &err);
    char *kept = kept_of(number, all), key[] = "key";
    struct shard_run shard = {
        .shard = (size_t)number, .shards = SHARDS, .key = key, .kept = ended ? kept : NULL};
    put_rows(store, run, &all[number]);
    if (number == 0)
        store_put_sample(store, run, &(struct sample){1, "live_bytes", SAMPLE_JUDGED, 12, 10 * RATE, 7});
    assert_int_equal(store_keep_shard(store, run, &shard, &err), 0);
    strings_add(&result.caveats, "what all say");
    if (number == 1)
        strings_add(&result.caveats, "what one says");
    if (ended)
        assert_int_equal(store_end_run(store, run, &result, &err), 0);
    assert_int_equal(store_flush(store, &err), 0);
    result_release(&result);
    store_close(store);
    free(kept);
}

static void forget(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char side[sizeof paths[0] + 8];
    for (int i = 0; i <= SHARDS; i++)
        for (size_t s = 0; s < 3; s++) {
            snprintf(side, sizeof side, "%.60s%s", paths[i], suffixes[s]);
            unlink(side);
        }
}

static int try_merge(const struct made *all, bool partial, struct store **store, struct result *result,
                     struct err *err)
{
    const char *sources[SHARDS];
    for (int i = 0; i < SHARDS; i++) {
        make_shard(i, all, true);
        sources[i] = paths[SHARDS - 1 - i]; /* in any order */
    }
    struct merge_options options = {sources, SHARDS, paths[SHARDS], NULL, "", partial};
    return merge(&options, store, result, err);
}

static struct result merged(const struct made *all)
{
    struct err err = {0};
    struct result result = {0};
    struct store *store = NULL;
    if (try_merge(all, false, &store, &result, &err) != 0)
        fail_msg("%s", err.message);
    store_close(store);
    return result;
}

static bool says(const struct result *result, const char *part)
{
    for (size_t i = 0; i < result->caveats.count; i++)
        if (strstr(result->caveats.items[i], part) != NULL)
            return true;
    return false;
}

static void growth_is_per_request_of_all(void **state)
{
    (void)state;
    const double late[][SHARDS] = {{0, 0, 0}, {0, 0.4, 0.7}, {0.3, 0, 0.2}};
    for (size_t i = 0; i < sizeof late / sizeof *late; i++) {
        struct made all[SHARDS] = {
            {.late_s = late[i][0], .grows = KEEPS}, {.late_s = late[i][1]}, {.late_s = late[i][2]}};
        struct result result = merged(all);
        assert_int_equal(result.verdict, VERDICT_GROWTH);
        assert_int_equal(result.finding_count, 1);
        assert_true(fabs(result.findings[0].bytes_per_request - KEEPS) < 0.02 * KEEPS);
        assert_true(result.findings[0].linear_requests > 0.9 * SHARDS * SECONDS * RATE);
        assert_int_equal(result.exit_code, 1);
        result_release(&result);
        forget();
    }
}

static void what_is_flat_stays_flat(void **state)
{
    (void)state;
    struct made all[SHARDS] = {{0}};
    struct result result = merged(all);
    assert_int_equal(result.verdict, VERDICT_NO_GROWTH);
    assert_int_equal(result.exit_code, 0);
    assert_int_equal(result.replay.planned, SHARDS * SECONDS * RATE);
    assert_int_equal(result.replay.landed, SHARDS * SECONDS * RATE);
    assert_int_equal(result.requests, SHARDS * SECONDS * RATE);
    assert_true(result.own_max_rss_bytes == 3e6);
    assert_true(says(&result, "shard 1: what one says") && !says(&result, "shard 0: what all say"));
    assert_true(says(&result, "what all say"));
    result_release(&result);
    forget();
}

static void counts_and_times_are_added(void **state)
{
    (void)state;
    struct made all[SHARDS] = {{.late_s = 0.2}, {.late_s = 0}, {.late_s = 2.4}};
    struct result result = merged(all);
    struct err err = {0};
    struct endpoint_load *loads;
    size_t count;
    struct histogram times = {0};
    struct store *store = store_open_read_only(paths[SHARDS], &err);
    assert_int_equal(store_read_loads(store, result.run, &loads, &count, &err), 0);
    assert_int_equal(count, 1);
    assert_int_equal(loads[0].tally.done, SHARDS * SECONDS * RATE);
    for (int shard = 0; shard < SHARDS; shard++)
        add_times(&times, shard);
    assert_true(loads[0].service.p50_us == (double)histogram_quantile(&times, 0.5));
    assert_true(loads[0].service.p99_us == (double)histogram_quantile(&times, 0.99));
    assert_true(loads[0].service.max_us == (double)times.max && loads[0].service_sum_us == 3000);
    assert_int_equal(result.threshold_count, 1);
    assert_int_equal(result.thresholds[0].outcome, THRESHOLD_PASS);
    assert_int_equal(result.started_us, began_us);
    assert_true(says(&result, "the last shard began 2.4 s after the first"));
    histogram_release(&times);
    endpoint_load_release(&loads[0]);
    free(loads);
    result_release(&result);
    assert_int_equal(store_read_result(store, 1, &result, &err), 0);
    assert_int_equal(result.part_count, SHARDS);
    assert_int_equal(result.parts[2].planned, SECONDS * RATE);
    assert_string_equal(result.label, "a label");
    result_release(&result);
    store_close(store);
    forget();
}

static int take_sample(void *owner, const struct sample *sample)
{
    *(struct sample *)owner = *sample;
    return 0;
}

/* Shard 0's sample at its second 12, when it had 5,000: shard 1 as many, and shard 2, half a second late, 250 fewer. */
static void samples_get_the_requests_of_all(void **state)
{
    (void)state;
    struct made all[SHARDS] = {{.late_s = 0}, {.late_s = 0}, {.late_s = 0.5}};
    struct result result = merged(all);
    struct err err = {0};
    struct sample sample = {0};
    struct store *store = store_open_read_only(paths[SHARDS], &err);
    assert_int_equal(store_each_sample(store, result.run, take_sample, &sample, &err), 0);
    assert_int_equal(sample.requests, 3 * 10 * RATE - RATE / 2);
    assert_true(sample.value == 7 && sample.kind == SAMPLE_JUDGED);
    store_close(store);
    result_release(&result);
    forget();
}

static void readings_that_add_count_only_where_they_were_alone(void **state)
{
    (void)state;
    struct made all[SHARDS] = {{.late_s = 3, .grows = 1, .per_read = RATE}, {.late_s = 0}, {.late_s = 3}};
    struct result result = merged(all);
    assert_true(says(&result, "other shards were sending before shard 0 had read"));
    assert_int_not_equal(result.verdict, VERDICT_NO_GROWTH);
    result_release(&result);
    forget();
}

/* Held, and gone by then: a window of time. Where another shard was sending still, that is not known. */
static void what_went_without_traffic_is_a_window(void **state)
{
    (void)state;
    static const struct {
        double quiet_s, late_s;
        int state;
        enum verdict verdict;
        const char *says;
    } rows[] = {
        {SECONDS + 3, 0, HOLD_STAYS, VERDICT_GROWTH, "still there after 4 s without traffic"},
        {SECONDS + 3, 0, HOLD_GONE, VERDICT_NO_GROWTH, "a window of time"},
        {SECONDS + 3, 0.9, HOLD_GONE, VERDICT_NO_GROWTH, "a window of time"},
        {SECONDS + 3, 1.5, HOLD_GONE, VERDICT_GROWTH, "other shards were sending still"},
        {0, 0, HOLD_STAYS, VERDICT_GROWTH, "whether it stays without traffic was not tried"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct made all[SHARDS] = {{.grows = KEEPS, .quiet_s = rows[i].quiet_s, .state = rows[i].state},
                                   {.late_s = rows[i].late_s},
                                   {.late_s = 0}};
        struct result result = merged(all);
        assert_int_equal(result.verdict, rows[i].verdict);
        assert_true(says(&result, rows[i].says));
        assert_true(result.signals[0].per_request > 38 || fabs(result.signals[0].per_request - 0.5) < 0.02);
        result_release(&result);
        forget();
    }
}

/* Others' requests of before the first reading say nothing, unless they were to be left out. */
static void load_that_was_not_watched_shows_nothing(void **state)
{
    (void)state;
    for (int given = 0; given < 2; given++) {
        struct made all[SHARDS] = {{.warm_s = 25, .given_s = 24 * given}, {.late_s = 0}, {.late_s = 0}};
        struct result result = merged(all);
        assert_int_equal(result.verdict, given ? VERDICT_NO_GROWTH : VERDICT_INCONCLUSIVE);
        if (!given)
            assert_non_null(strstr(result.reason, "only 37 % of the requests of shard 1 of 3 came while"));
        result_release(&result);
        forget();
    }
}

static void lost_rows_are_noticed(void **state)
{
    (void)state;
    struct made all[SHARDS] = {{.late_s = 0}, {.lost_rows = 3}, {.late_s = 0}};
    struct err err = {0};
    struct result result = {0};
    struct store *store = NULL;
    assert_int_equal(try_merge(all, true, &store, &result, &err), -1);
    assert_non_null(
        strstr(err.message, "rows of run 1 are missing: 20000 requests were planned, 19997 are told"));
    assert_null(store);
    assert_int_not_equal(access(paths[SHARDS], F_OK), 0);
    result_release(&result);
    forget();
}

/* Whatever shard's load is missing, and however flat memory was: nothing is shown. */
static void nothing_is_shown_of_a_part(void **state)
{
    (void)state;
    for (int lost = 0; lost < SHARDS; lost++)
        for (int way = 0; way < 4; way++) {
            struct made all[SHARDS] = {{.grows = way % 2 == 0 ? 0 : KEEPS}, {.late_s = 0}, {.late_s = 0}};
            const char *sources[SHARDS];
            struct err err = {0};
            struct result result = {0};
            struct store *store = NULL;
            size_t count = 0;
            for (int i = 0; i < SHARDS; i++) {
                if (i != lost || way >= 2) {
                    make_shard(i, all, i != lost);
                    sources[count++] = paths[i];
                }
            }
            struct merge_options options = {sources, count, paths[SHARDS], NULL, "", false};
            assert_int_equal(merge(&options, &store, &result, &err), -1);
            assert_int_equal(err.code, ERR_USAGE);
            options.partial = true;
            if (merge(&options, &store, &result, &err) != 0)
                fail_msg("%s", err.message);
            assert_int_equal(result.verdict, VERDICT_INCONCLUSIVE);
            assert_int_equal(result.finding_count, 0);
            assert_non_null(strstr(result.reason, way < 2 ? "is missing" : "has not ended"));
            assert_int_equal(result.exit_code, 125);
            for (size_t i = 0; i < result.signal_count; i++)
                assert_int_equal(result.signals[i].verdict, VERDICT_INCONCLUSIVE);
            assert_int_equal(result.replay.done, (uint64_t)(way < 2 ? 2 : 3) * SECONDS * RATE);
            store_close(store);
            result_release(&result);
            forget();
        }
}

static void marks_are_a_line(void **state)
{
    (void)state;
    struct marks marks = {0};
    assert_true(marks_at(&marks, 5) == 0);
    for (int i = 0; i < 3 * MARKS_MOST; i++)
        marks_add(&marks, i / 10.0, 2.0 * i);
    marks_end(&marks, 3 * MARKS_MOST / 10.0, 6.0 * MARKS_MOST);
    assert_true(marks.count <= MARKS_MOST);
    assert_true(marks_at(&marks, -1) == 0);
    for (double at_s = 0; at_s < 1200; at_s += 7.3)
        assert_true(fabs(marks_at(&marks, at_s) - 20 * at_s) < 1e-6);
    assert_true(marks_at(&marks, INFINITY) == 6.0 * MARKS_MOST);
    marks_release(&marks);
}

static int setup(void **state)
{
    (void)state;
    began_us = clock_wall_us();
    if (mkdtemp(directory) == NULL)
        return -1;
    for (int i = 0; i <= SHARDS; i++)
        snprintf(paths[i], sizeof paths[i], "%s/%d.db", directory, i);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    forget();
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growth_is_per_request_of_all),
        cmocka_unit_test(what_is_flat_stays_flat),
        cmocka_unit_test(counts_and_times_are_added),
        cmocka_unit_test(samples_get_the_requests_of_all),
        cmocka_unit_test(readings_that_add_count_only_where_they_were_alone),
        cmocka_unit_test(what_went_without_traffic_is_a_window),
        cmocka_unit_test(load_that_was_not_watched_shows_nothing),
        cmocka_unit_test(lost_rows_are_noticed),
        cmocka_unit_test(nothing_is_shown_of_a_part),
        cmocka_unit_test(marks_are_a_line),
    };
    return cmocka_run_group_tests(tests, setup, remove_directory);
}
