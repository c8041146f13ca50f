#include "target/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define DISMISSED ((pid_t)-1)

/* Only what is safe after the fork of a program with threads. Ctrl-C is for the
 * terminal's group, which this leaves. */
static void stand(int line)
{
    pid_t group = 0, said;
    setpgid(0, 0);
    prctl(PR_SET_NAME, "seep-guard");
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    if (dup2(line, 0) != 0)
        _exit(0);
    close_range(1, ~0U, 0);
    for (;;) {
        ssize_t got = read(0, &said, sizeof said);
        if (got < 0 && errno == EINTR)
            continue;
        if (got != (ssize_t)sizeof said)
            break;
        if (said == DISMISSED)
            _exit(0);
        group = said;
    }
    if (group > 1)
        kill(-group, SIGKILL);
    _exit(0);
}

int guard_start(struct guard *guard, struct err *err)
{
    int ends[2];
    *guard = (struct guard){0, -1};
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_set(err, ERR_INTERNAL, "pipe: %s", strerror(errno));
    pid_t child = fork();
    if (child == 0)
        stand(ends[0]);
    close(ends[0]);
    if (child < 0) {
        err_set(err, ERR_INTERNAL, "fork: %s", strerror(errno));
        close(ends[1]);
        return -1;
    }
    *guard = (struct guard){child, ends[1]};
    return 0;
}

static void say(const struct guard *guard, pid_t word)
{
    while (write(guard->line, &word, sizeof word) < 0 && errno == EINTR)
        ;
}

void guard_watch(const struct guard *guard, pid_t group)
{
    say(guard, group);
}

void guard_dismiss(struct guard *guard)
{
    if (guard->pid == 0)
        return;
    say(guard, DISMISSED);
    close(guard->line);
    while (waitpid(guard->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    *guard = (struct guard){0, -1};
}
