/* Sorted runs of packed requests in a scratch file, and their merge. Inside flow/ingest only.
 *
 * A run is a stretch of the scratch file in which times do not fall. A reader of several runs hands out their requests in
 * the order of their times; those of the same time in the order of the runs. Memory: a buffer per run that has begun and
 * not ended, RUNS_BUFFERED for all of them together, and at least 4 KiB for each.
 */
#ifndef SEEP_FLOW_RUNS_H
#define SEEP_FLOW_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/packed.h"
#include "flow/scratch.h"

#define RUNS_BUFFERED ((size_t)8 * 1024 * 1024)

struct run {
    uint64_t from, to; /* in the scratch file */
    int64_t first_us;  /* time of its first request, as read */
    bool spread;       /* whole seconds: the i-th of n requests stands at (i + 0.5) / n of its second */
};

/* Reads one run. */
struct run_reader {
    struct run run;
    uint64_t at;  /* of the scratch file: the first byte that is not in the buffer */
    char *buffer; /* NULL: not begun, or ended */
    size_t used, filled, capacity;
    int64_t second_us; /* of the request at the front */
    uint32_t rank;     /* of it, among those of its second */
    int64_t t_us;      /* of it, spread */
};

struct runs_reader {
    struct scratch *scratch; /* borrowed */
    struct run_reader *readers;
    size_t *heap; /* readers that have not ended, the earliest first */
    size_t count, heap_count, buffer_bytes;
    bool started;
};

int64_t run_second_us(int64_t t_us); /* the whole second at or before it, in microseconds */

void runs_reader_init(struct runs_reader *reader, struct scratch *scratch, const struct run *runs,
                      size_t count);
void runs_reader_release(struct runs_reader *reader);

/* The next request: its bytes (until the next call) and its time; *bytes is NULL at the end. ERR_INTERNAL. */
int runs_next(struct runs_reader *reader, const char **bytes, int64_t *t_us, struct err *err);

/* Merges runs of one source, whose order is that in which they were read, into one at the end of the scratch file; what they
 * say of their seconds is added up. ERR_INTERNAL. */
int runs_merge(struct scratch *scratch, const struct run *runs, size_t count, struct run *merged,
               struct err *err);

#endif
