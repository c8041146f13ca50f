/* The store: SQLite in WAL mode, the only room that knows SQLite.
 *
 * Writers never wait for the disk: each store_put_*() copies its row into a bounded queue; a thread of its
 * own writes them in transactions of at most a second. store_flush() waits until everything put so far is
 * committed.
 * The first error of the thread is kept and returned by every later store_flush() and store_end_run() (which
 * still writes the result: a lost row must not cost the verdict as well).
 * What a flush acknowledged is on the disk (synchronous = FULL): it survives the death of this process and of
 * the machine. What was only put may be lost with the process: at most the last second.
 * Times: t_s is seconds since the run began, kept to the microsecond.
 * The store_put_*() and store_flush() may be called from any thread, everything else from one.
 */
#ifndef SEEP_STORE_STORE_H
#define SEEP_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/evidence.h"
#include "model/result.h"
#include "model/shard.h"
#include "model/snapshot.h"

struct store;

/* Opens or makes PATH (0600, its directory 0700 if made); what an older seep made is brought up to date.
 * ERR_INTERNAL: cannot be opened, not a store of seep (application_id), made by a newer seep (user_version). */
struct store *store_open(const char *path, struct err *err);

/* ERR_USAGE when the file is not there. What an older seep made is read as it is. */
struct store *store_open_read_only(const char *path, struct err *err);
void store_close(struct store *store);

/* A run begins: its row is committed before this returns. `arguments` is the command line, `seed` as used. */
int64_t store_begin_run(struct store *store, const char *command, const char *service, const char *label,
                        const char *arguments, uint64_t seed, struct err *err);

/* What a run that has just begun takes for suspected: committed before this returns. Reading fills `suspects`, overwritten; none
 * where the run had none. */
int store_keep_suspects(struct store *store, int64_t run, const struct suspicions *suspects, struct err *err);
int store_read_suspects(struct store *store, int64_t run, struct suspicions *suspects, struct err *err);

/* Trials and blocks: insert or replace, by number. */
void store_put_trial(struct store *store, int64_t run, const struct trial *trial);
void store_put_block(struct store *store, int64_t run, const struct block *block);
void store_put_sample(struct store *store, int64_t run, const struct sample *sample);
void store_put_measurement(struct store *store, int64_t run, const struct measurement *measurement);

/* Outcomes come aggregated: one row per second, trial and endpoint; what is put
 * again for the same three is added. As a run grows, old rows become rows of 10 s and of a minute, and old
 * timed samples are thinned (roll.h). */
struct outcome_row {
    int64_t trial;
    int64_t second;  /* since the run began */
    int64_t seconds; /* that it covers; 0: one */
    const char *endpoint;
    struct tally tally;
    double lag_max_us, service_sum_us, service_max_us;
};
void store_put_outcomes(struct store *store, int64_t run, const struct outcome_row *row);
void store_put_snapshot(struct store *store, int64_t run, int64_t trial, uint64_t requests, const char *name,
                        const struct snapshot *snapshot);
/* One row per endpoint. */
void store_put_load(struct store *store, int64_t run, const struct endpoint_load *load);

/* Probes: insert or replace, by number. Number 0 is not one of the hunt: it keeps what was asked for
 * (flow/settings.h). */
void store_put_probe(struct store *store, int64_t run, const struct probe *probe);

/* 0 while nothing that was put has failed to be written; does not wait. */
int store_check(struct store *store, struct err *err);

int store_flush(struct store *store, struct err *err);
uint64_t store_waits(const struct store *store); /* puts that had to wait since the queue was full */

/* The run ended: result and state are committed in one transaction. Also for interrupted runs. */
int store_end_run(struct store *store, int64_t run, const struct result *result, struct err *err);

/* Reading sees what is committed: flush first when this process wrote it. RUN is a number, a label (the
 * newest of that label) or "last". ERR_USAGE: no such run. */
int store_find_run(struct store *store, const char *name, int64_t *run, struct err *err);

/* A run whose driver died has no result: verdict inconclusive, reason "the run was not ended: it is still
 * under way, or seep died", what was measured counted up from the rows. */
int store_read_result(struct store *store, int64_t run, struct result *result, struct err *err);

/* The same without what is counted up, which of a run under way is left 0: for who keeps count of it, as all samples are gone
 * through for the peak. */
int store_read_told(struct store *store, int64_t run, struct result *result, struct err *err);
int store_read_trials(struct store *store, int64_t run, struct trial **trials, size_t *count,
                      struct err *err);
int store_read_blocks(struct store *store, int64_t run, struct block **blocks, size_t *count,
                      struct err *err);
int store_read_measurements(struct store *store, int64_t run, struct measurement **list, size_t *count,
                            struct err *err);
/* From number 1 on. */
int store_read_probes(struct store *store, int64_t run, struct probe **probes, size_t *count,
                      struct err *err);

/* One probe by its number, 0 too. Returns 1: found, 0: there is none, -1: `err`. */
int store_read_probe(struct store *store, int64_t run, int64_t number, struct probe *probe, struct err *err);

/* The newest probe of another run than `run` that was measured (not reused) with this key; its `reused_from` says
 * which run that was. Returns 1: found, 0: none, -1: `err`. Cost: one look into an index. */
int store_find_probe(struct store *store, int64_t run, const char *key, struct probe *probe, struct err *err);

/* 0 when store_resume_run() would take the run; else its error. Changes nothing. */
int store_may_resume(struct store *store, int64_t run, struct err *err);

/* A hunt that ended early, or whose driver died, goes on: the run is under way again, driven by this process; its
 * result and its loads are taken away, what was measured stays; store_end_run() ends it as any other. Fills what it
 * had come to. ERR_USAGE: no such run, no hunt, one that is under way in a living process or that
 * reached its verdict by itself. */
struct resumed {
    int64_t started_us;
    double elapsed_s; /* the last moment that anything was stored of */
    int64_t trials;   /* the highest number given */
    int64_t probes;   /* likewise */
    uint64_t requests;
    struct tally tally;
    double peak_bytes; /* NaN: not known */
};
int store_resume_run(struct store *store, int64_t run, struct resumed *resumed, struct err *err);

int store_read_loads(struct store *store, int64_t run, struct endpoint_load **list, size_t *count,
                     struct err *err);

/* What a run that is under way has so far, counted up from its outcomes. Of its loads p50 and p99 are 0 (nobody knows them
 * yet), and so are the total times; no recorded rate. Cost: one pass over the rows of its outcomes, with memory for its
 * endpoints alone. */
struct so_far {
    struct endpoint_load *loads; /* by name */
    size_t load_count;
    struct tally tally; /* of all */
    double ends_s;      /* the end of the last row; 0: there is none */
};
int store_read_so_far(struct store *store, int64_t run, struct so_far *so_far, struct err *err);

/* Into the result of a run that has none: its requests (those of its trials where it has no rows), tally and seconds. */
void so_far_tell(const struct so_far *so_far, struct result *result);
void so_far_release(struct so_far *so_far);

/* As the rows of outcomes stand: of a second, of 10, of a minute. In order of time; `each` returns 0 to go on. */
int store_each_pace(struct store *store, int64_t run, int (*each)(void *owner, const struct pace *pace),
                    void *owner, struct err *err);

/* Rows in order of time; `each` returns 0 to go on. sample->signal lives for the call. */
int store_each_sample(struct store *store, int64_t run, int (*each)(void *owner, const struct sample *sample),
                      void *owner, struct err *err);

/* Those after `after_s` alone. What is under way may still add rows of a moment before the newest. */
int store_each_sample_after(struct store *store, int64_t run, double after_s,
                            int (*each)(void *owner, const struct sample *sample), void *owner,
                            struct err *err);

/* One row of what became of requests, as store_put_outcomes() takes it: `seconds` says how long it is. In order of time;
 * row->endpoint lives for the call. */
int store_each_outcome(struct store *store, int64_t run,
                       int (*each)(void *owner, const struct outcome_row *row), void *owner, struct err *err);

/* Snapshots in the order in which they were taken; what is lent lives for the call. `each` returns 0 to go on. */
typedef int store_snapshot_function(void *owner, int64_t trial, uint64_t requests, const char *name,
                                    const struct snapshot *snapshot);
int store_each_snapshot(struct store *store, int64_t run, store_snapshot_function *each, void *owner,
                        struct err *err);

/* A run that is one of several shards, before its first request and, with `kept`, at its end: committed before this
 * returns. */
int store_keep_shard(struct store *store, int64_t run, const struct shard_run *shard, struct err *err);

/* All that there are, the newest first; the caller's. */
int store_read_shards(struct store *store, struct shard_run **shards, size_t *count, struct err *err);

/* What a merged run was put together from: written once, after store_begin_run(). */
int store_keep_parts(struct store *store, int64_t run, const struct shard_part *parts, size_t count,
                     struct err *err);

/* For `seep runs`: newest first. */
struct run_row {
    int64_t run;
    char *command, *service, *label;
    char *verdict; /* "" while it runs or when the driver died */
    int64_t started_us;
    double seconds;
    uint64_t requests;
    size_t finding_count;
    char *first_finding; /* "" */
};
void run_row_release(struct run_row *row);
int store_read_runs(struct store *store, struct run_row **rows, size_t *count, struct err *err);

#endif
