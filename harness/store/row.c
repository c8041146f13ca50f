#include "store/row.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "store/schema.h"

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

static int find_name(struct row_writer *writer, const char *text, int64_t *id, struct err *err)
{
    sql_bind(writer->insert_name, 1, "s", text);
    if (sql_run(&writer->sql, writer->insert_name, err) < 0)
        return -1;
    sql_bind(writer->find_name, 1, "s", text);
    int status = sql_next(&writer->sql, writer->find_name, err);
    if (status == 1)
        *id = sql_integer(writer->find_name, 0);
    sqlite3_reset(writer->find_name);
    return status == 1 ? 0 : -1;
}

static int write_trial(struct row_writer *writer, sqlite3_stmt *statement, const struct row *row,
                       struct err *err)
{
    const struct trial *trial = row->of.trial;
    sql_bind(statement, 2, "issddius", trial->number, step_name(trial->step), or_empty(trial->mix),
             trial->started_s, trial->ended_s, trial->pid, trial->requests, or_empty(trial->note));
    return sql_run(&writer->sql, statement, err);
}

static int write_block(struct row_writer *writer, sqlite3_stmt *statement, const struct row *row,
                       struct err *err)
{
    const struct block *block = row->of.block;
    sql_bind(statement, 2, "iissuudd", block->trial, block->number, step_name(block->step),
             or_empty(block->mix), block->first_request, block->last_request, block->started_s,
             block->ended_s);
    return sql_run(&writer->sql, statement, err);
}

static int write_sample(struct row_writer *writer, sqlite3_stmt *statement, const struct row *row,
                        struct err *err)
{
    const struct sample *sample = &row->of.sample;
    roll_see(&writer->roll, row->run, sample->at_s);
    sql_bind(statement, 2, "iiiinud", (int64_t)llround(sample->at_s * 1e6), writer->arrivals++, sample->trial,
             row->name->id, (int)sample->kind, sample->requests, sample->value);
    return sql_run(&writer->sql, statement, err);
}

static int write_measurement(struct row_writer *writer, sqlite3_stmt *statement, const struct row *row,
                             struct err *err)
{
    const struct measurement *one = row->of.measurement;
    sql_bind(statement, 2, "isssbudddss", one->trial, step_name(one->step), or_empty(one->mix),
             or_empty(one->signal), (int)one->objects, one->requests, one->per_request, one->interval.low,
             one->interval.high, verdict_name(one->verdict), or_empty(one->note));
    return sql_run(&writer->sql, statement, err);
}

static int write_outcome(struct row_writer *writer, sqlite3_stmt *statement, const struct row *row,
                         struct err *err)
{
    const struct outcome_row *outcome = row->of.outcome;
    roll_see(&writer->roll, row->run, (double)outcome->second);
    sql_bind(statement, 2, "iii", outcome->second, outcome->trial, row->name->id);
    int next = sql_bind_tally(statement, 5, &outcome->tally);
    sql_bind(statement, next, "dddi", outcome->lag_max_us, outcome->service_sum_us, outcome->service_max_us,
             outcome->seconds > 0 ? outcome->seconds : 1);
    return sql_run(&writer->sql, statement, err);
}

static int write_site(struct row_writer *writer, int64_t run, int64_t snapshot, size_t number,
                      const struct site *site, struct err *err)
{
    int64_t name = 0;
    if (find_name(writer, or_empty(site->name), &name, err) < 0)
        return -1;
    sql_bind(writer->insert_site, 1, "iiuiddd", run, snapshot, (uint64_t)number, name, site->bytes,
             site->objects, site->quantum);
    return sql_run(&writer->sql, writer->insert_site, err);
}

static int write_snapshot(struct row_writer *writer, sqlite3_stmt *statement, const struct row *row,
                          struct err *err)
{
    const struct snapshot_row *snapshot = row->of.snapshot;
    sql_bind(statement, 2, "iussu", snapshot->trial, snapshot->requests, or_empty(snapshot->name),
             or_empty(snapshot->format), (uint64_t)snapshot->snapshot.skipped);
    int status = sql_next(&writer->sql, statement, err);
    int64_t number = status == 1 ? sql_integer(statement, 0) : 0;
    sqlite3_reset(statement);
    if (status != 1)
        return -1;
    for (size_t i = 0; i < snapshot->snapshot.count; i++)
        if (write_site(writer, row->run, number, i + 1, &snapshot->snapshot.sites[i], err) < 0)
            return -1;
    return 0;
}

static int bind_times(sqlite3_stmt *statement, int first, const struct times *times)
{
    return sql_bind(statement, first, "ddd", times->p50_us, times->p99_us, times->max_us);
}

static int write_load(struct row_writer *writer, sqlite3_stmt *statement, const struct row *row,
                      struct err *err)
{
    const struct endpoint_load *load = row->of.load;
    sql_bind(statement, 2, "i", row->name->id);
    int next = sql_bind_tally(statement, 3, &load->tally);
    next = sql_bind(statement, next, "d", load->recorded_rate_per_second);
    next = bind_times(statement, next, &load->service);
    next = bind_times(statement, next, &load->total);
    next = bind_times(statement, next, &load->lag);
    sql_bind(statement, next, "d", load->service_sum_us);
    return sql_run(&writer->sql, statement, err);
}

static int write_probe(struct row_writer *writer, sqlite3_stmt *statement, const struct row *row,
                       struct err *err)
{
    const struct probe *probe = row->of.probe;
    sql_bind(statement, 2, "iissssssiddu", probe->number, probe->trial, step_name(probe->step),
             or_empty(probe->mix), or_empty(probe->question), or_empty(probe->answer), or_empty(probe->says),
             probe->key, probe->reused_from, probe->started_s, probe->ended_s, probe->requests);
    return sql_run(&writer->sql, statement, err);
}

static void free_trial(struct row *row)
{
    trial_release(row->of.trial);
    free(row->of.trial);
}

static void free_block(struct row *row)
{
    block_release(row->of.block);
    free(row->of.block);
}

static void free_measurement(struct row *row)
{
    measurement_release(row->of.measurement);
    free(row->of.measurement);
}

static void free_outcome(struct row *row)
{
    free(row->of.outcome);
}

static void free_snapshot(struct row *row)
{
    snapshot_release(&row->of.snapshot->snapshot);
    free(row->of.snapshot->name);
    free(row->of.snapshot->format);
    free(row->of.snapshot);
}

static void free_load(struct row *row)
{
    endpoint_load_release(row->of.load);
    free(row->of.load);
}

static void free_probe(struct row *row)
{
    probe_release(row->of.probe);
    free(row->of.probe);
}

/* Parameter 1 of each is the run. */
static const struct {
    const char *text;
    int (*write)(struct row_writer *writer, sqlite3_stmt *statement, const struct row *row, struct err *err);
    void (*release)(struct row *row); /* NULL: owns nothing */
} kinds[ROW_KIND_COUNT] = {
    [ROW_TRIAL] = {"INSERT INTO trial (run, trial, step, mix, started_s, ended_s, pid, requests, note)"
                   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET step = excluded.step,"
                   " mix = excluded.mix, started_s = excluded.started_s, ended_s = excluded.ended_s,"
                   " pid = excluded.pid, requests = excluded.requests, note = excluded.note",
                   write_trial, free_trial},
    [ROW_BLOCK] = {"INSERT OR REPLACE INTO block (run, trial, block, step, mix, first_request, last_request,"
                   " started_s, ended_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   write_block, free_block},
    [ROW_SAMPLE] = {"INSERT INTO sample (run, at_us, arrival, trial, signal, settled, requests, value)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    write_sample, NULL},
    [ROW_MEASUREMENT] =
        {"INSERT INTO measurement (run, measurement, trial, step, mix, signal, objects, requests,"
         " per_request, low, high, verdict, note) SELECT ?1, coalesce(max(measurement), 0) + 1, ?2,"
         " ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12 FROM measurement WHERE run = ?1",
         write_measurement, free_measurement},
    [ROW_OUTCOME] = {"INSERT INTO outcome (run, second, trial, endpoint, " SCHEMA_TALLY
                     ", " SCHEMA_OUTCOME_TIMES ", seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                     "?, ?, ?, ?, ?, ?, ?)" SCHEMA_OUTCOME_ADD,
                     write_outcome, free_outcome},
    [ROW_SNAPSHOT] =
        {"INSERT INTO snapshot (run, snapshot, trial, requests, name, format, skipped)"
         " SELECT ?1, coalesce(max(snapshot), 0) + 1, ?2, ?3, ?4, ?5, ?6 FROM snapshot WHERE run = ?1"
         " RETURNING snapshot",
         write_snapshot, free_snapshot},
    [ROW_LOAD] = {"INSERT OR REPLACE INTO load (run, endpoint, " SCHEMA_TALLY ", " SCHEMA_LOAD_TIMES
                  ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  write_load, free_load},
    [ROW_PROBE] = {"INSERT OR REPLACE INTO probe (" SCHEMA_PROBE
                   ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, nullif(?10, 0), ?11, ?12, ?13)",
                   write_probe, free_probe},
};

void row_release(struct row *row)
{
    if (kinds[row->kind].release != NULL)
        kinds[row->kind].release(row);
    memset(row, 0, sizeof *row);
}

int row_writer_init(struct row_writer *writer, const char *path, struct err *err)
{
    memset(writer, 0, sizeof *writer);
    if (sql_open(&writer->sql, path, false, err) < 0)
        return -1;
    writer->insert_name = sql_prepare(&writer->sql, "INSERT OR IGNORE INTO name (name) VALUES (?)", err);
    writer->find_name = sql_prepare(&writer->sql, "SELECT name_id FROM name WHERE name = ?", err);
    writer->insert_site = sql_prepare(&writer->sql,
                                      "INSERT INTO site (run, snapshot, number, site, bytes, objects, "
                                      "quantum) VALUES (?, ?, ?, ?, ?, ?, ?)",
                                      err);
    bool ready = writer->insert_name != NULL && writer->find_name != NULL && writer->insert_site != NULL;
    for (int kind = 0; ready && kind < ROW_KIND_COUNT; kind++)
        ready = (writer->statements[kind] = sql_prepare(&writer->sql, kinds[kind].text, err)) != NULL;
    if (!ready)
        row_writer_release(writer);
    return ready ? 0 : -1;
}

void row_writer_release(struct row_writer *writer)
{
    for (int kind = 0; kind < ROW_KIND_COUNT; kind++)
        sqlite3_finalize(writer->statements[kind]);
    sqlite3_finalize(writer->insert_name);
    sqlite3_finalize(writer->find_name);
    sqlite3_finalize(writer->insert_site);
    roll_release(&writer->roll);
    sql_close(&writer->sql);
}

int row_write(struct row_writer *writer, const struct row *row, struct err *err)
{
    if (row->name != NULL && row->name->id == 0 &&
        find_name(writer, row->name->text, &row->name->id, err) < 0)
        return -1;
    sqlite3_stmt *statement = writer->statements[row->kind];
    sql_bind(statement, 1, "i", row->run);
    return kinds[row->kind].write(writer, statement, row, err);
}
