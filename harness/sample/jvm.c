/* A HotSpot JVM tells what is live in it by its class histogram, which it takes after a full collection. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sample/jvm_attach.h"
#include "sample/live.h"

#define HISTOGRAM "GC.class_histogram"

/* The JVMs of the family. */
struct jvms {
    struct proc_stat *items;
    size_t count;
};

static struct jvms jvms_of(const struct watched *watched)
{
    const struct proc_tree *tree = &watched->family->tree;
    struct jvms jvms = {xcalloc(tree->count + 1, sizeof *jvms.items), 0};
    for (size_t i = 0; i < tree->count; i++)
        if (jvm_is(tree->processes[i].pid))
            jvms.items[jvms.count++] = tree->processes[i];
    return jvms;
}

static bool fits(const struct watched *watched)
{
    struct jvms jvms = jvms_of(watched);
    free(jvms.items);
    return jvms.count > 0;
}

struct asking {
    struct live_reading *reading;
    struct loop *loop;
    struct jvms jvms;
    size_t next;
};

/* "Total        123456       7890123": instances, bytes. */
static bool totals(const struct text *histogram, double *objects, double *bytes)
{
    const char *at = text_string(histogram), *total = NULL;
    while ((at = strstr(at, "\nTotal ")) != NULL)
        total = ++at;
    return total != NULL && sscanf(total, "Total %lf %lf", objects, bytes) == 2;
}

static void ask_next(struct asking *asking);

static void on_answer(void *owner, const struct text *answer, const struct err *err)
{
    struct asking *asking = owner;
    if (!live_dropped(asking->reading)) {
        const struct proc_stat *process = &asking->jvms.items[asking->next++];
        double objects, bytes;
        if (answer == NULL)
            live_fail(asking->reading, xstrdup(err->message));
        else if (totals(answer, &objects, &bytes))
            live_count(asking->reading, process->pid, process->start_time, objects, bytes);
        else
            live_fail(asking->reading, xasprintf("the JVM of process %d answered %s without a total",
                                                 (int)process->pid, HISTOGRAM));
    }
    ask_next(asking);
}

static void ask_next(struct asking *asking)
{
    struct live_reading *reading = asking->reading;
    if (!live_dropped(reading) && asking->next < asking->jvms.count) {
        jvm_ask(asking->loop, asking->jvms.items[asking->next].pid, HISTOGRAM, on_answer, asking);
        return;
    }
    free(asking->jvms.items);
    free(asking);
    live_done(reading);
}

static void read_jvms(struct live_reading *reading)
{
    struct asking *asking = xcalloc(1, sizeof *asking);
    *asking = (struct asking){reading, live_loop(reading), jvms_of(live_watched(reading)), 0};
    if (asking->jvms.count == 0)
        live_fail(reading, xstrdup("the JVM is gone"));
    ask_next(asking);
}

/* One histogram, for which the loop is run. */
struct waiting {
    struct loop *loop;
    const struct snapshot_taker *taker;
    pid_t pid;
    bool over, dropped;
    struct err err;
};

static void on_histogram(void *owner, const struct text *answer, const struct err *err)
{
    struct waiting *waiting = owner;
    char name[64];
    if (waiting->dropped) {
        free(waiting);
        return;
    }
    snprintf(name, sizeof name, "%s of process %d", HISTOGRAM, (int)waiting->pid);
    if (answer != NULL)
        waiting->taker->take(waiting->taker->owner, name, answer);
    else
        waiting->err = *err;
    waiting->over = true;
    loop_stop(waiting->loop);
}

static int take_one(pid_t pid, struct loop *loop, const struct snapshot_taker *taker, struct err *err)
{
    struct waiting *waiting = xcalloc(1, sizeof *waiting);
    *waiting = (struct waiting){.loop = loop, .taker = taker, .pid = pid};
    jvm_ask(loop, pid, HISTOGRAM, on_histogram, waiting);
    while (!waiting->over && loop_run(loop) == 0)
        ;
    if (!waiting->over) { /* a signal came; the answer will find nobody */
        waiting->dropped = true;
        return err_set(err, ERR_USAGE, "interrupted");
    }
    int failed = waiting->err.code != ERR_NONE ? -1 : 0;
    if (failed && err != NULL)
        *err = waiting->err;
    free(waiting);
    return failed;
}

static int snapshot(const struct watched *watched, struct loop *loop, enum snapshot_step step,
                    const struct snapshot_taker *taker, struct err *err)
{
    struct jvms jvms = jvms_of(watched);
    int failed = 0;
    for (size_t i = 0; step == SNAPSHOT_TAKE && !failed && i < jvms.count; i++)
        failed = take_one(jvms.items[i].pid, loop, taker, err);
    free(jvms.items);
    return failed;
}

const struct live_kind live_jvm = {.name = "JVM", .fits = fits, .read = read_jvms, .snapshot = snapshot};
