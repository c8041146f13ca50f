/* Allocation sites of the target: from the snapshot that the service offers by HTTP, or, where it offers none,
 * from who counts what is live in its processes (an agent, a JVM). */
#ifndef SEEP_FLOW_SNAPSHOTS_H
#define SEEP_FLOW_SNAPSHOTS_H

#include "flow/trials.h"
#include "model/snapshot.h"

/* Who tells: "tracemalloc", the name in service.yaml, or "python agent, 3 processes". NULL: nobody, and nothing need be
 * tried. After the first reading. */
const char *snapshots_by(const struct trials *trials);

/* Puts the snapshotter on, where it needs that. It may slow the target down by a factor. -1: err says why there are
 * none, or trials->halt is set. */
int snapshots_start(struct trials *trials, struct err *err);

/* From now on anew, and with callers. -1: who tells has no such step. */
int snapshots_deepen(struct trials *trials);

/* Of all processes together, and stored. Errors as above. */
int snapshots_take(struct trials *trials, struct snapshot *snapshot, struct err *err);

#endif
