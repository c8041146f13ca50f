/* What waits in the writer's queue: one row, owned copies of what it quotes. */
#ifndef SEEP_STORE_ROW_H
#define SEEP_STORE_ROW_H

#include "store/roll.h"
#include "store/sql.h"
#include "store/store.h"

enum row_kind {
    ROW_TRIAL,
    ROW_BLOCK,
    ROW_SAMPLE,
    ROW_MEASUREMENT,
    ROW_OUTCOME,
    ROW_SNAPSHOT,
    ROW_LOAD,
    ROW_PROBE,
    ROW_KIND_COUNT
};

/* A name that repeats: its text is kept once, its id is found once (by the writing thread). */
struct name {
    char *text;
    int64_t id; /* 0: not found yet */
};

struct snapshot_row {
    int64_t trial;
    uint64_t requests;
    char *name;
    char *format;
    struct snapshot snapshot; /* its format is not used */
};

struct row {
    enum row_kind kind;
    int64_t run;
    struct name *name; /* signal or endpoint; NULL where the row has none */
    union {
        struct sample sample; /* its signal is not used */
        struct trial *trial;
        struct block *block;
        struct measurement *measurement;
        struct outcome_row *outcome; /* its endpoint is not used */
        struct snapshot_row *snapshot;
        struct endpoint_load *load;
        struct probe *probe;
    } of;
};
void row_release(struct row *row);

/* Prepared statements of one connection. */
struct row_writer {
    struct sql sql;
    sqlite3_stmt *statements[ROW_KIND_COUNT];
    sqlite3_stmt *insert_name, *find_name, *insert_site;
    int64_t arrivals;
    struct roll roll;
};
int row_writer_init(struct row_writer *writer, const char *path, struct err *err);
void row_writer_release(struct row_writer *writer);
int row_write(struct row_writer *writer, const struct row *row, struct err *err);

#endif
