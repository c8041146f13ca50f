/* LD_PRELOAD: clocks that jump, as where somebody sets them or a machine is suspended, and clocks that run fast.
 *
 * CLOCK_SET=SECONDS@AFTER        the wall clock is set so far ahead (negative: back), so long after the process began
 * CLOCK_SUSPEND=SECONDS@AFTER    the machine sleeps for so long: the wall clock and CLOCK_BOOTTIME go on, CLOCK_MONOTONIC does not
 * CLOCK_AT=SECONDS               the wall clock says this (since 1970 UTC) when the process begins
 * CLOCK_SPEED=N                  all of them run N times as fast, and whoever waits waits N times shorter
 *
 * What is started by the process inherits the variables. Its clocks begin anew, but for CLOCK_SPEED, where both reckon from the boot,
 * so that one's CLOCK_MONOTONIC is the other's. */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define NS INT64_C(1000000000)

static struct {
    int64_t began_ns; /* CLOCK_MONOTONIC; 0: not read yet */
    int64_t first_ns; /* added to the wall clock from the beginning */
    int64_t set_ns, set_after_ns, suspend_ns, suspend_after_ns;
    int64_t speed; /* 1: as the kernel's */
} shim;

static int (*real)(clockid_t clock, struct timespec *now);

static void *next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

static int64_t ns_of(const struct timespec *at)
{
    return (int64_t)at->tv_sec * NS + at->tv_nsec;
}

static struct timespec timespec_of(int64_t ns)
{
    return (struct timespec){(time_t)(ns / NS), (long)(ns % NS)};
}

/* As if the clocks had the shim's speed since the boot. */
static int64_t read_ns(clockid_t clock)
{
    struct timespec now = {0};
    real(clock, &now);
    int64_t ns = ns_of(&now), speed = shim.speed > 1 ? shim.speed : 1;
    if (speed == 1 || clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID)
        return ns;
    struct timespec up = {0};
    real(CLOCK_MONOTONIC, &up);
    return ns + ns_of(&up) * (speed - 1);
}

static void read_jump(const char *name, int64_t *by_ns, int64_t *after_ns)
{
    double by, after;
    const char *text = getenv(name);
    if (text == NULL || sscanf(text, "%lf@%lf", &by, &after) != 2)
        return;
    *by_ns = (int64_t)(by * (double)NS);
    *after_ns = (int64_t)(after * (double)NS);
}

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("CLOCK_AT");
    const char *speed = getenv("CLOCK_SPEED");
    *(void **)&real = next("clock_gettime");
    shim.speed = speed != NULL && atoll(speed) > 1 ? atoll(speed) : 1;
    read_jump("CLOCK_SET", &shim.set_ns, &shim.set_after_ns);
    read_jump("CLOCK_SUSPEND", &shim.suspend_ns, &shim.suspend_after_ns);
    if (at != NULL)
        shim.first_ns = strtoll(at, NULL, 10) * NS - read_ns(CLOCK_REALTIME);
    shim.began_ns = read_ns(CLOCK_MONOTONIC);
}

static int64_t added_ns(clockid_t clock)
{
    bool wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
    if (!wall && clock != CLOCK_BOOTTIME)
        return 0;
    int64_t over_ns = read_ns(CLOCK_MONOTONIC) - shim.began_ns;
    int64_t slept_ns = over_ns >= shim.suspend_after_ns ? shim.suspend_ns : 0;
    return slept_ns + (wall ? shim.first_ns + (over_ns >= shim.set_after_ns ? shim.set_ns : 0) : 0);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (real == NULL)
        begin();
    int status = real(clock, now);
    if (status == 0)
        *now = timespec_of(read_ns(clock) + added_ns(clock));
    return status;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec at;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &at);
    *now = (struct timeval){at.tv_sec, (suseconds_t)(at.tv_nsec / 1000)};
    return 0;
}

time_t time(time_t *into)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    if (into != NULL)
        *into = at.tv_sec;
    return at.tv_sec;
}

/* Waiting: milliseconds are too coarse for one that is a hundred times shorter. */
int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout_ms)
{
    struct timespec timeout = timespec_of((int64_t)timeout_ms * 1000000 / shim.speed);
    return epoll_pwait2(epoll, events, most, timeout_ms < 0 ? NULL : &timeout, NULL);
}

int epoll_pwait(int epoll, struct epoll_event *events, int most, int timeout_ms, const sigset_t *signals)
{
    struct timespec timeout = timespec_of((int64_t)timeout_ms * 1000000 / shim.speed);
    return epoll_pwait2(epoll, events, most, timeout_ms < 0 ? NULL : &timeout, signals);
}

int poll(struct pollfd *files, nfds_t count, int timeout_ms)
{
    struct timespec timeout = timespec_of((int64_t)timeout_ms * 1000000 / shim.speed);
    return ppoll(files, count, timeout_ms < 0 ? NULL : &timeout, NULL);
}

/* Deadlines, of CLOCK_MONOTONIC: that of the kernel runs from the boot as well. */
int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict lock,
                           const struct timespec *restrict until)
{
    static int (*wait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    if (wait == NULL)
        *(void **)&wait = next("pthread_cond_timedwait");
    struct timespec sooner = timespec_of(ns_of(until) / shim.speed);
    return wait(condition, lock, &sooner);
}

int timerfd_settime(int timer, int flags, const struct itimerspec *set, struct itimerspec *old)
{
    static int (*settime)(int, int, const struct itimerspec *, struct itimerspec *);
    if (settime == NULL)
        *(void **)&settime = next("timerfd_settime");
    struct itimerspec sooner = {timespec_of(ns_of(&set->it_interval) / shim.speed),
                                timespec_of(ns_of(&set->it_value) / shim.speed)};
    if (ns_of(&set->it_value) > 0 && ns_of(&sooner.it_value) == 0)
        sooner.it_value.tv_nsec = 1; /* 0 would disarm it */
    return settime(timer, flags, &sooner, old);
}

int nanosleep(const struct timespec *length, struct timespec *left)
{
    static int (*sleep_for)(const struct timespec *, struct timespec *);
    if (sleep_for == NULL)
        *(void **)&sleep_for = next("nanosleep");
    struct timespec shorter = timespec_of(ns_of(length) / shim.speed);
    return sleep_for(&shorter, left);
}

int usleep(useconds_t length)
{
    struct timespec whole = timespec_of((int64_t)length * 1000);
    return nanosleep(&whole, NULL);
}
