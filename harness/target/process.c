#include "target/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"

#define POLL_NS (5 * CLOCK_NS_PER_MS)
#define LOG_KEPT_BYTES (1 << 20)
#define NEW_FILE (O_WRONLY | O_APPEND | O_CREAT | O_EXCL)
#define KILL_WAIT_NS (2 * CLOCK_NS_PER_S) /* a killed process may still be writing its pages to a disk */

/* What the child tells its parent when it cannot become the command. */
struct start_failure {
    enum { FAILED_DIRECTORY, FAILED_LOG, FAILED_EXEC } step;
    int number; /* errno */
};

static bool names_it(const char *assignment, const char *name)
{
    size_t length = strlen(name);
    return strncmp(assignment, name, length) == 0 && assignment[length] == '=';
}

bool process_hands_on(const char *variable)
{
    static const char own[] = "SEEP_";
    return !text_starts_with(variable, own) ||
           !secret_key_name(variable + sizeof own - 1, strcspn(variable, "=") - (sizeof own - 1));
}

static void make_environment(struct strings *list, const struct headers *added)
{
    for (char **at = environ; *at != NULL; at++) {
        bool replaced = !process_hands_on(*at);
        for (size_t i = 0; added != NULL && i < added->count; i++)
            replaced = replaced || names_it(*at, added->items[i].name);
        if (!replaced)
            strings_add(list, *at);
    }
    for (size_t i = 0; added != NULL && i < added->count; i++)
        strings_addf(list, "%s=%s", added->items[i].name, added->items[i].value);
}

static char **null_ended(const struct strings *list)
{
    char **words = xcalloc(list->count + 1, sizeof *words);
    if (list->count > 0)
        memcpy(words, list->items, list->count * sizeof *words);
    return words;
}

static void tell_and_exit(int pipe_end, int step)
{
    struct start_failure failure = {step, errno};
    if (write(pipe_end, &failure, sizeof failure) < 0)
        _exit(126);
    _exit(127);
}

/* Between fork and exec only what is safe after the fork of a program with threads. */
static void become(const struct process_spec *spec, char **words, char **environment, pid_t parent,
                   int pipe_end)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before the line above */
        _exit(127);
    signal(SIGXFSZ, SIG_DFL);
    signal(SIGPIPE, SIG_DFL); /* what is ignored stays ignored over exec */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int input = open("/dev/null", O_RDONLY), log = open(spec->log_path, NEW_FILE, 0600),
        output = spec->output_path != NULL ? open(spec->output_path, NEW_FILE, 0600) : log;
    if (log < 0 || output < 0 || dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(log, 2) < 0)
        tell_and_exit(pipe_end, FAILED_LOG);
    if (chdir(spec->directory) != 0)
        tell_and_exit(pipe_end, FAILED_DIRECTORY);
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); /* the server must not hold our sockets and files open */
    execvpe(words[0], words, environment);
    tell_and_exit(pipe_end, FAILED_EXEC);
}

/* ENOENT is also what exec says when the interpreter of a script is missing. */
static int fail_exec(const struct process_spec *spec, int number, struct err *err)
{
    const char *command = spec->command->items[0], *path = getenv("PATH");
    if (number != ENOENT)
        return err_set(err, ERR_USAGE, "'%s' cannot be run: %s", command, strerror(number));
    if (strchr(command, '/') == NULL)
        return err_set(err, ERR_USAGE, "'%s' was not found in PATH (%s)", command,
                       path != NULL ? path : "not set");
    char *file = *command == '/' ? xstrdup(command) : xasprintf("%s/%s", spec->directory, command);
    bool there = access(file, F_OK) == 0;
    free(file);
    if (there)
        return err_set(err, ERR_USAGE, "'%s' cannot be run: the interpreter in its first line is missing",
                       command);
    if (*command == '/')
        return err_set(err, ERR_USAGE, "'%s' was not found", command);
    return err_set(err, ERR_USAGE, "'%s' was not found in %s", command, spec->directory);
}

static int fail_start(const struct process_spec *spec, const struct start_failure *failure, struct err *err)
{
    if (failure->step == FAILED_EXEC)
        return fail_exec(spec, failure->number, err);
    if (failure->step == FAILED_DIRECTORY)
        return err_set(err, ERR_USAGE, "directory %s: %s", spec->directory, strerror(failure->number));
    return err_set(err, ERR_INTERNAL, "%s: %s", spec->log_path, strerror(failure->number));
}

/* Returns 0 once the child has become the command: then its end of the pipe closed without a word. */
static int await_exec(pid_t child, int pipe_end, const struct process_spec *spec, struct err *err)
{
    struct start_failure failure;
    ssize_t got;
    do
        got = read(pipe_end, &failure, sizeof failure);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof failure)
        return 0;
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    return fail_start(spec, &failure, err);
}

int process_start(struct process *process, const struct process_spec *spec, struct err *err)
{
    int ends[2];
    struct guard guard;
    if (guard_start(&guard, err) != 0)
        return -1;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        err_set(err, ERR_INTERNAL, "pipe: %s", strerror(errno));
        guard_dismiss(&guard);
        return -1;
    }
    struct strings environment = {NULL, 0};
    make_environment(&environment, spec->environment);
    char **words = null_ended(spec->command), **assignments = null_ended(&environment);
    prctl(PR_SET_CHILD_SUBREAPER, spec->leaves ? 0 : 1);
    unlink(spec->log_path);
    if (spec->output_path != NULL)
        unlink(spec->output_path);
    pid_t parent = getpid(), child = fork();
    if (child == 0)
        become(spec, words, assignments, parent, ends[1]);
    int failed = child < 0 ? err_set(err, ERR_INTERNAL, "fork: %s", strerror(errno)) : 0;
    close(ends[1]);
    if (!failed)
        guard_watch(&guard, child);
    if (!failed)
        failed = await_exec(child, ends[0], spec, err);
    close(ends[0]);
    free(words);
    free(assignments);
    strings_release(&environment);
    if (failed) {
        guard_dismiss(&guard);
        return -1;
    }
    free(process->log_path);
    *process = (struct process){.pid = child, .guard = guard, .log_path = xstrdup(spec->log_path)};
    return 0;
}

static void describe(struct process *process, const siginfo_t *info)
{
    process->status = info->si_status;
    if (info->si_code == CLD_EXITED)
        snprintf(process->how, sizeof process->how, "exited with status %d", info->si_status);
    else
        snprintf(process->how, sizeof process->how, "killed by signal %d (%s)", info->si_status,
                 strsignal(info->si_status));
}

/* Orphans of the group came to us. The first process is left for process_stop(): until it is waited for,
 * nobody else can get its number, and the group can be signalled by it. */
static void reap_orphans(const struct process *process)
{
    siginfo_t info = {0};
    while (waitid(P_PGID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0 &&
           info.si_pid != process->pid) {
        waitpid(info.si_pid, NULL, WNOHANG);
        info.si_pid = 0;
    }
}

bool process_running(struct process *process)
{
    siginfo_t info = {0};
    if (process->pid == 0 || *process->how != '\0')
        return false;
    if (waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0) {
        describe(process, &info);
        return false;
    }
    reap_orphans(process);
    return true;
}

/* True once the first process and all others of the group are gone and waited for. */
static bool group_gone(struct process *process, bool *reaped)
{
    if (!process_running(process) && !*reaped)
        *reaped = waitpid(process->pid, NULL, 0) == process->pid;
    while (*reaped && waitpid(-process->pid, NULL, WNOHANG) > 0)
        ;
    return *reaped && kill(-process->pid, 0) != 0 && errno == ESRCH;
}

static bool wait_for_group(struct process *process, int64_t limit_ns, bool *reaped)
{
    int64_t end = clock_now_ns() + limit_ns;
    while (!group_gone(process, reaped)) {
        if (clock_now_ns() >= end)
            return false;
        nanosleep(&(struct timespec){0, POLL_NS}, NULL);
    }
    return true;
}

void process_stop(struct process *process, int64_t grace_ns)
{
    if (process->pid == 0)
        return;
    bool reaped = false;
    kill(-process->pid, SIGTERM);
    if (!wait_for_group(process, grace_ns, &reaped)) {
        kill(-process->pid, SIGKILL);
        wait_for_group(process, KILL_WAIT_NS, &reaped);
    }
    guard_dismiss(&process->guard);
    process->pid = 0;
}

void process_leave(struct process *process)
{
    if (process->pid != 0)
        waitpid(process->pid, NULL, 0);
    guard_dismiss(&process->guard);
    process->pid = 0;
}

void process_release(struct process *process)
{
    process_stop(process, 5 * CLOCK_NS_PER_S);
    free(process->log_path);
    *process = (struct process){0};
}

void process_trim_log(struct process *process)
{
    struct stat about;
    if (process->log_path == NULL || stat(process->log_path, &about) != 0 ||
        about.st_size - process->log_freed < 16 * LOG_KEPT_BYTES)
        return;
    int log = open(process->log_path, O_WRONLY | O_CLOEXEC);
    if (log < 0)
        return;
    /* a hole keeps the length, so that the server goes on at the end of the file */
    int64_t until = about.st_size - LOG_KEPT_BYTES;
    fallocate(log, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, until);
    process->log_freed = until;
    close(log);
}

void process_add_clean(struct text *text, const char *bytes, size_t length)
{
    while (length > 0 && *bytes != '\0' && strchr(" \t\r\n", *bytes) != NULL)
        bytes++, length--;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)bytes[i] >= 0x20 ? bytes[i] != 0x7f : bytes[i] == '\n' || bytes[i] == '\t')
            text_add_char(text, bytes[i]);
    while (text->length > 0 && strchr(" \t\n", text->bytes[text->length - 1]) != NULL)
        text->bytes[--text->length] = '\0';
}

void process_log_tail(const struct process *process, size_t most, struct text *text)
{
    text_clear(text);
    int log = process->log_path != NULL ? open(process->log_path, O_RDONLY | O_CLOEXEC) : -1;
    struct stat about;
    if (log >= 0 && fstat(log, &about) == 0) {
        char *bytes = xmalloc(most + 1);
        off_t start = about.st_size > (off_t)most ? about.st_size - (off_t)most : 0;
        ssize_t got = pread(log, bytes, most, start);
        size_t length = got > 0 ? (size_t)got : 0;
        const char *newline = start > 0 ? memchr(bytes, '\n', length) : NULL;
        size_t cut = newline != NULL && newline + 1 < bytes + length ? (size_t)(newline + 1 - bytes) : 0;
        process_add_clean(text, bytes + cut, length - cut);
        free(bytes);
    }
    if (log >= 0)
        close(log);
}
