/* A run that ended early goes on: its result is taken away, what was measured stays. */
#include "store/store.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/driver.h"
#include "store/inside.h"
#include "store/schema.h"

enum { COMMAND, STARTED, ENDED, EARLY, PID, START, BOOT };
static const char run_query[] =
    "SELECT command, started_us, verdict IS NOT NULL, ended_early, driver_pid, driver_start, driver_boot"
    " FROM run WHERE run = ?";

static void read_driver(sqlite3_stmt *statement, struct driver *driver)
{
    const char *boot = (const char *)sqlite3_column_text(statement, BOOT);
    *driver = (struct driver){.pid = sql_integer(statement, PID), .start = sql_integer(statement, START)};
    snprintf(driver->boot, sizeof driver->boot, "%s", boot != NULL ? boot : "");
}

/* `statement` stands on the row of the run. */
static int may_go_on(int64_t run, sqlite3_stmt *statement, struct err *err)
{
    const char *command = (const char *)sqlite3_column_text(statement, COMMAND);
    long long number = (long long)run;
    struct driver driver;
    read_driver(statement, &driver);
    if (strcmp(command, "bisect") != 0)
        return err_set(err, ERR_USAGE, "run %lld is a `%s`: only a `bisect` can go on", number, command);
    if (!sql_integer(statement, ENDED) && driver_lives(&driver))
        return err_set(err, ERR_USAGE, "run %lld is still under way (process %lld)", number,
                       (long long)driver.pid);
    if (sql_integer(statement, ENDED) && !sql_integer(statement, EARLY))
        return err_set(err, ERR_USAGE, "run %lld ended with its verdict; ask anew", number);
    return 0;
}

static int check_run(const struct sql *sql, int64_t run, struct resumed *resumed, struct err *err)
{
    sqlite3_stmt *statement = sql_prepare(sql, run_query, err);
    if (statement == NULL)
        return -1;
    sql_bind(statement, 1, "i", run);
    int status = sql_next(sql, statement, err);
    if (status == 0)
        status = err_set(err, ERR_USAGE, "no run %lld in %s", (long long)run, sql->path);
    if (status == 1) {
        resumed->started_us = sql_integer(statement, STARTED);
        status = may_go_on(run, statement, err);
    }
    sqlite3_finalize(statement);
    return status;
}

/* Without the seconds that an outcome row covers: what comes next must not begin later than now. */
static const char sums_query[] =
    "SELECT max(coalesce((SELECT max(at_us) / 1e6 FROM sample WHERE run = ?1), 0),"
    " coalesce((SELECT max(max(started_s, coalesce(ended_s, 0))) FROM trial WHERE run = ?1), 0),"
    " coalesce((SELECT max(ended_s) FROM block WHERE run = ?1), 0),"
    " coalesce((SELECT max(ended_s) FROM probe WHERE run = ?1), 0),"
    " coalesce((SELECT max(second) FROM outcome WHERE run = ?1), 0)),"
    " max(coalesce((SELECT max(trial) FROM trial WHERE run = ?1), 0),"
    " coalesce((SELECT max(trial) FROM sample WHERE run = ?1), 0),"
    " coalesce((SELECT max(trial) FROM outcome WHERE run = ?1), 0)),"
    " coalesce((SELECT max(probe) FROM probe WHERE run = ?1), 0),"
    " coalesce((SELECT peak_bytes FROM run WHERE run = ?1),"
    " (SELECT max(value) FROM sample WHERE run = ?1 AND settled AND signal ="
    " (SELECT name_id FROM name WHERE name = 'rss'))),"
    " coalesce((SELECT requests FROM run WHERE run = ?1), sum(done) + sum(uncounted)), " SCHEMA_TALLY_SUM(
        "second") " FROM outcome WHERE run = ?1";

static int read_sums(const struct sql *sql, int64_t run, struct resumed *resumed, struct err *err)
{
    sqlite3_stmt *statement = sql_prepare(sql, sums_query, err);
    if (statement == NULL)
        return -1;
    sql_bind(statement, 1, "i", run);
    int status = sql_next(sql, statement, err);
    if (status == 1) {
        resumed->elapsed_s = sql_number(statement, 0);
        resumed->trials = sql_integer(statement, 1);
        resumed->probes = sql_integer(statement, 2);
        resumed->peak_bytes = sql_number(statement, 3);
        resumed->requests = sql_count(statement, 4);
        sql_tally(statement, 5, &resumed->tally);
    }
    sqlite3_finalize(statement);
    return status < 0 ? -1 : 0;
}

/* As store_begin_run() leaves it. */
static const char reopen_query[] =
    "UPDATE run SET ended_us = NULL, verdict = NULL, reason = NULL, confidence = NULL, exit_code = NULL,"
    " peak_bytes = NULL, requests = NULL, trials = NULL, seconds = NULL, lag_p50_us = NULL,"
    " lag_p99_us = NULL, lag_max_us = NULL, own_max_rss_bytes = NULL, kept_bytes = NULL,"
    " observed_bytes = NULL, observed_seconds = NULL, observed_explained = NULL, observed_low = NULL,"
    " observed_high = NULL, ended_early = NULL, driver_pid = ?2, driver_start = ?3, driver_boot = ?4,"
    " (" SCHEMA_TALLY ") = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) WHERE run = ?1";

static int reopen(const struct sql *sql, int64_t run, const struct resumed *resumed, struct err *err)
{
    struct driver self;
    driver_self(&self);
    if (store_clear_result(sql, run, err) < 0 ||
        sql_once(sql, err, "DELETE FROM load WHERE run = ?", "i", run) < 0 ||
        sql_once(sql, err,
                 "UPDATE trial SET ended_s = ?2, note = 'seep ended before it did' WHERE run = ?1 AND"
                 " ended_s IS NULL",
                 "id", run, resumed->elapsed_s) < 0)
        return -1;
    return sql_once(sql, err, reopen_query, "iiis", run, self.pid, self.start, self.boot);
}

int store_may_resume(struct store *store, int64_t run, struct err *err)
{
    struct resumed resumed;
    return check_run(&store->sql, run, &resumed, err);
}

int store_resume_run(struct store *store, int64_t run, struct resumed *resumed, struct err *err)
{
    const struct sql *sql = &store->sql;
    *resumed = (struct resumed){.peak_bytes = NAN};
    /* Looked at and taken in one go: of two who want it, one gets it. */
    if (sql_exec(sql, "BEGIN IMMEDIATE", err) < 0)
        return -1;
    if (check_run(sql, run, resumed, err) == 0 && read_sums(sql, run, resumed, err) == 0 &&
        reopen(sql, run, resumed, err) == 0 && sql_exec(sql, "COMMIT", err) == 0)
        return 0;
    sql_exec(sql, "ROLLBACK", NULL);
    return -1;
}
