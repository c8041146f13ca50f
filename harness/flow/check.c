#include "flow/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "flow/last_words.h"
#include "flow/recordings.h"
#include "net/fetch.h"
#include "plan/schedule.h"
#include "format/snapshot.h"
#include "target/target.h"

#define LONG_SOLO 10000
#define GIVE_UP_NS (2 * CLOCK_NS_PER_S)
#define HUNT_PASSES 12 /* warming, screening and the rest, in passes of the mix */

static void count_requests(const struct service *service, struct check *check)
{
    for (size_t i = 0; i < service->endpoint_count; i++)
        if (check->usable[i])
            check->recorded += service->endpoints[i].recorded;
    check->span_s = (double)schedule_span_us(service) / 1e6;
    check->hunt_requests = (double)check->recorded * HUNT_PASSES + LONG_SOLO * 1.5;
    check->calls = LONG_SOLO;
}

static void fill_signals(struct check *check, const struct watch *watch, const double *values)
{
    struct deciders deciders;
    deciders_choose(&deciders, watch, NULL, NULL);
    struct strings caveats = {NULL, 0};
    deciders_keep_readable(&deciders, watch, values, &caveats);
    strings_release(&caveats); /* each signal says its own why */
    check->live = deciders.live;
    check->signal_count = watch_count(watch);
    check->signals = xcalloc(check->signal_count, sizeof *check->signals);
    for (size_t i = 0; i < check->signal_count; i++) {
        struct check_signal *signal = &check->signals[i];
        const char *why = watch_complaint(watch, i);
        *signal =
            (struct check_signal){xstrdup(watch_signal(watch, i)->name),
                                  watch_signal(watch, i)->unit,
                                  values[i],
                                  why != NULL ? xstrdup(why) : NULL,
                                  false,
                                  NAN,
                                  watch_about(watch, i) != NULL ? xstrdup(watch_about(watch, i)) : NULL};
    }
    for (size_t i = 0; i < deciders.count; i++) {
        const struct decider *decider = &deciders.items[i];
        check->signals[decider->index].decides = true;
        check->signals[decider->index].smallest =
            decider->floor + (decider->quantum + decider->dead_zone) / (double)check->calls;
    }
}

static void read_snapshot(const struct service *service, struct loop *loop, const struct target *target,
                          struct check *check)
{
    const struct snapshot_spec *spec = &service->snapshots[0];
    struct fetch_request request = {.method = "GET",
                                    .origin = target_origin(target),
                                    .path = spec->url,
                                    .allow = target_allow(target),
                                    .run_header = "check",
                                    .timeout_ns = 60 * CLOCK_NS_PER_S};
    struct fetch_answer answer = {0};
    struct snapshot snapshot = {0};
    struct err err = {0};
    fetch(loop, &request, &answer); /* the first may only start the snapshotter */
    text_release(&answer.body);
    answer = (struct fetch_answer){0};
    if (fetch(loop, &request, &answer) != 0)
        err = answer.err;
    else if (answer.status / 100 != 2)
        err_set(&err, ERR_USAGE, "%s answered %d", spec->url, answer.status);
    else
        snapshot_parse(text_string(&answer.body), answer.body.length, spec->url, spec->format, &snapshot,
                       &err);
    if (err.code != ERR_NONE)
        check->snapshot = xasprintf("%s: %s", spec->name, err.message);
    else
        check->snapshot = xasprintf("%s: read, %zu sites", spec->name, snapshot.count);
    snapshot_release(&snapshot);
    text_release(&answer.body);
}

/* Of one process's snapshot. */
struct seen_sites {
    size_t count;
    struct err err;
};

static void count_sites(void *owner, const char *name, const struct text *body)
{
    struct seen_sites *seen = owner;
    struct snapshot snapshot = {0};
    if (seen->err.code == ERR_NONE &&
        snapshot_parse(body->bytes, body->length, name, NULL, &snapshot, &seen->err) == 0)
        seen->count += snapshot.count;
    snapshot_release(&snapshot);
}

/* The service offers none, but who counts what is live may. */
static void try_snapshot(struct watch *watch, struct check *check)
{
    struct seen_sites seen = {0};
    struct snapshot_taker taker = {count_sites, &seen};
    const char *who = watch_snapshot_by(watch);
    if (who == NULL)
        return;
    if (watch_snapshot(watch, SNAPSHOT_START, NULL, &seen.err) == 0)
        watch_snapshot(watch, SNAPSHOT_TAKE, &taker, &seen.err);
    watch_snapshot(watch, SNAPSHOT_STOP, NULL, NULL);
    check->snapshot = seen.err.code != ERR_NONE
                          ? xasprintf("by %s: %s", who, seen.err.message)
                          : xasprintf("by %s: read, %zu sites since it was asked for", who, seen.count);
}

/* It may take its workers a moment to give up. */
static int see_alive(struct loop *loop, struct target *target, struct err *err)
{
    const char *how = NULL;
    int64_t end_ns = clock_now_ns() + GIVE_UP_NS;
    while (target_alive(target, &how))
        if (clock_now_ns() > end_ns || loop_sleep(loop, 50 * CLOCK_NS_PER_MS) != 0)
            return 0;
    char *output = last_words(target_last_output(target));
    err_set(err, ERR_TARGET, "the target %s before it answered anything; its last output: %s", how, output);
    free(output);
    return -1;
}

static int ask(struct loop *loop, struct target *target, const char *path, struct check *check,
               struct err *err)
{
    struct fetch_request request = {.method = "GET",
                                    .origin = target_origin(target),
                                    .path = path,
                                    .allow = target_allow(target),
                                    .run_header = "check",
                                    .timeout_ns = 5 * CLOCK_NS_PER_S};
    struct fetch_answer answer = {0};
    bool answered = fetch(loop, &request, &answer) == 0;
    check->asked_status = answer.status;
    if (!answered)
        check->asked_why = xstrdup(answer.err.message);
    text_release(&answer.body);
    return answered ? 0 : see_alive(loop, target, err);
}

static int look(const struct service *service, const char *path, struct loop *loop, struct target *target,
                struct watch *watch, struct check *check, struct err *err)
{
    int64_t began_ns = clock_now_ns();
    int failed = target_start(target, err);
    snprintf(check->target, sizeof check->target, "%s", target_origin(target)->text);
    if (failed) {
        strings_copy(&check->elsewhere, target_elsewhere(target));
        return -1;
    }
    check->ready_s = (double)(clock_now_ns() - began_ns) / (double)CLOCK_NS_PER_S;
    if (path != NULL && ask(loop, target, path, check, err) != 0)
        return -1;
    check->program = target_program(target);
    watch_attach(watch, &(struct watched){.pid = target_pid(target),
                                          .origin = target_origin(target),
                                          .allow = target_allow(target),
                                          .run_header = "check",
                                          .agents = target_agents(target),
                                          .container = target_container(target)});
    double *values = xmalloc((watch_count(watch) + 1) * sizeof *values);
    watch_settle(watch, 4, values, NULL);
    fill_signals(check, watch, values);
    free(values);
    if (service->snapshot_count > 0)
        read_snapshot(service, loop, target, check);
    else
        try_snapshot(watch, check);
    return 0;
}

int check(const struct service *service, const char *path, bool offline, struct check *check, struct err *err)
{
    *check = (struct check){.offline = offline, .usable = xcalloc(service->endpoint_count + 1, sizeof(bool))};
    struct loop *loop = loop_new(err);
    struct target *target = loop != NULL ? target_new(service, loop, "check", err) : NULL;
    struct watch *watch = target != NULL ? watch_new(service, loop, err) : NULL;
    int failed = watch != NULL ? 0 : -1;
    if (!failed) {
        check->started = check->restartable = target_restartable(target);
        check->usable_count =
            recordings_usable(service, target_is_ours(target), NULL, check->usable, &check->left_out);
        count_requests(service, check);
        if (!offline)
            failed = look(service, path, loop, target, watch, check, err);
    }
    if (watch != NULL)
        watch_free(watch);
    if (target != NULL)
        target_free(target);
    if (loop != NULL)
        loop_free(loop);
    return failed;
}

void check_release(struct check *check)
{
    for (size_t i = 0; i < check->signal_count; i++) {
        free(check->signals[i].name);
        free(check->signals[i].why);
        free(check->signals[i].about);
    }
    free(check->signals);
    free(check->usable);
    free(check->snapshot);
    free(check->program);
    free(check->asked_why);
    strings_release(&check->elsewhere);
    result_release(&check->left_out);
    memset(check, 0, sizeof *check);
}
