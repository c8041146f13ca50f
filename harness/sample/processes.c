/* The signals of /proc: what the target's processes hold, as the kernel counts it. */
#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "sample/pool.h"
#include "sample/source.h"

/* A pass through the descriptors takes some 1 us each: more of them while traffic flows would hold it up. */
#define BUSY_DESCRIPTORS_MOST 1000

enum { RSS, PSS, FDS, SOCKETS, THREADS, SIGNAL_COUNT };

static const struct watch_signal process_signals[SIGNAL_COUNT] = {
    [RSS] = {.name = "rss", .unit = UNIT_BYTES, .cheap = true, .pooled = true},
    [PSS] = {.name = "pss", .unit = UNIT_BYTES},
    [FDS] = {.name = "fds", .unit = UNIT_OTHER, .cheap = true},
    [SOCKETS] = {.name = "sockets", .unit = UNIT_OTHER},
    [THREADS] = {.name = "threads", .unit = UNIT_OTHER, .cheap = true},
};

struct processes {
    struct family *family; /* the watch's; NULL before the first start */
    struct pool rss;
};

static int open_processes(struct source *source, const struct service *service, struct err *err)
{
    (void)service, (void)err;
    struct processes *self = xcalloc(1, sizeof *self);
    pool_reset(&self->rss);
    source->self = self;
    source->signals = process_signals;
    source->count = SIGNAL_COUNT;
    return 0;
}

static void release_processes(struct source *source)
{
    struct processes *self = source->self;
    if (self != NULL)
        pool_release(&self->rss);
    free(self);
}

static void attach_processes(struct source *source, const struct watched *watched)
{
    struct processes *self = source->self;
    self->family = watched->family;
    pool_reset(&self->rss);
}

static void read_cheap(struct source *source, double *values)
{
    struct processes *self = source->self;
    if (self->family == NULL)
        return;
    struct family_sums sums = family_read(self->family);
    values[RSS] = sums.anon_bytes;
    values[THREADS] = sums.threads;
    values[FDS] = family_descriptors(self->family);
}

/* Between processes that come and go, what those gained that stayed. */
static double pooled_rss(struct processes *self)
{
    for (size_t i = 0; i < self->family->tree.count; i++) {
        const struct proc_stat *process = &self->family->tree.processes[i];
        struct proc_status status;
        if (proc_read_status(process->pid, &status) == 0 && !isnan(status.anon_bytes))
            pool_add(&self->rss, process->pid, process->start_time, status.anon_bytes);
    }
    return pool_level(&self->rss);
}

static void read_descriptors(struct processes *self, bool quiet, double *values)
{
    if (!quiet && !(values[FDS] <= BUSY_DESCRIPTORS_MOST))
        return;
    struct proc_descriptors found = family_descriptor_kinds(self->family);
    values[FDS] = found.count;
    values[SOCKETS] = found.sockets;
}

static char *why_not(const struct processes *self)
{
    if (self->family == NULL)
        return xstrdup("no target is attached");
    if (self->family->root < 0)
        return xstrdup("no process of the target can be read here");
    if (self->family->tree.count == 0)
        return xasprintf("process %d is gone", (int)self->family->root);
    return xasprintf("not readable for process %d (another user's?)", (int)self->family->root);
}

static void start_read(struct source *source, struct source_reading *reading)
{
    struct processes *self = source->self;
    read_cheap(source, reading->values);
    if (self->family != NULL) {
        reading->values[RSS] = pooled_rss(self);
        if (reading->quiet)
            reading->values[PSS] = family_pss_bytes(self->family);
        read_descriptors(self, reading->quiet, reading->values);
    }
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        if (isnan(reading->values[i]) && (reading->quiet || (i != PSS && i != SOCKETS)))
            source_complain(reading, i, why_not(self));
    source_done(reading);
}

static void each_process(const struct source *source, const struct process_teller *teller)
{
    const struct processes *self = source->self;
    for (size_t i = 0; i < self->rss.before_count; i++)
        teller->tell(teller->owner, RSS, self->rss.before[i].pid, self->rss.before[i].value);
}

const struct source_kind source_processes = {
    .name = "processes",
    .open = open_processes,
    .release = release_processes,
    .attach = attach_processes,
    .read_cheap = read_cheap,
    .start_read = start_read,
    .each_process = each_process,
};
