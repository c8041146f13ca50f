/* The distinct requests of a recording of any length, in bounded memory: all of them, or a choice. */
#ifndef SEEP_TRAFFIC_TRAITS_ROWS_H
#define SEEP_TRAFFIC_TRAITS_ROWS_H

#include <stdint.h>

#include "base/hash.h"
#include "traffic/traits_fields.h"

#define ROWS_MOST 4096  /* held while reading */
#define ROWS_RARE 1024  /* of those, that were the first to hold a value */
#define RARE_VALUES 64  /* an attribute with more has no rare ones */
#define RARE_NAMES 1024 /* attributes looked at for them */

struct row {
    char *packed; /* as in struct fields */
    size_t length;
    size_t times, first;
    uint64_t mark; /* of its content: of too many, the least stay */
    bool rare;
    UT_hash_handle hh;
};

struct rows {
    struct row *table;      /* by content */
    struct row_name *names; /* by place and name */
    uint64_t most;          /* marks above are not taken any more */
    size_t rare_count;
};

void rows_init(struct rows *rows);
void rows_release(struct rows *rows);

/* Request `index` of the recording. A row that was left out never comes in later, so that `times` of the others is exact. */
void rows_add(struct rows *rows, const struct fields *fields, size_t index);

/* At most `most` of them, in the order of the recording: list[most]. Returns how many. */
size_t rows_choose(struct rows *rows, struct row **list, size_t most);

#endif
