#include "sample/memory_limits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sample/cgroup.h"
#include "sample/proc.h"

#define FILE_MOST ((size_t)1 << 20)
#define NONE_V1 0x1p62 /* v1 says "no limit" as the largest multiple of a page */
#define KIB 1024.0

/* False where it cannot be read. */
static bool read_file(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool read_file(struct text *text, const char *format, ...)
{
    char path[CGROUP_PATH + 64];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(path, sizeof path, format, arguments);
    va_end(arguments);
    text_clear(text);
    return text_read_file(text, path, FILE_MOST, NULL) == 0;
}

static double nearness(const struct memory_limit *limit)
{
    return isnan(limit->used_bytes) ? 1 : limit->used_bytes / limit->limit_bytes;
}

/* Room for one more; of a list that is full the one that is furthest from its limit goes. */
static struct memory_limit *room_for(struct memory_limits *limits)
{
    if (limits->count < MEMORY_LIMITS_MOST)
        return &limits->items[limits->count++];
    struct memory_limit *furthest = &limits->items[0];
    for (size_t i = 1; i < limits->count; i++)
        if (nearness(&limits->items[i]) < nearness(furthest))
            furthest = &limits->items[i];
    return furthest;
}

static void add(struct memory_limits *limits, double limit, double used, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static void add(struct memory_limits *limits, double limit, double used, const char *format, ...)
{
    if (!(limit > 0) || !isfinite(limit))
        return;
    struct memory_limit *item = room_for(limits);
    *item = (struct memory_limit){.limit_bytes = limit, .used_bytes = used};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(item->what, sizeof item->what, format, arguments);
    va_end(arguments);
}

/* memory.max says "max" where there is none; so it does of what cannot be read. */
static double read_group_limit(const char *directory, const char *name)
{
    struct text text = TEXT_EMPTY;
    char *end;
    double value = (double)INFINITY;
    if (read_file(&text, "%s/%s", directory, name)) {
        value = strtod(text_string(&text), &end);
        if (end == text_string(&text) || value >= NONE_V1)
            value = (double)INFINITY;
    }
    text_release(&text);
    return value;
}

static double read_group_anon(const char *directory)
{
    struct text text = TEXT_EMPTY;
    double anon =
        read_file(&text, "%s/memory.stat", directory) ? cgroup_parse_anon(text_string(&text)) : (double)NAN;
    text_release(&text);
    return anon;
}

static void add_group(struct memory_limits *limits, bool v1, const char *directory)
{
    static const char *const names[2][2] = {{"memory.max", "memory.high"}, {"memory.limit_in_bytes", NULL}};
    for (size_t i = 0; i < 2 && names[v1][i] != NULL; i++)
        add(limits, read_group_limit(directory, names[v1][i]), read_group_anon(directory),
            "%s of its control group", names[v1][i]);
}

/* A group's memory counts in those above it as well, as far up as they are mounted here. */
static void add_groups(struct memory_limits *limits, pid_t pid)
{
    struct cgroup_place place;
    struct cgroup_mount mount;
    struct text text = TEXT_EMPTY;
    char directory[CGROUP_PATH], *slash;
    if (read_file(&text, "/proc/%d/cgroup", (int)pid) && cgroup_parse_place(text_string(&text), &place) &&
        read_file(&text, "/proc/self/mountinfo") &&
        cgroup_parse_mount(text_string(&text), place.v1, &mount) &&
        cgroup_directory(&mount, place.path, directory)) {
        add_group(limits, place.v1, directory);
        while (strlen(directory) > strlen(mount.point) && (slash = strrchr(directory, '/')) != NULL) {
            *slash = '\0';
            add_group(limits, place.v1, directory);
        }
    }
    text_release(&text);
}

double memory_limits_parse_rlimit(const char *text, const char *name)
{
    const char *line = strstr(text, name);
    double value;
    if (line == NULL || sscanf(line + strlen(name), "%lf", &value) != 1)
        return (double)INFINITY; /* "unlimited" */
    return value;
}

/* "512m" with the units of java(1); bytes without. */
static double java_bytes(const char *text)
{
    char *end;
    double value = strtod(text, &end);
    static const char units[] = "kmgt";
    for (size_t i = 0; i < sizeof units - 1; i++)
        if ((*end | 0x20) == units[i])
            value *= pow(KIB, (double)(i + 1));
    return end > text ? value : (double)NAN;
}

/* Options stand alone, or several in a variable: JAVA_TOOL_OPTIONS=-Xms1g -Xmx1g. */
static double heap_in(const char *word)
{
    double found = (double)NAN;
    const char *at;
    for (const char *from = word; (at = strstr(from, "-Xmx")) != NULL; from = at + 4)
        found = java_bytes(at + 4);
    static const char *const node[] = {"--max-old-space-size=", "--max_old_space_size="};
    for (size_t i = 0; i < sizeof node / sizeof *node; i++)
        if ((at = strstr(word, node[i])) != NULL)
            found = strtod(at + strlen(node[i]), NULL) * KIB * KIB;
    return found;
}

double memory_limits_parse_heap(const char *words, size_t length)
{
    double found = (double)NAN;
    for (size_t at = 0; at < length; at += strnlen(words + at, length - at) + 1) {
        double here = heap_in(words + at);
        if (isfinite(here) && here > 0) /* a runtime takes no other for a size */
            found = here;
    }
    return found;
}

/* "node" or "java", as the kernel names it: others may have such words among theirs and not heed them. */
static bool is_runtime(pid_t pid)
{
    struct text text = TEXT_EMPTY;
    bool is = read_file(&text, "/proc/%d/comm", (int)pid) &&
              (strcmp(text_string(&text), "java\n") == 0 || strcmp(text_string(&text), "node\n") == 0);
    text_release(&text);
    return is;
}

static void add_heap(struct memory_limits *limits, pid_t pid)
{
    static const char *const files[] = {"environ", "cmdline"}; /* the command line has the last word */
    struct text text = TEXT_EMPTY;
    double heap = (double)NAN;
    for (size_t i = 0; is_runtime(pid) && i < 2; i++)
        if (read_file(&text, "/proc/%d/%s", (int)pid, files[i])) {
            double here = memory_limits_parse_heap(text_string(&text), text.length);
            heap = isnan(here) ? heap : here;
        }
    text_release(&text);
    add(limits, heap, (double)NAN, "the heap that process %d may have", (int)pid);
}

static void add_process(struct memory_limits *limits, pid_t pid)
{
    static const struct {
        const char *row, *option;
    } kinds[] = {{"Max address space", "-v"}, {"Max data size", "-d"}};
    struct text text = TEXT_EMPTY;
    struct proc_sizes sizes;
    if (proc_read_sizes(pid, &sizes) == 0 && read_file(&text, "/proc/%d/limits", (int)pid))
        for (size_t i = 0; i < 2; i++)
            add(limits, memory_limits_parse_rlimit(text_string(&text), kinds[i].row),
                i == 0 ? sizes.address_space_bytes : sizes.data_bytes, "`ulimit %s` of process %d",
                kinds[i].option, (int)pid);
    if (!isnan(sizes.swapped_bytes))
        limits->swapped_bytes += sizes.swapped_bytes;
    text_release(&text);
    add_heap(limits, pid);
}

void memory_limits_read(struct memory_limits *limits, pid_t root)
{
    struct proc_tree tree = {0};
    *limits = (struct memory_limits){.count = 0};
    if (root <= 0)
        return;
    proc_tree_read(&tree, root);
    add_groups(limits, root);
    for (size_t i = 0; i < tree.count; i++)
        add_process(limits, tree.processes[i].pid);
    proc_tree_release(&tree);
}
