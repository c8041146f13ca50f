/* Rolling up: what a run measured long ago is kept at a coarser step, so that a run of days stays small.
 *
 * | older than | outcome rows hold | timed samples kept of each signal and trial (roll_samples.h) |
 * | 10 minutes | 10 s              | in each second the last, the lowest and the highest |
 * | 2 hours    | 1 minute          | in each 10 s the last, the lowest and the highest |
 * | a day      | 1 minute          | in each minute the last, the lowest and the highest |
 *
 * Sums stay exact, maxima stay maxima. Readings that a verdict rests on (judged and settled ones) and gaps are
 * never thinned, and neither are the timed readings of signals that are read seldom: no two of them fall into one
 * step. How large a store may become stands in results/README.md, and tests/faults/long-soak.t holds it to that.
 * Age is measured by the times of the rows themselves (seconds since the run began). Rows that an earlier
 * process left behind stay as they are: at most a day of them.
 */
#ifndef SEEP_STORE_ROLL_H
#define SEEP_STORE_ROLL_H

#include "store/roll_samples.h"
#include "store/sql.h"

enum { ROLL_LEVELS = 3, ROLL_STATEMENTS = 4 };

struct roll {
    int64_t run;                 /* the run that is being written; 0: none yet */
    double now_s;                /* its latest row */
    double next_s;               /* when to roll up again */
    int64_t from_s[ROLL_LEVELS]; /* what is before was rolled up */
    sqlite3_stmt *statements[ROLL_STATEMENTS];
    struct thinning thinning[ROLL_LEVELS];
};
void roll_release(struct roll *roll);

/* A row at `at_s` is being written. */
void roll_see(struct roll *roll, int64_t run, double at_s);

/* Within the caller's transaction: rolls up what has become old enough, at most once a minute and a bounded
 * number of steps (what is left waits for the next time). */
int roll_up(struct roll *roll, const struct sql *sql, struct err *err);

#endif
