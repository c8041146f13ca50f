/* What is watched: the built-in signals of the target's processes and the
 * signals that the service offers, behind one list. */
#ifndef SEEP_SAMPLE_WATCH_H
#define SEEP_SAMPLE_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "model/service.h"
#include "net/loop.h"
#include "sample/source.h"

struct watch;

/* The built-in signals come first, in the order rss, pss, fds, sockets, threads; then cgroup_anon,
 * where the target may have a control group of its own; container_memory, where a container is watched; then what is counted live by an agent
 * or a runtime (sample/live.h); then the service's own as it lists them. Errors: ERR_USAGE, a
 * pointer or metric that cannot be read, or a name that is there twice. */
struct watch *watch_new(const struct service *service, struct loop *loop, struct err *err);
void watch_free(struct watch *watch);

/* A watch of signals as another one had them (names are copied), which is never read: for a verdict on what was read elsewhere.
 * short_lived: what watch_short_lived() says of it. */
struct watch *watch_told(const struct watch_signal *signals, size_t count, size_t short_lived);

/* After each start. Remembers pid and start time of the process and its children. Borrowed until the next
 * attach; `family` is ignored. */
void watch_attach(struct watch *watch, const struct watched *watched);

size_t watch_count(const struct watch *watch);
const struct watch_signal *watch_signal(const struct watch *watch, size_t index);

/* Reads the cheap signals into values[watch_count()]; the others are NaN. Microseconds, no network.
 * rss is RssAnon + VmSwap of /proc/PID/status summed over the process and its descendants (a prefork parent
 * and its workers). Source: proc(5), Documentation/filesystems/proc.rst. */
void watch_read_cheap(struct watch *watch, double *values);

/* Reads every signal once. A signal that cannot be read is NaN and watch_complaint() says why. Runs the loop
 * meanwhile. A pooled signal that is read so, or by watch_start_read(), goes on from what it was when a process is replaced; see
 * sample/pool.h. Behind one URL one process answers: of several workers that share a port it is any one of
 * them. */
void watch_read(struct watch *watch, double *values);

/* The same while traffic flows: starts, and calls `done` once from the loop, with values[watch_count()] that
 * are valid within the call. pss is NaN: it holds up the target; so is sockets where the target
 * has more than 1,000 descriptors. Nothing is started while such a reading is under way; watch_read() and watch_settle() wait for it first. After
 * watch_free() or the next watch_attach() `done` is not called for it. */
void watch_start_read(struct watch *watch, void (*done)(void *owner, const double *values), void *owner);

/* Reads every signal until none of the collecting ones falls any more (at least twice, at most `most` times):
 * the floor after collection. values: of each collecting signal the lowest reading, of the others the last
 * one; *reads (may be NULL): how many it took. Where no signal collects, there is no floor to wait for, and
 * one reading is taken; so where the target hangs. */
void watch_settle(struct watch *watch, unsigned most, double *values, unsigned *reads);

/* Why the last watch_read() or watch_settle() left that signal NaN, "GET /debug/memory?gc=1 answered 404";
 * NULL: it was read. Valid until the next reading. */
const char *watch_complaint(const struct watch *watch, size_t index);

/* True when a process that was there at watch_attach() is gone or was replaced (start time), or one that the
 * last two calls both saw: a worker that died, not a helper that came and went. */
bool watch_restarted(struct watch *watch);

/* How many of those calls missed a process that only the one before saw, and that ran the program of its parent: a worker
 * that lived too short to be read twice. */
size_t watch_short_lived(const struct watch *watch);

/* True when the process that was attached is itself gone. */
bool watch_gone(const struct watch *watch);

/* How many children of one parent run the same program: prefork workers, of which any one answers a request.
 * 0: fewer than two. */
size_t watch_workers(const struct watch *watch);

/* Allocation sites of the target's processes, from whoever counts what is live in them. Runs the loop.
 * ERR_USAGE: why there are none. */
int watch_snapshot(struct watch *watch, enum snapshot_step step, const struct snapshot_taker *taker,
                   struct err *err);

/* Who would tell them, "python agent, 3 processes"; NULL: nobody, or no reading has shown it yet. */
const char *watch_snapshot_by(const struct watch *watch);

/* How many processes the target had at the last reading. */
size_t watch_processes(const struct watch *watch);

/* The processes behind the last reading of each pooled signal, one call for each. */
void watch_each_process(const struct watch *watch,
                        void (*tell)(void *owner, size_t signal, pid_t pid, double value), void *owner);

/* Who told the last values of that signal, "python agent, 3 processes"; NULL: nobody but the kernel or the
 * service itself. */
const char *watch_about(const struct watch *watch, size_t index);

/* The highest resident memory seen since watch_attach(), bytes (VmHWM summed
 * over the processes), NaN unknown. */
double watch_peak_bytes(struct watch *watch);

/* What the peak is the highest of, now (VmRSS summed over the processes), NaN unknown. More than the signal rss, which
 * leaves files and shared memory out. */
double watch_resident_bytes(struct watch *watch);

#endif
