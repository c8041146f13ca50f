#include "sample/live.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "sample/patience.h"
#include "sample/pool.h"

enum { OBJECTS, BYTES, SIGNAL_COUNT };

static const struct watch_signal live_signals[SIGNAL_COUNT] = {
    [OBJECTS] = {.name = "live_objects", .unit = UNIT_OBJECTS, .collects = true, .pooled = true},
    [BYTES] = {.name = "live_bytes", .unit = UNIT_BYTES, .collects = true, .pooled = true},
};

static const struct live_kind *const kinds[] = {&live_jvm, &live_go, &live_agents};
#define KINDS (sizeof kinds / sizeof *kinds)

struct live {
    struct loop *loop;
    struct watched watched;
    enum agent_kind asked; /* `agent` of the service */
    struct watch_signal signals[SIGNAL_COUNT];
    const struct live_kind *kind; /* who tells; NULL: not known yet */
    struct pool pools[SIGNAL_COUNT];
    bool read; /* since the last start */
    struct patience patience;
    size_t processes; /* that told in the last reading */
    char by[32];      /* who it was, "python agent"; "": the kind's name says it */
    char about[64];
};

struct live_reading {
    struct live *live; /* gone once the reading is dropped */
    struct source_reading *reading;
    size_t processes;
    char *why;                 /* it failed */
    int64_t began_ns, most_ns; /* most_ns 0: no matter of patience */
};

static int open_live(struct source *source, const struct service *service, struct err *err)
{
    (void)err;
    struct live *live = xcalloc(1, sizeof *live);
    live->loop = source->loop;
    live->asked = service->agent;
    memcpy(live->signals, live_signals, sizeof live_signals);
    live->signals[BYTES].promised = service->agent != AGENT_AUTO; /* not every runtime counts objects */
    source->self = live;
    source->signals = live->signals;
    bool none =
        service->agent == AGENT_NONE || (service->agent == AGENT_AUTO && service_offers_live(service));
    source->count = none ? 0 : SIGNAL_COUNT;
    return 0;
}

static void release_live(struct source *source)
{
    struct live *live = source->self;
    for (size_t i = 0; live != NULL && i < SIGNAL_COUNT; i++)
        pool_release(&live->pools[i]);
    free(live);
}

static void attach_live(struct source *source, const struct watched *watched)
{
    struct live *live = source->self;
    live->watched = *watched;
    live->kind = NULL;
    live->processes = 0;
    live->by[0] = '\0';
    live->read = false;
    live->patience = (struct patience){0};
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        pool_reset(&live->pools[i]);
}

/* One that is named is the only one: an injected agent, or that runtime. */
static bool is_wanted(const struct live_kind *kind, enum agent_kind asked)
{
    bool runtime = asked == AGENT_JVM || asked == AGENT_GO;
    return asked == AGENT_AUTO || kind->asked == (runtime ? asked : AGENT_AUTO);
}

/* Runtimes come first: a wrapper is given agents that a JVM behind it does not load. */
static const struct live_kind *kind_of(struct live *live)
{
    for (size_t i = 0; live->kind == NULL && live->watched.origin != NULL && i < KINDS; i++)
        if (is_wanted(kinds[i], live->asked) && kinds[i]->fits(&live->watched))
            live->kind = kinds[i];
    return live->kind;
}

const struct watched *live_watched(const struct live_reading *reading)
{
    return &reading->live->watched;
}

struct loop *live_loop(const struct live_reading *reading)
{
    return reading->live->loop;
}

bool live_dropped(const struct live_reading *reading)
{
    return reading->reading->dropped;
}

bool live_is_first(const struct live_reading *reading)
{
    return !reading->live->read;
}

int64_t live_patience_ns(struct live_reading *reading, int64_t most_ns)
{
    reading->began_ns = clock_now_ns();
    reading->most_ns = most_ns;
    return patience_ns(&reading->live->patience, most_ns);
}

void live_by(struct live_reading *reading, const char *who)
{
    snprintf(reading->live->by, sizeof reading->live->by, "%s", who);
}

void live_count(struct live_reading *reading, pid_t pid, uint64_t start_time, double objects, double bytes)
{
    struct live *live = reading->live;
    reading->processes++;
    if (!isnan(objects))
        pool_add(&live->pools[OBJECTS], pid, start_time, objects);
    if (!isnan(bytes))
        pool_add(&live->pools[BYTES], pid, start_time, bytes);
}

void live_fail(struct live_reading *reading, char *why_take)
{
    free(reading->why);
    reading->why = why_take;
}

/* A process that told before, is still there, and does not tell now: what it gains would be missed. */
static pid_t fallen_silent(const struct live *live)
{
    const struct proc_tree *tree = &live->watched.family->tree;
    for (size_t i = 0; i < tree->count; i++)
        for (size_t j = 0; j < SIGNAL_COUNT; j++)
            if (pool_lost(&live->pools[j], tree->processes[i].pid, tree->processes[i].start_time))
                return tree->processes[i].pid;
    return 0;
}

/* One process that does not tell makes the sum of all a lie: then there is no value at all. */
static void conclude(struct live_reading *reading)
{
    struct live *live = reading->live;
    pid_t silent = reading->why == NULL ? fallen_silent(live) : 0;
    if (silent != 0)
        live_fail(reading,
                  xasprintf("process %d told what is live in it before, and does not any more", (int)silent));
    live->processes = reading->processes;
    live->read = true;
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        double *value = &reading->reading->values[i];
        if (reading->why == NULL)
            *value = pool_level(&live->pools[i]);
        else
            pool_give_up(&live->pools[i]);
        if (reading->why != NULL)
            source_complain(reading->reading, i, xstrdup(reading->why));
        else if (isnan(*value))
            source_complain(reading->reading, i, xstrdup("not counted by this runtime"));
    }
}

void live_done(struct live_reading *reading)
{
    struct source_reading *of_source = reading->reading;
    if (!of_source->dropped && reading->most_ns > 0)
        patience_learn(&reading->live->patience, reading->most_ns, clock_now_ns() - reading->began_ns,
                       reading->why == NULL);
    if (!of_source->dropped)
        conclude(reading);
    free(reading->why);
    free(reading);
    source_done(of_source);
}

static void start_read(struct source *source, struct source_reading *of_source)
{
    struct live *live = source->self;
    struct live_reading *reading = xcalloc(1, sizeof *reading);
    *reading = (struct live_reading){.live = live, .reading = of_source};
    if (kind_of(live) != NULL) {
        live->kind->read(reading);
        return;
    }
    live_fail(reading,
              xstrdup("nobody counts it: no agent was injected, and no runtime that tells by itself"));
    live_done(reading);
}

static int snapshot(const struct source *source, enum snapshot_step step, const struct snapshot_taker *taker,
                    struct err *err)
{
    struct live *live = source->self;
    if (kind_of(live) == NULL || live->kind->snapshot == NULL)
        return err_set(err, ERR_USAGE, "nobody tells allocation sites: neither the service nor an agent");
    return live->kind->snapshot(&live->watched, live->loop, step, taker, err);
}

static void each_process(const struct source *source, const struct process_teller *teller)
{
    const struct live *live = source->self;
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        for (size_t j = 0; j < live->pools[i].before_count; j++)
            teller->tell(teller->owner, i, live->pools[i].before[j].pid, live->pools[i].before[j].value);
}

static const char *about(const struct source *source)
{
    struct live *live = source->self;
    if (live->kind == NULL || live->processes == 0)
        return NULL;
    snprintf(live->about, sizeof live->about, "%s, %zu process%s",
             live->by[0] != '\0' ? live->by : live->kind->name, live->processes,
             live->processes == 1 ? "" : "es");
    return live->about;
}

const struct source_kind source_live = {
    .name = "live",
    .open = open_live,
    .release = release_live,
    .attach = attach_live,
    .start_read = start_read,
    .snapshot = snapshot,
    .each_process = each_process,
    .about = about,
};
