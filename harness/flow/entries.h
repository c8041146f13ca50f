/* What an ingest holds while it reads: requests, sorted by time, in bounded memory. Inside flow/ingest only.
 *
 * Logs are nearly sorted. What was read last waits in a window of ENTRIES_WINDOW; when it is full its older half goes to the
 * end of the source's run in the scratch file. What comes later than that belongs to a new run; those of one source are merged
 * when it ends, and the sources' runs while they are read.
 */
#ifndef SEEP_FLOW_ENTRIES_H
#define SEEP_FLOW_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/packed.h"
#include "flow/runs.h"
#include "flow/scratch.h"

#define ENTRIES_WINDOW ((size_t)4 * 1024 * 1024)
#define ENTRIES_IN_MEMORY ((uint64_t)4 * 1024 * 1024) /* as many bytes need no file */

struct waiting {
    int64_t t_us;
    size_t order; /* of reading */
    size_t at;    /* in the window */
};

struct entries {
    struct scratch scratch;
    struct text window, spare;
    size_t window_bytes;
    struct waiting *waiting;
    size_t waiting_count, waiting_capacity, order;
    struct run *runs; /* one of each source that has ended, then those of the one that is read */
    size_t run_count, ended;
    bool open;         /* the last run goes on */
    int64_t sorted_us; /* all that is earlier stands in it */
    bool fractions;    /* some time of this source is no whole second */
    uint64_t count;
};

/* Without a directory all is held in memory, `most_bytes` at the most; `window_bytes`: ENTRIES_WINDOW, less in tests. */
void entries_init(struct entries *entries, const char *directory, uint64_t most_bytes, size_t window_bytes);
void entries_release(struct entries *entries);

/* ERR_USAGE, ERR_INTERNAL, as scratch_add(); a request of 4 GiB is ERR_USAGE. */
int entries_add(struct entries *entries, const struct entry *entry, struct err *err);

/* The source has ended. Where it has `whole_seconds` and no time has a fraction, requests that share a second are spread
 * evenly within it, in order: the i-th of n at (i + 0.5) / n; *spread says so. ERR_INTERNAL. */
int entries_end_source(struct entries *entries, bool whole_seconds, bool *spread, struct err *err);

/* Reads all from the first on, sorted by time; equal times in the order of sources and then of reading. */
void entries_read(struct entries *entries, struct runs_reader *reader);

#endif
