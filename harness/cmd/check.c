/* seep check DIR: reads everything, asks the target if it is ready, shows the
 * plan; sends no recorded request. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/units.h"
#include "cmd/command.h"
#include "flow/check.h"
#include "flow/check_secrets.h"
#include "flow/recordings.h"
#include "report/say.h"
#include "report/waiting.h"

struct check_options {
    bool offline;
    struct option_list methods;
};

#define AT(field) offsetof(struct check_options, field)
const struct option_row check_rows[] = {
    {"offline", 0, OPTION_FLAG, AT(offline), NULL, "read the files only; touch no server"},
    {"methods", 0, OPTION_LIST, AT(methods), "METHOD",
     "allow this method on a target that seep did not start (repeatable)"},
    OPTIONS_END,
};

static void show_endpoints(const struct service *service, const struct check *check)
{
    char rate[UNITS_SIZE];
    printf("%-44s %9s %12s\n", "endpoint", "recorded", "rate");
    for (size_t i = 0; i < service->endpoint_count; i++) {
        const struct endpoint *endpoint = &service->endpoints[i];
        printf("%-44s %9zu %12s%s\n", command_plain(endpoint->name), endpoint->recorded,
               units_rate(rate, endpoint->rate_per_second), check->usable[i] ? "" : "   not looked at");
    }
    for (size_t i = 0; i < check->left_out.not_looked_at_count; i++)
        printf("not looked at: %s: %s\n", command_plain(check->left_out.not_looked_at[i].endpoints.items[0]),
               command_plain(check->left_out.not_looked_at[i].why));
}

static const char *amount(char out[UNITS_SIZE], enum signal_unit unit, double value)
{
    if (unit == UNIT_BYTES)
        return units_bytes(out, value);
    snprintf(out, UNITS_SIZE, unit == UNIT_OBJECTS ? "%.6g objects" : "%.6g", value);
    return out;
}

static const char *about(const struct check_signal *signal)
{
    return signal->about != NULL ? command_plain(signal->about) : "";
}

static void show_signals(const struct check *check)
{
    char now[UNITS_SIZE], smallest[UNITS_SIZE], calls[UNITS_SIZE];
    printf("\n%-16s %18s   %s\n", "signal", "now", "");
    for (size_t i = 0; i < check->signal_count; i++) {
        const struct check_signal *signal = &check->signals[i];
        if (isnan(signal->value))
            printf("%-16s %18s   %s\n", signal->name, "-",
                   signal->why != NULL ? command_plain(signal->why) : "cannot be read");
        else if (!signal->decides)
            printf("%-16s %18s   %s\n", signal->name, amount(now, signal->unit, signal->value),
                   about(signal));
        else
            printf("%-16s %18s   decides; sees from about %s per request on, through %s calls%s%s\n",
                   signal->name, amount(now, signal->unit, signal->value),
                   amount(smallest, signal->unit, signal->smallest), units_count(calls, check->calls),
                   signal->about != NULL ? "; by " : "", about(signal));
    }
}

/* "setup:  GET /login, POST /login, once per session" */
static void show_setup(const struct service *service)
{
    for (size_t i = 0; i < service->setup_count; i++) {
        const struct endpoint *step = &service->setup[i].endpoint;
        printf("%s%s %s", i == 0 ? "setup:  " : ", ", step->method, command_plain(step->template));
    }
    if (service->setup_count > 0)
        printf(", once per %s\n", service->setup_per_run ? "run" : "session");
}

/* "load:   200/s in all, each endpoint at equal distances, rising from zero within 10 s" */
static void show_load(const struct load *load)
{
    char text[UNITS_SIZE];
    bool by_rate = load->kind == LOAD_RATE;
    if (load->kind == LOAD_CONNECTIONS)
        printf("load:   as fast as it answers on %u connections", load->connections);
    else if (by_rate)
        printf("load:   %s in all", units_rate(text, load->rate_per_second));
    else
        printf("load:   at the recorded %s", load->arrivals > ARRIVALS_RECORDED ? "rates" : "times");
    if (load->kind == LOAD_SPEED && load->speed != 1)
        printf(", %g times as fast", load->speed);
    if (load->arrivals == ARRIVALS_CONSTANT)
        printf(", each endpoint at equal distances");
    else if (load->arrivals == ARRIVALS_POISSON || by_rate)
        printf(", each endpoint by chance (Poisson)");
    if (load->ramp_ns > 0)
        printf(", rising from zero within %s", units_duration(text, (double)load->ramp_ns / CLOCK_NS_PER_S));
    if (load->coalesce_ns > 0)
        printf(", together what is due within %s",
               units_duration(text, (double)load->coalesce_ns / CLOCK_NS_PER_S));
    printf("\n");
}

/* "order:  production suspects GET /orders/{id} (93 %): looked at first, then the others by chance" */
static void show_order(const struct suspicions *suspects)
{
    struct text order = TEXT_EMPTY;
    say_suspicions(&order, suspects);
    if (order.length > 0)
        printf("order:  %s, then the others\n", command_plain(order.bytes));
    text_release(&order);
}

static void show_plan(const struct service *service, const struct check *check)
{
    char requests[UNITS_SIZE], span[UNITS_SIZE], hunt[UNITS_SIZE], once[UNITS_SIZE];
    double speed = service->load.kind == LOAD_SPEED && service->load.speed > 0 ? service->load.speed : 1;
    printf("\n");
    show_setup(service);
    show_load(&service->load);
    printf("run:    %s requests of %zu endpoints", units_count(requests, check->recorded),
           check->usable_count);
    if (service->load.kind == LOAD_SPEED)
        printf(", one pass in %s\n", units_duration(once, check->span_s / speed));
    else
        printf(" recorded over %s\n", units_duration(span, check->span_s));
    printf("bisect: %s; about %s requests when one endpoint leaks\n",
           check->offline ? "warm up, screen each endpoint, confirm, isolate"
           : check->live
               ? "warm up, screen each endpoint in solo blocks on one server, confirm by a long solo, "
                 "then alone on a fresh one"
           : check->restartable
               ? "each endpoint alone on a fresh server: only RSS can be read, and on a shared one it names "
                 "the wrong one"
               : "nothing can be named: only RSS can be read, and the target cannot be restarted from here",
           units_count(hunt, (uint64_t)check->hunt_requests));
    show_order(&service->suspects);
}

/* One line each; returns how many. */
static size_t show_secrets(const struct service *service, struct err *err)
{
    struct strings complaints = {NULL, 0};
    int failed = check_secrets(service, &complaints, err);
    size_t count = complaints.count;
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, "seep: %s\n", command_plain(complaints.items[i]));
    strings_release(&complaints);
    return failed ? SIZE_MAX : count;
}

static bool any_unreadable_decider(const struct check *check)
{
    for (size_t i = 0; i < check->signal_count; i++)
        if (check->signals[i].decides && isnan(check->signals[i].value))
            return true;
    return false;
}

int cmd_check(struct globals *globals, int argc, char **argv)
{
    struct check_options options = {0};
    struct operands rest;
    struct err err = {0};
    struct service service = {0};
    struct check checked = {0};
    int code = 0;
    if (command_options(command_find("check"), globals, &options, argc, argv, &rest, &code) != 0)
        return code;
    if (rest.count != 1) {
        err_set(&err, ERR_USAGE, "check takes one service directory (see `seep help check`)");
        return command_fail(&err);
    }
    if (recordings_load(rest.items[0], NULL, &service, NULL, &err) != 0) {
        code = command_fail(&err);
        goto done;
    }
    for (size_t i = 0; i < options.methods.count; i++)
        strings_add(&service.methods, options.methods.items[i]);
    struct waiting *waiting =
        waiting_begin(options.offline ? "reading the recordings"
                      : service.start.kind != START_NONE
                          ? "starting the target, waiting until it is ready, reading its signals"
                          : "asking the target, reading its signals",
                      globals->quiet);
    int failed = check(&service, NULL, options.offline, &checked, &err);
    waiting_end(waiting);
    if (failed) {
        if (err.code == ERR_TARGET) /* what is checked is the directory, not a commit */
            err.code = ERR_USAGE;
        code = command_fail(&err);
        goto done;
    }
    show_endpoints(&service, &checked);
    if (!checked.offline) {
        char took[UNITS_SIZE];
        printf("\ntarget %s: ready%s%s\n", checked.target, checked.started ? " after " : "",
               checked.started ? units_duration(took, checked.ready_s) : "");
        show_signals(&checked);
        if (checked.snapshot != NULL)
            printf("snapshot %s\n", command_plain(checked.snapshot));
    }
    show_plan(&service, &checked);
    if (any_unreadable_decider(&checked)) {
        err_set(&err, ERR_USAGE, "a signal that would decide cannot be read");
        code = command_fail(&err);
    }
    size_t secrets = show_secrets(&service, &err);
    if (secrets == SIZE_MAX)
        code = command_fail(&err);
    else if (secrets > 0)
        code = ERR_USAGE;
done:
    check_release(&checked);
    recordings_release(&service);
    return code;
}
