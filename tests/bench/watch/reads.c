/* How long seep's own reads of a signal take, by the functions that it reads them with.
 *
 *   reads KIND TIMES MILLISECONDS WHERE [PATH]
 *
 * Reads so often, or until that long has passed, but twice at least; one line each, in nanoseconds. Where reads are
 * quick, the first is not counted. WHERE: a process number, a file, or an origin ("unix:/PATH", "http://127.0.0.1:PORT"). TIMES 0 only
 * makes ready, so that what that costs can be taken off.
 *
 *   status   RssAnon + VmSwap and threads     rollup   Pss           fds      descriptors
 *   tick     every cheap signal               file     a whole file  ask      GET PATH, the answer taken
 *   metric   the series "seep_bench{last="1"}" of the page at PATH, found in it
 *   pointer  the number at /last of the page at PATH
 *   body     as ask, and prints the body in place of the time
 */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "net/fetch.h"
#include "sample/proc.h"
#include "sample/watch.h"

enum { FILE_BYTES = 1 << 20, TIMES_LEAST = 2, SIGNALS_MOST = 64 };

/* What is read, and what reading it needs. */
struct reader {
    const char *where, *path;
    pid_t pid;
    struct loop *loop;
    struct allow *allow;
    struct origin origin;
    struct signal_spec signal;
    struct service service;
    struct watch *watch;
    bool print;
};

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "reads: %s: %s\n", what, why);
    exit(1);
}

static void make_nothing(struct reader *reader)
{
    reader->pid = (pid_t)atoi(reader->where);
}

static void make_origin(struct reader *reader)
{
    struct err err = {0};
    struct strings entries = {NULL, 0};
    strings_add(&entries, text_starts_with(reader->where, "unix:") ? reader->where : "127.0.0.1");
    reader->allow = allow_new(&entries, &err);
    if (reader->allow == NULL || origin_resolve(&reader->origin, reader->where, reader->allow, &err) != 0)
        fail(reader->where, err.message);
    strings_release(&entries);
}

static void make_watch(struct reader *reader, const struct watched *watched)
{
    struct err err = {0};
    reader->service.file = "service.yaml";
    reader->watch = watch_new(&reader->service, reader->loop, &err);
    if (reader->watch == NULL || watch_count(reader->watch) > SIGNALS_MOST)
        fail(reader->where, err.message);
    watch_attach(reader->watch, watched);
}

static void make_tick(struct reader *reader)
{
    reader->pid = (pid_t)atoi(reader->where);
    make_watch(reader, &(struct watched){.pid = reader->pid});
}

static void make_page(struct reader *reader)
{
    make_origin(reader);
    reader->signal.name = "last";
    reader->signal.url = (char *)(uintptr_t)reader->path;
    reader->service.signals = &reader->signal;
    reader->service.signal_count = 1;
    make_watch(reader, &(struct watched){.pid = -1, .origin = &reader->origin, .allow = reader->allow});
}

static void make_metric(struct reader *reader)
{
    reader->signal.source = SIGNAL_METRIC;
    reader->signal.metric = "seep_bench{last=\"1\"}";
    make_page(reader);
}

static void make_pointer(struct reader *reader)
{
    reader->signal.source = SIGNAL_POINTER;
    reader->signal.pointer = "/last";
    make_page(reader);
}

static void make_body(struct reader *reader)
{
    reader->print = true;
    make_origin(reader);
}

static int read_status(struct reader *reader)
{
    struct proc_status status;
    return proc_read_status(reader->pid, &status);
}

static int read_rollup(struct reader *reader)
{
    struct proc_rollup rollup;
    return proc_read_rollup(reader->pid, &rollup);
}

static int read_descriptors(struct reader *reader)
{
    struct proc_descriptors descriptors;
    return proc_read_descriptors(reader->pid, &descriptors);
}

static int read_tick(struct reader *reader)
{
    double values[SIGNALS_MOST];
    watch_read_cheap(reader->watch, values);
    return isnan(values[0]) ? -1 : 0;
}

static int read_file(struct reader *reader)
{
    struct text text = TEXT_EMPTY;
    int failed = text_read_file(&text, reader->where, FILE_BYTES, NULL);
    text_release(&text);
    return failed;
}

static int read_page(struct reader *reader)
{
    double values[SIGNALS_MOST];
    watch_read(reader->watch, values);
    return isnan(values[watch_count(reader->watch) - 1]) ? -1 : 0;
}

static int read_answer(struct reader *reader)
{
    struct fetch_request request = {.method = "GET",
                                    .origin = &reader->origin,
                                    .path = reader->path,
                                    .allow = reader->allow,
                                    .timeout_ns = 30 * CLOCK_NS_PER_S};
    struct fetch_answer answer = {0};
    int failed = fetch(reader->loop, &request, &answer) != 0 || answer.status != 200;
    if (reader->print)
        printf("%s\n", text_string(&answer.body));
    text_release(&answer.body);
    return failed ? -1 : 0;
}

static const struct kind {
    const char *name;
    void (*make)(struct reader *reader);
    int (*read)(struct reader *reader); /* -1: nothing was read */
} kinds[] = {
    {"status", make_nothing, read_status},   {"rollup", make_nothing, read_rollup},
    {"fds", make_nothing, read_descriptors}, {"tick", make_tick, read_tick},
    {"file", make_nothing, read_file},       {"ask", make_origin, read_answer},
    {"metric", make_metric, read_page},      {"pointer", make_pointer, read_page},
    {"body", make_body, read_answer},
};

static const struct kind *find_kind(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    fail(name, "no such kind");
    return NULL;
}

static int64_t timed(const struct kind *kind, struct reader *reader)
{
    int64_t began_ns = clock_now_ns();
    if (kind->read(reader) != 0)
        fail(reader->where, "cannot be read");
    return clock_now_ns() - began_ns;
}

static void measure(const struct kind *kind, struct reader *reader, int times, int64_t limit_ns)
{
    int64_t *took_ns = xcalloc((size_t)times + 1, sizeof *took_ns);
    int done = 0;
    if (times > 0 && !reader->print && (took_ns[0] = timed(kind, reader)) > limit_ns / 10)
        done = 1;
    int64_t until_ns = clock_now_ns() + limit_ns;
    while (done < times && (done < TIMES_LEAST || clock_now_ns() < until_ns))
        took_ns[done++] = timed(kind, reader);
    for (int i = 0; i < done && !reader->print; i++)
        printf("%" PRId64 "\n", took_ns[i]);
    free(took_ns);
}

int main(int count, char **arguments)
{
    struct err err = {0};
    if (count < 5) {
        fputs("usage: reads KIND TIMES MILLISECONDS WHERE [PATH]\n", stderr);
        return 2;
    }
    struct reader reader = {.where = arguments[4], .path = count > 5 ? arguments[5] : "/"};
    const struct kind *kind = find_kind(arguments[1]);
    if ((reader.loop = loop_new(&err)) == NULL)
        fail("loop", err.message);
    kind->make(&reader);
    measure(kind, &reader, atoi(arguments[2]), atoll(arguments[3]) * CLOCK_NS_PER_MS);
    watch_free(reader.watch);
    allow_free(reader.allow);
    loop_free(reader.loop);
    return 0;
}
