/* struct result into its tables, in one transaction. */
#include "store/store.h"

#include <stdio.h>

#include "base/clock.h"
#include "store/inside.h"
#include "store/schema.h"

static int write_strings(const struct sql *sql, const char *text, int64_t run, uint64_t of,
                         const struct strings *strings, struct err *err)
{
    for (size_t i = 0; i < strings->count; i++)
        if (sql_once(sql, err, text, "iuus", run, of, (uint64_t)i + 1, strings->items[i]) < 0)
            return -1;
    return 0;
}

static int write_sites(const struct sql *sql, int64_t run, uint64_t number, const struct finding *finding,
                       struct err *err)
{
    for (size_t i = 0; i < finding->site_count; i++) {
        const struct site_growth *site = &finding->sites[i];
        if (sql_once(sql, err,
                     "INSERT INTO finding_site (run, finding, number, site, whose, bytes_per_request,"
                     " requested_bytes_per_request, objects_per_request, called_from, package, version)"
                     " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     "iuussdddsss", run, number, (uint64_t)i + 1, site->site, whose_name(site->whose),
                     site->bytes_per_request, site->requested_bytes_per_request, site->objects_per_request,
                     site->called_from, site->package, site->version) < 0)
            return -1;
    }
    return 0;
}

/* By name: a store that was brought up to date has its columns in another order. */
static const char finding_query[] =
    "INSERT INTO finding (run, finding, kind, bytes_per_request, low, high, objects_per_request, signal, per,"
    " linear_requests, linear_bytes, requests_that_grow, explained, memory_limit_bytes, days,"
    " at_rate_per_second, bytes_per_day, bytes_per_day_low, bytes_per_day_high, days_low, days_high, "
    "reproduce, order_text, named_s, bytes_per_second, recording)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

static int write_finding(const struct sql *sql, int64_t run, uint64_t number, const struct finding *finding,
                         struct err *err)
{
    const struct projection *projection = &finding->projection;
    if (sql_once(sql, err, finding_query, "iusddddssudsdddddddddssdds", run, number,
                 finding_kind_name(finding->kind), finding->bytes_per_request, finding->interval.low,
                 finding->interval.high, finding->objects_per_request, finding->signal, finding->per,
                 finding->linear_requests, finding->linear_bytes, finding->requests_that_grow,
                 finding->explained, projection->memory_limit_bytes, projection->days,
                 projection->at_rate_per_second, projection->bytes_per_day,
                 projection->bytes_per_day_interval.low, projection->bytes_per_day_interval.high,
                 projection->days_interval.low, projection->days_interval.high, finding->reproduce,
                 finding->order, finding->named_s, finding->bytes_per_second, finding->recording) < 0)
        return -1;
    if (write_strings(sql, "INSERT INTO finding_endpoint VALUES (?, ?, ?, ?)", run, number,
                      &finding->endpoints, err) < 0 ||
        write_strings(sql, "INSERT INTO finding_confirmed VALUES (?, ?, ?, ?)", run, number,
                      &finding->confirmed, err) < 0 ||
        write_strings(sql, "INSERT INTO finding_curl VALUES (?, ?, ?, ?)", run, number, &finding->curl, err) <
            0)
        return -1;
    return write_sites(sql, run, number, finding, err);
}

static int write_findings(const struct sql *sql, int64_t run, const struct result *result, struct err *err)
{
    for (size_t i = 0; i < result->finding_count; i++)
        if (write_finding(sql, run, i + 1, &result->findings[i], err) < 0)
            return -1;
    return 0;
}

static int write_remarks(const struct sql *sql, int64_t run, const char *kind, const struct remark *remarks,
                         size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (sql_once(sql, err, "INSERT INTO remark VALUES (?, ?, ?, ?)", "isus", run, kind, (uint64_t)i + 1,
                     remarks[i].why) < 0)
            return -1;
        for (size_t e = 0; e < remarks[i].endpoints.count; e++)
            if (sql_once(sql, err, "INSERT INTO remark_endpoint VALUES (?, ?, ?, ?, ?)", "isuus", run, kind,
                         (uint64_t)i + 1, (uint64_t)e + 1, remarks[i].endpoints.items[e]) < 0)
                return -1;
    }
    return 0;
}

static int write_signals(const struct sql *sql, int64_t run, const struct result *result, struct err *err)
{
    for (size_t i = 0; i < result->signal_count; i++) {
        const struct signal_result *signal = &result->signals[i];
        if (sql_once(sql, err, "INSERT INTO signal_result VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", "iussdbddd",
                     run, (uint64_t)i + 1, signal->name, verdict_name(signal->verdict),
                     signal->smallest_detectable, (int)signal->objects, signal->per_request,
                     signal->interval.low, signal->interval.high) < 0)
            return -1;
    }
    return 0;
}

static int write_thresholds(const struct sql *sql, int64_t run, const struct result *result, struct err *err)
{
    for (size_t i = 0; i < result->threshold_count; i++) {
        const struct threshold_result *threshold = &result->thresholds[i];
        if (sql_once(sql, err, "INSERT INTO threshold VALUES (?, ?, ?, ?, ?, ?, ?)", "iussddd", run,
                     (uint64_t)i + 1, threshold->limit, threshold_outcome_name(threshold->outcome),
                     threshold->value, threshold->interval.low, threshold->interval.high) < 0)
            return -1;
    }
    for (size_t i = 0; i < result->caveats.count; i++)
        if (sql_once(sql, err, "INSERT INTO caveat VALUES (?, ?, ?)", "ius", run, (uint64_t)i + 1,
                     result->caveats.items[i]) < 0)
            return -1;
    return 0;
}

/* What began the run keeps its words where the result brings none. */
static const char end_query[] =
    "UPDATE run SET command = coalesce(?2, command), service = coalesce(?3, service), label = coalesce(?4, "
    "label),"
    " started_us = iif(?5, ?5, started_us), ended_us = ?6, verdict = ?7, reason = ?8, confidence = ?9,"
    " exit_code = ?10, peak_bytes = ?11, requests = ?12, trials = ?13, seconds = ?14, lag_p50_us = ?15,"
    " lag_p99_us = ?16, lag_max_us = ?17, own_max_rss_bytes = ?18, kept_bytes = ?19,"
    " observed_bytes = ?20, observed_seconds = ?21, observed_explained = ?22, observed_low = ?23,"
    " observed_high = ?24, ended_early = ?25, (" SCHEMA_TALLY
    ") = (?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38) WHERE run = ?1";

static int write_run(const struct sql *sql, int64_t run, const struct result *result, struct err *err)
{
    sqlite3_stmt *statement = sql_prepare(sql, end_query, err);
    if (statement == NULL)
        return -1;
    const struct observed *observed = &result->observed;
    int next = sql_bind(statement, 1, "isssiissdnduudddddddddddb", run, result->command, result->service,
                        result->label, result->started_us,
                        result->ended_us != 0 ? result->ended_us : clock_wall_us(),
                        verdict_name(result->verdict), result->reason, result->confidence, result->exit_code,
                        result->peak_bytes, result->requests, result->trials, result->seconds,
                        result->lag_p50_us, result->lag_p99_us, result->lag_max_us, result->own_max_rss_bytes,
                        result->kept_bytes, observed->bytes, observed->seconds, observed->explained,
                        observed->interval.low, observed->interval.high, (int)result->ended_early);
    sql_bind_tally(statement, next, &result->replay);
    int status = sql_run(sql, statement, err);
    sqlite3_finalize(statement);
    return status < 0 ? status
                      : sql_once(sql, err, "UPDATE run SET target = ?, machine = ? WHERE run = ?", "ssi",
                                 result->target, result->machine, run);
}

int store_clear_result(const struct sql *sql, int64_t run, struct err *err)
{
    for (size_t i = 0; schema_result_tables[i] != NULL; i++) {
        char text[96];
        snprintf(text, sizeof text, "DELETE FROM %s WHERE run = ?", schema_result_tables[i]);
        if (sql_once(sql, err, text, "i", run) < 0)
            return -1;
    }
    return 0;
}

static int write_all(const struct sql *sql, int64_t run, const struct result *result, struct err *err)
{
    /* A run that went on ends twice: the later result stands. */
    if (store_clear_result(sql, run, err) < 0 || write_run(sql, run, result, err) < 0 ||
        write_findings(sql, run, result, err) < 0 ||
        write_remarks(sql, run, "cleared", result->cleared, result->cleared_count, err) < 0 ||
        write_remarks(sql, run, "not_looked_at", result->not_looked_at, result->not_looked_at_count, err) < 0)
        return -1;
    if (write_signals(sql, run, result, err) < 0)
        return -1;
    return write_thresholds(sql, run, result, err);
}

int store_end_run(struct store *store, int64_t run, const struct result *result, struct err *err)
{
    /* A lost row must not cost the verdict as well: the result is written in any
     * case, then the loss is told. */
    int flushed = writer_flush(store->writer, err);
    struct err *slot = flushed < 0 ? NULL : err;
    if (sql_exec(&store->sql, "BEGIN IMMEDIATE", slot) < 0)
        return -1;
    if (write_all(&store->sql, run, result, slot) < 0 || sql_exec(&store->sql, "COMMIT", slot) < 0) {
        sql_exec(&store->sql, "ROLLBACK", NULL);
        return -1;
    }
    return flushed;
}
