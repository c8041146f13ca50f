#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "flow/live_inside.h"
#include "net/visitor.h"

enum { STOP_POLLS = 150, STOP_POLL_US = 10000 };

struct live {
    struct live_setting setting;
    struct strings names;
    struct live_shared *shared;
    pid_t pid; /* 0: it was waited for */
    int status, line;
    struct live_hello hello;
};

static void release(struct live *live)
{
    if (live->line >= 0)
        close(live->line);
    if (live->shared != MAP_FAILED)
        munmap(live->shared, sizeof *live->shared);
    strings_release(&live->names);
    free(live);
}

static void wait_for(struct live *live)
{
    while (live->pid > 0 && waitpid(live->pid, &live->status, 0) < 0 && errno == EINTR)
        ;
    live->pid = 0;
}

static int begin(struct live *live, struct err *err)
{
    int ends[2];
    live->shared =
        mmap(NULL, sizeof *live->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (live->shared == MAP_FAILED || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return err_set(err, ERR_INTERNAL, "--live: %s", strerror(errno));
    live->line = ends[0];
    live->pid = fork();
    if (live->pid == 0) {
        close(ends[0]);
        live_process(&live->setting, live->shared, ends[1]);
    }
    close(ends[1]);
    return live->pid > 0 ? 0 : err_set(err, ERR_INTERNAL, "--live: fork: %s", strerror(errno));
}

static int hear(struct live *live, struct err *err)
{
    ssize_t got;
    while ((got = recv(live->line, &live->hello, sizeof live->hello, MSG_WAITALL)) < 0 && errno == EINTR)
        ;
    if (got != (ssize_t)sizeof live->hello) {
        wait_for(live);
        return err_set(err, ERR_INTERNAL, "--live: its process ended at once");
    }
    if (live->hello.err.code == ERR_NONE)
        return 0;
    wait_for(live);
    *err = live->hello.err;
    return err_prefix(err, "--live");
}

struct live *live_start(const struct live_setting *setting, struct err *err)
{
    for (size_t i = 0; i < setting->names->count; i++)
        if (!visitor_is_name(setting->names->items[i])) {
            err_set(err, ERR_USAGE, "--live-host '%.200s': expected NAME or NAME:PORT",
                    setting->names->items[i]);
            return NULL;
        }
    struct live *live = xcalloc(1, sizeof *live);
    *live = (struct live){.setting = *setting, .line = -1, .shared = MAP_FAILED};
    strings_copy(&live->names, setting->names);
    live->setting.names = &live->names;
    if (begin(live, err) == 0 && hear(live, err) == 0)
        return live;
    release(live);
    return NULL;
}

const char *live_address(const struct live *live)
{
    return live->hello.address;
}

bool live_is_loopback(const struct live *live)
{
    return live->hello.loopback;
}

static void nudge(const struct live *live)
{
    send(live->line, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void live_follow(struct live *live, int64_t run)
{
    atomic_store(&live->shared->run, run);
    nudge(live);
}

void live_tell(struct live *live, const struct progress *progress)
{
    struct live_shared *shared = live->shared;
    unsigned sequence = atomic_load_explicit(&shared->sequence, memory_order_relaxed);
    atomic_store_explicit(&shared->sequence, sequence + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    shared->now.progress = *progress;
    shared->now.progress.step = NULL;
    snprintf(shared->now.step, sizeof shared->now.step, "%s", progress->step != NULL ? progress->step : "");
    atomic_store_explicit(&shared->sequence, sequence + 2, memory_order_release);
}

bool live_has_died(struct live *live, struct text *how)
{
    if (live->pid > 0 && waitpid(live->pid, &live->status, WNOHANG) == live->pid)
        live->pid = 0;
    if (live->pid > 0)
        return false;
    if (WIFSIGNALED(live->status))
        text_addf(how, "killed by signal %d", WTERMSIG(live->status));
    else
        text_addf(how, "exited with status %d", WEXITSTATUS(live->status));
    return true;
}

/* Until the process hangs up, the time is over or a signal came; not after one that ended the run. */
static void linger(const struct live *live)
{
    int64_t until_ns = clock_now_ns() + live->setting.linger_ns;
    struct pollfd watched[] = {{.fd = live->line}, {.fd = interrupt_descriptor(), .events = POLLIN}};
    for (int64_t left_ns; (left_ns = until_ns - clock_now_ns()) > 0 && interrupt_signal() == 0;) {
        int ready = poll(watched, 2, (int)(left_ns / CLOCK_NS_PER_MS) + 1);
        if (ready > 0 && (watched[0].revents & (POLLHUP | POLLERR)) != 0)
            return;
    }
}

/* It ends by itself once its line does, and whoever follows has taken the end. */
static void stop(struct live *live)
{
    struct text how = TEXT_EMPTY;
    shutdown(live->line, SHUT_RDWR);
    for (int i = 0; i < STOP_POLLS && !live_has_died(live, &how); i++)
        usleep(STOP_POLL_US);
    if (live->pid > 0)
        kill(live->pid, SIGKILL);
    wait_for(live);
    text_release(&how);
}

void live_end(struct live *live)
{
    if (live == NULL)
        return;
    atomic_store(&live->shared->ended, true);
    nudge(live);
    if (live->pid > 0) {
        if (atomic_load(&live->shared->run) != 0)
            linger(live);
        stop(live);
    }
    release(live);
}
