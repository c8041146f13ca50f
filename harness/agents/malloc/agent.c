/* The agent's life in a process: from the constructor, through forks, to the exit. Its thread has a table of descriptors
   of its own, so the program sees none of the agent's, and closing all of its own does not end the agent. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "counters.h"
#include "next.h"
#include "process.h"
#include "serve.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#define UNSHARE_TABLE (1u << 1) /* CLOSE_RANGE_UNSHARE */

enum { STACK_BYTES = 128 << 10, STACK_BYTES_LIMIT = 16 << 20, BACKLOG = 64 };

static char directory[sizeof((struct sockaddr_un *)0)->sun_path];
static struct sockaddr_un address; /* of this process's socket */
static pid_t listening;            /* the process that made it; 0: none */
static sem_t settled;              /* the thread listens, or has given up */

static void keep_largest(int number, void *largest)
{
    if (number > *(int *)largest)
        *(int *)largest = number;
}

/* A table of descriptors for this thread, empty: what the program closes must be closed, also for whoever reads the
   other end. close_range can do it since Linux 5.9; before, and where a sandbox forbids it, unshare may. */
static int own_descriptors(void)
{
    int largest = -1;
    if (syscall(SYS_close_range, 0, ~0u, UNSHARE_TABLE) == 0)
        return 0;
    if (unshare(CLONE_FILES) != 0 || process_each_number("/proc/thread-self/fd", keep_largest, &largest) != 0)
        return -1;
    for (int number = 0; number <= largest; number++)
        close(number);
    return 0;
}

/* 0600, or 0660 where a group was chosen; -1 in a directory that others may enter. */
static int socket_mode(mode_t *mode)
{
    struct stat found;
    if (stat(directory, &found) != 0 || !S_ISDIR(found.st_mode) || (found.st_mode & S_IRWXO) != 0)
        return -1;
    bool shared = (found.st_mode & S_ISGID) != 0 && (found.st_mode & S_IWGRP) != 0;
    *mode = shared ? 0660 : 0600;
    return 0;
}

/* The mode is set before bind as well, so that the socket is never wider than that. An older file of this name is this
   process's own, from before an exec. */
static int listen_here(void)
{
    mode_t mode;
    int length = snprintf(address.sun_path, sizeof address.sun_path, "%s/malloc-%d-%llu.sock", directory,
                          (int)getpid(), process_start_time());
    if (length >= (int)sizeof address.sun_path || socket_mode(&mode) != 0)
        return -1;
    address.sun_family = AF_UNIX;
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0)
        return -1;
    unlink(address.sun_path);
    if (fchmod(listener, mode) == 0 && bind(listener, (struct sockaddr *)&address, sizeof address) == 0 &&
        chmod(address.sun_path, mode) == 0 && listen(listener, BACKLOG) == 0)
        return listener;
    close(listener);
    return -1;
}

/* False where accepting can never work again. */
static bool may_recover(int error)
{
    if (error == EBADF || error == EINVAL || error == ENOTSOCK || error == EOPNOTSUPP)
        return false;
    if (error != EINTR && error != ECONNABORTED)
        nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    return true;
}

static void *agent_main(void *unused)
{
    (void)unused;
    counters_pause();
    prctl(PR_SET_NAME, "seep-malloc");
    int listener = own_descriptors() == 0 ? listen_here() : -1;
    listening = listener >= 0 ? getpid() : 0;
    sem_post(&settled);
    while (listener >= 0) {
        int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection < 0 && !may_recover(errno))
            break;
        if (connection < 0)
            continue;
        serve(connection);
        close(connection);
    }
    return NULL;
}

/* Thread-local storage of all loaded libraries is on the stack as well: where that is large, a larger one is tried. */
static int thread_start(void)
{
    int failed = EINVAL;
    pthread_t thread;
    for (size_t bytes = STACK_BYTES; failed == EINVAL && bytes <= STACK_BYTES_LIMIT; bytes *= 2) {
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        failed = pthread_attr_setstacksize(&attributes, bytes);
        if (failed == 0)
            failed = pthread_create(&thread, &attributes, agent_main, NULL);
        pthread_attr_destroy(&attributes);
    }
    return failed;
}

/* Returns once the socket is there, so that a worker may drop its privileges afterwards. The thread inherits a mask that
   blocks every signal. */
static void agent_start(void)
{
    sigset_t every, before;
    int saved = errno;
    struct cell *cell = counters_pause();
    listening = 0;
    sem_init(&settled, 0, 0);
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before);
    if (thread_start() == 0)
        while (sem_wait(&settled) != 0 && errno == EINTR)
            continue;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    counters_resume(cell);
    errno = saved;
}

static void agent_forked(void)
{
    counters_forked();
    agent_start();
}

/* The directory is copied: programs that change their title write over the environment. One allocation first, so that an
   allocator with fork handlers has set them before ours: in a child its handler then runs first. */
__attribute__((constructor)) static void agent_begin(void)
{
    free(malloc(1));
    counters_begin();
    const char *given = secure_getenv("SEEP_AGENT_DIR");
    if (given == NULL || given[0] != '/' || strlen(given) >= sizeof directory)
        return;
    strcpy(directory, given);
    struct cell *cell = counters_pause();
    int failed = pthread_atfork(NULL, NULL, agent_forked);
    counters_resume(cell);
    if (failed == 0)
        agent_start();
}

/* A child that came by vfork or without fork handlers has no socket of its own and leaves its parent's. */
__attribute__((destructor)) static void agent_end(void)
{
    if (listening != 0 && listening == getpid())
        unlink(address.sun_path);
}
