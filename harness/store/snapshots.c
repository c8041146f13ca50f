/* Snapshots of a run, read back one after another. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/inside.h"
#include "store/schema.h"

struct reading {
    const struct sql *sql;
    sqlite3_stmt *sites;
    store_snapshot_function *each;
    void *owner;
};

static int take_sites(const struct reading *reading, int64_t run, int64_t number, struct snapshot *snapshot,
                      struct err *err)
{
    int more;
    sqlite3_reset(reading->sites);
    sql_bind(reading->sites, 1, "ii", run, number);
    while ((more = sql_next(reading->sql, reading->sites, err)) == 1) {
        snapshot->sites = xrealloc(snapshot->sites, (snapshot->count + 1) * sizeof *snapshot->sites);
        snapshot->sites[snapshot->count++] = (struct site){.name = sql_text(reading->sites, 0),
                                                           .bytes = sql_number(reading->sites, 1),
                                                           .objects = sql_number(reading->sites, 2),
                                                           .quantum = sql_number(reading->sites, 3)};
    }
    return more;
}

static int take_one(const struct reading *reading, int64_t run, sqlite3_stmt *row, struct err *err)
{
    struct snapshot snapshot = {.format = sql_text_there(row, 4), .skipped = (size_t)sql_count(row, 5)};
    int failed = take_sites(reading, run, sql_integer(row, 0), &snapshot, err);
    if (!failed)
        failed = reading->each(reading->owner, sql_integer(row, 1), sql_count(row, 2), sql_text_there(row, 3),
                               &snapshot);
    snapshot.format = NULL; /* the row's */
    snapshot_release(&snapshot);
    return failed;
}

int store_each_snapshot(struct store *store, int64_t run, store_snapshot_function *each, void *owner,
                        struct err *err)
{
    struct reading reading = {.sql = &store->sql, .each = each, .owner = owner};
    int more = -1;
    sqlite3_stmt *rows = sql_prepare(&store->sql,
                                     "SELECT snapshot, trial, requests, name, format, skipped FROM snapshot"
                                     " WHERE run = ?1 ORDER BY snapshot",
                                     err);
    if (rows != NULL)
        reading.sites = sql_prepare(&store->sql,
                                    "SELECT n.name, s.bytes, s.objects, s.quantum FROM site s JOIN name n ON "
                                    "n.name_id = s.site"
                                    " WHERE s.run = ?1 AND s.snapshot = ?2 ORDER BY s.number",
                                    err);
    if (reading.sites != NULL) {
        sql_bind(rows, 1, "i", run);
        while ((more = sql_next(&store->sql, rows, err)) == 1)
            if (take_one(&reading, run, rows, err) != 0) {
                more = -1;
                break;
            }
    }
    sqlite3_finalize(reading.sites);
    sqlite3_finalize(rows);
    return more == 0 ? 0 : -1;
}
