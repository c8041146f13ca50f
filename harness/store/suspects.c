/* What production suspected when a run began. */
#include <stdlib.h>

#include "store/inside.h"
#include "store/store.h"

static int keep_one(const struct sql *sql, int64_t run, uint64_t number, const struct suspicion *suspicion,
                    struct err *err)
{
    for (size_t i = 0; i < suspicion->endpoints.count; i++)
        if (sql_once(sql, err, "INSERT INTO suspect VALUES (?, ?, ?, ?, ?, ?, ?)", "iuusddd", run, number,
                     (uint64_t)i + 1, suspicion->endpoints.items[i], suspicion->probability,
                     suspicion->bytes_per_request, suspicion->share) < 0)
            return -1;
    return 0;
}

int store_keep_suspects(struct store *store, int64_t run, const struct suspicions *suspects, struct err *err)
{
    const struct sql *sql = &store->sql;
    int status = 0;
    if (suspects->count == 0)
        return 0;
    if (sql_exec(sql, "BEGIN IMMEDIATE", err) < 0)
        return -1;
    for (size_t i = 0; status == 0 && i < suspects->count; i++)
        status = keep_one(sql, run, (uint64_t)i + 1, &suspects->items[i], err);
    if (status == 0 && sql_exec(sql, "COMMIT", err) == 0)
        return 0;
    sql_exec(sql, "ROLLBACK", NULL);
    return -1;
}

int store_read_suspects(struct store *store, int64_t run, struct suspicions *suspects, struct err *err)
{
    *suspects = (struct suspicions){NULL, 0};
    sqlite3_stmt *statement = sql_prepare(&store->sql, store_suspects_query, err);
    if (statement == NULL)
        return -1;
    sql_bind(statement, 1, "i", run);
    int status;
    while ((status = sql_next(&store->sql, statement, err)) == 1)
        store_take_suspect(suspects, statement);
    sqlite3_finalize(statement);
    if (status < 0)
        suspicions_release(suspects);
    return status < 0 ? -1 : 0;
}

const char store_suspects_query[] =
    "SELECT suspect, endpoint, probability, bytes_per_request, share FROM suspect"
    " WHERE run = ? ORDER BY suspect, number";

/* Rows come suspect by suspect, numbered from 1. */
void store_take_suspect(struct suspicions *suspects, sqlite3_stmt *statement)
{
    if (suspects->count == 0 || sql_count(statement, 0) > suspects->count)
        suspicions_add(suspects);
    struct suspicion *suspicion = &suspects->items[suspects->count - 1];
    char *endpoint = sql_text(statement, 1);
    strings_add(&suspicion->endpoints, endpoint);
    free(endpoint);
    suspicion->probability = sql_number(statement, 2);
    suspicion->bytes_per_request = sql_number(statement, 3);
    suspicion->share = sql_number(statement, 4);
}
