/* What keeps a target from growing: limits of its control groups, of its processes, and of its runtime's heap. At such a
 * limit memory stands still, whatever is kept.
 *
 * Parsers take text, so that tests can hand them awkward ones.
 * Source: Documentation/admin-guide/cgroup-v2.rst (memory.max, memory.high), cgroup-v1/memory.rst (limit_in_bytes);
 * proc(5) (limits, cmdline, status); java(1) (-Xmx); node(1) (--max-old-space-size, MiB). */
#ifndef SEEP_SAMPLE_MEMORY_LIMITS_H
#define SEEP_SAMPLE_MEMORY_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { MEMORY_LIMITS_MOST = 8 };

struct memory_limit {
    char what[64]; /* "memory.max of its control group", "`ulimit -v` of process 4711" */
    double limit_bytes;
    double used_bytes; /* of what this limit counts; NaN: a runtime's heap, which only a signal knows */
};

struct memory_limits {
    struct memory_limit items[MEMORY_LIMITS_MOST]; /* those that are set; of more than fit, the nearest */
    size_t count;
    double swapped_bytes; /* VmSwap of all processes */
};

/* Of the process and its descendants; none where `root` cannot be read. Some 100 us. */
void memory_limits_read(struct memory_limits *limits, pid_t root);

/* The soft limit in the row `name` of /proc/PID/limits; INFINITY: none. */
double memory_limits_parse_rlimit(const char *text, const char *name);

/* The largest heap that command line and environment (words that end in NUL, `length` bytes in all) give a JVM or
 * Node; the last word says it. NaN: neither says. */
double memory_limits_parse_heap(const char *words, size_t length);

#endif
