/* What is live in the target, counted by itself after a collection: live_objects and live_bytes.
 *
 * Whoever can tell fills them: agents that were injected, a JVM over its attach socket, Go's own heap page.
 * Which one it is, is known once the target runs. Each process counts for itself; the signals are their sums,
 * pooled (sample/pool.h). */
#ifndef SEEP_SAMPLE_LIVE_H
#define SEEP_SAMPLE_LIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/text.h"
#include "sample/source.h"

struct live;
struct live_reading;

/* One way to tell. */
struct live_kind {
    const char *name; /* for people: "JVM" */
    enum agent_kind
        asked; /* `agent:` by which a service asks for this one alone; AGENT_AUTO: for an injected one */
    /* This target can be asked so. Called at the first reading after a start. */
    bool (*fits)(const struct watched *watched);
    /* Calls live_count() for each process, or live_fail() once; then live_done(), now or later from the loop.
     * Later, live_dropped() is asked before anything borrowed is touched. */
    void (*read)(struct live_reading *reading);
    /* The allocation sites of each process, through take(); runs the loop. ERR_USAGE: why there are none. */
    int (*snapshot)(const struct watched *watched, struct loop *loop, enum snapshot_step step,
                    const struct snapshot_taker *taker, struct err *err);
};

const struct watched *live_watched(const struct live_reading *reading);
struct loop *live_loop(const struct live_reading *reading);
bool live_dropped(const struct live_reading *reading);
bool live_is_first(const struct live_reading *reading); /* since the target was started */

/* How long each answer may take: `most_ns`, or less where one did not come in the last reading (sample/patience.h). */
int64_t live_patience_ns(struct live_reading *reading, int64_t most_ns);

/* Who counts, where the kind's name does not say it: "python agent". Short. */
void live_by(struct live_reading *reading, const char *who);

/* objects, bytes: NaN where it does not count those. */
void live_count(struct live_reading *reading, pid_t pid, uint64_t start_time, double objects, double bytes);
void live_fail(struct live_reading *reading, char *why_take);
void live_done(struct live_reading *reading);

extern const struct live_kind live_jvm;    /* jvm.c: by its attach socket */
extern const struct live_kind live_go;     /* go.c: by net/http/pprof */
extern const struct live_kind live_agents; /* agents.c: by what was injected */

#endif
