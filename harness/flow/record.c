#include "flow/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "flow/ingest_write.h"
#include "flow/record_keep.h"
#include "net/loop.h"
#include "net/trust.h"

#define US_PER_S INT64_C(1000000)
#define CLIENTS_MOST 8192
#define DESCRIPTORS_OF_OURS 64
#define GRACE_STEP_NS (20 * CLOCK_NS_PER_MS)

struct recorder {
    const struct record_options *options;
    struct record_result *result;
    struct loop *loop;
    struct allow *allow;
    struct trust *trust;
    struct origin origin;
    struct relay *relay;
    struct keeper keeper;
    char *unreachable;
    int64_t listening_ns; /* since when */
    bool over;
};

void record_result_release(struct record_result *result)
{
    if (result->written)
        ingest_release(&result->ingest);
    memset(result, 0, sizeof *result);
}

static void end(void *owner)
{
    struct recorder *recorder = owner;
    recorder->over = true;
    loop_stop(recorder->loop);
}

static void on_step(void *owner)
{
    loop_stop(owner);
}

/* Only where the user's word leads: the target, and nothing that a request names. */
static int find_target(struct recorder *recorder, struct err *err)
{
    const struct record_options *options = recorder->options;
    struct strings entries = {NULL, 0};
    bool is_unix = strncmp(options->target, "unix:", 5) == 0;
    if (is_unix) {
        strings_add(&entries, options->target);
    } else { /* the user names it: whatever it resolves to */
        strings_add(&entries, "0.0.0.0/0");
        strings_add(&entries, "::/0");
    }
    recorder->allow = allow_new(&entries, err);
    strings_release(&entries);
    if (recorder->allow == NULL ||
        origin_resolve(&recorder->origin, options->target, recorder->allow, err) != 0)
        return -1;
    if (options->trust.name != NULL)
        snprintf(recorder->origin.name, sizeof recorder->origin.name, "%s", options->trust.name);
    if (!recorder->origin.tls)
        return 0;
    recorder->trust = trust_new(&options->trust, err);
    recorder->origin.trust = recorder->trust;
    return recorder->trust != NULL ? 0 : -1;
}

static unsigned connections_most(const struct origin *origin)
{
    struct rlimit limit = {0, 0};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    rlim_t each = 1 + stream_kind_of(origin)->descriptors;
    rlim_t most =
        limit.rlim_cur > 2 * DESCRIPTORS_OF_OURS ? (limit.rlim_cur - DESCRIPTORS_OF_OURS) / each : 1;
    return most < CLIENTS_MOST ? (unsigned)most : CLIENTS_MOST;
}

static int start_relay(struct recorder *recorder, struct err *err)
{
    const struct record_options *options = recorder->options;
    const char *host = options->host;
    recorder->unreachable = xasprintf("%s cannot be reached, or does not speak HTTP/1.1", options->target);
    const struct relay_setting setting = {
        .server = {.base = loop_base(recorder->loop),
                   .listen = options->listen,
                   .cert = options->tls_cert,
                   .key = options->tls_key != NULL ? options->tls_key : options->tls_cert},
        .origin = &recorder->origin,
        .allow = recorder->allow,
        .host = host != NULL && strcmp(host, "target") == 0 ? recorder->origin.host : host,
        .most = connections_most(&recorder->origin),
        .limits = relay_limits_usual,
        .unreachable = recorder->unreachable,
        .observer = {.begin = keeper_begin,
                     .body = keeper_body,
                     .answer = keeper_answer,
                     .answer_body = keeper_answer_body,
                     .end = keeper_end,
                     .owner = &recorder->keeper},
    };
    recorder->relay = relay_new(&setting, err);
    return recorder->relay != NULL ? 0 : -1;
}

static void count(struct recorder *recorder)
{
    struct record_counts *counts = &recorder->result->counts;
    const struct relay_counts *relay = relay_counts(recorder->relay);
    counts->connections = relay->connections;
    counts->open = relay->open;
    counts->slow = relay->refused[RELAY_SLOW];
    counts->refused = 0;
    for (int i = 0; i < RELAY_REFUSALS; i++)
        counts->refused += relay->refused[i];
    memcpy(counts->redacted, recorder->keeper.redactor.counts, sizeof counts->redacted);
}

static double elapsed_s(const struct recorder *recorder)
{
    return (double)(clock_now_ns() - recorder->listening_ns) / (double)CLOCK_NS_PER_S;
}

static void on_tick(void *owner)
{
    struct recorder *recorder = owner;
    struct keeper *keeper = &recorder->keeper;
    if (spool_flush(&keeper->spool, &keeper->err) != 0)
        end(recorder);
    count(recorder);
    if (recorder->options->tell != NULL)
        recorder->options->tell(
            recorder->options->owner,
            &(struct record_progress){&recorder->result->counts, &keeper->top, elapsed_s(recorder)});
}

/* What is under way may end, as long as it does so soon; a second signal ends all at once. */
static void drain(struct recorder *recorder)
{
    int64_t until_ns = clock_now_ns() + RECORD_GRACE_S * CLOCK_NS_PER_S;
    struct ticker *step = ticker_new(recorder->loop, GRACE_STEP_NS, on_step, recorder->loop);
    relay_stop(recorder->relay);
    while (relay_under_way(recorder->relay) > 0 && clock_now_ns() < until_ns &&
           recorder->keeper.err.code == 0)
        loop_run_ignoring(recorder->loop);
    ticker_free(step);
}

/* Until enough was recorded, the time is over, or a signal came. */
static void listen_long(struct recorder *recorder)
{
    const struct record_options *options = recorder->options;
    struct ticker *duration = NULL, *second = ticker_new(recorder->loop, CLOCK_NS_PER_S, on_tick, recorder);
    if (options->duration_ns > 0)
        duration = ticker_new(recorder->loop, options->duration_ns, end, recorder);
    while (!recorder->over && recorder->result->signal == 0)
        recorder->result->signal = loop_run(recorder->loop);
    drain(recorder);
    ticker_free(duration);
    ticker_free(second);
}

static int serve(struct recorder *recorder, struct err *err)
{
    const struct record_options *options = recorder->options;
    struct keeper *keeper = &recorder->keeper;
    const struct server *server = relay_server(recorder->relay);
    if (options->ready != NULL)
        options->ready(options->owner, server_address(server), server_is_loopback(server));
    recorder->listening_ns = clock_now_ns();
    listen_long(recorder);
    keeper->over = true; /* what did not end by now is cut by us, which the service never did */
    count(recorder);
    relay_free(recorder->relay);
    recorder->relay = NULL;
    recorder->result->seconds = elapsed_s(recorder);
    if (keeper->err.code == 0)
        spool_flush(&keeper->spool, &keeper->err);
    *err = keeper->err;
    return keeper->err.code == 0 ? 0 : -1;
}

/* What was redacted once stays as it is, and whose a request is was found out while its secrets were there. */
static int import(struct recorder *recorder, struct err *err)
{
    const char *const files[] = {recorder->keeper.spool.path};
    const struct ingest_options how = {.files = files,
                                       .file_count = 1,
                                       .format = "seep",
                                       .session = "connection",
                                       .keep_secrets = recorder->options->keep_secrets,
                                       .directory = recorder->options->directory,
                                       .force = true /* which was asked about before */};
    if (recorder->result->counts.recorded > 0) {
        recorder->result->written = true;
        if (ingest_files(&how, &recorder->result->ingest, err) != 0)
            return err_prefix(err, "what was recorded stays in %s", files[0]);
    }
    spool_remove(&recorder->keeper.spool);
    return 0;
}

/* An earlier recording that did not end has a line of its own: spool_open(). */
static int check_directory(const struct record_options *options, struct err *err)
{
    char *spool = xasprintf("%s/" SPOOL_NAME, options->directory);
    bool there = access(spool, F_OK) == 0;
    free(spool);
    return there || options->force ? 0 : ingest_check_directory(options->directory, err);
}

static int prepare_keeper(struct recorder *recorder, struct err *err)
{
    const struct record_options *options = recorder->options;
    struct keeper *keeper = &recorder->keeper;
    keeper->magic = KEEPER_MAGIC;
    keeper->options = options;
    keeper->counts = &recorder->result->counts;
    keeper->spool.descriptor = -1;
    keeper->ended = end;
    keeper->owner = recorder;
    keeper->redactor.keep = options->keep_secrets;
    secret_key_random(&keeper->redactor.key);
    return session_rules_read(&keeper->rules,
                              options->session != NULL ? options->session : SESSION_RULES_PROXY, err);
}

static int prepare(struct recorder *recorder, struct err *err)
{
    recorder->loop = loop_new(err);
    if (recorder->loop == NULL || check_directory(recorder->options, err) != 0 ||
        find_target(recorder, err) != 0 || start_relay(recorder, err) != 0)
        return -1;
    /* Whole seconds, as the header line says them. */
    int64_t wall_us = clock_wall_us(), over_us = wall_us % US_PER_S;
    recorder->keeper.started_ns = clock_now_ns() - over_us * CLOCK_NS_PER_US;
    return spool_open(&recorder->keeper.spool, recorder->options->directory, wall_us - over_us,
                      recorder->options->keep_secrets, err);
}

int record_run(const struct record_options *options, struct record_result *result, struct err *err)
{
    struct recorder *recorder = xcalloc(1, sizeof *recorder);
    int failed = -1;
    memset(result, 0, sizeof *result);
    recorder->options = options;
    recorder->result = result;
    if (prepare_keeper(recorder, err) == 0 && prepare(recorder, err) == 0 && serve(recorder, err) == 0)
        failed = import(recorder, err);
    relay_free(recorder->relay);
    keeper_release(&recorder->keeper);
    loop_free(recorder->loop);
    trust_free(recorder->trust);
    allow_free(recorder->allow);
    free(recorder->unreachable);
    free(recorder);
    return failed;
}
