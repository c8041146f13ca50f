/* What the files of this room share. */
#ifndef SEEP_STORE_INSIDE_H
#define SEEP_STORE_INSIDE_H

#include "store/sql.h"
#include "store/store.h"
#include "store/writer.h"

struct store {
    char *path;
    struct sql sql;        /* the caller's connection: reads, and the first and last row of a run */
    struct writer *writer; /* NULL: read only */
};

/* Takes the result of a run away, its row apart; within the caller's transaction. */
int store_clear_result(const struct sql *sql, int64_t run, struct err *err);

/* Rows of what was suspected, in this order, and one of them taken. */
extern const char store_suspects_query[];
void store_take_suspect(struct suspicions *suspects, sqlite3_stmt *statement);

#endif
