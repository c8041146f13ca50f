#include "base/driver.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START_FIELD 22
#define STATE_FIELD 3

/* The beginning of a file, without its line break; "" where it cannot be read. */
static void read_line(const char *path, char *line, size_t size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? 0 : read(file, line, size - 1);
    if (file >= 0)
        close(file);
    line[length > 0 ? length : 0] = '\0';
    line[strcspn(line, "\n")] = '\0';
}

/* 0: there is no such process, or what is left of it only waits to be waited for. */
static int64_t start_of(int64_t pid)
{
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    read_line(path, line, sizeof line);
    const char *at = strrchr(line, ')'); /* ends the name, which may hold anything */
    if (at == NULL || at[1] != ' ' || at[2] == 'Z' || at[2] == 'X')
        return 0;
    at += 2;
    for (int field = STATE_FIELD; field < START_FIELD; field++) {
        if ((at = strchr(at, ' ')) == NULL)
            return 0;
        at++;
    }
    return strtoll(at, NULL, 10);
}

void driver_self(struct driver *driver)
{
    memset(driver, 0, sizeof *driver);
    driver->pid = getpid();
    driver->start = start_of(driver->pid);
    read_line("/proc/sys/kernel/random/boot_id", driver->boot, sizeof driver->boot);
}

bool driver_lives(const struct driver *driver)
{
    struct driver self;
    driver_self(&self);
    return driver->start != 0 && strcmp(driver->boot, self.boot) == 0 &&
           start_of(driver->pid) == driver->start;
}
