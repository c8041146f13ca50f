/* Where signals are read from: one kind a file, one row each in watch.c.
 *
 * A source says once which signals it has; then it is read again and again, in one of two ways: its cheap
 * ones at once, ten times a second; all of them by a reading, which may take its time while the loop runs. */
#ifndef SEEP_SAMPLE_SOURCE_H
#define SEEP_SAMPLE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/text.h"
#include "model/service.h"
#include "net/allow.h"
#include "net/loop.h"
#include "sample/family.h"

struct watch_signal {
    const char *name; /* "rss", "pss", "fds", "sockets", "threads", "live_bytes", or the service's own */
    enum signal_unit unit;
    bool cheap; /* may be read ten times a second while traffic flows */
    /* Counts what is live: read after a forced collection, or of an allocator that needs none. */
    bool collects;
    /* service.yaml says that it is there: one that cannot be read is a fault from the first reading on. Others
     * depend on what the target turns out to be. */
    bool promised;
    /* Read of each process apart: one that is replaced cuts its own series, and what the others
     * gain is told on (sample/pool.h). */
    bool pooled;
};

/* The target as it was started last. Borrowed until the next attach. */
struct watched {
    pid_t pid; /* -1: no process that can be read here */
    const struct origin *origin;
    const struct allow *allow;
    const char *run_header;
    const char *agents;    /* directory of the agents' sockets; NULL: nothing was injected */
    const char *container; /* the id of one that was started; NULL: none was */
    struct family *family; /* of `pid` */
};

/* One reading of one source, under way. */
struct source_reading {
    double *values;    /* by signal of the source; NaN at first */
    char **complaints; /* by signal: why it could not be read; NULL at first */
    bool quiet;        /* nothing is sent meanwhile: what holds up the target may be read */
    bool dropped;      /* nobody waits any more, and the source may be gone: only source_done() is left */
};

/* Once for each reading, from start_read() itself or later from the loop. */
void source_done(struct source_reading *reading);

/* For signals that could not be read; takes the words over. */
void source_complain(struct source_reading *reading, size_t signal, char *why_take);

/* Allocation sites from a target that is asked in the same way as its signals. */
/* SNAPSHOT_DEEPEN, after a start: anew, and with callers where they cost too much for the first; who has no such step, or
 * tells callers anyway, refuses. */
enum snapshot_step { SNAPSHOT_START, SNAPSHOT_TAKE, SNAPSHOT_STOP, SNAPSHOT_DEEPEN };
struct snapshot_taker {
    /* one per process; name: for messages ("process 4711"); body: in some format of the snapshot table */
    void (*take)(void *owner, const char *name, const struct text *body);
    void *owner;
};

/* What one process had in the last reading of a pooled signal. */
struct process_teller {
    void (*tell)(void *owner, size_t signal, pid_t pid, double value);
    void *owner;
};

struct source {
    const struct source_kind *kind;
    void *self; /* the kind's own */
    const struct watch_signal *signals;
    size_t count; /* 0: nothing to read for this service */
    struct loop *loop;
};

struct source_kind {
    const char *name;
    /* Sets self, signals and count of a zeroed source (loop is set). ERR_USAGE: what service.yaml asks for
     * cannot be. release() is called in any case. */
    int (*open)(struct source *source, const struct service *service, struct err *err);
    void (*release)(struct source *source);
    /* Each start of the target, before the next reading. Readings under way were dropped. May be NULL. */
    void (*attach)(struct source *source, const struct watched *watched);
    /* Microseconds, no network; writes those that are cheap. NULL: none is. */
    void (*read_cheap)(struct source *source, double *values);
    void (*start_read)(struct source *source, struct source_reading *reading);
    /* NULL: it has none; else `about` says who tells. Runs the loop. `taker` only for SNAPSHOT_TAKE. ERR_USAGE: why there are none. */
    int (*snapshot)(const struct source *source, enum snapshot_step step, const struct snapshot_taker *taker,
                    struct err *err);
    /* NULL: nothing is read of each process apart. */
    void (*each_process)(const struct source *source, const struct process_teller *teller);
    const char *(*about)(const struct source *source); /* NULL, or who tells: "python agent, 3 processes" */
};

/* The kinds, one file each. */
extern const struct source_kind source_processes; /* processes.c: /proc */
extern const struct source_kind source_cgroup;    /* cgroup.c: memory.stat */
extern const struct source_kind source_docker;    /* docker.c: the Engine API */
extern const struct source_kind source_live;      /* live.c: agents, JVM, Go */
extern const struct source_kind source_told;      /* told.c: as another watch had them; never read */
extern const struct source_kind source_offered;   /* offered.c: signals of the service by HTTP */

#endif
