/* Asks a running HotSpot JVM, in its own process, what jcmd would ask: without jcmd, which JRE images lack and
 * which starts a JVM of its own for each question.
 *
 * Source: the JDK's src/hotspot/os/posix/attachListener_posix.cpp and sun.tools.attach.VirtualMachineImpl: a file
 * .attach_pidN in the JVM's working directory and SIGQUIT make it listen on /tmp/.java_pidN (N: its number in its
 * own pid namespace); a request is five NUL-ended strings, the version "1", the command and three arguments; the
 * answer is a status line and text, to the end of the stream. Only the same user or root is heard. */
#ifndef SEEP_SAMPLE_JVM_ATTACH_H
#define SEEP_SAMPLE_JVM_ATTACH_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/text.h"
#include "net/loop.h"

/* True when libjvm.so is mapped in it: only such a process is ever sent SIGQUIT, which would end another. */
bool jvm_is(pid_t pid);

/* `command` as jcmd takes it, "GC.class_histogram". Calls `done` once from the loop, at most 60 s later: `answer`
 * without its status line, valid within the call; or NULL, and err says why ("the JVM of process 4711 ..."). */
void jvm_ask(struct loop *loop, pid_t pid, const char *command,
             void (*done)(void *owner, const struct text *answer, const struct err *err), void *owner);

#endif
