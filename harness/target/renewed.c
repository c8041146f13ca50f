#include "target/renewed.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

#define BEFORE_START 19 /* fields between the name's end and when it started */
#define CHILDREN_MOST (64u << 10)

/* The name before it may hold anything: counted from its last parenthesis. */
static bool started_at(pid_t pid, unsigned long long *ticks)
{
    struct text stat = TEXT_EMPTY;
    struct err err = {0};
    char *path = xasprintf("/proc/%d/stat", (int)pid);
    const char *at = text_read_file(&stat, path, 4096, &err) == 0 ? strrchr(text_string(&stat), ')') : NULL;
    for (int field = 0; at != NULL && field <= BEFORE_START; field++)
        at = strchr(at + 1, ' ');
    bool there = at != NULL && sscanf(at, "%llu", ticks) == 1;
    text_release(&stat);
    free(path);
    return there;
}

static bool add_process(struct text *out, pid_t pid)
{
    unsigned long long ticks;
    if (!started_at(pid, &ticks))
        return false;
    text_addf(out, "%s%d:%llu", out->length > 0 ? " " : "", (int)pid, ticks);
    return true;
}

static void add_children(struct text *out, pid_t pid)
{
    struct text children = TEXT_EMPTY;
    struct err err = {0};
    char *path = xasprintf("/proc/%d/task/%d/children", (int)pid, (int)pid), *end;
    if (text_read_file(&children, path, CHILDREN_MOST, &err) == 0)
        for (const char *at = text_string(&children); strtol(at, &end, 10) > 0; at = end)
            add_process(out, (pid_t)strtol(at, NULL, 10));
    text_release(&children);
    free(path);
}

char *renewed_identity(pid_t pid)
{
    struct text identity = TEXT_EMPTY;
    char *words = NULL;
    if (pid > 0 && add_process(&identity, pid)) {
        add_children(&identity, pid);
        words = xstrdup(text_string(&identity));
    }
    text_release(&identity);
    return words;
}
