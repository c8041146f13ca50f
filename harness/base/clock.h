/* The two clocks: one that only goes forward, one that people read and that is set now and then. */
#ifndef SEEP_BASE_CLOCK_H
#define SEEP_BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_NS_PER_S INT64_C(1000000000)
#define CLOCK_NS_PER_MS INT64_C(1000000)
#define CLOCK_NS_PER_US INT64_C(1000)

/* Nanoseconds: every interval and due time. CLOCK_MONOTONIC without the times in which this process was stopped (SIGSTOP, Ctrl-Z), which are
 * nobody's latency: what was due then is due after it. A stop shorter than 250 ms is not noticed. Any thread. */
int64_t clock_now_ns(void);

/* From here on stops are counted: blocks SIGCONT in this thread and in those that it starts, which does not keep it from going on. Before there
 * are threads; what is started without a mask of its own inherits that. */
void clock_count_stops(void);

/* How many there were, and how long in all (in_all_ns may be NULL). */
unsigned clock_stops(int64_t *in_all_ns);

/* A time of clock_now_ns() to come, as one of CLOCK_MONOTONIC, for the kernel's timers: too early by the stops that come before it. */
int64_t clock_monotonic_ns(int64_t ns);

/* CLOCK_REALTIME, microseconds since 1970 UTC: only for what is shown and stored as a date. */
int64_t clock_wall_us(void);

/* Both at one moment, and how long the machine has been suspended since it booted, which CLOCK_MONOTONIC leaves out. */
struct clock_moment {
    int64_t now_ns, wall_us, suspended_ns;
};
struct clock_moment clock_moment(void);

/* How far the wall clock was set ahead from one moment to the other (negative: back), microseconds: what neither time nor
 * suspension explains. Slewing, as NTP does it, is no setting: both clocks have it. */
int64_t clock_set_us(const struct clock_moment *from, const struct clock_moment *to);

#endif
