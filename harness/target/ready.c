#include "target/ready.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "net/fetch.h"
#include "target/listen.h"

#define PAUSE_NS (50 * CLOCK_NS_PER_MS)
#define ANSWER_LIMIT_NS (5 * CLOCK_NS_PER_S)
#define LAST_NS (100 * CLOCK_NS_PER_MS) /* a question that had less would only say that it had no time */
#define QUOTED_BYTES 600                /* of the output, in an error of one line */

/* What the last question brought, for the message when time is over. */
struct attempt {
    bool ready;
    bool hopeless; /* waiting will not change it */
    int status;
    char why[512];
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
    if (spec->process != NULL)
        process_log_tail(spec->process, QUOTED_BYTES, &tail);
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
    return spec->process != NULL ? ERR_TARGET : ERR_USAGE;
}

static int fail_ended(const struct ready_spec *spec, struct err *err)
{
    const char *how = spec->process->how;
    err_set(err, code_of(spec), "the target %s%s before it was ready",
            text_starts_with(how, "killed") ? "was " : "", how);
    add_output(spec, err);
    return -1;
}

static int fail_late(const struct ready_spec *spec, const struct attempt *attempt, struct err *err)
{
    err_set(err, code_of(spec), "the target was not ready after %.3g s: %s",
            (double)spec->service->ready_timeout_ns / (double)CLOCK_NS_PER_S, attempt->why);
    add_output(spec, err);
    return -1;
}

int ready_wait(struct loop *loop, const struct ready_spec *spec, struct err *err)
{
    int64_t end = clock_now_ns() + spec->service->ready_timeout_ns;
    struct attempt attempt = {0};
    for (;;) {
        int64_t left_ns = end - clock_now_ns();
        if (left_ns < CLOCK_NS_PER_MS)
            left_ns = CLOCK_NS_PER_MS;
        if (spec->service->ready_path == NULL && origin_is_plain(spec->origin))
            ask_address(spec->origin, &attempt);
        else if (spec->service->ready_path == NULL)
            ask_handshake(loop, spec, left_ns, &attempt);
        else
            ask_request(loop, spec, left_ns, &attempt);
        if (spec->process != NULL && !process_running(spec->process))
            return fail_ended(spec, err); /* whoever answered, it was not what we started */
        if (attempt.ready)
            return 0;
        if (attempt.hopeless)
            return err_set(err, ERR_USAGE, "the target is not ready: %s", attempt.why);
        if (clock_now_ns() >= end - LAST_NS)
            return fail_late(spec, &attempt, err);
        if (loop_sleep(loop, PAUSE_NS) != 0 || interrupt_signal() != 0)
            return err_set(err, ERR_INTERNAL, "interrupted by signal %d", interrupt_signal());
    }
}
