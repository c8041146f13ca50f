/* /proc/PID/status of many processes, kept open: it is read ten times a second. An open one never tells of
 * another process that got the same number later: once its own is gone it cannot be read. */
#ifndef SEEP_SAMPLE_STATUS_FILES_H
#define SEEP_SAMPLE_STATUS_FILES_H

#include <stddef.h>

#include "sample/proc.h"

struct status_file {
    struct proc_stat process;
    int descriptor;
};

struct status_files {
    struct status_file *items; /* in the order of the last tree */
    size_t count;
};

/* Keeps those of the tree's processes open, at most 256, and closes all others. Works on a zeroed one. */
void status_files_follow(struct status_files *files, const struct proc_tree *tree);
void status_files_release(struct status_files *files);

/* Of the tree's process `index`. -1: cannot be read. */
int status_files_read(const struct status_files *files, size_t index, struct proc_status *status);

#endif
