#include "sample/proc.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define FILE_BYTES 8192 /* status, stat and smaps_rollup are 1 to 3 KiB */

/* How many bytes; 0 too where it may be read and is empty; -1: it cannot be opened. */
static int read_proc(pid_t pid, const char *name, char text[FILE_BYTES])
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return -1;
    size_t length = 0;
    ssize_t got;
    while (length < FILE_BYTES - 1 && (got = read(descriptor, text + length, FILE_BYTES - 1 - length)) > 0)
        length += (size_t)got;
    close(descriptor);
    text[length] = '\0';
    return (int)length;
}

/* The number after "Key:" at the start of a line; NaN when there is no such line. */
static double field(const char *text, const char *key)
{
    size_t length = strlen(key);
    for (const char *line = text; line != NULL && *line != '\0';) {
        if (strncmp(line, key, length) == 0 && line[length] == ':') {
            char *end;
            double value = (double)strtoull(line + length + 1, &end, 10);
            return end == line + length + 1 ? (double)NAN : value;
        }
        line = strchr(line, '\n');
        if (line != NULL)
            line++;
    }
    return (double)NAN;
}

void proc_parse_status(const char *text, struct proc_status *status)
{
    double swap = field(text, "VmSwap"); /* not there on kernels without swap */
    status->anon_bytes = (field(text, "RssAnon") + (isnan(swap) ? 0 : swap)) * 1024;
    status->peak_bytes = field(text, "VmHWM") * 1024;
    status->resident_bytes = field(text, "VmRSS") * 1024;
    status->threads = field(text, "Threads");
}

int proc_read_status(pid_t pid, struct proc_status *status)
{
    char text[FILE_BYTES];
    if (read_proc(pid, "status", text) <= 0)
        return -1;
    proc_parse_status(text, status);
    return 0;
}

int proc_read_sizes(pid_t pid, struct proc_sizes *sizes)
{
    char text[FILE_BYTES] = "";
    int length = read_proc(pid, "status", text);
    *sizes = (struct proc_sizes){field(text, "VmSize") * 1024, field(text, "VmData") * 1024,
                                 field(text, "VmSwap") * 1024};
    return length > 0 ? 0 : -1;
}

int proc_parse_stat(const char *text, struct proc_stat *stat)
{
    int pid, parent;
    const char *after = strrchr(text, ')'); /* nothing behind the name holds a parenthesis */
    if (after == NULL || sscanf(text, "%d (", &pid) != 1)
        return -1;
    /* fields 3 and 4, then 5 to 21, then 22 */
    if (sscanf(after + 1,
               " %c %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %" SCNu64,
               &stat->state, &parent, &stat->start_time) != 3)
        return -1;
    stat->pid = pid;
    stat->parent = parent;
    return 0;
}

int proc_read_stat(pid_t pid, struct proc_stat *stat)
{
    char text[FILE_BYTES];
    return read_proc(pid, "stat", text) > 0 ? proc_parse_stat(text, stat) : -1;
}

void proc_parse_rollup(const char *text, struct proc_rollup *rollup)
{
    rollup->pss_bytes = field(text, "Pss") * 1024;
    rollup->private_dirty_bytes = field(text, "Private_Dirty") * 1024;
}

int proc_read_rollup(pid_t pid, struct proc_rollup *rollup)
{
    char text[FILE_BYTES];
    if (read_proc(pid, "smaps_rollup", text) <= 0)
        return -1;
    proc_parse_rollup(text, rollup);
    return 0;
}

static bool is_number(const char *name)
{
    return *name != '\0' && name[strspn(name, "0123456789")] == '\0';
}

static DIR *open_descriptors(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    return opendir(path); /* stat() alone would say a size even where the entries may not be seen */
}

double proc_count_descriptors(pid_t pid)
{
    DIR *directory = open_descriptors(pid);
    if (directory == NULL)
        return (double)NAN;
    struct stat known;
    double count = 0;
    if (fstat(dirfd(directory), &known) == 0 &&
        known.st_size > 0) { /* since Linux 6.2 the size is the count */
        count = (double)known.st_size;
    } else {
        for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
            count += is_number(entry->d_name);
    }
    closedir(directory);
    return count;
}

/* A link says "socket:[4711]". One that was closed since the listing is none. */
static bool is_socket(DIR *directory, const char *name)
{
    static const char kind[] = "socket:";
    char link[sizeof kind - 1];
    return readlinkat(dirfd(directory), name, link, sizeof link) == sizeof link &&
           memcmp(link, kind, sizeof link) == 0;
}

int proc_read_descriptors(pid_t pid, struct proc_descriptors *descriptors)
{
    DIR *directory = open_descriptors(pid);
    *descriptors = (struct proc_descriptors){0, 0};
    if (directory == NULL)
        return -1;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (!is_number(entry->d_name))
            continue;
        descriptors->count++;
        descriptors->sockets += is_socket(directory, entry->d_name);
    }
    closedir(directory);
    return 0;
}

static void add_process(struct proc_tree *tree, pid_t pid)
{
    struct proc_stat stat;
    if (proc_read_stat(pid, &stat) != 0 || stat.state == 'Z' || stat.state == 'X')
        return;
    tree->processes = xrealloc(tree->processes, (tree->count + 1) * sizeof *tree->processes);
    tree->processes[tree->count++] = stat;
}

/* A child belongs to the thread that forked it. -1 when the kernel has no
 * such file (CONFIG_PROC_CHILDREN). */
static int add_children_of_thread(struct proc_tree *tree, pid_t pid, const char *thread)
{
    char name[64], text[FILE_BYTES];
    snprintf(name, sizeof name, "task/%.20s/children", thread);
    if (read_proc(pid, name, text) < 0)
        return -1;
    char *at = text, *end;
    for (long child; (child = strtol(at, &end, 10)) > 0 && end != at; at = end)
        add_process(tree, (pid_t)child);
    return 0;
}

static int add_children(struct proc_tree *tree, pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *directory = opendir(path);
    if (directory == NULL)
        return 0; /* gone meanwhile */
    int failed = 0, threads = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        if (is_number(entry->d_name) && ++threads > 0 &&
            add_children_of_thread(tree, pid, entry->d_name) != 0)
            failed++;
    closedir(directory);
    return threads > 0 && failed == threads ? -1 : 0; /* one thread may end while we look, not all */
}

static bool contains(const struct proc_tree *tree, pid_t pid)
{
    for (size_t i = 0; i < tree->count; i++)
        if (tree->processes[i].pid == pid)
            return true;
    return false;
}

/* Without the children files: every process of the machine, until a pass finds no new child. */
static void add_by_parent(struct proc_tree *tree)
{
    size_t before;
    do {
        before = tree->count;
        DIR *directory = opendir("/proc");
        struct proc_stat stat;
        for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;)
            if (is_number(entry->d_name) && proc_read_stat((pid_t)atoi(entry->d_name), &stat) == 0 &&
                contains(tree, stat.parent) && !contains(tree, stat.pid))
                add_process(tree, stat.pid);
        if (directory != NULL)
            closedir(directory);
    } while (tree->count > before);
}

void proc_tree_read(struct proc_tree *tree, pid_t root)
{
    tree->count = 0;
    add_process(tree, root);
    for (size_t i = 0; i < tree->count; i++) {
        if (add_children(tree, tree->processes[i].pid) != 0) {
            add_by_parent(tree);
            break;
        }
    }
}

void proc_tree_release(struct proc_tree *tree)
{
    free(tree->processes);
    *tree = (struct proc_tree){NULL, 0};
}
