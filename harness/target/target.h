/* The server under test: start it, wait until it is ready, know its
 * processes, stop it. One struct target per service; each target_start()
 * gives a fresh server on a port of its own. */
#ifndef SEEP_TARGET_TARGET_H
#define SEEP_TARGET_TARGET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/strings.h"
#include "model/service.h"
#include "net/allow.h"
#include "net/loop.h"

struct target;

/* Makes the allow-list and checks the target's address against it; nothing
 * is sent. ERR_USAGE, ERR_REFUSED. */
struct target *target_new(const struct service *service, struct loop *loop, const char *run_header,
                          struct err *err);

/* What is started from now on is to be measured in few calls: see `steady` of struct injection. */
void target_steady(struct target *target);

/* Stops what was started, if anything. */
void target_free(struct target *target);

/* Runs `reset`, picks a free loopback port for ${PORT}, starts the command without a shell in a process group
 * of its own (PR_SET_PDEATHSIG, so that it ends with seep), output into a log file in a private directory;
 * waits until `ready` answers 2xx or the port accepts. In attach mode (no `start`) only the waiting; with `restart` its
 * command is run instead, and the watched processes have to be others than before. Errors:
 * ERR_TARGET with the command's exit status and the last lines of its output ("the target
 * exited with status 1 before it was ready: ...") or when it is not ready in time; ERR_USAGE, a command that is
 * not there, a server to attach to that does not answer; "port 5000 is taken by another process"
 * when a fixed port answers before the start. */
int target_start(struct target *target, struct err *err);

/* SIGTERM to the group, SIGKILL after 5 s, waits. Nothing in attach mode, nor after a `restart`. */
void target_stop(struct target *target);

bool target_restartable(const struct target *target);            /* false: attach mode */
const struct origin *target_origin(const struct target *target); /* its port after target_start() */
const struct allow *target_allow(const struct target *target);

/* It is on loopback, or in a compose project or a stack that seep brought up: nobody else uses it. From target_new() on. */
bool target_is_ours(const struct target *target);

/* The process to watch: what was started, or what `watch` names. -1: none that can be read here. */
pid_t target_pid(const struct target *target);

/* The id of the container of this trial; NULL: none. */
const char *target_container(const struct target *target);

/* The kernel killed it, or a process of it, at the container's memory limit. */
bool target_killed_for_memory(const struct target *target);
double target_memory_limit(const struct target *target); /* of its container, bytes; 0: none that is known */

/* The directory in which agents listen: a private one of those that were injected, or the service's agent_dir; NULL: none
 * do. */
const char *target_agents(const struct target *target);

/* False once the started process is gone; `how` (may be NULL) then says: "exited with status 3",
 * "killed by signal 9 (Killed)". */
bool target_alive(struct target *target, const char **how);

/* After a target_start() that was not ready: where what was started listened instead ("127.0.0.1:8000"). */
const struct strings *target_elsewhere(const struct target *target);

/* The file that the process listening at the target's address runs, the caller's: "/usr/bin/python3.11". NULL: not
 * to be seen from here. */
char *target_program(const struct target *target);

/* The last lines of its output, at most 2 KiB, cleaned of control characters; "" when there are none. */
const char *target_log_tail(struct target *target);

/* The same as one line of at most 600 bytes, for messages. */
const char *target_last_output(struct target *target);

#endif
