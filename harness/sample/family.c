#include "sample/family.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static void refresh(struct family *family)
{
    family->tree.count = 0;
    if (family->root > 0)
        proc_tree_read(&family->tree, family->root);
}

static bool same(const struct proc_stat *a, const struct proc_stat *b)
{
    return a->pid == b->pid && a->start_time == b->start_time;
}

static const struct member *find(const struct member *members, size_t count, const struct proc_stat *process)
{
    for (size_t i = 0; i < count; i++)
        if (same(&members[i].process, process))
            return &members[i];
    return NULL;
}

static bool alive(const struct family *family, const struct proc_stat *process)
{
    for (size_t i = 0; i < family->tree.count; i++)
        if (same(&family->tree.processes[i], process))
            return true;
    return false;
}

/* proc(5), /proc/PID/comm: at most 15 bytes and a newline; "" when it is gone. */
static void read_name(pid_t pid, char name[32])
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
    FILE *file = fopen(path, "re");
    name[0] = '\0';
    if (file == NULL)
        return;
    if (fgets(name, 32, file) == NULL)
        name[0] = '\0';
    fclose(file);
}

static bool is_like_parent(const struct proc_stat *process)
{
    char name[32], parent[32];
    read_name(process->pid, name);
    read_name(process->parent, parent);
    return strcmp(name, parent) == 0;
}

/* Who is there now; settled are those that were known before. */
static void remember(struct family *family, bool all_settled)
{
    struct member *now = xcalloc(family->tree.count + 1, sizeof *now);
    for (size_t i = 0; i < family->tree.count; i++) {
        now[i].process = family->tree.processes[i];
        now[i].worker = i > 0 && is_like_parent(&now[i].process);
        now[i].settled = all_settled || find(family->members, family->count, &now[i].process) != NULL;
    }
    free(family->members);
    family->members = now;
    family->count = family->tree.count;
}

void family_attach(struct family *family, pid_t root)
{
    family->root = root;
    family->peak_bytes = family->resident_bytes = (double)NAN;
    family->short_lived = 0;
    refresh(family);
    remember(family, true);
}

void family_release(struct family *family)
{
    status_files_release(&family->files);
    proc_tree_release(&family->tree);
    free(family->members);
    memset(family, 0, sizeof *family);
}

struct family_sums family_read(struct family *family)
{
    struct family_sums sums = {(double)NAN, (double)NAN};
    double peak = (double)NAN, resident = (double)NAN;
    refresh(family);
    status_files_follow(&family->files, &family->tree);
    for (size_t i = 0; i < family->tree.count; i++) {
        struct proc_status status;
        if (status_files_read(&family->files, i, &status) != 0 || isnan(status.anon_bytes))
            continue; /* it ended since the tree was read */
        sums.anon_bytes = status.anon_bytes + (isnan(sums.anon_bytes) ? 0 : sums.anon_bytes);
        sums.threads = status.threads + (isnan(sums.threads) ? 0 : sums.threads);
        peak = status.peak_bytes + (isnan(peak) ? 0 : peak);
        resident = status.resident_bytes + (isnan(resident) ? 0 : resident);
    }
    family->resident_bytes = resident;
    family->peak_bytes = fmax(family->peak_bytes, peak); /* takes the number where one is NaN */
    return sums;
}

static double sum(const struct family *family, double (*read)(pid_t pid))
{
    double total = family->tree.count > 0 ? 0 : (double)NAN;
    for (size_t i = 0; i < family->tree.count; i++)
        total += read(family->tree.processes[i].pid);
    return total;
}

static double read_pss(pid_t pid)
{
    struct proc_rollup rollup;
    return proc_read_rollup(pid, &rollup) == 0 ? rollup.pss_bytes : (double)NAN;
}

double family_pss_bytes(const struct family *family)
{
    return sum(family, read_pss);
}

double family_descriptors(const struct family *family)
{
    return sum(family, proc_count_descriptors);
}

struct proc_descriptors family_descriptor_kinds(const struct family *family)
{
    struct proc_descriptors total = {(double)NAN, (double)NAN};
    for (size_t i = 0; i < family->tree.count; i++) {
        struct proc_descriptors one;
        if (proc_read_descriptors(family->tree.processes[i].pid, &one) != 0)
            return (struct proc_descriptors){(double)NAN, (double)NAN};
        total.count = one.count + (i > 0 ? total.count : 0);
        total.sockets = one.sockets + (i > 0 ? total.sockets : 0);
    }
    return total;
}

bool family_lost_one(struct family *family)
{
    bool lost = false, passed = false;
    refresh(family);
    for (size_t i = 0; i < family->count; i++) {
        const struct member *member = &family->members[i];
        if (alive(family, &member->process))
            continue;
        lost = lost || member->settled;
        passed = passed || (member->worker && !member->settled);
    }
    family->short_lived += passed;
    remember(family, false);
    return lost;
}

size_t family_workers(const struct family *family)
{
    const struct proc_tree *tree = &family->tree;
    size_t most = 0;
    for (size_t i = 1; i < tree->count; i++) {
        char name[32], other[32];
        size_t alike = 0;
        read_name(tree->processes[i].pid, name);
        for (size_t j = 1; j < tree->count; j++) {
            read_name(tree->processes[j].pid, other);
            alike += tree->processes[j].parent == tree->processes[i].parent && strcmp(name, other) == 0;
        }
        most = alike > most ? alike : most;
    }
    return most >= 2 ? most : 0;
}
