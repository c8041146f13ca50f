/* LD_PRELOAD: clocks that jump, as where somebody sets them or a machine is suspended.
 *
 * CLOCK_SET=SECONDS@AFTER        the wall clock is set so far ahead (negative: back), so long after the process began
 * CLOCK_SUSPEND=SECONDS@AFTER    the machine sleeps for so long: the wall clock and CLOCK_BOOTTIME go on, CLOCK_MONOTONIC does not
 * CLOCK_AT=SECONDS               the wall clock says this (since 1970 UTC) when the process begins
 *
 * Other clocks are the kernel's. What is started by the process inherits the variables and begins with a clock of its own. */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#define NS INT64_C(1000000000)

static struct {
    int64_t began_ns; /* CLOCK_MONOTONIC; 0: not read yet */
    int64_t first_ns; /* added to the wall clock from the beginning */
    int64_t set_ns, set_after_ns, suspend_ns, suspend_after_ns;
} shim;

static int (*real)(clockid_t clock, struct timespec *now);

static int64_t read_ns(clockid_t clock)
{
    struct timespec now = {0};
    real(clock, &now);
    return (int64_t)now.tv_sec * NS + now.tv_nsec;
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
    *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
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
    int64_t added = status == 0 ? added_ns(clock) : 0;
    if (added != 0) {
        int64_t at = (int64_t)now->tv_sec * NS + now->tv_nsec + added;
        *now = (struct timespec){(time_t)(at / NS), (long)(at % NS)};
    }
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
