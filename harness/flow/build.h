/* What the outcome of a trial depends on, as digests: what is equal may be measured once.
 *
 * The digest of a service covers
 *   - what service.yaml says, but for `suspects` and `memory_limit`, and where its server runs;
 *   - the environment that the server is given: all of it but for what changes from one terminal or CI job to the
 *     next and steers no server (a table in build.c: PWD, TERM, SSH_*, ...);
 *   - the executable: its path as found in PATH, size and time of change;
 *   - the build: every regular file below start.directory, and likewise of what the words of `start` and `reset`
 *     name outside of it (a directory, or the one that a file stands in; of what belongs to the system the file
 *     alone). Left out are version control, caches of bytecode, and what servers and seep itself write as they run:
 *     logs, pid files, databases (`reset` is what makes state the same);
 *   - seep itself: version, size and time of change.
 * Packages that a server loads from elsewhere are not looked at. Values of the environment are never kept, only
 * the digest of everything together. SHA-256, 64 hex digits; each is the caller's.
 * Cost: reads every file once; at most BUILD_FILES_MOST files and BUILD_BYTES_MOST bytes.
 */
#ifndef SEEP_FLOW_BUILD_H
#define SEEP_FLOW_BUILD_H

#include <stddef.h>

#include "base/err.h"
#include "model/service.h"

#define BUILD_FILES_MOST 20000
#define BUILD_BYTES_MOST ((int64_t)256 << 20)

/* The service without its endpoints. NULL with `err` where it cannot be told (a server that seep does not start;
 * "/srv/app is too large to tell whether it changed: more than 20,000 files"): then nothing is to be reused. */
char *build_digest(const struct service *service, struct err *err);

/* One endpoint: its file, its recording, its weight, and those that it comes after. NULL: cannot be read. */
char *endpoint_digest(const struct service *service, const struct endpoint *endpoint);

/* What equal measurements have in common. `what`: the question by the names of its endpoints, and how long. */
char *build_key(const char *service_digest, char *const *endpoint_digests, size_t count, const char *what);

/* All in one: may a hunt go on? `build`: what build_digest() gave; NULL: service.yaml and the endpoints alone, which
 * is all that there is of a server that seep does not start. NULL with `err`: cannot be read. */
char *build_whole(const struct service *service, const char *build, struct err *err);

#endif
