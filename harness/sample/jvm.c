/* JVMs, each asked for its class histogram (sample/jvm_attach.h): it forces a full collection, and its total is what
 * lives on the heap, to the byte. Source: OpenJDK src/hotspot/share/services/diagnosticCommand.cpp
 * ClassHistogramDCmd. */
#include "sample/jvm.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sample/jvm_attach.h"
#include "sample/live.h"

#define HISTOGRAM "GC.class_histogram"

struct jvms {
    struct proc_stat *items;
    size_t count;
};

static bool list_jvms(const struct watched *watched, struct jvms *jvms)
{
    const struct proc_tree *tree = &watched->family->tree;
    *jvms = (struct jvms){xcalloc(tree->count + 1, sizeof *jvms->items), 0};
    for (size_t i = 0; i < tree->count; i++)
        if (jvm_is_there(tree->processes[i].pid))
            jvms->items[jvms->count++] = tree->processes[i];
    return jvms->count > 0;
}

static bool fits(const struct watched *watched)
{
    struct jvms jvms;
    bool any = list_jvms(watched, &jvms);
    free(jvms.items);
    return any;
}

int jvm_parse_total(const char *histogram, double *objects, double *bytes)
{
    const char *line = strstr(histogram, "\nTotal ");
    return line != NULL && sscanf(line + 1, "Total %lf %lf", objects, bytes) == 2 ? 0 : -1;
}

struct asking {
    struct live_reading *reading;
    struct jvms jvms;
    size_t next;
};

static void ask_next(struct asking *asking);

static void on_histogram(void *owner, struct text *body, char *why_take)
{
    struct asking *asking = owner;
    const struct proc_stat *process = &asking->jvms.items[asking->next++];
    double objects, bytes;
    if (!live_dropped(asking->reading) && why_take != NULL)
        live_fail(asking->reading, xasprintf("the JVM of process %d: %s", (int)process->pid, why_take));
    else if (!live_dropped(asking->reading) && jvm_parse_total(text_string(body), &objects, &bytes) != 0)
        live_fail(asking->reading,
                  xasprintf("the JVM of process %d: half a class histogram", (int)process->pid));
    else if (!live_dropped(asking->reading))
        live_count(asking->reading, process->pid, process->start_time, objects, bytes);
    free(why_take);
    ask_next(asking);
}

static void ask_next(struct asking *asking)
{
    struct live_reading *reading = asking->reading;
    if (!live_dropped(reading) && asking->next < asking->jvms.count) {
        jvm_call_start(live_loop(reading), &asking->jvms.items[asking->next], HISTOGRAM, on_histogram,
                       asking);
        return;
    }
    free(asking->jvms.items);
    free(asking);
    live_done(reading);
}

static void read_jvms(struct live_reading *reading)
{
    struct asking *asking = xcalloc(1, sizeof *asking);
    asking->reading = reading;
    if (!list_jvms(live_watched(reading), &asking->jvms))
        live_fail(reading, xstrdup("the JVM ended"));
    ask_next(asking);
}

/* A call that is waited for. */
struct waiting {
    struct loop *loop;
    struct text body;
    char *why;
    bool over;
};

static void hand_over(void *owner, struct text *body, char *why_take)
{
    struct waiting *waiting = owner;
    waiting->body = *body;
    *body = TEXT_EMPTY;
    waiting->why = why_take;
    waiting->over = true;
    loop_stop(waiting->loop);
}

static int snapshot_of(const struct proc_stat *process, struct loop *loop, const struct snapshot_taker *taker,
                       struct err *err)
{
    struct waiting waiting = {.loop = loop};
    char name[64];
    int signal = 0;
    snprintf(name, sizeof name, "JVM of process %d", (int)process->pid);
    struct jvm_call *call = jvm_call_start(loop, process, HISTOGRAM, hand_over, &waiting);
    while (!waiting.over && signal == 0)
        signal = loop_run(loop);
    if (!waiting.over) {
        jvm_call_cancel(call);
        return err_set(err, ERR_USAGE, "%s: interrupted (%s)", name, strsignal(signal));
    }
    int failed = waiting.why != NULL ? err_set(err, ERR_USAGE, "%s: %s", name, waiting.why) : 0;
    if (!failed)
        taker->take(taker->owner, name, &waiting.body);
    text_release(&waiting.body);
    free(waiting.why);
    return failed;
}

static int snapshot(const struct watched *watched, struct loop *loop, enum snapshot_step step,
                    const struct snapshot_taker *taker, struct err *err)
{
    struct jvms jvms;
    int failed = 0;
    if (step != SNAPSHOT_TAKE)
        return 0;
    if (!list_jvms(watched, &jvms))
        failed = err_set(err, ERR_USAGE, "the JVM ended");
    for (size_t i = 0; !failed && i < jvms.count; i++)
        failed = snapshot_of(&jvms.items[i], loop, taker, err);
    free(jvms.items);
    return failed;
}

const struct live_kind live_jvm = {
    .name = "JVM", .asked = AGENT_JVM, .fits = fits, .read = read_jvms, .snapshot = snapshot};
