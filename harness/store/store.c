#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "store/inside.h"
#include "store/migrate.h"
#include "store/schema.h"

static int make_directory_of(const char *path, struct err *err)
{
    char *copy = xstrdup(path);
    int status = 0;
    for (char *slash = strchr(copy + 1, '/'); slash != NULL && status == 0; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0700) < 0 && errno != EEXIST)
            status = err_set(err, ERR_INTERNAL, "%s: %s", copy, strerror(errno));
        *slash = '/';
    }
    free(copy);
    return status;
}

/* In a directory where others may write it could lead to any file of ours. */
static bool is_anothers_link(const char *path)
{
    struct stat file;
    return lstat(path, &file) == 0 && S_ISLNK(file.st_mode) && file.st_uid != geteuid() && file.st_uid != 0;
}

/* SQLite would create the file by the umask; what was replayed is nobody else's business. */
static int make_file(const char *path, struct err *err)
{
    if (path[0] == '\0')
        return err_set(err, ERR_INTERNAL, "the store needs a file name");
    if (make_directory_of(path, err) < 0)
        return -1;
    if (is_anothers_link(path))
        return err_set(err, ERR_REFUSED, "%s: a link that another user made; it is not followed", path);
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return err_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
    close(descriptor);
    return 0;
}

static bool is_table_of_ours(const char *name)
{
    char ours[64];
    for (size_t i = 0; schema_tables[i] != NULL; i++)
        if (sscanf(schema_tables[i], "CREATE TABLE %63[a-z_]", ours) == 1 && strcmp(ours, name) == 0)
            return true;
    return false;
}

/* Whoever reads a store runs nothing of whoever made it: a view in the place of a table, which need not end, or a trigger. */
static int check_tables(const struct sql *sql, struct err *err)
{
    sqlite3_stmt *statement =
        sql_prepare(sql,
                    "SELECT iif(type = 'trigger', tbl_name, name), name FROM sqlite_schema"
                    " WHERE type IN ('view', 'trigger') OR (type = 'table' AND sql LIKE 'CREATE VIRTUAL %')",
                    err);
    if (statement == NULL)
        return -1;
    int status;
    while ((status = sql_next(sql, statement, err)) == 1)
        if (is_table_of_ours(sql_text_there(statement, 0))) {
            status = err_set(err, ERR_INTERNAL, "%s: not as seep makes a store: its '%s' runs by itself",
                             sql->path, sql_text_there(statement, 1));
            break;
        }
    sqlite3_finalize(statement);
    return status;
}

struct identity {
    bool empty;
    int64_t version;
};

static int check_identity(const struct sql *sql, struct identity *identity, struct err *err)
{
    int64_t application = 0, version = 0, tables = 0;
    if (sql_pragma(sql, "PRAGMA application_id", &application, err) < 0 ||
        sql_pragma(sql, "PRAGMA user_version", &version, err) < 0 ||
        sql_pragma(sql, "SELECT count(*) FROM sqlite_schema", &tables, err) < 0)
        return -1;
    *identity = (struct identity){application == 0 && tables == 0, version};
    if (!identity->empty && application != SCHEMA_APPLICATION_ID)
        return err_set(err, ERR_INTERNAL, "%s: not a store of seep (another program's SQLite database)",
                       sql->path);
    if (version > SCHEMA_VERSION)
        return err_set(err, ERR_INTERNAL, "%s: made by a newer seep (schema %lld, this one knows %d)",
                       sql->path, (long long)version, SCHEMA_VERSION);
    return identity->empty ? 0 : check_tables(sql, err);
}

static int create(const struct sql *sql, struct err *err)
{
    for (size_t i = 0; schema_tables[i] != NULL; i++)
        if (sql_exec(sql, schema_tables[i], err) < 0)
            return -1;
    for (size_t i = 0; schema_views[i] != NULL; i++)
        if (sql_exec(sql, schema_views[i], err) < 0)
            return -1;
    char identity[96];
    snprintf(identity, sizeof identity, "PRAGMA application_id = %d; PRAGMA user_version = %d",
             SCHEMA_APPLICATION_ID, SCHEMA_VERSION);
    return sql_exec(sql, identity, err);
}

/* Switching to WAL does not wait for another process that switches at the same
 * moment: SQLite gives up at once. */
static int use_wal(const struct sql *sql, struct err *err)
{
    for (int tries = 0; tries < 100; tries++) {
        if (sql_exec(sql, "PRAGMA journal_mode = WAL", err) == 0)
            return 0;
        if (sqlite3_errcode(sql->db) != SQLITE_BUSY)
            return -1;
        usleep(50000);
    }
    return -1;
}

/* Another process may have been first: so looked at again under the lock. */
static int make_current(const struct sql *sql, struct err *err)
{
    struct identity identity;
    if (sql_exec(sql, "BEGIN IMMEDIATE", err) < 0)
        return -1;
    int status = check_identity(sql, &identity, err);
    if (status == 0)
        status = identity.empty ? create(sql, err) : migrate_in_place(sql, identity.version, err);
    if (status == 0)
        return sql_exec(sql, "COMMIT", err);
    sql_exec(sql, "ROLLBACK", NULL);
    return -1;
}

static int prepare_schema(const struct sql *sql, struct err *err)
{
    struct identity identity;
    if (check_identity(sql, &identity, err) < 0 || use_wal(sql, err) < 0)
        return -1;
    return !identity.empty && identity.version == SCHEMA_VERSION ? 0 : make_current(sql, err);
}

struct store *store_open(const char *path, struct err *err)
{
    if (make_file(path, err) < 0)
        return NULL;
    struct store *store = xcalloc(1, sizeof *store);
    store->path = xstrdup(path);
    if (sql_open(&store->sql, store->path, false, err) < 0 || prepare_schema(&store->sql, err) < 0 ||
        (store->writer = writer_new(store->path, err)) == NULL) {
        store_close(store);
        return NULL;
    }
    return store;
}

struct store *store_open_read_only(const char *path, struct err *err)
{
    if (access(path, F_OK) < 0) {
        err_set(err, ERR_USAGE, "%s: %s", path, strerror(errno));
        return NULL;
    }
    struct store *store = xcalloc(1, sizeof *store);
    store->path = xstrdup(path);
    struct identity identity = {true, 0};
    int status = sql_open(&store->sql, store->path, true, err);
    if (status == 0)
        status = check_identity(&store->sql, &identity, err);
    if (status == 0)
        status = identity.empty ? err_set(err, ERR_USAGE, "%s: no runs yet", path)
                                : migrate_for_reading(&store->sql, identity.version, err);
    if (status == 0)
        return store;
    store_close(store);
    return NULL;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    writer_free(store->writer);
    sql_close(&store->sql);
    free(store->path);
    free(store);
}
