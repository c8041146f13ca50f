/* Where the processes of a command listen: what to say when that is not where the target is. */
#ifndef SEEP_TARGET_LISTENING_H
#define SEEP_TARGET_LISTENING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/strings.h"
#include "net/allow.h"

struct listening {
    struct strings places; /* each once: "127.0.0.1:8000", "[::]:8000" */
    uint64_t ticks;        /* CPU time that the processes took so far, in clock ticks */
};

/* Fills `listening` (released first): the TCP sockets that process `first`, what descends from it or is in its group
 * listens on; only of processes whose descriptors may be read here. Cost: one walk over /proc.
 * Source: proc(5), /proc/PID/stat, /proc/PID/fd, /proc/net/tcp and tcp6. */
void listening_look(struct listening *listening, pid_t first);
void listening_release(struct listening *listening);

/* Whoever listens at one of the places is reached at the origin. */
bool listening_at(const struct listening *listening, const struct origin *origin);

/* "[::1]:8000" of one line of /proc/net/tcp or tcp6 whose socket listens, and its inode; the caller's. NULL: another
 * line. */
char *listening_of_line(const char *line, uint64_t *inode);

#endif
