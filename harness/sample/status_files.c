#include "sample/status_files.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define OPEN_MOST 256     /* of the 1,024 descriptors that a process usually has */
#define STATUS_BYTES 8192 /* it is 1 to 3 KiB */

static bool same(const struct proc_stat *a, const struct proc_stat *b)
{
    return a->pid == b->pid && a->start_time == b->start_time;
}

static bool follows(const struct status_files *files, const struct proc_tree *tree)
{
    bool alike = files->count == tree->count;
    for (size_t i = 0; alike && i < tree->count; i++)
        alike = same(&files->items[i].process, &tree->processes[i]);
    return alike;
}

/* Takes it over from `files` where it is open there. */
static int open_status(struct status_files *files, const struct proc_stat *process)
{
    char path[64];
    for (size_t i = 0; i < files->count; i++) {
        int descriptor = files->items[i].descriptor;
        if (descriptor < 0 || !same(&files->items[i].process, process))
            continue;
        files->items[i].descriptor = -1;
        return descriptor;
    }
    snprintf(path, sizeof path, "/proc/%d/status", (int)process->pid);
    return open(path, O_RDONLY | O_CLOEXEC);
}

void status_files_follow(struct status_files *files, const struct proc_tree *tree)
{
    struct status_files now = {NULL, tree->count};
    if (follows(files, tree))
        return;
    now.items = xcalloc(tree->count + 1, sizeof *now.items);
    for (size_t i = 0; i < tree->count; i++) {
        now.items[i].process = tree->processes[i];
        now.items[i].descriptor = i < OPEN_MOST ? open_status(files, &tree->processes[i]) : -1;
    }
    status_files_release(files);
    *files = now;
}

void status_files_release(struct status_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        if (files->items[i].descriptor >= 0)
            close(files->items[i].descriptor);
    free(files->items);
    *files = (struct status_files){NULL, 0};
}

int status_files_read(const struct status_files *files, size_t index, struct proc_status *status)
{
    const struct status_file *file = &files->items[index];
    char text[STATUS_BYTES];
    if (file->descriptor < 0)
        return proc_read_status(file->process.pid, status);
    ssize_t length = pread(file->descriptor, text, sizeof text - 1, 0);
    if (length <= 0)
        return -1;
    text[length] = '\0';
    proc_parse_status(text, status);
    return 0;
}
