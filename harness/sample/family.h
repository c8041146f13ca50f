/* The processes of one server, known by pid and start time. */
#ifndef SEEP_SAMPLE_FAMILY_H
#define SEEP_SAMPLE_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "sample/proc.h"
#include "sample/status_files.h"

struct member {
    struct proc_stat process;
    bool settled; /* there at the start, or seen by two checks in a row */
    bool worker;  /* runs the program of its parent */
};

struct family {
    pid_t root; /* -1: none that can be read here */
    struct proc_tree tree;
    struct status_files files; /* of the tree that was read last */
    struct member *members;
    size_t count;
    size_t short_lived;    /* see watch_short_lived() */
    double peak_bytes;     /* NaN: unknown */
    double resident_bytes; /* at the last family_read(); NaN: unknown */
};

void family_attach(struct family *family, pid_t root); /* works on a zeroed and on a used one */
void family_release(struct family *family);

/* Sums over the living processes; NaN when none of them can be read. */
struct family_sums {
    double anon_bytes, threads;
};
struct family_sums family_read(struct family *family); /* also refreshes the rest */
double family_pss_bytes(const struct family *family);  /* of `tree`; NaN when one may not be read */
double family_descriptors(const struct family *family);
/* Counts both in one pass, dearer; NaN as family_descriptors(). */
struct proc_descriptors family_descriptor_kinds(const struct family *family);

bool family_lost_one(struct family *family);        /* see watch_restarted() */
size_t family_workers(const struct family *family); /* see watch_workers() */

#endif
