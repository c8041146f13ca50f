/* The row of a run: its beginning, its end, and finding it again. */
#include "store/store.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/driver.h"
#include "store/inside.h"

#ifndef SEEP_VERSION
#define SEEP_VERSION "unknown"
#endif

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

int64_t store_begin_run(struct store *store, const char *command, const char *service, const char *label,
                        const char *arguments, uint64_t seed, struct err *err)
{
    char seed_text[24];
    struct driver self;
    driver_self(&self);
    snprintf(seed_text, sizeof seed_text, "%" PRIu64, seed);
    if (sql_once(&store->sql, err,
                 "INSERT INTO run (command, service, label, arguments, seed, seep_version, started_us,"
                 " driver_pid, driver_start, driver_boot) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                 "ssssssiiis", or_empty(command), or_empty(service), or_empty(label), or_empty(arguments),
                 seed_text, SEEP_VERSION, clock_wall_us(), self.pid, self.start, self.boot) < 0)
        return -1;
    return sqlite3_last_insert_rowid(store->sql.db);
}

/* 1 found, 0 not, -1 error. */
static int query_run(struct store *store, const char *text, const char *kinds, const char *label,
                     int64_t number, int64_t *run, struct err *err)
{
    sqlite3_stmt *statement = sql_prepare(&store->sql, text, err);
    if (statement == NULL)
        return -1;
    if (kinds[0] == 's')
        sql_bind(statement, 1, "s", label);
    else if (kinds[0] == 'i')
        sql_bind(statement, 1, "i", number);
    int status = sql_next(&store->sql, statement, err);
    if (status == 1)
        *run = sql_integer(statement, 0);
    sqlite3_finalize(statement);
    return status;
}

static bool number_of(const char *name, int64_t *number)
{
    char *end = NULL;
    errno = 0;
    *number = isdigit((unsigned char)name[0]) ? strtoll(name, &end, 10) : 0;
    return end != NULL && *end == '\0' && errno == 0;
}

int store_find_run(struct store *store, const char *name, int64_t *run, struct err *err)
{
    int64_t number = 0, last = 0;
    int found = query_run(store, "SELECT run FROM run ORDER BY run DESC LIMIT 1", "", NULL, 0, &last, err);
    if (found < 0)
        return -1;
    if (found == 0)
        return err_set(err, ERR_USAGE, "no run '%s': %s has no runs yet", name, store->path);
    if (strcmp(name, "last") == 0) {
        *run = last;
        return 0;
    }
    found = 0;
    if (number_of(name, &number))
        found = query_run(store, "SELECT run FROM run WHERE run = ?", "i", NULL, number, run, err);
    if (found == 0)
        found =
            query_run(store, "SELECT run FROM run WHERE label = ? AND label <> '' ORDER BY run DESC LIMIT 1",
                      "s", name, 0, run, err);
    if (found == 0)
        return err_set(err, ERR_USAGE, "no run '%s' in %s (the last is %lld; `seep runs` lists them)", name,
                       store->path, (long long)last);
    return found < 0 ? -1 : 0;
}

void run_row_release(struct run_row *row)
{
    free(row->command);
    free(row->service);
    free(row->label);
    free(row->verdict);
    free(row->first_finding);
    memset(row, 0, sizeof *row);
}

static const char runs_query[] =
    "SELECT r.run, r.command, r.service, r.label, r.verdict, r.started_us,"
    " coalesce(r.seconds, (SELECT max(at_us) / 1e6 FROM sample s WHERE s.run = r.run), 0),"
    " coalesce(r.requests, (SELECT sum(done) FROM outcome o WHERE o.run = r.run), 0),"
    " (SELECT count(*) FROM finding f WHERE f.run = r.run),"
    " (SELECT group_concat(endpoint, ' + ') FROM finding_endpoint e WHERE e.run = r.run AND e.finding = 1)"
    " FROM run r ORDER BY r.run DESC";

static struct run_row read_row(sqlite3_stmt *statement)
{
    return (struct run_row){
        .run = sql_integer(statement, 0),
        .command = sql_text(statement, 1),
        .service = sql_text(statement, 2),
        .label = sql_text(statement, 3),
        .verdict = sql_text(statement, 4),
        .started_us = sql_integer(statement, 5),
        .seconds = sql_number(statement, 6),
        .requests = sql_count(statement, 7),
        .finding_count = (size_t)sql_count(statement, 8),
        .first_finding = sql_text(statement, 9),
    };
}

int store_read_runs(struct store *store, struct run_row **rows, size_t *count, struct err *err)
{
    *rows = NULL;
    *count = 0;
    sqlite3_stmt *statement = sql_prepare(&store->sql, runs_query, err);
    if (statement == NULL)
        return -1;
    int status;
    while ((status = sql_next(&store->sql, statement, err)) == 1) {
        *rows = xrealloc(*rows, (*count + 1) * sizeof **rows);
        (*rows)[(*count)++] = read_row(statement);
    }
    sqlite3_finalize(statement);
    return status;
}
