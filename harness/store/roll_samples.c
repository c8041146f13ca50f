#include "store/roll_samples.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"

#define US_PER_S 1000000

struct old_sample {
    int64_t at_us, arrival;
    double value;
    bool kept;
};

struct series_key {
    int64_t trial, signal;
};

/* What the step that is being gone through has of one series: places in `samples`. */
struct thinned {
    struct series_key key;
    int64_t step; /* the last that had it */
    size_t first, last, low, high;
    bool begins; /* the step before has none of it */
    UT_hash_handle hh;
};

static const char find_text[] = "SELECT at_us, arrival, value, trial, signal FROM sample WHERE run = ?"
                                " AND at_us >= ? AND at_us < ? AND settled = 0 AND value IS NOT NULL"
                                " ORDER BY at_us, arrival";
static const char drop_text[] = "DELETE FROM sample WHERE run = ? AND at_us = ? AND arrival = ?";

static void forget_before(struct thinning *thinning, int64_t step)
{
    struct thinned *series, *next;
    HASH_ITER(hh, thinning->series, series, next)
    {
        if (series->step >= step)
            continue;
        HASH_DEL(thinning->series, series);
        free(series);
    }
}

void thinning_forget(struct thinning *thinning)
{
    forget_before(thinning, INT64_MAX);
}

void thinning_release(struct thinning *thinning)
{
    thinning_forget(thinning);
    sqlite3_finalize(thinning->find);
    sqlite3_finalize(thinning->drop);
    free(thinning->samples);
    memset(thinning, 0, sizeof *thinning);
}

static struct old_sample *add_sample(struct thinning *thinning, struct old_sample sample)
{
    if (thinning->count == thinning->capacity) {
        thinning->capacity = thinning->capacity > 0 ? 2 * thinning->capacity : 256;
        thinning->samples = xrealloc(thinning->samples, thinning->capacity * sizeof *thinning->samples);
    }
    thinning->samples[thinning->count] = sample;
    return &thinning->samples[thinning->count++];
}

static struct thinned *series_of(struct thinning *thinning, const struct series_key *key)
{
    struct thinned *series;
    HASH_FIND(hh, thinning->series, key, sizeof *key, series);
    if (series != NULL)
        return series;
    series = xcalloc(1, sizeof *series);
    series->key = *key;
    series->step = INT64_MIN;
    HASH_ADD(hh, thinning->series, key, sizeof series->key, series);
    return series;
}

static void keep(struct thinning *thinning, const struct thinned *series)
{
    struct old_sample *samples = thinning->samples;
    samples[series->last].kept = samples[series->low].kept = samples[series->high].kept = true;
    if (series->begins)
        samples[series->first].kept = true;
}

static void see(struct thinning *thinning, struct thinned *series, int64_t step, int64_t first_step)
{
    size_t at = thinning->count - 1;
    double value = thinning->samples[at].value;
    if (series->step == step) {
        series->last = at;
        if (value <= thinning->samples[series->low].value)
            series->low = at;
        if (value >= thinning->samples[series->high].value)
            series->high = at;
        return;
    }
    if (series->step >= first_step)
        keep(thinning, series);
    series->begins = series->step != step - 1;
    series->step = step;
    series->first = series->last = series->low = series->high = at;
}

/* In the order of their key, so that nothing is sorted. */
static int read_samples(struct thinning *thinning, const struct sql *sql, int64_t step_us, int64_t first_step,
                        struct err *err)
{
    int status;
    thinning->count = 0;
    while ((status = sql_next(sql, thinning->find, err)) == 1) {
        struct old_sample *sample =
            add_sample(thinning, (struct old_sample){.at_us = sql_integer(thinning->find, 0),
                                                     .arrival = sql_integer(thinning->find, 1),
                                                     .value = sql_number(thinning->find, 2)});
        struct series_key key = {sql_integer(thinning->find, 3), sql_integer(thinning->find, 4)};
        see(thinning, series_of(thinning, &key), sample->at_us / step_us, first_step);
    }
    sqlite3_reset(thinning->find);
    for (struct thinned *series = thinning->series; series != NULL; series = series->hh.next)
        if (series->step >= first_step)
            keep(thinning, series);
    return status;
}

static int drop_rest(struct thinning *thinning, const struct sql *sql, int64_t run, struct err *err)
{
    for (size_t i = 0; i < thinning->count; i++) {
        if (thinning->samples[i].kept)
            continue;
        sql_bind(thinning->drop, 1, "iii", run, thinning->samples[i].at_us, thinning->samples[i].arrival);
        if (sql_run(sql, thinning->drop, err) < 0)
            return -1;
    }
    return 0;
}

static int prepare(struct thinning *thinning, const struct sql *sql, struct err *err)
{
    if (thinning->find == NULL)
        thinning->find = sql_prepare(sql, find_text, err);
    if (thinning->drop == NULL)
        thinning->drop = sql_prepare(sql, drop_text, err);
    return thinning->find != NULL && thinning->drop != NULL ? 0 : -1;
}

int thinning_do(struct thinning *thinning, const struct sql *sql, int64_t run, int64_t from_s,
                int64_t until_s, int64_t step_s, struct err *err)
{
    if (prepare(thinning, sql, err) < 0)
        return -1;
    sql_bind(thinning->find, 1, "iii", run, from_s * US_PER_S, until_s * US_PER_S);
    if (read_samples(thinning, sql, step_s * US_PER_S, from_s / step_s, err) < 0 ||
        drop_rest(thinning, sql, run, err) < 0)
        return -1;
    forget_before(thinning, until_s / step_s - 1);
    return 0;
}
