/* A process of ours that outlives us by a moment: should seep die without a word (kill -9, out of memory), it kills
 * the group that seep had started, and removes the private directories that seep had made. PR_SET_PDEATHSIG reaches only the
 * first process of that group; its workers would run on. */
#ifndef SEEP_TARGET_GUARD_H
#define SEEP_TARGET_GUARD_H

#include <sys/types.h>

#include "base/err.h"

struct guard {
    pid_t pid; /* 0: none */
    int line;  /* a pipe to it; that seep died is told by its end */
};

/* Holds no descriptor of ours but its end of the pipe. ERR_INTERNAL: no pipe, no process. */
int guard_start(struct guard *guard, struct err *err);

/* The group to kill. */
void guard_watch(const struct guard *guard, pid_t group);

/* A directory to remove with the files in it; of several the last GUARD_DIRECTORIES. A path of GUARD_PATH bytes or more is not told. */
enum { GUARD_DIRECTORIES = 2, GUARD_PATH = 1024 };
void guard_remove(const struct guard *guard, const char *directory);

/* Ends the guard, which kills nobody and removes nothing. Nothing when none was started. */
void guard_dismiss(struct guard *guard);

#endif
