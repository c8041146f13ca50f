/* How late this machine wakes a process that does nothing but wait: an absolute timerfd in an epoll loop, armed anew each
 * time. No driver can be more punctual without burning a core.
 *   wake RATE SECONDS: one lag in nanoseconds a line
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int wait_until(int timer, int poll, int64_t due_ns)
{
    struct itimerspec when = {.it_value = {.tv_sec = due_ns / NS_PER_S, .tv_nsec = due_ns % NS_PER_S}};
    struct epoll_event event;
    if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL) != 0)
        return -1;
    return epoll_wait(poll, &event, 1, -1) == 1 ? 0 : -1;
}

int main(int argc, char **argv)
{
    int64_t rate = argc == 3 ? atoll(argv[1]) : 0, seconds = argc == 3 ? atoll(argv[2]) : 0;
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC),
        poll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    if (rate <= 0 || seconds <= 0 || epoll_ctl(poll, EPOLL_CTL_ADD, timer, &event) != 0)
        return 2;
    int64_t start_ns = now_ns() + NS_PER_S / 10;
    for (int64_t i = 0; i < rate * seconds; i++) {
        int64_t due_ns = start_ns + i * NS_PER_S / rate;
        if (due_ns > now_ns() && wait_until(timer, poll, due_ns) != 0)
            return 1;
        printf("%" PRId64 "\n", now_ns() - due_ns);
    }
    return 0;
}
