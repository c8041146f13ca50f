/* One command to a HotSpot JVM over its attach socket, without a Java of our own.
 *
 * What jcmd does, but jcmd is in no JRE, and starts a JVM for each call where a socket costs what the command costs:
 * a class histogram of a small heap takes some 30 ms, a start of jcmd ten times that.
 * The JVM listens on /tmp/.java_pidN once it was asked to: by the file .attach_pidN in its working directory and
 * SIGQUIT. Without that file, or where it handles none, SIGQUIT has it print its threads, or ends it: so it is sent
 * only to a process of our user (of any, to root) that has libjvm.so mapped and catches that signal. N is the number
 * of the process in its own PID namespace; both paths are looked at through /proc/PID, in its own mount namespace.
 * Source: OpenJDK src/jdk.attach/linux/classes/sun/tools/attach/VirtualMachineImpl.java,
 * src/hotspot/os/posix/attachListener_posix.cpp (os/linux/attachListener_linux.cpp up to JDK 21). */
#ifndef SEEP_SAMPLE_JVM_ATTACH_H
#define SEEP_SAMPLE_JVM_ATTACH_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/text.h"
#include "net/loop.h"
#include "sample/proc.h"

/* It has HotSpot's libjvm.so mapped (not OpenJ9, which knows another protocol). False: it has not, or its maps are not
 * ours to read. Reads /proc/PID/maps, some 0.2 ms. */
bool jvm_is_there(pid_t pid);

/* What /proc/PID/status says of a process that is to be asked. */
struct jvm_identity {
    pid_t inner; /* its number in its innermost PID namespace */
    uid_t user;  /* effective */
    gid_t group;
    bool catches_quit;
};
int jvm_parse_identity(const char *status, struct jvm_identity *identity); /* -1: lines are missing */

/* "0\nTEXT" -> TEXT, in place. NULL, or why not, the caller's: a code other than 0, no code, half an answer. */
char *jvm_parse_answer(struct text *answer);

struct jvm_call;
typedef void jvm_done(void *owner, struct text *body,
                      char *why_take); /* `why_take` NULL: body has the answer */

/* Starts "jcmd PID COMMAND". `done` is called once, later from the loop, at the latest after 30 s; body is released
 * after it. Not at all when the loop is freed first. The JVM keeps its socket until it ends. */
struct jvm_call *jvm_call_start(struct loop *loop, const struct proc_stat *process, const char *command,
                                jvm_done *done, void *owner);
void jvm_call_cancel(struct jvm_call *call); /* before `done` */

#endif
