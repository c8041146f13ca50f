/* Requests per endpoint while a recording runs: ids by their shape taken together, nothing learned. */
#ifndef SEEP_FLOW_RECORD_TOP_H
#define SEEP_FLOW_RECORD_TOP_H

#include <stddef.h>
#include <stdint.h>

#define RECORD_TOP_MOST 256 /* what comes after so many is counted as one */
#define RECORD_TOP_NAME 72

struct record_row {
    char name[RECORD_TOP_NAME]; /* "GET /cart/{id}", cut to fit; "(others)" */
    uint64_t count;
};
struct record_top {
    struct record_row rows[RECORD_TOP_MOST + 1]; /* most first, once sorted */
    size_t count;
    uint16_t slots[2 * RECORD_TOP_MOST]; /* by a hash of the name: index + 1 */
};

void record_top_add(struct record_top *top, const char *method, const char *url);

/* The first `most` rows in order, into `rows`; returns how many. */
size_t record_top_first(const struct record_top *top, struct record_row *rows, size_t most);

#endif
