/* Whether a server that somebody else keeps was renewed: its processes are others than before. */
#ifndef SEEP_TARGET_RENEWED_H
#define SEEP_TARGET_RENEWED_H

#include <sys/types.h>

/* The process and its children, with when each started: "812:5512308 813:5512310"; the caller's. NULL: not to be seen. A
 * server that keeps its first process and gets new workers reads other than before. Source: proc(5), /proc/PID/stat field 22
 * and /proc/PID/task/TID/children. */
char *renewed_identity(pid_t pid);

#endif
