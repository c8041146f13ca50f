/* A store in a file of its own, and a look into it by another connection. After cmocka.h. */
#ifndef TESTS_UNIT_SCRATCH_STORE_H
#define TESTS_UNIT_SCRATCH_STORE_H

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "store/store.h"

static char path[96]; /* of the store */

/* An empty file; -1: there is none to be had. */
static inline int scratch_store(const char *name)
{
    snprintf(path, sizeof path, "/tmp/seep-%s-XXXXXX", name);
    int file = mkstemp(path);
    return file < 0 ? -1 : close(file);
}

static inline int remove_store(void **state)
{
    (void)state;
    char side[112];
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(side, sizeof side, "%s%s", path, suffixes[i]);
        unlink(side);
    }
    return 0;
}

static inline struct store *open_store(void)
{
    struct err err = {0};
    struct store *store = store_open(path, &err);
    if (store == NULL)
        fail_msg("%s", err.message);
    return store;
}

static inline void exec(const char *text)
{
    sqlite3 *db;
    char *message = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, text, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", text, message);
    sqlite3_close(db);
}

/* The first column of the first row; the caller's. */
static inline char *ask(const char *query)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_prepare_v2(db, query, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s: %s", query, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    const char *text = (const char *)sqlite3_column_text(statement, 0);
    char *copy = xstrdup(text != NULL ? text : "(null)");
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return copy;
}

static inline void expect(const char *query, const char *answer)
{
    char *got = ask(query);
    assert_string_equal(got, answer);
    free(got);
}

#endif
