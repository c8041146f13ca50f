/* The signals of /proc: what the target's processes hold, as the kernel counts it. Where they cannot be read here (in a
 * container beside ours, say), their agents read /proc/self and tell. */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "sample/agent_list.h"
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

#define TOLD_LIMIT_NS (30 * CLOCK_NS_PER_S)

struct processes {
    struct loop *loop;
    struct family *family; /* the watch's; NULL before the first start */
    const char *agents;    /* directory of their sockets; NULL: there are none */
    bool told;             /* since the last start */
    struct pool rss;
};

static int open_processes(struct source *source, const struct service *service, struct err *err)
{
    (void)service, (void)err;
    struct processes *self = xcalloc(1, sizeof *self);
    pool_reset(&self->rss);
    self->loop = source->loop;
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
    self->agents = watched->agents;
    self->told = false;
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

static void complain(const struct processes *self, struct source_reading *reading)
{
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        if (isnan(reading->values[i]) && (reading->quiet || (i != PSS && i != SOCKETS)))
            source_complain(reading, i, why_not(self));
}

struct telling {
    struct processes *self; /* gone once the reading is dropped */
    struct source_reading *reading;
    double sums[SIGNAL_COUNT]; /* NaN: some process does not tell that */
};

static bool nobody_waits(void *owner)
{
    return ((struct telling *)owner)->reading->dropped;
}

/* A process that tells nothing makes NaN of all. */
static void take_told(void *owner, const struct agent *agent, struct fetch_answer *answer)
{
    static const struct {
        const char *key;
        size_t signal;
    } figures[] = {{"rss_anon_bytes", RSS}, {"pss_bytes", PSS}, {"fds", FDS}, {"threads", THREADS}};
    struct telling *telling = owner;
    struct err err = {0};
    json_t *document = NULL;
    if (answer->status == 200)
        document = json_read(text_string(&answer->body), answer->body.length, agent->name, &err);
    const json_t *process = json_object_get(document, "process");
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        telling->sums[figures[i].signal] += json_number(process, figures[i].key, NAN);
    pool_add(&telling->self->rss, agent->pid, agent->start_time, json_number(process, figures[0].key, NAN));
    json_decref(document);
}

static void keep_told(struct telling *telling, bool any)
{
    struct processes *self = telling->self;
    double *values = telling->reading->values;
    static const size_t summed[] = {PSS, FDS, THREADS};
    self->told = true;
    if (!any || isnan(telling->sums[RSS]))
        pool_give_up(&self->rss);
    else
        values[RSS] = pool_level(&self->rss);
    for (size_t i = 0; any && i < sizeof summed / sizeof *summed; i++)
        values[summed[i]] = telling->sums[summed[i]];
    complain(self, telling->reading);
}

static void finish_told(void *owner, size_t found, size_t asked)
{
    struct telling *telling = owner;
    struct source_reading *reading = telling->reading;
    (void)found;
    if (!reading->dropped)
        keep_told(telling, asked > 0);
    free(telling);
    source_done(reading);
}

static void ask_agents(struct processes *self, struct source_reading *reading)
{
    struct telling *telling = xcalloc(1, sizeof *telling);
    *telling = (struct telling){.self = self, .reading = reading};
    const struct agents_question question = {"/read",   TOLD_LIMIT_NS, nobody_waits,
                                             take_told, finish_told,   telling};
    agents_ask(self->loop, self->agents, !self->told, &question);
}

static void start_read(struct source *source, struct source_reading *reading)
{
    struct processes *self = source->self;
    if (self->family != NULL && self->family->root < 0 && self->agents != NULL) {
        ask_agents(self, reading);
        return;
    }
    read_cheap(source, reading->values);
    if (self->family != NULL) {
        reading->values[RSS] = pooled_rss(self);
        if (reading->quiet)
            reading->values[PSS] = family_pss_bytes(self->family);
        read_descriptors(self, reading->quiet, reading->values);
    }
    complain(self, reading);
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
