#include "target/guard.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define REMOVE_TRIES 20
#define REMOVE_WAIT_NS (50 * CLOCK_NS_PER_MS)

/* What the guard is told. Half of one, and then the end, is the end: seep was killed in between. */
struct word {
    enum { WATCH, REMOVE, DISMISS } kind;
    pid_t group;
    char directory[GUARD_PATH];
};

struct duty {
    pid_t group; /* 0: none */
    size_t count;
    char directories[GUARD_DIRECTORIES][GUARD_PATH];
};

/* readdir(3) allocates, which is not safe here. */
static void empty_directory(const char *path)
{
    _Alignas(struct dirent64) static char listing[32768];
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (directory < 0)
        return;
    long got = syscall(SYS_getdents64, directory, listing, sizeof listing);
    for (long at = 0; at < got;) {
        const struct dirent64 *entry = (const struct dirent64 *)(const void *)(listing + at);
        unlinkat(directory, entry->d_name, 0); /* . and .. stay: they are directories */
        at += entry->d_reclen;
    }
    close(directory);
}

/* Whoever is being killed may still put something there. */
static void remove_directory(const char *path)
{
    for (int tries = 0; tries < REMOVE_TRIES; tries++) {
        empty_directory(path);
        if (rmdir(path) == 0 || errno != ENOTEMPTY)
            return;
        nanosleep(&(struct timespec){0, REMOVE_WAIT_NS}, NULL);
    }
}

static void end(const struct duty *duty)
{
    if (duty->group > 1)
        kill(-duty->group, SIGKILL);
    for (size_t i = 0; i < GUARD_DIRECTORIES && i < duty->count; i++)
        remove_directory(duty->directories[i]);
}

/* Only what is safe after the fork of a program with threads. Ctrl-C is for the
 * terminal's group, which this leaves. */
static void stand(int line)
{
    static struct duty duty;
    static struct word word;
    size_t heard = 0;
    setpgid(0, 0);
    prctl(PR_SET_NAME, "seep-guard");
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    if (dup2(line, 0) != 0)
        _exit(0);
    close_range(1, ~0U, 0);
    for (;;) {
        ssize_t got = read(0, (char *)&word + heard, sizeof word - heard);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        heard += (size_t)got;
        if (heard < sizeof word)
            continue;
        heard = 0;
        if (word.kind == DISMISS)
            _exit(0);
        if (word.kind == WATCH)
            duty.group = word.group;
        else
            memcpy(duty.directories[duty.count++ % GUARD_DIRECTORIES], word.directory, GUARD_PATH);
    }
    end(&duty);
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

static void say(const struct guard *guard, const struct word *word)
{
    for (size_t said = 0; said < sizeof *word;) {
        ssize_t wrote = write(guard->line, (const char *)word + said, sizeof *word - said);
        if (wrote < 0 && errno != EINTR)
            return;
        said += wrote > 0 ? (size_t)wrote : 0;
    }
}

void guard_watch(const struct guard *guard, pid_t group)
{
    say(guard, &(struct word){.kind = WATCH, .group = group});
}

void guard_remove(const struct guard *guard, const char *directory)
{
    struct word word = {.kind = REMOVE};
    if (strlen(directory) >= sizeof word.directory)
        return;
    strcpy(word.directory, directory);
    say(guard, &word);
}

void guard_dismiss(struct guard *guard)
{
    if (guard->pid == 0)
        return;
    say(guard, &(struct word){.kind = DISMISS});
    close(guard->line);
    while (waitpid(guard->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    *guard = (struct guard){0, -1};
}
