/* A thin hand on SQLite: prepare, bind, step, read, with errors as struct err.
 * Only for the files of this room. */
#ifndef SEEP_STORE_SQL_H
#define SEEP_STORE_SQL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/outcome.h"

/* One connection and where it leads. */
struct sql {
    sqlite3 *db;
    const char *path; /* borrowed, for messages */
};

/* Opens with the pragmas that every connection of ours has. `read_only`: see store_open_read_only(). */
int sql_open(struct sql *sql, const char *path, bool read_only, struct err *err);
void sql_close(struct sql *sql);

/* ERR_INTERNAL "PATH: SQLite's message"; returns -1. */
int sql_fail(const struct sql *sql, struct err *err);

int sql_exec(const struct sql *sql, const char *text, struct err *err);
sqlite3_stmt *sql_prepare(const struct sql *sql, const char *text, struct err *err); /* NULL on failure */

/* Binds from parameter `first` (1 is the first) by `kinds`, a letter per value:
 * i int64_t, u uint64_t, n int, b bool (as int), d double (NaN: NULL), s const char * (NULL: NULL; borrowed
 * until the statement is reset). Returns the next parameter's number. */
int sql_bind(sqlite3_stmt *statement, int first, const char *kinds, ...);
int sql_bind_tally(sqlite3_stmt *statement, int first, const struct tally *tally);

/* Steps a statement that returns no rows, then resets it for its next use. */
int sql_run(const struct sql *sql, sqlite3_stmt *statement, struct err *err);

/* Prepares, binds `kinds`, runs and finalises: for what happens once. */
int sql_once(const struct sql *sql, struct err *err, const char *text, const char *kinds, ...);

/* 1: a row, 0: no more, -1: error. */
int sql_next(const struct sql *sql, sqlite3_stmt *statement, struct err *err);

const char *sql_text_there(sqlite3_stmt *statement, int column); /* "" for NULL; good until the next step */
char *sql_text(sqlite3_stmt *statement, int column);             /* owned; "" for NULL */
char *sql_text_or_null(sqlite3_stmt *statement, int column);     /* owned; NULL for NULL */
double sql_number(sqlite3_stmt *statement, int column);          /* NaN for NULL */
int64_t sql_integer(sqlite3_stmt *statement, int column);        /* 0 for NULL */
uint64_t sql_count(sqlite3_stmt *statement, int column);         /* 0 for NULL, and for what is below 0 */
int sql_tally(sqlite3_stmt *statement, int column, struct tally *tally); /* returns the next column */

/* One integer from a query without parameters. */
int sql_pragma(const struct sql *sql, const char *text, int64_t *value, struct err *err);

#endif
