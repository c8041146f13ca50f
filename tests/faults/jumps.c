/* Preloaded into seep: the clock on the wall jumps, and names are no longer resolved, while the other clocks go on.
 *
 *   CLOCK_JUMPS="MS:SECONDS,MS:SECONDS"  that long after the start, what CLOCK_REALTIME tells is so much later, or earlier
 *   CLOCK_START=FILE                     the start is when FILE is there; else that of the program
 *   NAMES_LEFT=N                         so many names are resolved; after them none is (EAI_AGAIN)
 *   NAMES_WAIT=S                         and that takes so long each
 *
 * Only in a program that is called seep: what it starts keeps its clock. */
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int64_t began_ms;
static bool is_seep;
static atomic_int names_left;

static int real_gettime(clockid_t clock, struct timespec *now)
{
    static int (*next)(clockid_t, struct timespec *);
    if (next == NULL)
        next = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    return next(clock, now);
}

static int64_t monotonic_ms(void)
{
    struct timespec now;
    real_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

__attribute__((constructor)) static void begin(void)
{
    const char *left = getenv("NAMES_LEFT");
    is_seep = strcmp(program_invocation_short_name, "seep") == 0;
    names_left = left != NULL ? atoi(left) : -1;
    began_ms = monotonic_ms();
}

static bool has_begun(void)
{
    static atomic_bool begun;
    const char *file = getenv("CLOCK_START");
    if (!begun && file != NULL && access(file, F_OK) != 0)
        return false;
    if (!begun && file != NULL)
        began_ms = monotonic_ms();
    begun = true;
    return true;
}

static time_t jumped_s(void)
{
    const char *jumps = is_seep && has_begun() ? getenv("CLOCK_JUMPS") : NULL;
    int64_t since_ms = monotonic_ms() - began_ms;
    long long by_s = 0;
    while (jumps != NULL && *jumps != '\0') {
        char *end;
        long long at_ms = strtoll(jumps, &end, 10), jump_s = *end == ':' ? strtoll(end + 1, &end, 10) : 0;
        if (since_ms >= at_ms)
            by_s = jump_s;
        jumps = *end == ',' ? end + 1 : NULL;
    }
    return (time_t)by_s;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int failed = real_gettime(clock, now);
    if (failed == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += jumped_s();
    return failed;
}

time_t time(time_t *into)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (into != NULL)
        *into = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec precise;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &precise);
    *now = (struct timeval){precise.tv_sec, precise.tv_nsec / 1000};
    return 0;
}

int getaddrinfo(const char *restrict host, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict found)
{
    static int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    const char *wait = getenv("NAMES_WAIT");
    if (next == NULL)
        next = (int (*)(const char *, const char *, const struct addrinfo *, struct addrinfo **))dlsym(
            RTLD_NEXT, "getaddrinfo");
    bool is_name = host != NULL && host[strspn(host, "0123456789.:")] != '\0';
    if (!is_seep || !is_name || names_left < 0 || atomic_fetch_sub(&names_left, 1) > 0)
        return next(host, service, hints, found);
    names_left = 0;
    if (wait != NULL)
        sleep((unsigned)atoi(wait));
    return EAI_AGAIN;
}
