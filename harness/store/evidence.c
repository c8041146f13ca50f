/* What was measured, out of its tables. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/inside.h"
#include "store/schema.h"

static enum step step_at(sqlite3_stmt *statement, int column)
{
    const char *name = (const char *)sqlite3_column_text(statement, column);
    int step = name != NULL ? step_from_name(name) : -1;
    return step < 0 ? STEP_NULL : (enum step)step;
}

static void take_trial(void *element, sqlite3_stmt *statement)
{
    *(struct trial *)element = (struct trial){
        .number = sql_integer(statement, 0),
        .step = step_at(statement, 1),
        .mix = sql_text(statement, 2),
        .started_s = sql_number(statement, 3),
        .ended_s = sql_number(statement, 4),
        .pid = sql_integer(statement, 5),
        .requests = sql_count(statement, 6),
        .note = sql_text(statement, 7),
    };
}

static void take_block(void *element, sqlite3_stmt *statement)
{
    *(struct block *)element = (struct block){
        .trial = sql_integer(statement, 0),
        .number = sql_integer(statement, 1),
        .step = step_at(statement, 2),
        .mix = sql_text(statement, 3),
        .first_request = sql_count(statement, 4),
        .last_request = sql_count(statement, 5),
        .started_s = sql_number(statement, 6),
        .ended_s = sql_number(statement, 7),
    };
}

static enum verdict verdict_at(sqlite3_stmt *statement, int column)
{
    const char *name = (const char *)sqlite3_column_text(statement, column);
    for (int i = VERDICT_INCONCLUSIVE; name != NULL && i <= VERDICT_GROWTH; i++)
        if (strcmp(name, verdict_name((enum verdict)i)) == 0)
            return (enum verdict)i;
    return VERDICT_INCONCLUSIVE;
}

static void take_measurement(void *element, sqlite3_stmt *statement)
{
    *(struct measurement *)element = (struct measurement){
        .trial = sql_integer(statement, 0),
        .step = step_at(statement, 1),
        .mix = sql_text(statement, 2),
        .signal = sql_text(statement, 3),
        .objects = sql_integer(statement, 4) != 0,
        .requests = sql_count(statement, 5),
        .per_request = sql_number(statement, 6),
        .interval = {sql_number(statement, 7), sql_number(statement, 8)},
        .verdict = verdict_at(statement, 9),
        .note = sql_text(statement, 10),
    };
}

static struct times times_at(sqlite3_stmt *statement, int column)
{
    return (struct times){sql_number(statement, column), sql_number(statement, column + 1),
                          sql_number(statement, column + 2)};
}

static void take_load(void *element, sqlite3_stmt *statement)
{
    struct endpoint_load *load = element;
    load->endpoint = sql_text(statement, 0);
    int next = sql_tally(statement, 1, &load->tally);
    load->recorded_rate_per_second = sql_number(statement, next);
    load->service = times_at(statement, next + 1);
    load->total = times_at(statement, next + 4);
    load->lag = times_at(statement, next + 7);
    load->service_sum_us = sql_number(statement, next + 10);
}

/* Reads all rows of `text` (its parameter is the run) into a list of elements of `size` bytes. */
static int read_list(struct store *store, const char *text, int64_t run, size_t size,
                     void (*take)(void *element, sqlite3_stmt *statement), void *list_pointer, size_t *count,
                     struct err *err)
{
    void **list = list_pointer;
    size_t capacity = 0;
    *list = NULL;
    *count = 0;
    sqlite3_stmt *statement = sql_prepare(&store->sql, text, err);
    if (statement == NULL)
        return -1;
    sql_bind(statement, 1, "i", run);
    int status;
    while ((status = sql_next(&store->sql, statement, err)) == 1) {
        if (*count == capacity) {
            capacity = capacity > 0 ? capacity * 2 : 16;
            *list = xrealloc(*list, capacity * size);
        }
        take((char *)*list + (*count)++ * size, statement);
    }
    sqlite3_finalize(statement);
    return status;
}

int store_read_trials(struct store *store, int64_t run, struct trial **trials, size_t *count, struct err *err)
{
    return read_list(
        store,
        "SELECT trial, step, mix, started_s, ended_s, pid, requests, note FROM trial WHERE run = ?"
        " ORDER BY trial",
        run, sizeof **trials, take_trial, trials, count, err);
}

int store_read_blocks(struct store *store, int64_t run, struct block **blocks, size_t *count, struct err *err)
{
    return read_list(
        store,
        "SELECT trial, block, step, mix, first_request, last_request, started_s, ended_s FROM block"
        " WHERE run = ? ORDER BY trial, block",
        run, sizeof **blocks, take_block, blocks, count, err);
}

int store_read_measurements(struct store *store, int64_t run, struct measurement **list, size_t *count,
                            struct err *err)
{
    return read_list(
        store,
        "SELECT trial, step, mix, signal, objects, requests, per_request, low, high, verdict, note"
        " FROM measurement WHERE run = ? ORDER BY measurement",
        run, sizeof **list, take_measurement, list, count, err);
}

/* Stores of before schema 8 do not know the sums: then all outcomes are gone through for them. */
static const char loads_query[] = "SELECT n.name, " SCHEMA_TALLY ", " SCHEMA_LOAD_TIMES
                                  " FROM load l JOIN name n ON n.name_id = l.endpoint WHERE run = ?1"
                                  " ORDER BY n.name",
                  older_loads_query[] =
                      "SELECT n.name, " SCHEMA_TALLY ", " SCHEMA_LOAD_QUANTILES
                      ", coalesce(l.service_sum_us, o.summed_us) FROM load l"
                      " JOIN name n ON n.name_id = l.endpoint LEFT JOIN (SELECT endpoint,"
                      " sum(service_sum_us) AS summed_us FROM outcome WHERE run = ?1 GROUP BY endpoint) o"
                      " USING (endpoint) WHERE run = ?1 ORDER BY n.name";

static int sums_are_missing(struct store *store, int64_t run, struct err *err)
{
    sqlite3_stmt *statement =
        sql_prepare(&store->sql, "SELECT 1 FROM load WHERE run = ? AND service_sum_us IS NULL LIMIT 1", err);
    if (statement == NULL)
        return -1;
    sql_bind(statement, 1, "i", run);
    int status = sql_next(&store->sql, statement, err);
    sqlite3_finalize(statement);
    return status;
}

int store_read_loads(struct store *store, int64_t run, struct endpoint_load **list, size_t *count,
                     struct err *err)
{
    *list = NULL;
    *count = 0;
    int missing = sums_are_missing(store, run, err);
    if (missing < 0)
        return -1;
    return read_list(store, missing ? older_loads_query : loads_query, run, sizeof **list, take_load, list,
                     count, err);
}

static struct outcome_row outcome_at(sqlite3_stmt *statement)
{
    struct outcome_row row = {.second = sql_integer(statement, 0),
                              .seconds = sql_integer(statement, 1),
                              .trial = sql_integer(statement, 2),
                              .endpoint = sql_text_there(statement, 3)};
    int next = sql_tally(statement, 4, &row.tally);
    row.lag_max_us = sql_number(statement, next);
    row.service_sum_us = sql_number(statement, next + 1);
    row.service_max_us = sql_number(statement, next + 2);
    return row;
}

int store_each_outcome(struct store *store, int64_t run,
                       int (*each)(void *owner, const struct outcome_row *row), void *owner, struct err *err)
{
    /* CROSS JOIN as in store_each_sample_after(). */
    sqlite3_stmt *statement =
        sql_prepare(&store->sql,
                    "SELECT o.second, o.seconds, o.trial, n.name, " SCHEMA_TALLY ", " SCHEMA_OUTCOME_TIMES
                    " FROM outcome o CROSS JOIN name n ON n.name_id = o.endpoint WHERE o.run = ?"
                    " ORDER BY o.second, o.trial, o.endpoint",
                    err);
    if (statement == NULL)
        return -1;
    sql_bind(statement, 1, "i", run);
    int status;
    while ((status = sql_next(&store->sql, statement, err)) == 1) {
        struct outcome_row row = outcome_at(statement);
        if (each(owner, &row) != 0)
            break;
    }
    sqlite3_finalize(statement);
    return status < 0 ? -1 : 0;
}

static void take_probe(void *element, sqlite3_stmt *statement)
{
    *(struct probe *)element = (struct probe){
        .number = sql_integer(statement, 1),
        .trial = sql_integer(statement, 2),
        .step = step_at(statement, 3),
        .mix = sql_text(statement, 4),
        .question = sql_text(statement, 5),
        .answer = sql_text(statement, 6),
        .says = sql_text(statement, 7),
        .key = sql_text_or_null(statement, 8),
        .reused_from = sql_integer(statement, 9),
        .started_s = sql_number(statement, 10),
        .ended_s = sql_number(statement, 11),
        .requests = sql_count(statement, 12),
    };
}

int store_read_probes(struct store *store, int64_t run, struct probe **probes, size_t *count, struct err *err)
{
    return read_list(store, "SELECT " SCHEMA_PROBE " FROM probe WHERE run = ? AND probe > 0 ORDER BY probe",
                     run, sizeof **probes, take_probe, probes, count, err);
}

static int take_one(struct store *store, sqlite3_stmt *statement, struct probe *probe, struct err *err)
{
    int status = sql_next(&store->sql, statement, err);
    if (status == 1)
        take_probe(probe, statement);
    sqlite3_finalize(statement);
    return status;
}

int store_read_probe(struct store *store, int64_t run, int64_t number, struct probe *probe, struct err *err)
{
    sqlite3_stmt *statement =
        sql_prepare(&store->sql, "SELECT " SCHEMA_PROBE " FROM probe WHERE run = ? AND probe = ?", err);
    if (statement == NULL)
        return -1;
    sql_bind(statement, 1, "ii", run, number);
    return take_one(store, statement, probe, err);
}

/* In the row that is read, the run stands where the table says what was reused. */
static const char find_query[] =
    "SELECT run, probe, trial, step, mix, question, answer, says, key, run, started_s, ended_s, requests"
    " FROM probe WHERE key = ? AND run <> ? AND reused_from IS NULL AND probe > 0"
    " ORDER BY run DESC, probe DESC LIMIT 1";

int store_find_probe(struct store *store, int64_t run, const char *key, struct probe *probe, struct err *err)
{
    sqlite3_stmt *statement = sql_prepare(&store->sql, find_query, err);
    if (statement == NULL)
        return -1;
    sql_bind(statement, 1, "si", key, run);
    return take_one(store, statement, probe, err);
}

/* What no enum sample_kind is, is an ordinary one. */
static enum sample_kind kind_at(sqlite3_stmt *statement, int column)
{
    int64_t kind = sql_integer(statement, column);
    return kind >= SAMPLE_TIMED && kind <= SAMPLE_JUDGED ? (enum sample_kind)kind : SAMPLE_TIMED;
}

static struct sample sample_at(sqlite3_stmt *statement)
{
    return (struct sample){
        .at_s = (double)sql_integer(statement, 0) / 1e6,
        .trial = sql_integer(statement, 1),
        .signal = sql_text_there(statement, 2),
        .kind = kind_at(statement, 3),
        .requests = sql_count(statement, 4),
        .value = sql_number(statement, 5),
    };
}

int store_each_sample(struct store *store, int64_t run, int (*each)(void *owner, const struct sample *sample),
                      void *owner, struct err *err)
{
    return store_each_sample_after(store, run, -INFINITY, each, owner, err);
}

int store_each_sample_after(struct store *store, int64_t run, double after_s,
                            int (*each)(void *owner, const struct sample *sample), void *owner,
                            struct err *err)
{
    /* CROSS JOIN keeps SQLite from sorting: samples outside, in the order of their key. */
    sqlite3_stmt *statement = sql_prepare(
        &store->sql,
        "SELECT s.at_us, s.trial, n.name, s.settled, s.requests, s.value FROM sample s CROSS JOIN name n"
        " ON n.name_id = s.signal WHERE s.run = ? AND s.at_us > ? ORDER BY s.at_us, s.arrival",
        err);
    if (statement == NULL)
        return -1;
    sql_bind(statement, 1, "ii", run, isfinite(after_s) ? llround(after_s * 1e6) : INT64_MIN);
    int status;
    while ((status = sql_next(&store->sql, statement, err)) == 1) {
        struct sample sample = sample_at(statement);
        if (each(owner, &sample) != 0)
            break;
    }
    sqlite3_finalize(statement);
    return status < 0 ? -1 : 0;
}

/* Rows are clustered by run and second, so that grouping sorts nothing. */
int store_each_pace(struct store *store, int64_t run, int (*each)(void *owner, const struct pace *pace),
                    void *owner, struct err *err)
{
    sqlite3_stmt *statement = sql_prepare(
        &store->sql,
        "SELECT second, max(seconds), sum(planned), sum(done), sum(failed), sum(skipped), "
        "sum(service_sum_us),"
        " max(service_max_us), max(lag_max_us) FROM outcome WHERE run = ? GROUP BY second ORDER BY second",
        err);
    if (statement == NULL)
        return -1;
    sql_bind(statement, 1, "i", run);
    int status;
    while ((status = sql_next(&store->sql, statement, err)) == 1) {
        struct pace pace = {
            .from_s = sql_number(statement, 0),
            .seconds = sql_number(statement, 1),
            .planned = sql_number(statement, 2),
            .done = sql_number(statement, 3),
            .failed = sql_number(statement, 4),
            .skipped = sql_number(statement, 5),
            .service_sum_us = sql_number(statement, 6),
            .service_max_us = sql_number(statement, 7),
            .lag_max_us = sql_number(statement, 8),
        };
        if (each(owner, &pace) != 0)
            break;
    }
    sqlite3_finalize(statement);
    return status < 0 ? -1 : 0;
}
