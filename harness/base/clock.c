#include "base/clock.h"

#include <time.h>

static int64_t read_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * CLOCK_NS_PER_S + now.tv_nsec;
}

int64_t clock_now_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
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
