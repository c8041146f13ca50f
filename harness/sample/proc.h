/* What the kernel tells about a process: memory, descriptors, threads, its identity and its children. Parsers
 * take text, so that tests can hand them awkward ones; readers open the file and call the parser.
 * Source: proc(5), Documentation/filesystems/proc.rst. */
#ifndef SEEP_SAMPLE_PROC_H
#define SEEP_SAMPLE_PROC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* /proc/PID/status. NaN where the file does not say (a zombie has no memory lines). */
struct proc_status {
    double anon_bytes;     /* RssAnon + VmSwap: what the process itself holds, no files, no shared memory */
    double peak_bytes;     /* VmHWM */
    double resident_bytes; /* VmRSS: what VmHWM is the highest of */
    double threads;
};
void proc_parse_status(const char *text, struct proc_status *status);

/* -1: cannot be read (gone, or not ours to read) */
int proc_read_status(pid_t pid, struct proc_status *status);

/* What limits of a process count, and what is swapped out; NaN where /proc/PID/status does not say. */
struct proc_sizes {
    double address_space_bytes; /* VmSize */
    double data_bytes;          /* VmData */
    double swapped_bytes;       /* VmSwap */
};
int proc_read_sizes(pid_t pid, struct proc_sizes *sizes); /* -1 as proc_read_status(); then all are NaN */

/* /proc/PID/stat. A pid alone is no identity: it comes again; with the start time it does not. */
struct proc_stat {
    pid_t pid, parent;
    char state;          /* 'Z': dead, not yet reaped */
    uint64_t start_time; /* field 22, clock ticks since boot */
};

/* The name in field 2 may hold spaces and ')'. */
int proc_parse_stat(const char *text, struct proc_stat *stat);

int proc_read_stat(pid_t pid, struct proc_stat *stat);

/* /proc/PID/smaps_rollup. Walks the page tables, some 5 us per MB resident: not while traffic flows.
 * Only the owner and root may read it. */
struct proc_rollup {
    double pss_bytes; /* NaN where the file does not say */
    double private_dirty_bytes;
};
void proc_parse_rollup(const char *text, struct proc_rollup *rollup);
int proc_read_rollup(pid_t pid, struct proc_rollup *rollup);

/* Open descriptors; NaN when the directory may not be read. One fstat() since Linux 6.2, a listing before. */
double proc_count_descriptors(pid_t pid);

/* What they are, in one pass through /proc/PID/fd: a readlink() each, some 1 us. */
struct proc_descriptors {
    double count, sockets;
};
int proc_read_descriptors(pid_t pid, struct proc_descriptors *descriptors); /* -1: may not be read */

/* The process and its living descendants, parents first. */
struct proc_tree {
    struct proc_stat *processes;
    size_t count; /* 0: `root` is gone or a zombie */
};

/* Fills an empty or a used tree; storage is reused. */
void proc_tree_read(struct proc_tree *tree, pid_t root);

void proc_tree_release(struct proc_tree *tree);

#endif
