/* The tables of the store, as SQL text. */
#ifndef SEEP_STORE_SCHEMA_H
#define SEEP_STORE_SCHEMA_H

#define SCHEMA_APPLICATION_ID 0x73656570 /* "seep" */
#define SCHEMA_VERSION 9                 /* user_version; older ones: migrate.h */

/* The columns of a struct tally, in the order of sql_bind_tally() and sql_tally(). */
#define SCHEMA_TALLY                                                                                         \
    "planned, done, failed, skipped, landed, uncounted, wrong_status, expected_status, received_bytes, "     \
    "abandoned, late, too_late, uncorrelated"
#define SCHEMA_TALLY_COUNT 13

/* The same columns as sums of many rows; the statuses are those of the first row that has some (`first`: a
 * column that orders them). */
#define SCHEMA_STATUS_OF_FIRST(first)                                                                        \
    "coalesce(min(iif(wrong_status, " first " * 1000000 + wrong_status * 1000 + expected_status, NULL))"
#define SCHEMA_TALLY_SUM(first)                                                                              \
    "sum(planned), sum(done), sum(failed), sum(skipped), sum(landed), "                                      \
    "sum(uncounted), " SCHEMA_STATUS_OF_FIRST(first) " / 1000 % 1000, 0), " SCHEMA_STATUS_OF_FIRST(          \
        first) " % 1000, 0), "                                                                               \
               "sum(received_bytes), sum(abandoned), sum(late), sum(too_late), sum(uncorrelated)"

/* Sets a tally's columns to the sums with those of `excluded`. */
#define SCHEMA_TALLY_ADD                                                                                     \
    "planned = planned + excluded.planned, done = done + excluded.done, failed = failed + excluded.failed,"  \
    " skipped = skipped + excluded.skipped, landed = landed + excluded.landed,"                              \
    " uncounted = uncounted + excluded.uncounted,"                                                           \
    " wrong_status = iif(wrong_status, wrong_status, excluded.wrong_status),"                                \
    " expected_status = iif(wrong_status, expected_status, excluded.expected_status),"                       \
    " received_bytes = received_bytes + excluded.received_bytes,"                                            \
    " abandoned = abandoned + excluded.abandoned, late = late + excluded.late,"                              \
    " too_late = too_late + excluded.too_late, uncorrelated = uncorrelated + excluded.uncorrelated"

/* Of an outcome row, beside its key, `seconds` and its tally; and how two of them become one. */
#define SCHEMA_OUTCOME_TIMES "lag_max_us, service_sum_us, service_max_us"
#define SCHEMA_OUTCOME_ADD                                                                                   \
    " ON CONFLICT DO UPDATE SET seconds = max(seconds, excluded.seconds), " SCHEMA_TALLY_ADD                 \
    ", lag_max_us = max(lag_max_us, excluded.lag_max_us),"                                                   \
    " service_sum_us = service_sum_us + excluded.service_sum_us,"                                            \
    " service_max_us = max(service_max_us, excluded.service_max_us)"

/* Of a load row, beside its key and its tally. */
#define SCHEMA_LOAD_TIMES SCHEMA_LOAD_QUANTILES ", service_sum_us"
#define SCHEMA_LOAD_QUANTILES                                                                                \
    "recorded_rate_per_second, p50_us, p99_us, max_us, total_p50_us, total_p99_us, total_max_us, "           \
    "lag_p50_us, lag_p99_us, lag_max_us"

/* Of a probe row. */
#define SCHEMA_PROBE                                                                                         \
    "run, probe, trial, step, mix, question, answer, says, key, reused_from, started_s, ended_s, requests"

/* Also among the tables; older stores get them. */
extern const char schema_probe[], schema_probe_key[], schema_finding_curl[], schema_suspect[], schema_shard[],
    schema_part[];
extern const char *const schema_tables[]; /* CREATE statements; NULL ends the list */
extern const char *const schema_views[];

/* The tables that store_end_run() fills, children first. */
extern const char *const schema_result_tables[];

#endif
