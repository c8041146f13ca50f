/* Runs that are shards of one, and what a merged run was put together from. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/inside.h"

int store_keep_shard(struct store *store, int64_t run, const struct shard_run *shard, struct err *err)
{
    return sql_once(&store->sql, err,
                    "INSERT OR REPLACE INTO shard (run, shard, shards, key, kept) VALUES (?, ?, ?, ?, ?)",
                    "iuuss", run, (uint64_t)shard->shard, (uint64_t)shard->shards, shard->key, shard->kept);
}

static const char shards_query[] =
    "SELECT s.run, s.shard, s.shards, s.key, s.kept, r.service, r.label, r.seed, r.started_us,"
    " r.verdict IS NOT NULL, r.reason, r.target, r.machine, r.seconds, r.own_max_rss_bytes, r.planned"
    " FROM shard s JOIN run r USING (run) ORDER BY s.run DESC";

static struct shard_run read_shard(sqlite3_stmt *statement)
{
    return (struct shard_run){
        .run = sql_integer(statement, 0),
        .shard = (size_t)sql_count(statement, 1),
        .shards = (size_t)sql_count(statement, 2),
        .key = sql_text(statement, 3),
        .kept = sql_text_or_null(statement, 4),
        .service = sql_text(statement, 5),
        .label = sql_text(statement, 6),
        .seed = sql_text(statement, 7),
        .started_us = sql_integer(statement, 8),
        .ended = sql_integer(statement, 9) != 0,
        .reason = sql_text(statement, 10),
        .target = sql_text_or_null(statement, 11),
        .machine = sql_text_or_null(statement, 12),
        .seconds = sql_number(statement, 13),
        .own_max_rss_bytes = sql_number(statement, 14),
        .planned = sql_count(statement, 15),
    };
}

int store_read_shards(struct store *store, struct shard_run **shards, size_t *count, struct err *err)
{
    *shards = NULL;
    *count = 0;
    sqlite3_stmt *statement = sql_prepare(&store->sql, shards_query, err);
    if (statement == NULL)
        return -1;
    int status;
    while ((status = sql_next(&store->sql, statement, err)) == 1) {
        *shards = xrealloc(*shards, (*count + 1) * sizeof **shards);
        (*shards)[(*count)++] = read_shard(statement);
    }
    sqlite3_finalize(statement);
    return status;
}

int store_keep_parts(struct store *store, int64_t run, const struct shard_part *parts, size_t count,
                     struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (sql_once(&store->sql, err,
                     "INSERT INTO part (run, shard, shards, source, source_run, planned, done)"
                     " VALUES (?, ?, ?, ?, ?, ?, ?)",
                     "iuusiuu", run, (uint64_t)parts[i].shard, (uint64_t)parts[i].shards, parts[i].source,
                     parts[i].source_run, parts[i].planned, parts[i].done) < 0)
            return -1;
    return 0;
}
