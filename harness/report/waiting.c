#include "report/waiting.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "report/progress.h"

#define TELL_NS (CLOCK_NS_PER_S / 4)
#define FIRST_NS CLOCK_NS_PER_S             /* on a terminal, where the line goes again */
#define FIRST_PLAIN_NS (5 * CLOCK_NS_PER_S) /* elsewhere, where it stays */

struct waiting {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool over, on_terminal;
    char *step;
    int64_t began_ns;
    struct progress_view *view;
};

static void tell(struct waiting *waiting)
{
    double elapsed_s = (double)(clock_now_ns() - waiting->began_ns) / (double)CLOCK_NS_PER_S;
    progress_view_tell(waiting->view, &(struct progress){.step = waiting->step,
                                                         .elapsed_s = elapsed_s,
                                                         .requests = PROGRESS_NO_REQUESTS,
                                                         .memory_bytes = NAN});
}

/* True: it is over. */
static bool sleep_until(struct waiting *waiting, int64_t at_ns)
{
    struct timespec until = {.tv_sec = (time_t)(at_ns / CLOCK_NS_PER_S), .tv_nsec = at_ns % CLOCK_NS_PER_S};
    while (!waiting->over && pthread_cond_timedwait(&waiting->ended, &waiting->lock, &until) != ETIMEDOUT)
        ;
    return waiting->over;
}

static void *wait_and_tell(void *pointer)
{
    struct waiting *waiting = pointer;
    int64_t next_ns = waiting->began_ns + (waiting->on_terminal ? FIRST_NS : FIRST_PLAIN_NS);
    pthread_mutex_lock(&waiting->lock);
    for (; !sleep_until(waiting, next_ns); next_ns += TELL_NS)
        tell(waiting);
    pthread_mutex_unlock(&waiting->lock);
    return NULL;
}

/* Signals are for the thread that works. */
static int start(struct waiting *waiting)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&waiting->thread, NULL, wait_and_tell, waiting);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

static void release(struct waiting *waiting)
{
    progress_view_free(waiting->view);
    pthread_cond_destroy(&waiting->ended);
    pthread_mutex_destroy(&waiting->lock);
    free(waiting->step);
    free(waiting);
}

struct waiting *waiting_begin(const char *step, bool quiet)
{
    if (quiet)
        return NULL;
    pthread_condattr_t monotonic;
    struct waiting *waiting = xcalloc(1, sizeof *waiting);
    waiting->step = xstrdup(step);
    waiting->began_ns = clock_now_ns();
    waiting->on_terminal = isatty(STDERR_FILENO) == 1;
    waiting->view = progress_view_new(stderr, waiting->on_terminal, false);
    pthread_mutex_init(&waiting->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&waiting->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (start(waiting) != 0) {
        release(waiting);
        return NULL;
    }
    return waiting;
}

void waiting_say(struct waiting *waiting, const char *step)
{
    if (waiting == NULL)
        return;
    pthread_mutex_lock(&waiting->lock);
    free(waiting->step);
    waiting->step = xstrdup(step);
    pthread_mutex_unlock(&waiting->lock);
}

void waiting_end(struct waiting *waiting)
{
    if (waiting == NULL)
        return;
    pthread_mutex_lock(&waiting->lock);
    waiting->over = true;
    pthread_cond_signal(&waiting->ended);
    pthread_mutex_unlock(&waiting->lock);
    pthread_join(waiting->thread, NULL);
    release(waiting);
}
