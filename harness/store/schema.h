/* The tables of the store, as SQL text. */
#ifndef SEEP_STORE_SCHEMA_H
#define SEEP_STORE_SCHEMA_H

#define SCHEMA_APPLICATION_ID 0x73656570 /* "seep" */
#define SCHEMA_VERSION 1                 /* user_version */

/* The columns of a struct tally, in the order of sql_bind_tally() and sql_tally(). */
#define SCHEMA_TALLY                                                                                         \
    "planned, done, failed, skipped, landed, uncounted, wrong_status, expected_status, received_bytes"
#define SCHEMA_TALLY_COUNT 9

extern const char *const schema_tables[]; /* CREATE statements; NULL ends the list */
extern const char *const schema_views[];

/* The tables that store_end_run() fills, children first. */
extern const char *const schema_result_tables[];

#endif
