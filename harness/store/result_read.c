/* struct result out of its tables. */
#include "store/store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/inside.h"
#include "store/schema.h"

/* The index of `name` in the first `count` names, or 0: a word from a newer
 * seep is read as the most cautious. */
static int index_of(sqlite3_stmt *statement, int column, const char *(*name_of)(int), int count)
{
    const char *name = (const char *)sqlite3_column_text(statement, column);
    for (int i = 0; name != NULL && i < count; i++)
        if (strcmp(name_of(i), name) == 0)
            return i;
    return 0;
}

static const char *verdict_at(int index)
{
    return verdict_name((enum verdict)index);
}

static const char *kind_at(int index)
{
    return finding_kind_name((enum finding_kind)index);
}

static const char *whose_at(int index)
{
    return whose_name((enum whose)index);
}

static const char *threshold_at(int index)
{
    return threshold_outcome_name((enum threshold_outcome)index);
}

static struct interval interval_at(sqlite3_stmt *statement, int column)
{
    return (struct interval){sql_number(statement, column), sql_number(statement, column + 1)};
}

/* Runs `text` with the run as its parameter; `each` takes one row. */
static int for_rows(const struct sql *sql, const char *text, int64_t run,
                    void (*each)(struct result *result, sqlite3_stmt *statement), struct result *result,
                    struct err *err)
{
    sqlite3_stmt *statement = sql_prepare(sql, text, err);
    if (statement == NULL)
        return -1;
    sql_bind(statement, 1, "i", run);
    int status;
    while ((status = sql_next(sql, statement, err)) == 1)
        each(result, statement);
    sqlite3_finalize(statement);
    return status;
}

static void take_finding(struct result *result, sqlite3_stmt *statement)
{
    struct finding *finding = result_add_finding(result);
    finding->kind = (enum finding_kind)index_of(statement, 0, kind_at, FINDING_MIX + 1);
    finding->bytes_per_request = sql_number(statement, 1);
    finding->interval = interval_at(statement, 2);
    finding->objects_per_request = sql_number(statement, 4);
    finding->signal = sql_text_or_null(statement, 5);
    finding->per = sql_text_or_null(statement, 6);
    finding->linear_requests = sql_count(statement, 7);
    finding->linear_bytes = sql_number(statement, 8);
    finding->requests_that_grow = sql_text_or_null(statement, 9);
    finding->explained = sql_number(statement, 10);
    finding->projection = (struct projection){
        .memory_limit_bytes = sql_number(statement, 11),
        .days = sql_number(statement, 12),
        .at_rate_per_second = sql_number(statement, 13),
        .bytes_per_day = sql_number(statement, 15),
        .bytes_per_day_interval = interval_at(statement, 16),
        .days_interval = interval_at(statement, 18),
    };
    finding->reproduce = sql_text_or_null(statement, 14);
    finding->order = sql_text_or_null(statement, 20);
    finding->named_s = sql_number(statement, 21);
    finding->bytes_per_second = sql_number(statement, 22);
    finding->recording = sql_text_or_null(statement, 23);
}

/* Column 0 numbers the finding from 1; rows of a finding that is not there are passed over. */
static struct finding *finding_of(struct result *result, sqlite3_stmt *statement)
{
    uint64_t number = sql_count(statement, 0);
    return number >= 1 && number <= result->finding_count ? &result->findings[number - 1] : NULL;
}

static void take_text(struct strings *strings, sqlite3_stmt *statement, int column)
{
    strings_add(strings, sql_text_there(statement, column));
}

static void take_endpoint(struct result *result, sqlite3_stmt *statement)
{
    struct finding *finding = finding_of(result, statement);
    if (finding != NULL)
        take_text(&finding->endpoints, statement, 1);
}

static void take_confirmed(struct result *result, sqlite3_stmt *statement)
{
    struct finding *finding = finding_of(result, statement);
    if (finding != NULL)
        take_text(&finding->confirmed, statement, 1);
}

static void take_curl(struct result *result, sqlite3_stmt *statement)
{
    struct finding *finding = finding_of(result, statement);
    if (finding != NULL)
        take_text(&finding->curl, statement, 1);
}

static void take_site(struct result *result, sqlite3_stmt *statement)
{
    struct finding *finding = finding_of(result, statement);
    if (finding == NULL)
        return;
    struct site_growth *site = finding_add_site(finding);
    site->site = sql_text_or_null(statement, 1);
    site->whose = (enum whose)index_of(statement, 2, whose_at, WHOSE_UNKNOWN + 1);
    site->bytes_per_request = sql_number(statement, 3);
    site->requested_bytes_per_request = sql_number(statement, 4);
    site->objects_per_request = sql_number(statement, 5);
    site->called_from = sql_text_or_null(statement, 6);
    site->package = sql_text_or_null(statement, 7);
    site->version = sql_text_or_null(statement, 8);
}

/* Rows come remark by remark: a row with the number of an endpoint that is not the
 * first goes to the last remark. */
static void take_remark(struct result *result, sqlite3_stmt *statement)
{
    bool cleared = sql_integer(statement, 0) != 0;
    bool first = sql_integer(statement, 1) <= 1;
    size_t count = cleared ? result->cleared_count : result->not_looked_at_count;
    if (first || count == 0) {
        char *why = sql_text(statement, 2);
        if (cleared)
            result_add_cleared(result, why);
        else
            result_add_not_looked_at(result, why);
        free(why);
        count++;
    }
    struct remark *remark = cleared ? &result->cleared[count - 1] : &result->not_looked_at[count - 1];
    if (sqlite3_column_type(statement, 3) != SQLITE_NULL)
        take_text(&remark->endpoints, statement, 3);
}

static void take_signal(struct result *result, sqlite3_stmt *statement)
{
    char *name = sql_text(statement, 0);
    struct signal_result *signal = result_add_signal(result, name);
    free(name);
    signal->verdict = (enum verdict)index_of(statement, 1, verdict_at, VERDICT_GROWTH + 1);
    signal->smallest_detectable = sql_number(statement, 2);
    signal->objects = sql_integer(statement, 3) != 0;
    signal->per_request = sql_number(statement, 4);
    signal->interval = interval_at(statement, 5);
}

static void take_threshold(struct result *result, sqlite3_stmt *statement)
{
    char *limit = sql_text(statement, 0);
    struct threshold_result *threshold = result_add_threshold(result, limit);
    free(limit);
    threshold->outcome = (enum threshold_outcome)index_of(statement, 1, threshold_at, THRESHOLD_FAIL + 1);
    threshold->value = sql_number(statement, 2);
    threshold->interval = interval_at(statement, 3);
}

static void take_caveat(struct result *result, sqlite3_stmt *statement)
{
    take_text(&result->caveats, statement, 0);
}

static void take_suspect(struct result *result, sqlite3_stmt *statement)
{
    store_take_suspect(&result->suspects, statement);
}

static void take_shard(struct result *result, sqlite3_stmt *statement)
{
    result->shard = (size_t)sql_count(statement, 0);
    result->shards = (size_t)sql_count(statement, 1);
}

static void take_part(struct result *result, sqlite3_stmt *statement)
{
    result->parts = xrealloc(result->parts, (result->part_count + 1) * sizeof *result->parts);
    result->parts[result->part_count++] = (struct shard_part){
        .shard = (size_t)sql_count(statement, 0),
        .shards = (size_t)sql_count(statement, 1),
        .source = sql_text(statement, 2),
        .source_run = sql_integer(statement, 3),
        .planned = sql_count(statement, 4),
        .done = sql_count(statement, 5),
    };
}

static void take_run(struct result *result, sqlite3_stmt *statement)
{
    result->run = sql_integer(statement, 0);
    result->command = sql_text(statement, 1);
    result->service = sql_text(statement, 2);
    result->label = sql_text(statement, 3);
    result->verdict = (enum verdict)index_of(statement, 4, verdict_at, VERDICT_GROWTH + 1);
    result->reason = sql_text(statement, 5);
    result->confidence = sql_number(statement, 6);
    result->exit_code = (int)sql_integer(statement, 7);
    result->peak_bytes = sql_number(statement, 8);
    result->requests = sql_count(statement, 9);
    result->trials = sql_count(statement, 10);
    result->seconds = sql_number(statement, 11);
    result->lag_p50_us = sql_number(statement, 12);
    result->lag_p99_us = sql_number(statement, 13);
    result->lag_max_us = sql_number(statement, 14);
    result->own_max_rss_bytes = sql_number(statement, 15);
    result->started_us = sql_integer(statement, 16);
    result->ended_us = sql_integer(statement, 17);
    result->kept_bytes = sql_number(statement, 18);
    result->observed = (struct observed){
        .bytes = sql_number(statement, 19),
        .seconds = sql_number(statement, 20),
        .explained = sql_number(statement, 21),
        .interval = interval_at(statement, 22),
    };
    result->ended_early = sql_integer(statement, 24) != 0;
    result->seep_version = sql_text_or_null(statement, 25);
    result->target = sql_text_or_null(statement, 26);
    result->machine = sql_text_or_null(statement, 27);
    sql_tally(statement, 28, &result->replay);
}

/* In this order: what belongs to a finding comes after it. */
static const struct {
    const char *text;
    void (*take)(struct result *result, sqlite3_stmt *statement);
} parts[] = {
    {"SELECT run, command, service, label, verdict, reason, confidence, exit_code, peak_bytes, requests, "
     "trials,"
     " seconds, lag_p50_us, lag_p99_us, lag_max_us, own_max_rss_bytes, started_us, ended_us, kept_bytes,"
     " observed_bytes, observed_seconds, observed_explained, observed_low, observed_high, "
     "ended_early, seep_version, target, machine, " SCHEMA_TALLY " FROM run WHERE run = ?",
     take_run},
    {"SELECT kind, bytes_per_request, low, high, objects_per_request, signal, per, linear_requests, "
     "linear_bytes,"
     " requests_that_grow, explained, memory_limit_bytes, days, at_rate_per_second, reproduce,"
     " bytes_per_day, bytes_per_day_low, bytes_per_day_high, days_low, days_high, order_text,"
     " named_s, bytes_per_second, recording FROM finding"
     " WHERE run = ? ORDER BY finding",
     take_finding},
    {"SELECT finding, endpoint FROM finding_endpoint WHERE run = ? ORDER BY finding, number", take_endpoint},
    {"SELECT finding, step FROM finding_confirmed WHERE run = ? ORDER BY finding, number", take_confirmed},
    {"SELECT finding, line FROM finding_curl WHERE run = ? ORDER BY finding, number", take_curl},
    {"SELECT finding, site, whose, bytes_per_request, requested_bytes_per_request, objects_per_request,"
     " called_from, package, version FROM finding_site WHERE run = ? ORDER BY finding, number",
     take_site},
    {"SELECT r.kind = 'cleared', coalesce(e.number, 0), r.why, e.endpoint FROM remark r LEFT JOIN "
     "remark_endpoint e"
     " USING (run, kind, remark) WHERE r.run = ? ORDER BY r.kind, r.remark, e.number",
     take_remark},
    {"SELECT name, verdict, smallest_detectable, objects, per_request, low, high FROM signal_result WHERE "
     "run = ?"
     " ORDER BY number",
     take_signal},
    {"SELECT limit_text, outcome, value, low, high FROM threshold WHERE run = ? ORDER BY number",
     take_threshold},
    {"SELECT text FROM caveat WHERE run = ? ORDER BY number", take_caveat},
    {store_suspects_query, take_suspect},
    {"SELECT shard, shards FROM shard WHERE run = ?", take_shard},
    {"SELECT shard, shards, source, source_run, planned, done FROM part WHERE run = ? ORDER BY shard",
     take_part},
};

static int has_ended(const struct sql *sql, int64_t run, bool *ended, struct err *err)
{
    sqlite3_stmt *statement = sql_prepare(sql, "SELECT verdict IS NOT NULL FROM run WHERE run = ?", err);
    if (statement == NULL)
        return -1;
    sql_bind(statement, 1, "i", run);
    int status = sql_next(sql, statement, err);
    if (status == 1)
        *ended = sql_integer(statement, 0) != 0;
    sqlite3_finalize(statement);
    if (status == 0)
        return err_set(err, ERR_USAGE, "no run %lld in %s", (long long)run, sql->path);
    return status < 0 ? -1 : 0;
}

static const char count_query[] =
    "SELECT (SELECT count(*) FROM trial WHERE run = ?1),"
    " max(coalesce((SELECT max(at_us) / 1e6 FROM sample WHERE run = ?1), 0),"
    " coalesce((SELECT max(ended_s) FROM trial WHERE run = ?1), 0),"
    " coalesce((SELECT max(ended_s) FROM block WHERE run = ?1), 0)),"
    " (SELECT max(value) FROM sample WHERE run = ?1 AND signal = (SELECT name_id FROM name WHERE name = "
    "'rss')),"
    " (SELECT sum(requests) FROM trial WHERE run = ?1)";

static void take_counts(struct result *result, sqlite3_stmt *statement)
{
    result->trials = sql_count(statement, 0);
    result->seconds = sql_number(statement, 1);
    result->peak_bytes = sql_number(statement, 2);
    result->requests = sql_count(statement, 3);
}

static int count_up(struct store *store, int64_t run, struct result *result, struct err *err)
{
    struct so_far so_far;
    int status = for_rows(&store->sql, count_query, run, take_counts, result, err);
    if (status < 0 || store_read_so_far(store, run, &so_far, err) < 0)
        return -1;
    so_far_tell(&so_far, result);
    so_far_release(&so_far);
    return 0;
}

static int read_parts(struct store *store, int64_t run, bool counts, struct result *result, struct err *err)
{
    bool ended = false;
    if (has_ended(&store->sql, run, &ended, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (for_rows(&store->sql, parts[i].text, run, parts[i].take, result, err) < 0)
            return -1;
    if (ended)
        return 0;
    result_say(&result->reason, "the run was not ended: it is still under way, or seep died");
    result->exit_code = 125;
    return counts ? count_up(store, run, result, err) : 0;
}

static int read_result(struct store *store, int64_t run, bool counts, struct result *result, struct err *err)
{
    memset(result, 0, sizeof *result);
    /* One transaction, so that a run that ends meanwhile is read either way, never half. */
    if (sql_exec(&store->sql, "BEGIN", err) < 0)
        return -1;
    int status = read_parts(store, run, counts, result, err);
    sql_exec(&store->sql, "COMMIT", NULL);
    if (status < 0)
        result_release(result);
    return status;
}

int store_read_result(struct store *store, int64_t run, struct result *result, struct err *err)
{
    return read_result(store, run, true, result, err);
}

int store_read_told(struct store *store, int64_t run, struct result *result, struct err *err)
{
    return read_result(store, run, false, result, err);
}
