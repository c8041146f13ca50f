/* Who does something: a process of this machine, told apart from a later one of the same number. */
#ifndef SEEP_BASE_DRIVER_H
#define SEEP_BASE_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

struct driver {
    int64_t pid;
    int64_t start; /* clock ticks from the boot of the machine to its start */
    char boot[40]; /* which boot that was */
};

/* This process. What cannot be read is 0 or "". Source: proc_pid_stat(5), field 22, starttime;
 * proc_sys_kernel(5), random/boot_id. */
void driver_self(struct driver *driver);

/* False too for a process that ended and was not waited for, and for one of another machine. */
bool driver_lives(const struct driver *driver);

#endif
