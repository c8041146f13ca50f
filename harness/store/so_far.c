/* What a run that is under way has so far, counted up from its rows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "store/inside.h"
#include "store/schema.h"

/* An endpoint by the id of its name. */
struct counted {
    int64_t id;
    struct endpoint_load load;
    UT_hash_handle hh;
};

static struct counted *counted_of(struct counted **all, int64_t id)
{
    struct counted *counted;
    HASH_FIND(hh, *all, &id, sizeof id, counted);
    if (counted != NULL)
        return counted;
    counted = xcalloc(1, sizeof *counted);
    counted->id = id;
    counted->load.recorded_rate_per_second = NAN;
    counted->load.service.max_us = counted->load.lag.max_us = counted->load.service_sum_us = NAN;
    HASH_ADD(hh, *all, id, sizeof counted->id, counted);
    return counted;
}

static void add_row(struct counted **all, struct so_far *so_far, sqlite3_stmt *statement)
{
    struct tally tally;
    struct endpoint_load *load = &counted_of(all, sql_integer(statement, 1))->load;
    int next = sql_tally(statement, 2, &tally);
    double sum_us = sql_number(statement, next + 1);
    so_far->ends_s = fmax(so_far->ends_s, sql_number(statement, 0));
    tally_merge(&so_far->tally, &tally);
    tally_merge(&load->tally, &tally);
    load->lag.max_us = fmax(load->lag.max_us, sql_number(statement, next));
    if (isnan(load->service_sum_us))
        load->service_sum_us = sum_us;
    else if (!isnan(sum_us))
        load->service_sum_us += sum_us;
    load->service.max_us = fmax(load->service.max_us, sql_number(statement, next + 2));
}

/* In the order of their key. To have SQLite group them by endpoint would be to have it sort them all, in memory. */
static int count_rows(const struct sql *sql, int64_t run, struct counted **all, struct so_far *so_far,
                      struct err *err)
{
    sqlite3_stmt *statement =
        sql_prepare(sql,
                    "SELECT second + seconds, endpoint, " SCHEMA_TALLY ", " SCHEMA_OUTCOME_TIMES
                    " FROM outcome WHERE run = ? ORDER BY second, trial, endpoint",
                    err);
    if (statement == NULL)
        return -1;
    sql_bind(statement, 1, "i", run);
    int status;
    while ((status = sql_next(sql, statement, err)) == 1)
        add_row(all, so_far, statement);
    sqlite3_finalize(statement);
    return status;
}

static int find_names(const struct sql *sql, struct counted *all, struct err *err)
{
    int status = 0;
    sqlite3_stmt *statement = sql_prepare(sql, "SELECT name FROM name WHERE name_id = ?", err);
    if (statement == NULL)
        return -1;
    for (struct counted *counted = all; status >= 0 && counted != NULL; counted = counted->hh.next) {
        sql_bind(statement, 1, "i", counted->id);
        status = sql_next(sql, statement, err);
        counted->load.endpoint = status == 1 ? sql_text(statement, 0) : xstrdup("");
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    return status < 0 ? -1 : 0;
}

static int by_name(const void *left, const void *right)
{
    const struct endpoint_load *a = left, *b = right;
    return strcmp(a->endpoint, b->endpoint);
}

/* Frees what was counted; with `so_far` it has the loads. */
static void hand_over(struct counted *all, struct so_far *so_far)
{
    struct counted *counted, *next;
    if (so_far != NULL && all != NULL)
        so_far->loads = xcalloc(HASH_COUNT(all), sizeof *so_far->loads);
    HASH_ITER(hh, all, counted, next)
    {
        HASH_DEL(all, counted);
        if (so_far != NULL)
            so_far->loads[so_far->load_count++] = counted->load;
        else
            endpoint_load_release(&counted->load);
        free(counted);
    }
    if (so_far != NULL && so_far->load_count > 0)
        qsort(so_far->loads, so_far->load_count, sizeof *so_far->loads, by_name);
}

int store_read_so_far(struct store *store, int64_t run, struct so_far *so_far, struct err *err)
{
    struct counted *all = NULL;
    *so_far = (struct so_far){.ends_s = 0};
    int status = count_rows(&store->sql, run, &all, so_far, err);
    if (status == 0)
        status = find_names(&store->sql, all, err);
    hand_over(all, status == 0 ? so_far : NULL);
    return status;
}

void so_far_tell(const struct so_far *so_far, struct result *result)
{
    if (so_far->load_count > 0)
        result->requests = so_far->tally.done;
    result->replay = so_far->tally;
    result->seconds = fmax(result->seconds, so_far->ends_s);
}

void so_far_release(struct so_far *so_far)
{
    for (size_t i = 0; i < so_far->load_count; i++)
        endpoint_load_release(&so_far->loads[i]);
    free(so_far->loads);
    memset(so_far, 0, sizeof *so_far);
}
