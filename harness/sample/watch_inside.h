/* The watch from inside: only for watch.c, which says what is watched, and watch_read.c, which reads it. */
#ifndef SEEP_SAMPLE_WATCH_INSIDE_H
#define SEEP_SAMPLE_WATCH_INSIDE_H

#include "sample/watch.h"

enum { SOURCES = 5 };

struct reading;

struct watch {
    struct loop *loop;
    struct source sources[SOURCES];
    size_t first[SOURCES + 1]; /* the number of each source's first signal; then the count of all */
    char **complaints;         /* of the last reading, one per signal; NULL: it was read */
    double *read;              /* where watch_read() wants the values; NULL: nobody waits */
    struct family family;
    struct reading *reading; /* NULL: none under way */
};

/* watch_read.c */
void watch_drop_reading(struct watch *watch); /* its answer may still come, and finds nobody */
void watch_set_gaps(double *values, size_t count);

#endif
