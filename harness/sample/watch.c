#include "sample/watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

#define SLOW_NS (15 * CLOCK_NS_PER_S) /* who took so long to say nothing would take as long again */

static const struct source_kind *const kinds[] = {&source_processes, &source_cgroup, &source_docker,
                                                  &source_live, &source_offered};
#define KINDS (sizeof kinds / sizeof *kinds)

/* A reading of all sources, one after the other. It lives on its own: the watch may be freed before the last
 * answer comes. */
struct reading {
    struct source_reading of_source; /* first, so that a source's reading is its whole */
    struct watch *watch;             /* NULL once it is dropped */
    size_t source;                   /* that is asked now */
    bool asked, answered;            /* so that a source may be done at once, or later */
    double *values;                  /* of all */
    char **complaints;
    size_t count;
    void (*done)(void *owner, const double *values); /* NULL: watch_read() waits */
    void *owner;
};

struct watch {
    struct loop *loop;
    struct source sources[KINDS];
    size_t first[KINDS + 1]; /* the number of each source's first signal; then the count of all */
    char **complaints;       /* of the last reading, one per signal; NULL: it was read */
    double *read;            /* where watch_read() wants the values; NULL: nobody waits */
    struct family family;
    struct reading *reading; /* NULL: none under way */
};

void source_complain(struct source_reading *reading, size_t signal, char *why_take)
{
    free(reading->complaints[signal]);
    reading->complaints[signal] = why_take;
}

static int check_name(const struct watch *watch, size_t index, const char *file, struct err *err)
{
    const char *name = watch_signal(watch, index)->name;
    for (size_t i = 0; i < index; i++)
        if (strcmp(watch_signal(watch, i)->name, name) == 0)
            return err_set(err, ERR_USAGE, "%s: signal '%s': %s", file, name,
                           watch_signal(watch, i)->promised ? "the name is there twice"
                                                            : "the name of a built-in signal");
    return 0;
}

static int open_sources(struct watch *watch, const struct service *service, struct err *err)
{
    for (size_t i = 0; i < KINDS; i++) {
        struct source *source = &watch->sources[i];
        *source = (struct source){.kind = kinds[i], .loop = watch->loop};
        if (source->kind->open(source, service, err) != 0)
            return -1;
        watch->first[i + 1] = watch->first[i] + source->count;
        for (size_t signal = watch->first[i]; signal < watch->first[i + 1]; signal++)
            if (check_name(watch, signal, service->file, err) != 0)
                return -1;
    }
    return 0;
}

struct watch *watch_new(const struct service *service, struct loop *loop, struct err *err)
{
    struct watch *watch = xcalloc(1, sizeof *watch);
    watch->loop = loop;
    family_attach(&watch->family, -1);
    if (open_sources(watch, service, err) != 0) {
        watch_free(watch);
        return NULL;
    }
    watch->complaints = xcalloc(watch_count(watch) + 1, sizeof *watch->complaints);
    return watch;
}

/* Its answer may still come, and finds nobody. */
static void drop_reading(struct watch *watch)
{
    if (watch->reading != NULL) {
        watch->reading->watch = NULL;
        watch->reading->of_source.dropped = true;
    }
    watch->reading = NULL;
}

void watch_free(struct watch *watch)
{
    if (watch == NULL)
        return;
    drop_reading(watch);
    for (size_t i = 0; watch->complaints != NULL && i < watch_count(watch); i++)
        free(watch->complaints[i]);
    for (size_t i = 0; i < KINDS; i++)
        if (watch->sources[i].kind != NULL)
            watch->sources[i].kind->release(&watch->sources[i]);
    family_release(&watch->family);
    free(watch->complaints);
    free(watch);
}

void watch_attach(struct watch *watch, const struct watched *watched)
{
    struct watched known = *watched;
    drop_reading(watch);
    family_attach(&watch->family, watched->pid);
    known.family = &watch->family;
    for (size_t i = 0; i < KINDS; i++)
        if (watch->sources[i].kind->attach != NULL)
            watch->sources[i].kind->attach(&watch->sources[i], &known);
}

size_t watch_count(const struct watch *watch)
{
    return watch->first[KINDS];
}

const struct watch_signal *watch_signal(const struct watch *watch, size_t index)
{
    size_t source = 0;
    while (index >= watch->first[source] + watch->sources[source].count)
        source++;
    return &watch->sources[source].signals[index - watch->first[source]];
}

const char *watch_complaint(const struct watch *watch, size_t index)
{
    return watch->complaints[index];
}

static void set_gaps(double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (double)NAN;
}

void watch_read_cheap(struct watch *watch, double *values)
{
    set_gaps(values, watch_count(watch));
    for (size_t i = 0; i < KINDS; i++)
        if (watch->sources[i].kind->read_cheap != NULL && watch->sources[i].count > 0)
            watch->sources[i].kind->read_cheap(&watch->sources[i], values + watch->first[i]);
}

static void reading_free(struct reading *reading)
{
    for (size_t i = 0; i < reading->count; i++)
        free(reading->complaints[i]);
    free(reading->complaints);
    free(reading->values);
    free(reading);
}

static void finish(struct reading *reading)
{
    struct watch *watch = reading->watch;
    if (watch != NULL) {
        char **before = watch->complaints;
        watch->complaints = reading->complaints; /* the old ones go with the reading */
        reading->complaints = before;
        watch->reading = NULL;
        if (watch->read != NULL)
            loop_stop(watch->loop);
        if (watch->read != NULL && reading->done == NULL)
            memcpy(watch->read, reading->values, reading->count * sizeof *reading->values);
        if (reading->done != NULL)
            reading->done(reading->owner, reading->values);
    }
    reading_free(reading);
}

/* Asks one source after the other; a source that is done at once does not make this call itself. */
static void go_on(struct reading *reading)
{
    while (reading->watch != NULL && reading->source < KINDS) {
        struct source *source = &reading->watch->sources[reading->source];
        reading->answered = true;
        if (source->count > 0) {
            size_t first = reading->watch->first[reading->source];
            reading->of_source.values = reading->values + first;
            reading->of_source.complaints = reading->complaints + first;
            reading->answered = false;
            reading->asked = false;
            source->kind->start_read(source, &reading->of_source);
            reading->asked = true;
        }
        if (!reading->answered)
            return;
        reading->source++;
    }
    finish(reading);
}

void source_done(struct source_reading *of_source)
{
    struct reading *reading = (struct reading *)of_source;
    reading->answered = true;
    if (!reading->asked)
        return; /* go_on() is still there */
    reading->source++;
    go_on(reading);
}

static void on_begin(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor, (void)what;
    go_on(owner);
}

static void start_reading(struct watch *watch, bool quiet, void (*done)(void *owner, const double *values),
                          void *owner)
{
    struct reading *reading = xcalloc(1, sizeof *reading);
    size_t count = watch_count(watch);
    *reading = (struct reading){.of_source = {.quiet = quiet},
                                .watch = watch,
                                .values = xcalloc(count + 1, sizeof *reading->values),
                                .complaints = xcalloc(count + 1, sizeof *reading->complaints),
                                .count = count,
                                .done = done,
                                .owner = owner};
    set_gaps(reading->values, count);
    watch->reading = reading;
    event_base_once(loop_base(watch->loop), -1, EV_TIMEOUT, on_begin, reading, &(struct timeval){0, 0});
}

void watch_start_read(struct watch *watch, void (*done)(void *owner, const double *values), void *owner)
{
    if (watch->reading == NULL)
        start_reading(watch, false, done, owner);
}

/* Two readings at once would collect twice, and each would see the other's garbage. */
static void await_reading(struct watch *watch, double *values)
{
    watch->read = values;
    while (watch->reading != NULL && loop_run(watch->loop) == 0)
        ;
    watch->read = NULL;
}

void watch_read(struct watch *watch, double *values)
{
    await_reading(watch, values);
    drop_reading(watch); /* a signal came */
    set_gaps(values, watch_count(watch));
    start_reading(watch, true, NULL, NULL);
    await_reading(watch, values);
    drop_reading(watch);
}

/* Keeps the lowest of each collecting signal; true while one of them still falls. */
static bool lower(const struct watch *watch, double *values, const double *reading)
{
    bool falls = false;
    for (size_t i = 0; i < watch_count(watch); i++) {
        if (watch_signal(watch, i)->collects) {
            falls = falls || reading[i] < values[i] || (isnan(values[i]) && !isnan(reading[i]));
            values[i] = fmin(values[i], reading[i]); /* takes the number where one is NaN */
        } else {
            values[i] = reading[i];
        }
    }
    return falls;
}

static bool any_collects(const struct watch *watch)
{
    for (size_t i = 0; i < watch_count(watch); i++)
        if (watch_signal(watch, i)->collects)
            return true;
    return false;
}

static bool all_gaps(const struct watch *watch, const double *values)
{
    for (size_t i = 0; i < watch_count(watch); i++)
        if (watch_signal(watch, i)->collects && !isnan(values[i]))
            return false;
    return true;
}

void watch_settle(struct watch *watch, unsigned most, double *values, unsigned *reads)
{
    double *reading = xcalloc(watch_count(watch), sizeof *reading);
    unsigned taken = 1;
    int64_t began_ns = clock_now_ns();
    watch_read(watch, values);
    bool hangs = clock_now_ns() - began_ns > SLOW_NS && all_gaps(watch, values);
    bool again = any_collects(watch) && !hangs;
    while (again && taken < (most < 2 ? 2 : most)) {
        watch_read(watch, reading);
        taken++;
        again = lower(watch, values, reading);
    }
    for (size_t i = 0; i < watch_count(watch); i++)
        if (!isnan(values[i])) {
            free(watch->complaints[i]);
            watch->complaints[i] = NULL;
        }
    if (reads != NULL)
        *reads = taken;
    free(reading);
}

bool watch_restarted(struct watch *watch)
{
    return family_lost_one(&watch->family);
}

bool watch_gone(const struct watch *watch)
{
    return watch->family.tree.count == 0;
}

size_t watch_workers(const struct watch *watch)
{
    return family_workers(&watch->family);
}

int watch_snapshot(struct watch *watch, enum snapshot_step step, const struct snapshot_taker *taker,
                   struct err *err)
{
    for (size_t i = 0; i < KINDS; i++)
        if (watch->sources[i].count > 0 && watch->sources[i].kind->snapshot != NULL)
            return watch->sources[i].kind->snapshot(&watch->sources[i], step, taker, err);
    return err_set(err, ERR_USAGE,
                   "no allocation sites: the service offers no snapshot, and no agent is there");
}

size_t watch_processes(const struct watch *watch)
{
    return watch->family.tree.count;
}

/* A source numbers its own signals from 0. */
struct renumbering {
    struct process_teller outer;
    size_t first;
};

static void tell_renumbered(void *owner, size_t signal, pid_t pid, double value)
{
    const struct renumbering *renumbering = owner;
    renumbering->outer.tell(renumbering->outer.owner, renumbering->first + signal, pid, value);
}

void watch_each_process(const struct watch *watch,
                        void (*tell)(void *owner, size_t signal, pid_t pid, double value), void *owner)
{
    for (size_t i = 0; i < KINDS; i++) {
        const struct source *source = &watch->sources[i];
        struct renumbering renumbering = {{tell, owner}, watch->first[i]};
        if (source->count > 0 && source->kind->each_process != NULL)
            source->kind->each_process(source, &(struct process_teller){tell_renumbered, &renumbering});
    }
}

const char *watch_about(const struct watch *watch, size_t index)
{
    size_t source = 0;
    while (index >= watch->first[source] + watch->sources[source].count)
        source++;
    const struct source_kind *kind = watch->sources[source].kind;
    return kind->about != NULL ? kind->about(&watch->sources[source]) : NULL;
}

double watch_peak_bytes(struct watch *watch)
{
    family_read(&watch->family);
    return watch->family.peak_bytes;
}
