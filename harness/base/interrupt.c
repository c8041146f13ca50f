#include "base/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"

static atomic_int signal_that_came; /* set in one thread, seen in all */
static int pipe_ends[2] = {-1, -1};

static void on_signal(int number)
{
    int saved = errno;
    int none = 0;
    if (!atomic_compare_exchange_strong(&signal_that_came, &none, number))
        _exit(128 + number);
    ssize_t ignored = write(pipe_ends[1], "x", 1);
    (void)ignored;
    errno = saved;
}

void interrupt_install(void)
{
    if (pipe_ends[0] >= 0 || pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return;
    clock_count_stops();
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction hangup;
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) /* nohup */
        sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like a full disk, not an end */
}

int interrupt_signal(void)
{
    return signal_that_came;
}

int interrupt_descriptor(void)
{
    return pipe_ends[0];
}
