/* Stores that an older seep made.
 *
 * Writing ones are brought up to date in place, in one transaction; reading ones are read as they are: views
 * of this connection alone stand in front of the older tables and fill in what those do not have.
 * Schema 2 added: the columns `abandoned, late, too_late, uncorrelated` of every tally, `run.lag_max_us`,
 * `outcome.seconds`, and the total times and lags of `load`.
 * Schema 3 added: `run.kept_bytes` and its columns `observed_*`, and of `finding` growth per day and the intervals of
 * the projection.
 * Schema 4 added: the table `probe`, who drives a run (`run.driver_*`) and whether it ended early, and of `finding` the
 * order of its endpoints, when it was named, and growth per second.
 * Schema 8 added `load.service_sum_us`; and `sample.settled` may be 2, which an older seep would take for settled.
 * Schema 9 added the tables `shard` and `part`.
 */
#ifndef SEEP_STORE_MIGRATE_H
#define SEEP_STORE_MIGRATE_H

#include "store/sql.h"

/* Within the caller's transaction; from `version` to SCHEMA_VERSION. Nothing to do: does nothing. */
int migrate_in_place(const struct sql *sql, int64_t version, struct err *err);

/* For a connection that may not write. */
int migrate_for_reading(const struct sql *sql, int64_t version, struct err *err);

#endif
