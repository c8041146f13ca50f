#include "store/roll.h"

#include <string.h>

#include "store/schema.h"

#define EVERY_S 60
#define STEPS_MOST 30 /* of one level in one transaction */

/* A step is gone through at once: as long as an outcome row of its level. */
static const struct level {
    int64_t age_s, step_s, sample_s;
    bool outcomes; /* else they are as coarse already */
} levels[ROLL_LEVELS] = {{600, 10, 1, true}, {7200, 60, 10, true}, {86400, 60, 60, false}};

#define OUTCOME_COLUMNS "run, second, trial, endpoint, " SCHEMA_TALLY ", " SCHEMA_OUTCOME_TIMES ", seconds"
#define FINER_OUTCOMES "run = ?1 AND second >= ?2 AND second < ?3 AND seconds < ?4"

enum { GATHER, CLEAR, PUT, EMPTY };

/* Outcomes go by way of a table of this connection: the row of ten seconds has the key of their first. */
static const char rolled_table[] =
    "PRAGMA temp_store = MEMORY;"
    "CREATE TEMP TABLE IF NOT EXISTS rolled AS SELECT " OUTCOME_COLUMNS " FROM outcome WHERE 0";

static const char *const texts[ROLL_STATEMENTS] = {
    [GATHER] = "INSERT INTO temp.rolled SELECT run, ?2, trial, endpoint, " SCHEMA_TALLY_SUM(
        "second") ","
                  " max(lag_max_us), sum(service_sum_us), max(service_max_us), ?4 FROM outcome"
                  " WHERE " FINER_OUTCOMES " GROUP BY trial, endpoint",
    [CLEAR] = "DELETE FROM outcome WHERE " FINER_OUTCOMES,
    /* Upserts from a SELECT need a WHERE (sqlite.org/lang_upsert.html, "Parsing Ambiguity"). */
    [PUT] = "INSERT INTO outcome (" OUTCOME_COLUMNS ") SELECT " OUTCOME_COLUMNS
            " FROM temp.rolled WHERE true" SCHEMA_OUTCOME_ADD,
    [EMPTY] = "DELETE FROM temp.rolled",
};

static int prepare(struct roll *roll, const struct sql *sql, struct err *err)
{
    if (roll->statements[0] != NULL)
        return 0;
    if (sql_exec(sql, rolled_table, err) < 0)
        return -1;
    for (int i = 0; i < ROLL_STATEMENTS; i++)
        if ((roll->statements[i] = sql_prepare(sql, texts[i], err)) == NULL) {
            roll_release(roll);
            return -1;
        }
    return 0;
}

void roll_release(struct roll *roll)
{
    for (int i = 0; i < ROLL_STATEMENTS; i++)
        sqlite3_finalize(roll->statements[i]);
    for (int i = 0; i < ROLL_LEVELS; i++)
        thinning_release(&roll->thinning[i]);
    memset(roll, 0, sizeof *roll);
}

void roll_see(struct roll *roll, int64_t run, double at_s)
{
    if (!(at_s >= 0))
        return;
    if (run != roll->run) {
        roll->run = run;
        roll->now_s = at_s;
        roll->next_s = at_s + (double)levels[0].age_s;
        for (int i = 0; i < ROLL_LEVELS; i++) {
            roll->from_s[i] = (int64_t)at_s / levels[i].step_s * levels[i].step_s;
            thinning_forget(&roll->thinning[i]);
        }
    }
    if (at_s > roll->now_s)
        roll->now_s = at_s;
}

static int roll_outcomes(struct roll *roll, const struct sql *sql, int64_t from_s, int64_t step_s,
                         struct err *err)
{
    for (int i = GATHER; i <= EMPTY; i++) {
        if (i == GATHER || i == CLEAR)
            sql_bind(roll->statements[i], 1, "iiii", roll->run, from_s, from_s + step_s, step_s);
        if (sql_run(sql, roll->statements[i], err) < 0)
            return -1;
    }
    return 0;
}

static int roll_step(struct roll *roll, const struct sql *sql, int level, struct err *err)
{
    const struct level *of = &levels[level];
    int64_t from_s = roll->from_s[level];
    if (of->outcomes && roll_outcomes(roll, sql, from_s, of->step_s, err) < 0)
        return -1;
    return thinning_do(&roll->thinning[level], sql, roll->run, from_s, from_s + of->step_s, of->sample_s,
                       err);
}

int roll_up(struct roll *roll, const struct sql *sql, struct err *err)
{
    if (roll->run == 0 || roll->now_s < roll->next_s)
        return 0;
    if (prepare(roll, sql, err) < 0)
        return -1;
    roll->next_s = roll->now_s + EVERY_S;
    for (int i = 0; i < ROLL_LEVELS; i++) {
        int64_t old_s = (int64_t)roll->now_s - levels[i].age_s, step_s = levels[i].step_s;
        for (int steps = 0; steps < STEPS_MOST && roll->from_s[i] + step_s <= old_s; steps++) {
            if (roll_step(roll, sql, i, err) < 0)
                return -1;
            roll->from_s[i] += step_s;
        }
    }
    return 0;
}
