#include "store/migrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/schema.h"

#define COUNT "INTEGER NOT NULL DEFAULT 0", "0"
#define UNKNOWN "REAL", "NULL"
#define NONE(type) type, "NULL"

/* What each version added, table by table. */
static const struct added {
    int version;
    const char *table, *column, *definition;
    const char *value; /* in rows of before */
} added[] = {
    {2, "run", "lag_max_us", UNKNOWN},
    {2, "run", "abandoned", COUNT},
    {2, "run", "late", COUNT},
    {2, "run", "too_late", COUNT},
    {2, "run", "uncorrelated", COUNT},
    {3, "run", "kept_bytes", UNKNOWN},
    {3, "run", "observed_bytes", UNKNOWN},
    {3, "run", "observed_seconds", UNKNOWN},
    {3, "run", "observed_explained", UNKNOWN},
    {3, "run", "observed_low", UNKNOWN},
    {3, "run", "observed_high", UNKNOWN},
    {4, "run", "driver_pid", NONE("INTEGER")},
    {4, "run", "driver_start", NONE("INTEGER")},
    {4, "run", "driver_boot", NONE("TEXT")},
    {4, "run", "ended_early", NONE("INTEGER")},
    {6, "run", "target", NONE("TEXT")},
    {6, "run", "machine", NONE("TEXT")},
    {2, "outcome", "abandoned", COUNT},
    {2, "outcome", "late", COUNT},
    {2, "outcome", "too_late", COUNT},
    {2, "outcome", "uncorrelated", COUNT},
    {2, "outcome", "seconds", "INTEGER NOT NULL DEFAULT 1", "1"},
    {2, "load", "abandoned", COUNT},
    {2, "load", "late", COUNT},
    {2, "load", "too_late", COUNT},
    {2, "load", "uncorrelated", COUNT},
    {2, "load", "total_p50_us", UNKNOWN},
    {2, "load", "total_p99_us", UNKNOWN},
    {2, "load", "total_max_us", UNKNOWN},
    {2, "load", "lag_p50_us", UNKNOWN},
    {2, "load", "lag_p99_us", UNKNOWN},
    {2, "load", "lag_max_us", UNKNOWN},
    {8, "load", "service_sum_us", UNKNOWN},
    {3, "finding", "bytes_per_day", UNKNOWN},
    {3, "finding", "bytes_per_day_low", UNKNOWN},
    {3, "finding", "bytes_per_day_high", UNKNOWN},
    {3, "finding", "days_low", UNKNOWN},
    {3, "finding", "days_high", UNKNOWN},
    {4, "finding", "order_text", NONE("TEXT")},
    {4, "finding", "named_s", UNKNOWN},
    {4, "finding", "bytes_per_second", UNKNOWN},
    {5, "finding", "recording", NONE("TEXT")},
    {5, "finding_site", "called_from", NONE("TEXT")},
    {5, "finding_site", "package", NONE("TEXT")},
    {5, "finding_site", "version", NONE("TEXT")},
};
enum { ADDED_COUNT = sizeof added / sizeof added[0] };

/* The tables and their indexes that each version added. */
static const struct made {
    int version;
    const char *table, *index; /* index NULL: it has none */
} made[] = {{4, schema_probe, schema_probe_key},
            {5, schema_finding_curl, NULL},
            {7, schema_suspect, NULL},
            {9, schema_shard, NULL},
            {9, schema_part, NULL}};
enum { MADE_COUNT = sizeof made / sizeof made[0] };

static int exec_taken(const struct sql *sql, char *text_take, struct err *err)
{
    int status = sql_exec(sql, text_take, err);
    free(text_take);
    return status;
}

/* "CREATE VIEW v_runs AS ...": views hold nothing, so the old ones make room. */
static int renew_view(const struct sql *sql, const char *create, struct err *err)
{
    char name[64];
    if (sscanf(create, "CREATE VIEW %63s", name) != 1)
        return err_set(err, ERR_INTERNAL, "not a view: %s", create);
    if (exec_taken(sql, xasprintf("DROP VIEW IF EXISTS %s", name), err) < 0)
        return -1;
    return sql_exec(sql, create, err);
}

int migrate_in_place(const struct sql *sql, int64_t version, struct err *err)
{
    if (version >= SCHEMA_VERSION)
        return 0;
    for (size_t i = 0; i < ADDED_COUNT; i++)
        if (added[i].version > version &&
            exec_taken(sql,
                       xasprintf("ALTER TABLE %s ADD COLUMN %s %s", added[i].table, added[i].column,
                                 added[i].definition),
                       err) < 0)
            return -1;
    for (size_t i = 0; i < MADE_COUNT; i++)
        if (made[i].version > version && (sql_exec(sql, made[i].table, err) < 0 ||
                                          (made[i].index != NULL && sql_exec(sql, made[i].index, err) < 0)))
            return -1;
    for (size_t i = 0; schema_views[i] != NULL; i++)
        if (renew_view(sql, schema_views[i], err) < 0)
            return -1;
    return exec_taken(sql, xasprintf("PRAGMA user_version = %d", SCHEMA_VERSION), err);
}

/* The rows of `added` of one table stand together: makes the view of those from `first` on; returns where the
 * next table's begin, or 0 on failure. */
static size_t stand_before(const struct sql *sql, size_t first, int64_t version, struct err *err)
{
    struct text columns = TEXT_EMPTY;
    const char *table = added[first].table;
    size_t at = first;
    for (; at < ADDED_COUNT && strcmp(added[at].table, table) == 0; at++)
        if (added[at].version > version)
            text_addf(&columns, ", %s AS %s", added[at].value, added[at].column);
    int status = 0;
    if (columns.length > 0)
        status = exec_taken(
            sql, xasprintf("CREATE TEMP VIEW %s AS SELECT *%s FROM main.%s", table, columns.bytes, table),
            err);
    text_release(&columns);
    return status < 0 ? 0 : at;
}

/* A table that is not there is one without rows: "CREATE TABLE probe ...", of this connection alone. */
static int stand_empty(const struct sql *sql, const char *create, struct err *err)
{
    return exec_taken(sql, xasprintf("CREATE TEMP %s", create + strlen("CREATE ")), err);
}

int migrate_for_reading(const struct sql *sql, int64_t version, struct err *err)
{
    if (version >= SCHEMA_VERSION)
        return 0;
    if (sql_exec(sql, "PRAGMA temp_store = MEMORY", err) < 0)
        return -1;
    for (size_t at = 0; at < ADDED_COUNT;)
        if ((at = stand_before(sql, at, version, err)) == 0)
            return -1;
    for (size_t i = 0; i < MADE_COUNT; i++)
        if (made[i].version > version && stand_empty(sql, made[i].table, err) < 0)
            return -1;
    return 0;
}
