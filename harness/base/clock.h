/* The two clocks: one that only goes forward, one that people read. */
#ifndef SEEP_BASE_CLOCK_H
#define SEEP_BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_NS_PER_S INT64_C(1000000000)
#define CLOCK_NS_PER_MS INT64_C(1000000)
#define CLOCK_NS_PER_US INT64_C(1000)

/* CLOCK_MONOTONIC, nanoseconds: every interval and due time. */
int64_t clock_now_ns(void);

/* CLOCK_REALTIME, microseconds since 1970 UTC: only for what is shown and stored as a date. */
int64_t clock_wall_us(void);

#endif
