/* seep run DIR, seep run FILE... --target URL -- COMMAND: the soak. Replays the mix, watches, stores, ends with a verdict. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cmd/live.h"
#include "cmd/quick.h"
#include "cmd/session.h"
#include "cmd/shard_given.h"
#include "flow/recordings.h"
#include "flow/shard.h"
#include "flow/soak.h"
#include "scenario/arrivals.h"
#include "scenario/limit.h"

#define BUDGET_NS (600 * CLOCK_NS_PER_S) /* as of bisect */

struct run_options {
    struct option_list endpoints, fail_if, methods;
    double speed, rate;
    uint64_t connections, requests, seed;
    bool no_early_stop;
    int64_t budget_ns, hold_ns; /* negative: not given */
    int64_t duration_ns, warm_up_ns, late_limit_ns, mem_limit_bytes, ramp_ns, coalesce_ns;
    const char *signal, *label, *arrivals, *recording, *shard, *start_at;
    struct quick_given given;
    struct live_given live;
    struct report_files files;
};

#define AT(field) offsetof(struct run_options, field)
const struct option_row run_rows[] = {
    {"endpoint", 'e', OPTION_LIST, AT(endpoints), "NAME[@WEIGHT]",
     "only this endpoint of the mix (repeatable)"},
    {"recording", 0, OPTION_STRING, AT(recording), "FILE",
     "the requests in FILE instead of those recorded of their endpoints; without -e these endpoints alone"},
    {"speed", 0, OPTION_SPEED, AT(speed), "FACTOR", "the recorded times, FACTOR times as fast (2x)"},
    {"rate", 0, OPTION_RATE, AT(rate), "RATE", "this rate in all, in the recorded proportions (50/s)"},
    {"arrivals", 0, OPTION_STRING, AT(arrivals), "KIND",
     "recorded (with --speed), poisson (with --rate) or constant: each endpoint by itself"},
    {"ramp", 0, OPTION_DURATION, AT(ramp_ns), "TIME", "the rate rises from zero to the whole within TIME"},
    {"coalesce", 0, OPTION_DURATION, AT(coalesce_ns), "TIME",
     "send what is due within TIME together, at its end (each request by itself)"},
    {"connections", 0, OPTION_COUNT, AT(connections), "N",
     "as fast as it answers, N requests under way at once"},
    {"requests", 0, OPTION_COUNT, AT(requests), "N", "end after N requests"},
    {"duration", 0, OPTION_DURATION, AT(duration_ns), "TIME", "end after TIME"},
    {"no-early-stop", 0, OPTION_FLAG, AT(no_early_stop), NULL,
     "go on to the end, though the answer be certain before"},
    {"budget", 0, OPTION_DURATION, AT(budget_ns), "TIME",
     "where the answer is open at the end, go on until TIME after the start (10m without --requests and "
     "--duration, else 0s)"},
    {"hold", 0, OPTION_DURATION, AT(hold_ns), "TIME",
     "look again at what grows after TIME without traffic (as long as there was traffic, 2s to 32s)"},
    {"warmup", 0, OPTION_DURATION, AT(warm_up_ns), "TIME", "leave the first TIME out of the judgement"},
    {"late-limit", 0, OPTION_DURATION, AT(late_limit_ns), "TIME", "skip and count what is later than TIME"},
    {"fail-if", 0, OPTION_LIST, AT(fail_if), "LIMIT",
     "exit 1 when shown crossed: 'growth > 16 B/request', 'rss growth > 1 MiB/h', 'p99 > 500 ms' (latency), "
     "'errors > 1%'; 'GET /a/{id}: p99 > 1s' of one endpoint (repeatable)"},
    {"signal", 0, OPTION_STRING, AT(signal), "NAME", "judge by this signal alone"},
    {"methods", 0, OPTION_LIST, AT(methods), "METHOD",
     "allow this method on a target that seep did not start (repeatable)"},
    {"seed", 0, OPTION_COUNT, AT(seed), "N", "arrivals and mixing (1)"},
    {"shard", 0, OPTION_STRING, AT(shard), "I/N",
     "send part I of N, counted from 0, of what a whole run sends; auto/N takes I from JOB_COMPLETION_INDEX "
     "or "
     "SEEP_SHARD_SLOT (`seep help shards`)"},
    {"start-at", 0, OPTION_STRING, AT(start_at), "WHEN",
     "with --shard: when all begin (2026-01-31T12:00:00Z, or seconds since 1970)"},
    {"label", 0, OPTION_STRING, AT(label), "TEXT", "a name for the run"},
    {"mem-limit", 0, OPTION_BYTES, AT(mem_limit_bytes), "SIZE", "end when seep itself takes more than SIZE"},
    LIVE_ROWS(struct run_options, live),
    QUICK_ROWS(struct run_options, given),
    REPORT_FILE_ROWS,
    OPTIONS_END,
};

static int choose_arrivals(const char *name, enum arrivals *arrivals, struct err *err)
{
    for (int i = 0; load_arrivals[i] != NULL; i++)
        if (strcmp(load_arrivals[i], name) == 0) {
            *arrivals = (enum arrivals)(i + 1);
            return 0;
        }
    return err_set(err, ERR_USAGE, "--arrivals '%s': expected recorded, poisson or constant", name);
}

static int shape_load(const struct run_options *options, struct load *load, struct err *err)
{
    if (options->arrivals != NULL && choose_arrivals(options->arrivals, &load->arrivals, err) != 0)
        return -1;
    if (options->ramp_ns > 0)
        load->ramp_ns = options->ramp_ns;
    if (options->coalesce_ns > 0)
        load->coalesce_ns = options->coalesce_ns;
    return load_check(load, err);
}

/* At most one of the three ways to drive; none: the service's own. */
static int choose_load(const struct run_options *options, const struct service *service, struct load *load,
                       struct err *err)
{
    *load = service->load;
    int given = (options->speed > 0) + (options->rate > 0) + (options->connections > 0);
    if (given > 1)
        return err_set(err, ERR_USAGE, "--speed, --rate and --connections exclude one another");
    if (options->connections > CONNECTIONS_MOST)
        return err_set(err, ERR_USAGE, "--connections: at most %d", CONNECTIONS_MOST);
    if (options->speed > 0)
        *load = (struct load){.kind = LOAD_SPEED, .speed = options->speed};
    else if (options->rate > 0)
        *load = (struct load){.kind = LOAD_RATE, .rate_per_second = options->rate};
    else if (options->connections > 0)
        *load = (struct load){.kind = LOAD_CONNECTIONS, .connections = (unsigned)options->connections};
    return shape_load(options, load, err);
}

/* By -e: all, or those that are named, with a weight or without. */
static bool is_chosen(const struct option_list *chosen, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < chosen->count; i++)
        if (strncmp(chosen->items[i], name, length) == 0 &&
            (chosen->items[i][length] == '\0' || chosen->items[i][length] == '@'))
            return true;
    return chosen->count == 0;
}

/* "ENDPOINT: LIMIT" is of one endpoint; no limit holds a colon. */
static int add_limit(struct service *service, const char *text, const struct option_list *chosen,
                     struct err *err)
{
    const char *colon = strstr(text, ": ");
    struct limits *limits = &service->limits;
    struct limit limit = {0};
    if (colon != NULL) {
        char *name = xstrndup(text, (size_t)(colon - text));
        struct endpoint *endpoint = service_find(service, name);
        bool known = endpoint != NULL && is_chosen(chosen, name);
        if (!known)
            err_set(err, ERR_USAGE, "'%s': no endpoint '%s' in the mix", text, name);
        free(name);
        if (!known)
            return -1;
        limits = &endpoint->limits;
    }
    if (limit_parse(colon != NULL ? colon + 2 : text, &limit, err) != 0)
        return -1;
    limits_take(limits, &limit);
    return 0;
}

static int add_limits(struct service *service, const struct run_options *options, struct err *err)
{
    for (size_t i = 0; i < options->fail_if.count; i++)
        if (add_limit(service, options->fail_if.items[i], &options->endpoints, err) != 0)
            return err_prefix(err, "--fail-if");
    return 0;
}

static int64_t budget_of(const struct run_options *options)
{
    if (options->shard != NULL)
        return 0;
    bool bounded = options->requests > 0 || options->duration_ns > 0;
    if (options->budget_ns >= 0)
        return options->budget_ns;
    return bounded ? 0 : BUDGET_NS;
}

static int drive(struct session *session, const struct run_options *options, const struct shard *shard,
                 const char *directory, struct err *err)
{
    struct soak_options soak_options = {
        .trials = {.service = &session->service,
                   .store = session->store,
                   .run = session->run,
                   .listener = &session->listener,
                   .late_limit_ns = options->late_limit_ns,
                   .mem_limit_bytes = options->mem_limit_bytes,
                   .seed = options->seed,
                   .verbose = session->globals->verbose},
        .service = &session->service,
        .directory = directory,
        .shard = *shard,
        .label = options->label,
        .requests = options->requests,
        .duration_ns = options->duration_ns,
        .warm_up_ns = options->warm_up_ns,
        .early_stop = !options->no_early_stop && options->shard == NULL,
        .budget_ns = budget_of(options),
        .hold_ns = options->hold_ns,
        .signal = options->signal,
        .endpoints = options->endpoints.items,
        .endpoint_count = options->endpoints.count,
    };
    for (size_t i = 0; i < options->methods.count; i++)
        strings_add(&session->service.methods, options->methods.items[i]);
    if (choose_load(options, &session->service, &soak_options.load, err) != 0 ||
        add_limits(&session->service, options, err) != 0 || shard_prepare(shard, &session->service, err) != 0)
        return -1;
    soak_options.trials.unread = shard->index > 0;
    soak_options.trials.coalesce_ns = soak_options.load.coalesce_ns;
    soak_options.trials.connections = 256; /* the most at once in an open loop */
    if (soak_options.load.kind == LOAD_CONNECTIONS &&
        shard_connections(shard, soak_options.load.connections, &soak_options.trials.connections, err) != 0)
        return -1;
    return soak(&soak_options, &session->result, err);
}

/* --recording: its requests, and where -e names no others its endpoints alone. */
static int take_recording(struct service *service, struct run_options *options, struct strings *named,
                          struct err *err)
{
    if (options->recording == NULL)
        return 0;
    if (recordings_replace(service, options->recording, named, err) != 0)
        return err_prefix(err, "--recording");
    bool others = options->endpoints.count > 0;
    for (size_t i = 0; !others && i < named->count; i++) {
        if (i == OPTION_LIST_MOST)
            return err_set(err, ERR_USAGE, "--recording: at most %d endpoints in one file", OPTION_LIST_MOST);
        options->endpoints.items[options->endpoints.count++] = named->items[i];
    }
    return 0;
}

/* What no shard can do by itself is refused: none knows what the others did. */
static int check_shard(const struct run_options *options, struct shard *shard, struct err *err)
{
    if (options->shard == NULL && options->start_at != NULL)
        return err_set(err, ERR_USAGE, "--start-at is the common start of shards: it goes with --shard");
    if (options->shard == NULL)
        return 0;
    if (options->budget_ns > 0)
        return err_set(err, ERR_USAGE, "--budget: a shard sends its part, and ends");
    if (options->given.target != NULL)
        return err_set(err, ERR_USAGE,
                       "--shard takes a service directory, the same for all shards (`seep import`)");
    return shard_given(options->shard, options->start_at, shard, err);
}

int cmd_run(struct globals *globals, int argc, char **argv)
{
    struct run_options options = {.seed = 1, .budget_ns = -1, .hold_ns = -1};
    struct operands rest;
    struct err err = {0};
    struct session session = {0};
    bool made = false;
    struct vault *secrets = NULL;
    struct live *live = NULL;
    struct shard shard = {0};
    int code = 0;
    if (command_options(command_find("run"), globals, &options, argc, argv, &rest, &code) != 0)
        return code;
    if (check_shard(&options, &shard, &err) != 0)
        return command_fail(&err);
    if (live_given_start(&options.live, globals, &live, &err) != 0)
        return command_fail(&err);
    char *directory = quick_directory(globals, "run", &options.given, &rest, &made, &secrets, &err);
    if (directory == NULL) {
        live_end(live);
        return quick_fail(&err);
    }
    struct strings named = {0};
    int failed = session_open(&session, globals, &options.files, "run", directory, secrets, &err);
    session_follow(&session, live);
    if (!failed)
        failed = take_recording(&session.service, &options, &named, &err);
    if (!failed)
        failed = session_new_run(&session, directory, options.label, options.seed, argc, argv, &err);
    if (!failed)
        failed = drive(&session, &options, &shard, directory, &err);
    code = session_end(&session, &options.files, failed, &err);
    strings_release(&named);
    if (made)
        quick_say_kept(globals, "run", directory);
    free(directory);
    return code;
}
