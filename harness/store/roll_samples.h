/* Thinning: of timed samples that have become old, what a plot or an analysis would miss is kept.
 *
 * Of each signal and trial, in each step: the last, the lowest and the highest, with their times; of equal ones the latest. And
 * where the step before has none of it, the first: a process that began, an agent that is back.
 */
#ifndef SEEP_STORE_ROLL_SAMPLES_H
#define SEEP_STORE_ROLL_SAMPLES_H

#include <stddef.h>

#include "store/sql.h"

/* One level of steps, gone through in order of time. Memory: the samples of one call, and a place for each series that the last
 * step had. Zeroed: empty. */
struct thinning {
    sqlite3_stmt *find, *drop;
    struct old_sample *samples; /* of the present call */
    size_t count, capacity;
    struct thinned *series;
};
void thinning_release(struct thinning *thinning);

/* What is called next does not go on from where the last call ended. */
void thinning_forget(struct thinning *thinning);

/* Within the caller's transaction: thins from `from_s` to before `until_s`, both multiples of `step_s`. Cost: one read of these
 * samples, and a delete for each that goes. */
int thinning_do(struct thinning *thinning, const struct sql *sql, int64_t run, int64_t from_s,
                int64_t until_s, int64_t step_s, struct err *err);

#endif
