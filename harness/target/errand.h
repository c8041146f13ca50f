/* What a driver in a stack was sent for, and how it reports: its side of target/swarm.h.
 *
 * Files that the stack mounts at ERRAND_AT: the service directory, packed, and the task, each in parts (target/parcel.h), and
 * variables of the environment. What it sends back goes through its standard output, which the swarm keeps as the log
 * of its service: lines of base/frames.h, others between them do no harm.
 */
#ifndef SEEP_TARGET_ERRAND_H
#define SEEP_TARGET_ERRAND_H

#include <stddef.h>

#include "base/err.h"
#include "base/text.h"

#define ERRAND_COMMAND "trial" /* of seep */
#define ERRAND_AT "/run/seep-trial"
#define ERRAND_DIRECTORY "directory"
#define ERRAND_TASK "task"
#define ERRAND_ENVIRONMENT "environment" /* NAME=VALUE, a NUL behind each */
#define ERRAND_MOST_BYTES ((size_t)32 << 20)

struct errand {
    char *directory; /* private, of the service, unpacked */
    char *file;      /* its service file, absolute */
    struct text task;
};

/* at: ERRAND_AT. Unpacks by `tar` into a new directory of TMPDIR, and adds the variables to our environment: before
 * there are threads. ERR_USAGE: there is no errand, or not all of it; errand_release() in any case. */
int errand_open(struct errand *errand, const char *at, struct err *err);
void errand_release(struct errand *errand); /* removes the directory; deaf to signals */

/* The result, once, at the end. ERR_INTERNAL: standard output is closed. */
int errand_send(const void *bytes, size_t length, struct err *err);

/* The target is to be made anew; number: 1 and so on. Nobody answers: the new one is there when the old one is gone and its
 * name leads to another address. */
int errand_ask_fresh(unsigned number, struct err *err);

#endif
