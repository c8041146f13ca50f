#include "store/sql.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "store/schema.h"

enum { BUSY_TIMEOUT_MS = 10000 };

int sql_fail(const struct sql *sql, struct err *err)
{
    /* SQLite's own "file is not a database" does not say whose fault that is. */
    const char *what = sqlite3_errcode(sql->db) == SQLITE_NOTADB
                           ? "not a store of seep (not an SQLite database)"
                           : sqlite3_errmsg(sql->db);
    int code = sqlite3_errcode(sql->db), number = sqlite3_system_errno(sql->db);
    if (number != 0 && (code == SQLITE_IOERR || code == SQLITE_CANTOPEN))
        return err_set(err, ERR_INTERNAL, "%s: %s (%s)", sql->path, what, strerror(number));
    return err_set(err, ERR_INTERNAL, "%s: %s", sql->path, what);
}

/* A file in a directory that cannot be written has no room for SQLite's shared memory; as nobody can be
 * writing there either, it is read as it stands. */
static int open_immutable(struct sql *sql, const char *path)
{
    sqlite3_close(sql->db);
    sql->db = NULL;
    struct text uri = TEXT_EMPTY;
    text_add_string(&uri, "file:");
    for (const char *at = path; *at != '\0'; at++)
        if (*at == '%' || *at == '?' || *at == '#')
            text_addf(&uri, "%%%02x", (unsigned)*at);
        else
            text_add_char(&uri, *at);
    text_add_string(&uri, "?immutable=1");
    int status = sqlite3_open_v2(uri.bytes, &sql->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
    text_release(&uri);
    return status;
}

static bool readable(sqlite3 *db)
{
    int status = sqlite3_exec(db, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
    return status != SQLITE_CANTOPEN && status != SQLITE_READONLY;
}

/* What a killed seep left is partly in its log, which a file that is read as it stands would go without. */
static int read_as_it_stands(struct sql *sql, struct err *err)
{
    struct stat status;
    char *log = xasprintf("%s-wal", sql->path);
    bool has_log = stat(log, &status) == 0 && status.st_size > 0;
    int failed =
        has_log ? err_set(err, ERR_INTERNAL,
                          "%s: cannot be read where nothing can be written, since a part of it is in %s: "
                          "copy both into a directory of your own",
                          sql->path, log)
                : 0;
    free(log);
    if (!failed && open_immutable(sql, sql->path) != SQLITE_OK)
        failed = sql_fail(sql, err);
    return failed;
}

/* SQLite keeps pages that it wrote or read, by default 2 MiB of them: a run that writes few each second, and who follows it,
 * would grow for hours. Of what is only added to, and read from front to end, the ends are enough. */
#define PAGES_KEPT "PRAGMA cache_size = -64" /* KiB */

int sql_open(struct sql *sql, const char *path, bool read_only, struct err *err)
{
    *sql = (struct sql){NULL, path};
    int status =
        sqlite3_open_v2(path, &sql->db, read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE, NULL);
    int failed = status == SQLITE_OK ? 0 : sql_fail(sql, err);
    if (!failed && read_only && !readable(sql->db))
        failed = read_as_it_stands(sql, err);
    if (failed) {
        sql_close(sql);
        return -1;
    }
    sqlite3_busy_timeout(sql->db, BUSY_TIMEOUT_MS);
    if (sql_exec(sql, "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; " PAGES_KEPT, err) < 0) {
        sql_close(sql);
        return -1;
    }
    return 0;
}

void sql_close(struct sql *sql)
{
    sqlite3_close(sql->db);
    sql->db = NULL;
}

int sql_exec(const struct sql *sql, const char *text, struct err *err)
{
    return sqlite3_exec(sql->db, text, NULL, NULL, NULL) == SQLITE_OK ? 0 : sql_fail(sql, err);
}

sqlite3_stmt *sql_prepare(const struct sql *sql, const char *text, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v3(sql->db, text, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
        sql_fail(sql, err);
    return statement;
}

static int bind_list(sqlite3_stmt *statement, int first, const char *kinds, va_list values)
{
    int at = first;
    for (const char *kind = kinds; *kind != '\0'; kind++, at++)
        switch (*kind) {
        case 'i':
            sqlite3_bind_int64(statement, at, va_arg(values, int64_t));
            break;
        case 'u':
            sqlite3_bind_int64(statement, at, (int64_t)va_arg(values, uint64_t));
            break;
        case 'd':
            sqlite3_bind_double(statement, at, va_arg(values, double));
            break;
        case 's':
            sqlite3_bind_text(statement, at, va_arg(values, const char *), -1, SQLITE_STATIC);
            break;
        default: /* n, b */
            sqlite3_bind_int(statement, at, va_arg(values, int));
        }
    return at;
}

int sql_bind(sqlite3_stmt *statement, int first, const char *kinds, ...)
{
    va_list values;
    va_start(values, kinds);
    int next = bind_list(statement, first, kinds, values);
    va_end(values);
    return next;
}

int sql_bind_tally(sqlite3_stmt *statement, int first, const struct tally *tally)
{
    return sql_bind(statement, first, "uuuuuunnuuuuu", tally->planned, tally->done, tally->failed,
                    tally->skipped, tally->landed, tally->uncounted, tally->wrong_status,
                    tally->expected_status, tally->received_bytes, tally->abandoned, tally->late,
                    tally->too_late, tally->uncorrelated);
}

int sql_run(const struct sql *sql, sqlite3_stmt *statement, struct err *err)
{
    int status = sqlite3_step(statement) == SQLITE_DONE ? 0 : sql_fail(sql, err);
    sqlite3_reset(statement);
    return status;
}

int sql_once(const struct sql *sql, struct err *err, const char *text, const char *kinds, ...)
{
    sqlite3_stmt *statement = sql_prepare(sql, text, err);
    if (statement == NULL)
        return -1;
    va_list values;
    va_start(values, kinds);
    bind_list(statement, 1, kinds, values);
    va_end(values);
    int status = sql_run(sql, statement, err);
    sqlite3_finalize(statement);
    return status;
}

int sql_next(const struct sql *sql, sqlite3_stmt *statement, struct err *err)
{
    int status = sqlite3_step(statement);
    if (status == SQLITE_ROW)
        return 1;
    return status == SQLITE_DONE ? 0 : sql_fail(sql, err);
}

char *sql_text_or_null(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text != NULL ? xstrdup(text) : NULL;
}

const char *sql_text_there(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text != NULL ? text : "";
}

char *sql_text(sqlite3_stmt *statement, int column)
{
    return xstrdup(sql_text_there(statement, column));
}

double sql_number(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL ? NAN
                                                                 : sqlite3_column_double(statement, column);
}

int64_t sql_integer(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_int64(statement, column);
}

uint64_t sql_count(sqlite3_stmt *statement, int column)
{
    sqlite3_int64 count = sqlite3_column_int64(statement, column);
    return count > 0 ? (uint64_t)count : 0;
}

int sql_tally(sqlite3_stmt *statement, int column, struct tally *tally)
{
    *tally = (struct tally){
        .planned = sql_count(statement, column),
        .done = sql_count(statement, column + 1),
        .failed = sql_count(statement, column + 2),
        .skipped = sql_count(statement, column + 3),
        .landed = sql_count(statement, column + 4),
        .uncounted = sql_count(statement, column + 5),
        .wrong_status = (int)sql_integer(statement, column + 6),
        .expected_status = (int)sql_integer(statement, column + 7),
        .received_bytes = sql_count(statement, column + 8),
        .abandoned = sql_count(statement, column + 9),
        .late = sql_count(statement, column + 10),
        .too_late = sql_count(statement, column + 11),
        .uncorrelated = sql_count(statement, column + 12),
    };
    return column + SCHEMA_TALLY_COUNT;
}

int sql_pragma(const struct sql *sql, const char *text, int64_t *value, struct err *err)
{
    sqlite3_stmt *statement = sql_prepare(sql, text, err);
    if (statement == NULL)
        return -1;
    int status = sql_next(sql, statement, err);
    *value = status == 1 ? sql_integer(statement, 0) : 0;
    sqlite3_finalize(statement);
    return status < 0 ? -1 : 0;
}
