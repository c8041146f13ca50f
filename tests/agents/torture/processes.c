/* Forks, spawned programs, signals, descriptors, libraries. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "torture.h"

extern char **environ;

static bool exits_zero(pid_t child)
{
    int status = -1;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* In a child: its counts go on from its parent's, under its own number. 0 where all holds. */
static int judge_child(struct mark parent)
{
    struct reading reading;
    void *block = malloc(1000);
    if (ask_reading(getpid(), &reading) != 0 || reading.pid != getpid() ||
        reading.objects != parent.agent.objects + 1)
        return 1;
    free(block);
    if (ask_reading(getpid(), &reading) != 0 || reading.objects != parent.agent.objects ||
        reading.bytes != parent.agent.bytes)
        return 2;
    if (reading.fds != parent.agent.fds || reading.threads != 1)
        return 3;
    return ask_reading(getppid(), &reading) == 0 && reading.pid == getppid() ? 0 : 4;
}

void trial_fork(void)
{
    struct mark mark = mark_here();
    for (int i = 0; i < 20; i++) {
        pid_t child = fork();
        if (child == 0) {
            int failed = judge_child(mark);
            pid_t grandchild = failed == 0 && i == 0 ? fork() : -1;
            if (grandchild == 0)
                exit(judge_child(mark));
            exit(failed != 0 || (grandchild > 0 && !exits_zero(grandchild)));
        }
        if (!exits_zero(child) || has_socket(child))
            ok(false, "child %d counts from where its parent was, and takes its socket away", i);
    }
    ok(has_socket(getpid()), "a child's exit leaves its parent's socket");
    compare(mark, "20 children, of which the parent's counts know nothing");
}

static _Atomic bool stop;

static void *busy(void *unused)
{
    static _Atomic(void *) slots[100];
    (void)unused;
    while (!atomic_load(&stop))
        walk(slots, 100, 1000, 7);
    free_all(slots, 100);
    return NULL;
}

void trial_fork_with_threads(void)
{
    pthread_t threads[4];
    int good = 0;
    atomic_store(&stop, false);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, busy, NULL);
    for (int i = 0; i < 50; i++) {
        struct reading reading;
        pid_t child = fork();
        if (child == 0) {
            free(malloc(100));
            _exit(ask_reading(getpid(), &reading) == 0 && reading.pid == getpid() ? 0 : 1);
        }
        good += exits_zero(child);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    ok(good == 50, "%d of 50 children answer that were forked while threads allocate", good);
}

void trial_spawn(void)
{
    struct mark mark = mark_here();
    char *arguments[] = {"/proc/self/exe", "nothing", NULL};
    int good = 0;
    for (int i = 0; i < 20; i++) {
        pid_t child;
        if (i % 2 == 0 && posix_spawn(&child, arguments[0], NULL, NULL, arguments, environ) != 0)
            continue;
        if (i % 2 == 1 && (child = vfork()) == 0) {
            execv(arguments[0], arguments);
            _exit(127);
        }
        good += exits_zero(child);
    }
    ok(good == 20 && has_socket(getpid()), "20 programs by posix_spawn and vfork");
    compare(mark, "which change nothing here");
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "torture", "sizes", (char *)NULL);
        _exit(127);
    }
    ok(exits_zero(child), "a program executed in a forked process answers under the same number");
}

static int load_and_unload(void)
{
    void *library = dlopen(getenv("TORTURE_LIBRARY"), RTLD_NOW);
    if (library == NULL)
        return -1;
    return dlclose(library);
}

void trial_dlopen(void)
{
    if (getenv("TORTURE_LIBRARY") == NULL || load_and_unload() != 0) {
        ok(true, "dlopen # SKIP no $TORTURE_LIBRARY");
        return;
    }
    for (int i = 0; i < 10; i++)
        load_and_unload();
    struct mark mark = mark_here();
    for (int i = 0; i < 100; i++)
        load_and_unload();
    compare(mark, "100 times a library is loaded and unloaded");
    ok(dlopen("/nowhere/libnone.so", RTLD_NOW) == NULL && dlerror() != NULL &&
           dlsym(RTLD_DEFAULT, "none") == NULL && dlerror() != NULL,
       "the loader's own errors");
}

static _Atomic int ticks;

static void tick(int number)
{
    (void)number;
    atomic_fetch_add(&ticks, 1);
}

void trial_signals(void)
{
    static _Atomic(void *) slots[200];
    struct sigaction action = {.sa_handler = tick, .sa_flags = SA_RESTART};
    struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
    struct mark mark = mark_here();
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    for (uint64_t i = 1; atomic_load(&ticks) < 100; i++)
        walk(slots, 200, 1000, i);
    setitimer(ITIMER_REAL, &never, NULL);
    free_all(slots, 200);
    compare(mark, "100 signals between calls");
    sigset_t one, pending;
    sigemptyset(&one);
    sigaddset(&one, SIGALRM);
    sigprocmask(SIG_BLOCK, &one, NULL);
    int before = atomic_load(&ticks);
    kill(getpid(), SIGALRM);
    struct reading reading;
    ask_reading(getpid(), &reading);
    sigpending(&pending);
    ok(sigismember(&pending, SIGALRM) == 1 && atomic_load(&ticks) == before,
       "a signal that the program blocks is not delivered to the agent's thread");
    sigprocmask(SIG_UNBLOCK, &one, NULL);
}

static int open_descriptors(void)
{
    int count = 0;
    DIR *entries = opendir("/proc/self/fd");
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(entries);
    return count - 1;
}

/* Last: no descriptor but the standard ones is left. */
void trial_descriptors(void)
{
    struct reading reading;
    int lowest = open("/dev/null", O_RDONLY);
    ask_reading(getpid(), &reading);
    /* the question's own connection is open meanwhile */
    ok(reading.fds == open_descriptors() + 1, "the agent's descriptors are not among the program's");
    close(lowest);
    syscall(SYS_close_range, 3, ~0u, 0);
    for (int i = 0; i < 2; i++)
        if (ask_reading(getpid(), &reading) != 0)
            ok(false, "it answers after all descriptors were closed");
    int next = open("/dev/null", O_RDONLY);
    ok(next == 3, "and takes no number that the program expects");
    close(next);
}
