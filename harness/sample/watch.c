#include "sample/watch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "net/fetch.h"
#include "sample/family.h"
#include "sample/offered.h"

#define ANSWER_LIMIT_NS (30 * CLOCK_NS_PER_S) /* a collection of a large heap takes seconds */
#define ANSWER_BYTES ((size_t)64 << 20)

enum builtin { BUILTIN_RSS, BUILTIN_PSS, BUILTIN_FDS, BUILTIN_THREADS, BUILTIN_COUNT };

static const struct watch_signal builtins[BUILTIN_COUNT] = {
    [BUILTIN_RSS] = {"rss", UNIT_BYTES, true, false},
    [BUILTIN_PSS] = {"pss", UNIT_BYTES, false, false},
    [BUILTIN_FDS] = {"fds", UNIT_OTHER, true, false},
    [BUILTIN_THREADS] = {"threads", UNIT_OTHER, true, false},
};

/* A reading that goes on while the loop runs. It lives on its own: the watch may be
 * freed before the answer comes. */
struct reading {
    struct watch *watch; /* NULL once the watch is gone */
    size_t next;         /* the signal of the service whose URL is asked next */
    double *values;
    void (*done)(void *owner, const double *values);
    void *owner;
};

struct watch {
    const struct service *service;
    struct loop *loop;
    struct watch_signal *signals;
    struct offered offered;
    char **complaints; /* one per signal; NULL: it was read */
    double *target;    /* where the values of an answer go */
    size_t count;
    struct family family;
    struct reading *reading;     /* NULL: none under way */
    bool waiting;                /* for the reading, within watch_read() */
    const struct origin *origin; /* NULL before watch_attach() */
    const struct allow *allow;
    const char *run_header;
};

static int add_signal(struct watch *watch, size_t own, struct err *err)
{
    const struct signal_spec *spec = &watch->service->signals[own];
    size_t index = BUILTIN_COUNT + own;
    for (size_t i = 0; i < index; i++)
        if (strcmp(watch->signals[i].name, spec->name) == 0)
            return err_set(err, ERR_USAGE, "%s: signal '%s': %s", watch->service->file, spec->name,
                           i < BUILTIN_COUNT ? "the name of a built-in signal" : "the name is there twice");
    watch->signals[index] =
        (struct watch_signal){.name = spec->name, .unit = spec->unit, .collects = offered_collects(spec)};
    return 0;
}

struct watch *watch_new(const struct service *service, struct loop *loop, struct err *err)
{
    struct watch *watch = xcalloc(1, sizeof *watch);
    watch->service = service;
    watch->loop = loop;
    watch->count = BUILTIN_COUNT + service->signal_count;
    watch->signals = xcalloc(watch->count, sizeof *watch->signals);
    watch->complaints = xcalloc(watch->count, sizeof *watch->complaints);
    memcpy(watch->signals, builtins, sizeof builtins);
    family_attach(&watch->family, -1);
    int failed = offered_init(&watch->offered, service, err);
    for (size_t i = 0; !failed && i < service->signal_count; i++)
        failed = add_signal(watch, i, err);
    if (!failed)
        return watch;
    watch_free(watch);
    return NULL;
}

static void complain(struct watch *watch, size_t index, char *why_take)
{
    free(watch->complaints[index]);
    watch->complaints[index] = why_take;
}

/* Its answer may still come, and finds nobody. */
static void drop_reading(struct watch *watch)
{
    if (watch->reading != NULL)
        watch->reading->watch = NULL;
    watch->reading = NULL;
}

void watch_free(struct watch *watch)
{
    if (watch == NULL)
        return;
    drop_reading(watch);
    for (size_t i = 0; i < watch->count; i++)
        complain(watch, i, NULL);
    offered_release(&watch->offered);
    family_release(&watch->family);
    free(watch->complaints);
    free(watch->signals);
    free(watch);
}

void watch_attach(struct watch *watch, pid_t pid, const struct origin *origin, const struct allow *allow,
                  const char *run_header)
{
    drop_reading(watch);
    watch->origin = origin;
    watch->allow = allow;
    watch->run_header = run_header;
    family_attach(&watch->family, pid);
}

size_t watch_count(const struct watch *watch)
{
    return watch->count;
}

const struct watch_signal *watch_signal(const struct watch *watch, size_t index)
{
    return &watch->signals[index];
}

const char *watch_complaint(const struct watch *watch, size_t index)
{
    return watch->complaints[index];
}

void watch_read_cheap(struct watch *watch, double *values)
{
    for (size_t i = 0; i < watch->count; i++)
        values[i] = (double)NAN;
    struct family_sums sums = family_read(&watch->family);
    values[BUILTIN_RSS] = sums.anon_bytes;
    values[BUILTIN_THREADS] = sums.threads;
    values[BUILTIN_FDS] = family_descriptors(&watch->family);
}

static char *why_no_builtin(const struct watch *watch)
{
    if (watch->family.root < 0)
        return xstrdup("no process of the target can be read here");
    if (watch->family.tree.count == 0)
        return xasprintf("process %d is gone", (int)watch->family.root);
    return xasprintf("not readable for process %d (another user's?)", (int)watch->family.root);
}

static void read_builtins(struct watch *watch, double *values)
{
    watch_read_cheap(watch, values);
    values[BUILTIN_PSS] = family_pss_bytes(&watch->family);
    for (size_t i = 0; i < BUILTIN_COUNT; i++)
        complain(watch, i, isnan(values[i]) ? why_no_builtin(watch) : NULL);
}

static struct fetch_request request_of(const struct watch *watch, size_t own)
{
    return (struct fetch_request){.method = "GET",
                                  .origin = watch->origin,
                                  .path = watch->service->signals[own].url,
                                  .allow = watch->allow,
                                  .run_header = watch->run_header,
                                  .timeout_ns = ANSWER_LIMIT_NS,
                                  .limit = ANSWER_BYTES};
}

static void take_value(void *owner, size_t own, struct offered_value value)
{
    struct watch *watch = owner;
    watch->target[BUILTIN_COUNT + own] = value.value;
    complain(watch, BUILTIN_COUNT + own, value.why);
}

static void take_answer(struct watch *watch, size_t own, const struct fetch_answer *answer, double *values)
{
    watch->target = values;
    offered_read(&watch->offered, watch->service->signals[own].url, answer, take_value, watch);
}

/* Before the first start there is nobody to ask. */
static size_t next_url(struct watch *watch, size_t own)
{
    if (watch->origin != NULL)
        return offered_next_url(&watch->offered, own);
    for (size_t i = 0; i < watch->service->signal_count; i++)
        complain(watch, BUILTIN_COUNT + i, xstrdup("no target is attached"));
    return watch->service->signal_count;
}

static void finish(struct reading *reading)
{
    struct watch *watch = reading->watch;
    if (watch != NULL) {
        watch->reading = NULL;
        if (watch->waiting)
            loop_stop(watch->loop);
        reading->done(reading->owner, reading->values);
    }
    free(reading->values);
    free(reading);
}

static void ask_next(struct reading *reading);

static void on_answer(void *owner, struct fetch_answer *answer)
{
    struct reading *reading = owner;
    if (reading->watch != NULL)
        take_answer(reading->watch, reading->next++, answer, reading->values);
    ask_next(reading);
}

/* One after the other: a server with one worker would answer so in any case, and traffic comes in between. */
static void ask_next(struct reading *reading)
{
    if (reading->watch != NULL)
        reading->next = next_url(reading->watch, reading->next);
    if (reading->watch == NULL || reading->next == reading->watch->service->signal_count) {
        finish(reading);
        return;
    }
    struct fetch_request request = request_of(reading->watch, reading->next);
    fetch_start(reading->watch->loop, &request, on_answer, reading);
}

static void on_begin(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor, (void)what;
    ask_next(owner);
}

void watch_start_read(struct watch *watch, void (*done)(void *owner, const double *values), void *owner)
{
    if (watch->reading != NULL)
        return;
    struct reading *reading = xcalloc(1, sizeof *reading);
    *reading = (struct reading){watch, 0, xcalloc(watch->count, sizeof(double)), done, owner};
    watch_read_cheap(watch, reading->values);
    watch->reading = reading;
    event_base_once(loop_base(watch->loop), -1, EV_TIMEOUT, on_begin, reading, &(struct timeval){0, 0});
}

/* Two readings at once would collect twice, and each would see the other's garbage. */
static void await_reading(struct watch *watch)
{
    watch->waiting = true;
    while (watch->reading != NULL && loop_run(watch->loop) == 0)
        ;
    watch->waiting = false;
}

void watch_read(struct watch *watch, double *values)
{
    await_reading(watch);
    read_builtins(watch, values);
    size_t count = watch->service->signal_count;
    for (size_t i = next_url(watch, 0); i < count; i = next_url(watch, i + 1)) {
        struct fetch_request request = request_of(watch, i);
        struct fetch_answer answer = {0};
        fetch(watch->loop, &request, &answer);
        take_answer(watch, i, &answer, values);
        text_release(&answer.body);
    }
}

/* Keeps the lowest of each collecting signal; true while one of them still falls. */
static bool lower(const struct watch *watch, double *values, const double *reading)
{
    bool falls = false;
    for (size_t i = 0; i < watch->count; i++) {
        if (watch->signals[i].collects) {
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
    for (size_t i = 0; i < watch->count; i++)
        if (watch->signals[i].collects)
            return true;
    return false;
}

static bool all_gaps(const struct watch *watch, const double *values)
{
    for (size_t i = 0; i < watch->count; i++)
        if (watch->signals[i].collects && !isnan(values[i]))
            return false;
    return true;
}

void watch_settle(struct watch *watch, unsigned most, double *values, unsigned *reads)
{
    double *reading = xcalloc(watch->count, sizeof *reading);
    unsigned taken = 1;
    int64_t began_ns = clock_now_ns();
    watch_read(watch, values);
    /* who took so long to say nothing would take as long again */
    bool hangs = clock_now_ns() - began_ns > ANSWER_LIMIT_NS / 2 && all_gaps(watch, values);
    bool again = any_collects(watch) && !hangs;
    while (again && taken < (most < 2 ? 2 : most)) {
        watch_read(watch, reading);
        taken++;
        again = lower(watch, values, reading);
    }
    for (size_t i = 0; i < watch->count; i++)
        if (!isnan(values[i]))
            complain(watch, i, NULL);
    if (reads != NULL)
        *reads = taken;
    free(reading);
}

bool watch_restarted(struct watch *watch)
{
    return family_lost_one(&watch->family);
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

size_t watch_workers(const struct watch *watch)
{
    const struct proc_tree *tree = &watch->family.tree;
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

double watch_peak_bytes(struct watch *watch)
{
    family_read(&watch->family);
    return watch->family.peak_bytes;
}
