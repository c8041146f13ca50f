#include "base/clock.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

/* So long without a look at the clock is what a stop is looked for in; whoever works looks more often. */
#define GAP_NS (250 * CLOCK_NS_PER_MS)

static _Atomic int64_t last_ns;    /* of CLOCK_MONOTONIC, as it was read last */
static _Atomic int64_t stopped_ns; /* in all; stored before last_ns */
static _Atomic unsigned stops;

static int64_t read_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * CLOCK_NS_PER_S + now.tv_nsec;
}

/* SIGCONT, which is blocked, waits for us where the process was stopped and went on: whoever of the threads looks at the
 * clock first takes it, before anybody works with the time. Source: signal(7); kernel/signal.c, prepare_signal(). */
static bool went_on(void)
{
    static const struct timespec at_once = {0, 0};
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCONT);
    return sigtimedwait(&wanted, NULL, &at_once) == SIGCONT;
}

static void look_for_stop(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    int64_t last = last_ns, now = read_ns(CLOCK_MONOTONIC);
    if (last != 0 && now - last > GAP_NS && went_on()) {
        stopped_ns += now - last;
        stops++;
    }
    last_ns = now;
    pthread_mutex_unlock(&lock);
}

int64_t clock_now_ns(void)
{
    for (;;) {
        int64_t stopped = atomic_load_explicit(&stopped_ns, memory_order_acquire);
        int64_t last = atomic_load_explicit(&last_ns, memory_order_acquire);
        int64_t now = read_ns(CLOCK_MONOTONIC);
        if (now - last > GAP_NS)
            look_for_stop();
        else if (atomic_load_explicit(&stopped_ns, memory_order_acquire) == stopped) {
            atomic_store_explicit(&last_ns, now, memory_order_release);
            return now - stopped;
        }
    }
}

void clock_count_stops(void)
{
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGCONT);
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
}

unsigned clock_stops(int64_t *in_all_ns)
{
    if (in_all_ns != NULL)
        *in_all_ns = stopped_ns;
    return stops;
}

int64_t clock_monotonic_ns(int64_t ns)
{
    return ns + atomic_load_explicit(&stopped_ns, memory_order_relaxed);
}

int64_t clock_wall_us(void)
{
    return read_ns(CLOCK_REALTIME) / CLOCK_NS_PER_US;
}

struct clock_moment clock_moment(void)
{
    int64_t now_ns = clock_now_ns();
    return (struct clock_moment){now_ns, clock_wall_us(), read_ns(CLOCK_BOOTTIME) - now_ns};
}

int64_t clock_set_us(const struct clock_moment *from, const struct clock_moment *to)
{
    int64_t passed_ns = to->now_ns - from->now_ns + to->suspended_ns - from->suspended_ns;
    return to->wall_us - from->wall_us - passed_ns / CLOCK_NS_PER_US;
}
