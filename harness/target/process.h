/* One command as a process group: started without a shell, watched, ended
 * with all that it forked. */
#ifndef SEEP_TARGET_PROCESS_H
#define SEEP_TARGET_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/strings.h"
#include "base/text.h"
#include "model/request.h"
#include "target/guard.h"

struct process {
    pid_t pid;          /* and the number of its group; 0: none */
    char *log_path;     /* its standard output and error; owned */
    int64_t log_freed;  /* bytes at the head of the log that were given back to the disk */
    char how[96];       /* how it ended, "" while it runs */
    struct guard guard; /* kills the group when seep dies */
    int status;         /* of waitid: exit status or signal number, once it ended */
};

struct process_spec {
    const struct strings *command;     /* at least one word; looked for in PATH unless it has a slash */
    const char *directory;             /* where it runs, and where a relative path with a slash begins */
    const struct headers *environment; /* beside the caller's own, which it overrides; NULL: none */
    const char *log_path;              /* made anew, 0600 */
    const char *output_path;           /* the same, of its standard output alone; NULL: it goes to the log */
    bool leaves; /* what it forks is to stay, and belongs to init: nobody here would wait for its end */
};

/* Whether a variable of our own environment ("NAME=VALUE") is for what is started: all but secrets of seep itself, SEEP_*
 * with the name of a secret (SEEP_PROMETHEUS_TOKEN). */
bool process_hands_on(const char *variable);

/* Standard input is /dev/null. The kernel kills the process when seep dies (PR_SET_PDEATHSIG), and its
 * orphans become children of seep (PR_SET_CHILD_SUBREAPER), so that none stays behind unseen; but for what `leaves`. Errors,
 * ERR_USAGE: "'gunicrn' was not found in PATH (/usr/bin:/bin)", "'./serve' was not found in /srv/app", ... */
int process_start(struct process *process, const struct process_spec *spec, struct err *err);

/* False: it ended, `how` says in which way; or none was started. */
bool process_running(struct process *process);

/* Gives what lies more than 1 MiB before the end back to the disk. */
void process_trim_log(struct process *process);

/* SIGTERM to the group, SIGKILL `grace_ns` later to what is left of it, and waits for all. Forgets the
 * process, not `how` and not the log. Nothing when none was started. */
void process_stop(struct process *process, int64_t grace_ns);
/* Forgets the process, which must have ended, and leaves what it forked alone. */
void process_leave(struct process *process);
void process_release(struct process *process); /* stops it as well */

/* The end of the log, at most `most` bytes of it, from the start of a line where there is one; control
 * characters but tab and newline are left out, blank lines at both ends too. Clears `text` first. */
void process_log_tail(const struct process *process, size_t most, struct text *text);

/* Appends output so cleaned. */
void process_add_clean(struct text *text, const char *bytes, size_t length);

#endif
