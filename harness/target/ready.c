#include "target/ready.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "net/fetch.h"
#include "target/listen.h"
#include "target/listening.h"

#define PAUSE_NS (50 * CLOCK_NS_PER_MS)
#define ANSWER_LIMIT_NS (5 * CLOCK_NS_PER_S)
#define LAST_NS (100 * CLOCK_NS_PER_MS) /* a question that had less would only say that it had no time */
#define QUOTED_BYTES 600                /* of the output, in an error of one line */
#define LOOK_NS (500 * CLOCK_NS_PER_MS) /* between looks at where it listens */
#define REST_NS (5 * CLOCK_NS_PER_S)    /* so long elsewhere, and at rest: it is not about to come */
#define REST_SAME_NS CLOCK_NS_PER_S     /* the same where it has the port, at another address */
#define RESTING 0.1                     /* of one processor, at most */

/* What the last question brought, for the message when time is over. */
struct attempt {
    bool ready;
    bool hopeless; /* waiting will not change it */
    int status;
    char why[512];
};

/* Where what was started listens while the target's address accepts nothing. */
struct around {
    struct listening last;
    int64_t looked_ns;
    int64_t since_ns; /* it listens elsewhere and rests; 0: it does not */
};

static void ask_address(const struct origin *origin, struct attempt *attempt)
{
    attempt->ready = listen_accepts((const struct sockaddr *)&origin->address, origin->address_length, 1000);
    if (!attempt->ready)
        snprintf(attempt->why, sizeof attempt->why, "%s does not accept connections", origin->text);
}

static void ask_handshake(struct loop *loop, const struct ready_spec *spec, int64_t left_ns,
                          struct attempt *attempt)
{
    struct fetch_answer answer = {0};
    struct fetch_request request = {.origin = spec->origin,
                                    .allow = spec->allow,
                                    .timeout_ns = left_ns < ANSWER_LIMIT_NS ? left_ns : ANSWER_LIMIT_NS};
    attempt->ready = fetch(loop, &request, &answer) == 0;
    attempt->hopeless = answer.untrusted;
    if (!attempt->ready)
        snprintf(attempt->why, sizeof attempt->why, "%.*s", (int)sizeof attempt->why - 1, answer.err.message);
    text_release(&answer.body);
}

static void ask_request(struct loop *loop, const struct ready_spec *spec, int64_t left_ns,
                        struct attempt *attempt)
{
    struct fetch_answer answer = {0};
    const struct service *service = spec->service;
    struct fetch_request request = {
        .method = service->ready_method,
        .origin = spec->origin,
        .path = service->ready_path,
        .allow = spec->allow,
        .run_header = spec->run_header,
        .timeout_ns = left_ns < ANSWER_LIMIT_NS ? left_ns : ANSWER_LIMIT_NS,
        .limit = 1 << 20,
    };
    if (fetch(loop, &request, &answer) != 0)
        snprintf(attempt->why, sizeof attempt->why, "%.*s", (int)sizeof attempt->why - 1, answer.err.message);
    else
        snprintf(attempt->why, sizeof attempt->why, "%s %s answered %d", request.method, request.path,
                 answer.status);
    attempt->hopeless = answer.untrusted;
    attempt->status = answer.status;
    attempt->ready = answer.status >= 200 && answer.status < 300;
    text_release(&answer.body);
}

/* ": last line | ..." of the output, as one line; "" when there is none. */
static void add_output(const struct ready_spec *spec, struct err *err)
{
    struct text tail = TEXT_EMPTY;
    started_log_tail(&spec->started, QUOTED_BYTES, &tail);
    if (tail.length > 0) {
        struct err before = *err;
        for (char *newline = tail.bytes; (newline = strchr(newline, '\n')) != NULL;)
            *newline = ' ';
        err_set(err, before.code, "%s; its last output: %s", before.message, tail.bytes);
    }
    text_release(&tail);
}

/* What was started may be this way at this commit only; what was to be there already is a matter of configuration. */
static enum err_code code_of(const struct ready_spec *spec)
{
    return started_any(&spec->started) || spec->service->start.kind == START_RESTART ? ERR_TARGET : ERR_USAGE;
}

static int64_t rest_of(const struct around *around, const struct origin *origin)
{
    char port[16];
    snprintf(port, sizeof port, ":%d", origin->port);
    for (size_t i = 0; i < around->last.places.count; i++)
        if (text_ends_with(around->last.places.items[i], port))
            return REST_SAME_NS;
    return REST_NS;
}

/* True once it has listened elsewhere, and not there, for a while without work: whatever starts up works. */
static bool went_elsewhere(const struct ready_spec *spec, struct around *around)
{
    int64_t now_ns = clock_now_ns(), since_last_ns = now_ns - around->looked_ns;
    uint64_t ticks = around->last.ticks;
    if (since_last_ns < LOOK_NS)
        return false;
    listening_look(&around->last, spec->started.process->pid);
    double worked_s = (double)(around->last.ticks - ticks) / (double)sysconf(_SC_CLK_TCK);
    bool rests = worked_s <= RESTING * (double)since_last_ns / (double)CLOCK_NS_PER_S;
    bool elsewhere = around->last.places.count > 0 && !listening_at(&around->last, spec->origin);
    around->looked_ns = now_ns;
    if (!elsewhere || !rests)
        around->since_ns = 0;
    else if (around->since_ns == 0)
        around->since_ns = now_ns;
    return around->since_ns != 0 && now_ns - around->since_ns >= rest_of(around, spec->origin);
}

/* "; it listens on 127.0.0.1:8000 instead" */
static void add_elsewhere(const struct ready_spec *spec, struct around *around, struct err *err)
{
    if (spec->started.process == NULL || origin_is_unix(spec->origin))
        return;
    listening_look(&around->last, spec->started.process->pid);
    if (around->last.places.count == 0 || listening_at(&around->last, spec->origin))
        return;
    struct err before = *err;
    char *places = strings_join(&around->last.places, ", ");
    err_set(err, before.code, "%s; it listens on %s instead", before.message, places);
    free(places);
    if (spec->elsewhere != NULL)
        strings_copy(spec->elsewhere, &around->last.places);
}

static int fail_ended(const struct ready_spec *spec, struct err *err)
{
    const char *how = started_how(&spec->started);
    err_set(err, code_of(spec), "the target %s%s before it was ready%s",
            text_starts_with(how, "killed") ? "was " : "", how,
            strcmp(how, "exited with status 0") == 0 ? " (does it go to the background? it has to stay)"
                                                     : "");
    add_output(spec, err);
    return -1;
}

static int fail_late(const struct ready_spec *spec, const struct attempt *attempt, struct around *around,
                     double waited_s, struct err *err)
{
    err_set(err, code_of(spec), "the target was not ready after %.3g s: %s", waited_s, attempt->why);
    add_elsewhere(spec, around, err);
    add_output(spec, err);
    return -1;
}

static enum container_health health_of(const struct ready_spec *spec)
{
    return spec->started.container != NULL ? container_state(spec->started.container)->health
                                           : HEALTH_UNCHECKED;
}

static void ask_health(const struct ready_spec *spec, struct attempt *attempt)
{
    const struct container_state *state = container_state(spec->started.container);
    attempt->ready = state->health == HEALTH_GOOD;
    attempt->hopeless = state->health == HEALTH_BAD;
    snprintf(attempt->why, sizeof attempt->why, "its health check %s%s%s",
             attempt->hopeless ? "failed" : "has not succeeded yet", state->checked[0] != '\0' ? ": " : "",
             state->checked);
}

static void ask(struct loop *loop, const struct ready_spec *spec, int64_t left_ns, struct attempt *attempt)
{
    if (health_of(spec) != HEALTH_UNCHECKED)
        ask_health(spec, attempt);
    else if (spec->service->ready_path != NULL)
        ask_request(loop, spec, left_ns, attempt);
    else if (origin_is_plain(spec->origin))
        ask_address(spec->origin, attempt);
    else
        ask_handshake(loop, spec, left_ns, attempt);
}

/* Whoever named a request that it is ready by knows where it listens. */
static bool may_be_elsewhere(const struct ready_spec *spec)
{
    return spec->started.process != NULL && spec->service->ready_path == NULL &&
           !origin_is_unix(spec->origin);
}

static int wait_for_it(struct loop *loop, const struct ready_spec *spec, struct around *around,
                       struct err *err)
{
    int64_t began = clock_now_ns(), end = began + spec->service->ready_timeout_ns;
    struct attempt attempt = {0};
    around->looked_ns = began;
    for (;;) {
        int64_t left_ns = end - clock_now_ns();
        ask(loop, spec, left_ns > CLOCK_NS_PER_MS ? left_ns : CLOCK_NS_PER_MS, &attempt);
        if (started_any(&spec->started) && !started_runs(&spec->started))
            return fail_ended(spec, err); /* whoever answered, it was not what we started */
        if (attempt.ready)
            return 0;
        if (attempt.hopeless) {
            err_set(err, health_of(spec) == HEALTH_BAD ? ERR_TARGET : ERR_USAGE,
                    "the target is not ready: %s", attempt.why);
            return -1;
        }
        bool elsewhere = may_be_elsewhere(spec) && went_elsewhere(spec, around);
        if (elsewhere || clock_now_ns() >= end - LAST_NS)
            return fail_late(spec, &attempt, around,
                             (double)(elsewhere ? clock_now_ns() - began : end - began) / CLOCK_NS_PER_S,
                             err);
        if (loop_sleep(loop, PAUSE_NS) != 0 || interrupt_signal() != 0)
            return err_set(err, ERR_INTERNAL, "interrupted by signal %d", interrupt_signal());
    }
}

int ready_wait(struct loop *loop, const struct ready_spec *spec, struct err *err)
{
    struct around around = {0};
    int failed = wait_for_it(loop, spec, &around, err);
    listening_release(&around.last);
    return failed;
}
