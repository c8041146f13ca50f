#include "process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The number after `name` at the start of a line; -1 where there is none. */
static long long after(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) == 0)
            return strtoll(line + length, NULL, 10);
    }
    return -1;
}

unsigned long long process_start_time(void)
{
    struct reply stat = REPLY_EMPTY;
    unsigned long long start_time = 0;
    /* the name of the program may hold spaces and parentheses: count from the last one */
    const char *at = reply_read(&stat, "/proc/self/stat") == 0 ? strrchr(stat.bytes, ')') : NULL;
    for (int field = 2; at != NULL && field < 22; field++)
        at = strchr(at + 1, ' ');
    if (at != NULL)
        start_time = strtoull(at, NULL, 10);
    reply_release(&stat);
    return start_time;
}

/* getdents64 itself, since opendir allocates. */
int process_each_number(const char *folder, void (*visit)(int number, void *context), void *context)
{
    _Alignas(struct dirent64) char entries[4096];
    int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return -1;
    long got;
    while ((got = syscall(SYS_getdents64, directory, entries, sizeof entries)) > 0) {
        for (long at = 0; at < got;) {
            struct dirent64 *entry = (struct dirent64 *)(void *)(entries + at);
            if (entry->d_name[0] != '.')
                visit(atoi(entry->d_name), context);
            at += entry->d_reclen;
        }
    }
    close(directory);
    return got < 0 ? -1 : 0;
}

static void count(int number, void *into)
{
    (void)number;
    ++*(long long *)into;
}

/* /proc/self is the process: its main thread's table of descriptors, not the agent's. */
static long long descriptors(void)
{
    long long open_count = 0;
    return process_each_number("/proc/self/fd", count, &open_count) == 0 ? open_count : -1;
}

static void add(struct reply *reply, const char *before, long long value)
{
    if (value < 0)
        reply_addf(reply, "%snull", before);
    else
        reply_addf(reply, "%s%lld", before, value);
}

static long long kibibytes(long long value)
{
    return value < 0 ? -1 : value * 1024;
}

void process_add(struct reply *reply)
{
    struct reply status = REPLY_EMPTY, rollup = REPLY_EMPTY;
    const char *lines = reply_read(&status, "/proc/self/status") == 0 ? status.bytes : "";
    const char *mapped = reply_read(&rollup, "/proc/self/smaps_rollup") == 0 ? rollup.bytes : "";
    long long anonymous = after(lines, "RssAnon:"), swapped = after(lines, "VmSwap:");
    long long threads = after(lines, "Threads:");
    add(reply,
        "{\"rss_anon_bytes\":", kibibytes(anonymous < 0 || swapped < 0 ? anonymous : anonymous + swapped));
    add(reply, ",\"pss_bytes\":", kibibytes(after(mapped, "Pss:")));
    add(reply, ",\"fds\":", descriptors());
    add(reply, ",\"threads\":", threads < 0 ? -1 : threads - 1);
    reply_addf(reply, "}");
    reply_release(&status);
    reply_release(&rollup);
}
