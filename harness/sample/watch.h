/* What is watched: the built-in signals of the target's processes and the
 * signals that the service offers, behind one list. */
#ifndef SEEP_SAMPLE_WATCH_H
#define SEEP_SAMPLE_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "model/service.h"
#include "net/allow.h"
#include "net/loop.h"

struct watch_signal {
    const char *name; /* "rss", "pss", "fds", "threads", or the service's own */
    enum signal_unit unit;
    bool cheap;       /* may be read ten times a second while traffic flows */
    bool collects;    /* read after a forced collection, counts what is live: the URL asks for gc, or the name starts with live_ */
};

struct watch;

/* `pid` -1: no built-in signals (attached to something that cannot be read here; then only URL signals). */
struct watch *watch_new(const struct service *service, struct loop *loop, struct err *err);
void watch_free(struct watch *watch);

/* After each start: which process (with its children) and where. Remembers pid and start time of each. */
void watch_attach(struct watch *watch, pid_t pid, const struct origin *origin, const struct allow *allow,
                  const char *run_header);

size_t watch_count(const struct watch *watch);
const struct watch_signal *watch_signal(const struct watch *watch, size_t index);

/* Reads the cheap signals into values[watch_count()]; the others are NaN. Microseconds, no network.
 * rss is RssAnon + VmSwap of /proc/PID/status summed over the process and its descendants (a prefork parent and
 * its workers). Source: proc(5), Documentation/filesystems/proc.rst. */
void watch_read_cheap(struct watch *watch, double *values);

/* Reads every signal once; each URL once, however many signals read from it. A signal that cannot be read is NaN and
 * watch_complaint() says why. Runs the loop meanwhile. */
void watch_read(struct watch *watch, double *values);

/* Reads every signal until none of the collecting ones falls any more (at least twice, at most `most` times): the floor
 * after collection. values: the last reading; *reads (may be NULL): how many it took. */
void watch_settle(struct watch *watch, unsigned most, double *values, unsigned *reads);

const char *watch_complaint(const struct watch *watch, size_t index); /* NULL: it was read */

/* True when a process that was there at watch_attach() or at the last call is gone or was replaced (start time). */
bool watch_restarted(struct watch *watch);

/* The highest resident memory seen, bytes (VmHWM summed), NaN unknown. */
double watch_peak_bytes(struct watch *watch);

#endif
