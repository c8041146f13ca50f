/* Which endpoint is the login, from logs that hold no answers: by its name, and by the contrast that it makes. What it opens
 * answers 2xx to sessions that have called it, and 401 or 403 to those that have not. Inside flow/ingest only.
 */
#ifndef SEEP_FLOW_INGEST_LOGINS_H
#define SEEP_FLOW_INGEST_LOGINS_H

#include <stddef.h>
#include <stdint.h>

#include "flow/ingest.h"

#define INGEST_LOGINS_SHARE                                                                                  \
    0.9 /* of what was answered is in sessions with it, and of what was refused in others */
#define INGEST_LOGINS_LEAST 3 /* of each, and two sessions that were answered */

/* All zeros before the first request. Memory: 256 KiB, and some 200 bytes per endpoint. */
struct ingest_logins {
    struct login_session *sessions; /* what they called; by hash, a later one takes the place of another */
    struct login_tally *tallies;    /* by endpoint */
    size_t count;
};

/* A request of the endpoint `index`, whose name is `name`. Cost: some nanoseconds. */
void ingest_logins_add(struct ingest_logins *logins, size_t index, const char *name,
                       const struct request *request);

/* Adds to after and after_why of endpoints that have none; what comes after something itself is no login. */
void ingest_logins_finish(const struct ingest_logins *logins, struct ingest *ingest);
void ingest_logins_release(struct ingest_logins *logins);

#endif
