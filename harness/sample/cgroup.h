/* Control groups: which one a process is in, where it is mounted, what it holds. Parsers take text, so that
 * tests can hand them awkward ones. Each returns false where the text does not say.
 * Source: cgroups(7), proc(5) (mountinfo); Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst. */
#ifndef SEEP_SAMPLE_CGROUP_H
#define SEEP_SAMPLE_CGROUP_H

#include <stdbool.h>

#define CGROUP_PATH 1024

/* /proc/PID/cgroup: the group that its memory is charged to. Where v1 has the memory controller it is that of
 * v1, whatever else is mounted; else that of v2. */
struct cgroup_place {
    bool v1;
    char path[CGROUP_PATH]; /* from the root of the hierarchy: "/docker/4711" */
};
bool cgroup_parse_place(const char *text, struct cgroup_place *place);

/* True when `outer` is `inner`, or one above it. */
bool cgroup_holds(const struct cgroup_place *outer, const struct cgroup_place *inner);

/* /proc/self/mountinfo: where the hierarchy is mounted, and which group is seen there as its root. */
struct cgroup_mount {
    char point[CGROUP_PATH], root[CGROUP_PATH];
};
bool cgroup_parse_mount(const char *text, bool v1, struct cgroup_mount *mount);

/* The group's directory; false where this mount does not show it. */
bool cgroup_directory(const struct cgroup_mount *mount, const char *path, char directory[CGROUP_PATH]);

/* memory.stat, bytes of anonymous memory, of the group and those below it. v2: anon. v1: total_rss + total_swap
 * (of itself alone, rss + swap, where the kernel does not say). NaN where it does not say, and for a line that
 * is cut. */
double cgroup_parse_anon(const char *text);

#endif
