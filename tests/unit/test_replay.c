/* The engine against a server that misbehaves: every request ends once, as what it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/text.h"
#include "replay/expect.h"
#include "replay/compose.h"
#include "replay/replay.h"
#include "rogue.h"
#include "taped.h"

#define MS INT64_C(1000000)
#define ENDPOINTS_MAX 32

struct bench {
    struct rogue *rogue;
    struct loop *loop;
    struct allow *allow;
    struct origin origin;
    struct service service;
    struct replay_options options;
    struct replay *replay;
    struct err err;
    /* what came back */
    struct tally tallies[ENDPOINTS_MAX];
    struct tally tally;
    struct latencies latencies;
    uint64_t outcomes, stop_after;
    int raise_signal; /* instead of replay_stop() */
};

static void on_outcome(void *owner, const struct outcome *outcome)
{
    struct bench *bench = owner;
    tally_add(&bench->tallies[outcome->endpoint], outcome);
    assert_true(outcome->result != OUTCOME_DONE ||
                (outcome->status > 0 && outcome->done_ns >= outcome->sent_ns));
    assert_true(outcome->result == OUTCOME_DONE || (outcome->done_ns == 0 && outcome->status == 0));
    assert_true(outcome->sent_ns == 0 || outcome->sent_ns >= outcome->due_ns);
    assert_true(outcome->result != OUTCOME_SKIPPED || outcome->sent_ns == 0);
    if (++bench->outcomes != bench->stop_after)
        return;
    if (bench->raise_signal != 0)
        raise(bench->raise_signal);
    else
        replay_stop(bench->replay);
}

static struct origin origin_of(const char *host, int port, const struct allow *allow)
{
    struct err err = {0};
    struct origin origin;
    char *url = xasprintf("http://%s:%d", host, port);
    if (origin_resolve(&origin, url, allow, &err) != 0)
        fail_msg("%s", err.message);
    free(url);
    return origin;
}

static struct allow *allow_only(const char *entry)
{
    struct err err = {0};
    struct strings entries = {NULL, 0};
    strings_add(&entries, entry);
    struct allow *allow = allow_new(&entries, &err);
    strings_release(&entries);
    assert_non_null(allow);
    return allow;
}

static struct bench *bench_new(void)
{
    struct bench *bench = xcalloc(1, sizeof *bench);
    bench->rogue = rogue_start("127.0.0.1");
    bench->loop = loop_new(&bench->err);
    bench->allow = allow_only("127.0.0.1");
    bench->origin = origin_of("127.0.0.1", bench->rogue->port, bench->allow);
    bench->service.endpoints = xcalloc(ENDPOINTS_MAX, sizeof *bench->service.endpoints);
    bench->service.start.kind = START_COMMAND;
    bench->options = (struct replay_options){.service = &bench->service,
                                             .origin = &bench->origin,
                                             .allow = bench->allow,
                                             .run_header = "test",
                                             .ours = true,
                                             .timeouts = {.total_ns = 20000 * MS},
                                             .on_outcome = on_outcome,
                                             .owner = bench};
    return bench;
}

static void bench_free(struct bench *bench)
{
    replay_free(bench->replay);
    loop_free(bench->loop);
    rogue_stop(bench->rogue);
    untape(&bench->service);
    service_release(&bench->service);
    latencies_release(&bench->latencies);
    allow_free(bench->allow);
    free(bench);
}

static struct endpoint *add_endpoint(struct bench *bench, const char *method, const char *path)
{
    struct endpoint *endpoint = &bench->service.endpoints[bench->service.endpoint_count++];
    endpoint->name = xasprintf("%s %s", method, path);
    endpoint->method = xstrdup(method);
    endpoint->weight = 1;
    return endpoint;
}

static struct request *add_request(struct endpoint *endpoint, const char *url, int64_t t_us,
                                   const char *session)
{
    struct request request = {.method = xstrdup(endpoint->method),
                              .url = xstrdup(url),
                              .session = xstrdup(session),
                              .t_us = t_us,
                              .status = 200};
    recording_add(&endpoint->recording, &request);
    return &endpoint->recording.requests[endpoint->recording.count - 1];
}

static void add_simple(struct bench *bench, const char *path)
{
    add_request(add_endpoint(bench, "GET", path), path, 0, "");
}

/* Every endpoint as one share with so many requests. */
static struct schedule *block_of(struct bench *bench, uint64_t requests)
{
    struct share shares[ENDPOINTS_MAX];
    size_t cursors[ENDPOINTS_MAX] = {0};
    for (size_t i = 0; i < bench->service.endpoint_count; i++)
        shares[i] = (struct share){.endpoint = i, .weight = 1, .requests = requests};
    return schedule_block(taped(&bench->service), shares, bench->service.endpoint_count, cursors, 1);
}

static struct schedule *poisson_of(struct bench *bench, double rate, uint64_t requests)
{
    struct share share = {.endpoint = 0, .weight = 1};
    struct arriving_options options = {
        .arrivals = ARRIVALS_POISSON, .rate_per_second = rate, .requests = requests, .seed = 1};
    return schedule_arriving(taped(&bench->service), &share, 1, &options);
}

static void check_identity(const struct tally *tally)
{
    assert_int_equal(tally->planned, tally->done + tally->failed + tally->skipped);
}

static enum replay_end run(struct bench *bench, struct schedule *schedule_take)
{
    if (bench->replay == NULL)
        bench->replay = replay_new(bench->loop, &bench->options, &bench->err);
    if (bench->replay == NULL)
        fail_msg("%s", bench->err.message);
    uint64_t before = bench->outcomes, had = bench->tally.planned + bench->tally.uncounted;
    enum replay_end end = replay_run(bench->replay, schedule_take, &bench->tally, &bench->latencies);
    uint64_t planned = schedule_planned(schedule_take);
    schedule_free(schedule_take);
    check_identity(&bench->tally);
    assert_int_equal(bench->outcomes - before, bench->tally.planned + bench->tally.uncounted - had);
    if (end == REPLAY_WHOLE && planned > 0)
        assert_int_equal(replay_ended(bench->replay), planned);
    assert_int_equal(bench->latencies.service.count, bench->tally.done);
    return end;
}

static const struct misbehaviour {
    const char *path;
    enum outcome_result result;
    int status;
} misbehaviours[] = {
    {"/ok", OUTCOME_DONE, 200},         {"/close", OUTCOME_DONE, 200},
    {"/drip", OUTCOME_DONE, 200},       {"/chunks", OUTCOME_DONE, 200},
    {"/short", OUTCOME_FAILED, 0},      {"/until-close", OUTCOME_DONE, 200},
    {"/reset", OUTCOME_FAILED, 0},      {"/half", OUTCOME_FAILED, 0},
    {"/never", OUTCOME_FAILED, 0},      {"/idle-close", OUTCOME_DONE, 200},
    {"/stale", OUTCOME_DONE, 200},      {"/garbage", OUTCOME_FAILED, 0},
    {"/surplus", OUTCOME_DONE, 200},    {"/continue", OUTCOME_DONE, 200},
    {"/status/204", OUTCOME_DONE, 204}, {"/status/304", OUTCOME_DONE, 304},
    {"/status/404", OUTCOME_DONE, 404}, {"/status/503", OUTCOME_DONE, 503},
    {"/big/300000", OUTCOME_DONE, 200}, {"/nothing", OUTCOME_FAILED, 0},
};
#define MISBEHAVIOURS (sizeof misbehaviours / sizeof *misbehaviours)

static void check_misbehaviours(enum reuse reuse, unsigned connections)
{
    struct bench *bench = bench_new();
    bench->options.reuse = reuse;
    bench->options.connections = connections;
    bench->options.timeouts.total_ns = 1000 * MS; /* /never */
    uint64_t requests = connections > 1 ? 4 : 2;
    for (size_t i = 0; i < MISBEHAVIOURS; i++)
        add_simple(bench, misbehaviours[i].path);
    assert_int_equal(run(bench, block_of(bench, requests)), REPLAY_WHOLE);
    for (size_t i = 0; i < MISBEHAVIOURS; i++) {
        const struct tally *tally = &bench->tallies[i];
        const struct misbehaviour *row = &misbehaviours[i];
        bool landed = row->status / 100 == 2 || row->status == 304;
        if (tally->planned != requests || tally->skipped != 0 ||
            (row->result == OUTCOME_DONE ? tally->done : tally->failed) != requests ||
            tally->landed != (landed ? requests : 0U))
            fail_msg("%s, reuse %d: done %d failed %d landed %d", row->path, (int)reuse, (int)tally->done,
                     (int)tally->failed, (int)tally->landed);
        if (row->result == OUTCOME_DONE && !landed)
            assert_int_equal(tally->wrong_status, row->status);
    }
    assert_int_equal(bench->tally.expected_status, 200);
    bench_free(bench);
}

static void test_misbehaviour_with_shared_connections(void **state)
{
    (void)state;
    check_misbehaviours(REUSE_ALWAYS, 4);
    check_misbehaviours(REUSE_ALWAYS, 1);
}

static void test_misbehaviour_with_session_connections(void **state)
{
    (void)state;
    check_misbehaviours(REUSE_SESSION, 4);
}

static void test_misbehaviour_without_reuse(void **state)
{
    (void)state;
    check_misbehaviours(REUSE_NEVER, 8);
}

/* What ends a request that is not answered: the first byte is awaited for so long, the whole answer for longer. */
static void test_each_time_out_has_its_own_length(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        struct timeouts timeouts;
    } rows[] = {
        {"/never", {.first_byte_ns = 100 * MS, .total_ns = 3600000 * MS}},
        {"/forever", {.first_byte_ns = 60000 * MS, .total_ns = 200 * MS}},
        {"/forever", {.total_ns = 200 * MS}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench *bench = bench_new();
        bench->options.timeouts = rows[i].timeouts;
        bench->options.connections = 3;
        add_simple(bench, rows[i].path);
        assert_int_equal(run(bench, block_of(bench, 6)), REPLAY_WHOLE);
        assert_int_equal(bench->tally.failed, 6);
        bench_free(bench);
    }
}

/* A listener whose queue is full answers no connect. */
static void test_a_connect_is_not_awaited_for_ever(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int full = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fillers[8];
    assert_int_equal(bind(full, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(full, 0), 0);
    getsockname(full, (struct sockaddr *)&address, &length);
    for (size_t i = 0; i < 8; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        connect(fillers[i], (struct sockaddr *)&address, sizeof address);
    }
    bench->origin = origin_of("127.0.0.1", ntohs(address.sin_port), bench->allow);
    bench->options.timeouts = (struct timeouts){.connect_ns = 200 * MS, .total_ns = 3600000 * MS};
    add_simple(bench, "/ok");
    assert_int_equal(run(bench, block_of(bench, 4)), REPLAY_WHOLE);
    assert_int_equal(bench->tally.failed, 4);
    for (size_t i = 0; i < 8; i++)
        close(fillers[i]);
    close(full);
    bench_free(bench);
}

/* The body goes out after 100 Continue, after a moment without one, and not where the answer came first. */
static void test_expect(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        size_t body;
        int status;
    } rows[] = {{"/expect", 5000, 200}, {"/expect/never", 5000, 200}, {"/refuse", 0, 417}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench *bench = bench_new();
        struct request *request = add_request(add_endpoint(bench, "POST", rows[i].path), rows[i].path, 0, "");
        headers_add(&request->headers, "Expect", "100-continue");
        request->body = xcalloc(1, 5000);
        request->body_length = 5000;
        request->status = rows[i].status;
        assert_int_equal(run(bench, block_of(bench, 2)), REPLAY_WHOLE);
        assert_int_equal(bench->tally.landed, 2);
        for (int k = 0; k < 2; k++)
            assert_int_equal(bench->rogue->log[k].body, rows[i].body);
        assert_non_null(strstr(bench->rogue->last, "Expect: 100-continue\r\n"));
        bench_free(bench);
    }
}

static void test_how_often_it_connects(void **state)
{
    (void)state;
    static const struct {
        enum reuse reuse;
        int accepts;
    } rows[] = {{REUSE_ALWAYS, 1}, {REUSE_NEVER, 100}, {REUSE_SESSION, 1}};
    for (size_t i = 0; i < 3; i++) {
        struct bench *bench = bench_new();
        bench->options.reuse = rows[i].reuse;
        bench->options.connections = 1;
        add_simple(bench, "/ok");
        assert_int_equal(run(bench, block_of(bench, 100)), REPLAY_WHOLE);
        assert_int_equal(bench->tally.landed, 100);
        assert_int_equal(bench->rogue->accepts, rows[i].accepts);
        assert_int_equal(bench->tally.received_bytes, 100 * 43);
        assert_int_equal(strstr(bench->rogue->last, "Connection: close") != NULL,
                         rows[i].reuse == REUSE_NEVER);
        bench_free(bench);
    }
}

static void test_a_stale_connection_is_tried_again_once(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    bench->options.reuse = REUSE_ALWAYS;
    bench->options.connections = 1;
    add_simple(bench, "/stale");
    assert_int_equal(run(bench, block_of(bench, 10)), REPLAY_WHOLE);
    assert_int_equal(bench->tally.done, 10);
    assert_int_equal(bench->rogue->accepts, 10);
    assert_int_equal(bench->rogue->requests, 19); /* the first, and each other twice */
    bench_free(bench);
}

/* What a server says beyond its answer must not be taken for the next one. */
static void test_a_talkative_connection_is_not_used_again(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    bench->options.reuse = REUSE_ALWAYS;
    bench->options.connections = 1;
    add_simple(bench, "/surplus");
    assert_int_equal(run(bench, block_of(bench, 5)), REPLAY_WHOLE);
    assert_int_equal(bench->tally.landed, 5);
    assert_int_equal(bench->rogue->accepts, 5);
    bench_free(bench);
}

/* Three sessions of 20 requests: each in order, each on a connection of its own. */
static void check_sessions(struct bench *bench)
{
    int connections[3] = {-1, -1, -1}, order[3] = {0, 0, 0};
    for (int i = 0; i < bench->rogue->requests; i++) {
        int session, number;
        assert_int_equal(sscanf(bench->rogue->log[i].url, "/slow?s=%d&n=%d", &session, &number), 2);
        assert_int_equal(number, order[session]++);
        if (connections[session] < 0)
            connections[session] = bench->rogue->log[i].connection;
        assert_int_equal(bench->rogue->log[i].connection, connections[session]);
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(order[i], 20);
    assert_int_equal(bench->rogue->accepts, 3);
}

static void add_sessions(struct bench *bench)
{
    struct endpoint *endpoint = add_endpoint(bench, "GET", "/slow");
    for (int i = 0; i < 60; i++) {
        char url[64], session[8];
        snprintf(url, sizeof url, "/slow?s=%d&n=%d", i % 3, i / 3);
        snprintf(session, sizeof session, "s%d", i % 3);
        add_request(endpoint, url, i * 500, session);
    }
}

static void test_open_loop_keeps_sessions_in_order(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    struct share share = {.endpoint = 0, .weight = 1};
    add_sessions(bench);
    assert_int_equal(run(bench, schedule_recorded(taped(&bench->service), &share, 1, 1, 0, 0, 1)),
                     REPLAY_WHOLE);
    assert_int_equal(bench->tally.landed, 60);
    check_sessions(bench);
    bench_free(bench);
}

static void test_closed_loop_keeps_sessions_in_order(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    struct share share = {.endpoint = 0, .weight = 1};
    add_sessions(bench);
    assert_int_equal(run(bench, schedule_closed(taped(&bench->service), &share, 1, 60, 1)), REPLAY_WHOLE);
    assert_int_equal(bench->tally.landed, 60);
    check_sessions(bench);
    bench_free(bench);
}

/* More sessions than connections: idle ones have to go, and nothing is lost. */
static void test_many_sessions_on_few_connections(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    struct share share = {.endpoint = 0, .weight = 1};
    struct endpoint *endpoint = add_endpoint(bench, "GET", "/ok");
    bench->options.connections = 2;
    for (int i = 0; i < 300; i++) {
        char session[8];
        snprintf(session, sizeof session, "s%d", i * 7 % 50);
        add_request(endpoint, "/ok", i * 100, i % 5 == 0 ? "" : session);
    }
    assert_int_equal(run(bench, schedule_closed(taped(&bench->service), &share, 1, 900, 1)), REPLAY_WHOLE);
    assert_int_equal(bench->tally.landed, 900);
    assert_int_equal(run(bench, schedule_recorded(taped(&bench->service), &share, 1, 1, 0, 900, 1)),
                     REPLAY_WHOLE);
    assert_int_equal(bench->tally.landed, 1800);
    bench_free(bench);
}

static void test_poisson_rate(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    add_simple(bench, "/close");
    assert_int_equal(run(bench, poisson_of(bench, 2000, 300)), REPLAY_WHOLE);
    assert_int_equal(bench->tally.landed, 300);
    assert_int_equal(bench->latencies.lag.count, 300);
    assert_int_equal(bench->rogue->accepts, 300);
    bench_free(bench);
}

static void test_prerequisites_are_sent_and_not_counted(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    size_t cursors[2] = {0, 0};
    struct share share = {.endpoint = 1, .requests = 10};
    add_simple(bench, "/ok?login");
    struct endpoint *cart = add_endpoint(bench, "GET", "/ok");
    add_request(cart, "/ok", 0, "one");
    add_request(cart, "/ok", 1, "two");
    strings_add(&cart->after, "GET /ok?login");
    struct schedule *schedule = schedule_block(taped(&bench->service), &share, 1, cursors, 1);
    assert_int_equal(run(bench, schedule), REPLAY_WHOLE);
    assert_int_equal(bench->tally.planned, 10);
    assert_int_equal(bench->tally.uncounted, 10); /* five passes of two sessions */
    assert_int_equal(bench->latencies.lag.count, 10);
    assert_int_equal(bench->rogue->requests, 20);
    bench_free(bench);
}

/* One connection, each answer takes 5 ms, one is due each 0.2 ms: most are too
 * late, and all are accounted for. */
static void test_late_ones_are_skipped(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    struct share share = {.endpoint = 0, .weight = 1};
    struct endpoint *endpoint = add_endpoint(bench, "GET", "/slow");
    bench->options.connections = 1;
    bench->options.late_limit_ns = 8 * MS;
    for (int i = 0; i < 200; i++)
        add_request(endpoint, "/slow", i * 200, "");
    assert_int_equal(run(bench, schedule_recorded(taped(&bench->service), &share, 1, 1, 0, 0, 1)),
                     REPLAY_WHOLE);
    assert_int_equal(bench->tally.planned, 200);
    assert_true(bench->tally.skipped > 50 && bench->tally.done >= 1);
    assert_int_equal(bench->rogue->requests, bench->tally.done);
    bench_free(bench);
}

static void test_nothing_goes_outside_the_list(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    struct rogue *outside = rogue_start("127.0.0.2");
    struct allow *other = allow_only("127.0.0.2");
    struct origin elsewhere = origin_of("127.0.0.2", outside->port, other);
    add_simple(bench, "/ok");
    bench->options.origin = &elsewhere;
    assert_null(replay_new(bench->loop, &bench->options, &bench->err));
    assert_int_equal(bench->err.code, ERR_REFUSED);
    bench->options.origin = &bench->origin;
    assert_int_equal(run(bench, block_of(bench, 5)), REPLAY_WHOLE);
    replay_retarget(bench->replay, &elsewhere);
    assert_int_equal(run(bench, block_of(bench, 5000)), REPLAY_WHOLE);
    assert_int_equal(bench->tally.done, 5);
    assert_int_equal(bench->tally.skipped, 5000);
    assert_int_equal(outside->accepts, 0);
    allow_free(other);
    rogue_stop(outside);
    bench_free(bench);
}

static void test_methods_that_are_not_allowed(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    bench->service.start.kind = START_NONE;
    add_request(add_endpoint(bench, "POST", "/ok"), "/ok", 0, "");
    add_request(add_endpoint(bench, "PUT", "/ok"), "/ok", 0, "");
    add_request(add_endpoint(bench, "HEAD", "/head"), "/head", 0, "");
    strings_add(&bench->service.methods, "PUT");
    assert_int_equal(run(bench, block_of(bench, 3)), REPLAY_WHOLE);
    assert_int_equal(bench->tallies[0].skipped, 3);
    assert_int_equal(bench->tallies[1].landed, 3);
    assert_int_equal(bench->tallies[2].landed, 3);
    assert_int_equal(bench->rogue->requests, 6);
    bench_free(bench);
}

static void test_retarget(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    struct rogue *second = rogue_start("127.0.0.1");
    struct origin origin = origin_of("127.0.0.1", second->port, bench->allow);
    char host[64];
    add_simple(bench, "/ok");
    run(bench, block_of(bench, 3));
    replay_retarget(bench->replay, &origin);
    assert_int_equal(run(bench, block_of(bench, 4)), REPLAY_WHOLE);
    assert_int_equal(bench->rogue->requests, 3);
    assert_int_equal(second->requests, 4);
    snprintf(host, sizeof host, "Host: 127.0.0.1:%d\r\n", second->port);
    assert_non_null(strstr(second->last, host));
    bench_free(bench);
    rogue_stop(second);
}

static void test_a_target_that_is_gone(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    struct origin dead = origin_of("127.0.0.1", rogue_dead_port("127.0.0.1"), bench->allow);
    struct share share = {.endpoint = 0, .weight = 1};
    struct endpoint *endpoint = add_endpoint(bench, "GET", "/ok");
    for (int i = 0; i < 10; i++)
        add_request(endpoint, "/ok", i * 100, i % 2 == 0 ? "one" : "");
    bench->options.origin = &dead;
    assert_int_equal(run(bench, block_of(bench, 1000)), REPLAY_TARGET_GONE);
    assert_int_equal(bench->tally.planned, 1000);
    assert_int_equal(bench->tally.failed, 100);
    assert_int_equal(bench->tally.skipped, 900);
    struct schedule *recorded = schedule_recorded(taped(&bench->service), &share, 1, 1000, 0, 1000, 1);
    assert_int_equal(run(bench, recorded), REPLAY_TARGET_GONE);
    assert_int_equal(bench->tally.planned, 2000);
    /* An endless schedule. */
    assert_int_equal(run(bench, schedule_closed(taped(&bench->service), &share, 1, 0, 1)),
                     REPLAY_TARGET_GONE);
    replay_retarget(bench->replay, &bench->origin); /* started again */
    assert_int_equal(run(bench, block_of(bench, 10)), REPLAY_WHOLE);
    assert_int_equal(bench->tally.done, 10);
    bench_free(bench);
}

static void test_stop(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    struct share shares[] = {{.endpoint = 0, .weight = 1}, {.endpoint = 1, .weight = 1}};
    add_simple(bench, "/ok");
    add_sessions(bench);
    bench->stop_after = 50;
    assert_int_equal(run(bench, schedule_closed(taped(&bench->service), shares, 2, 0, 1)), REPLAY_STOPPED);
    assert_true(bench->tally.done >= 50);
    assert_int_equal(bench->tally.failed, 0);
    bench->stop_after = bench->outcomes + 5;
    assert_int_equal(run(bench, schedule_recorded(taped(&bench->service), shares, 2, 1, 3600000 * MS, 0, 1)),
                     REPLAY_STOPPED);
    bench_free(bench);
}

/* A server that never answers must not hold up the end. */
static void test_stop_with_requests_under_way(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    add_simple(bench, "/never");
    add_simple(bench, "/ok");
    bench->options.connections = 8;
    bench->stop_after = 2;
    size_t cursors[2] = {0, 0};
    struct share shares[] = {{.endpoint = 0, .requests = 3}, {.endpoint = 1, .requests = 100}};
    assert_int_equal(run(bench, schedule_block(taped(&bench->service), shares, 2, cursors, 1)),
                     REPLAY_STOPPED);
    assert_true(bench->tally.done >= 2);
    assert_int_equal(bench->tallies[0].failed, bench->tallies[0].planned);
    bench_free(bench);
}

static void test_an_endless_schedule_of_what_may_not_be_sent(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    struct share share = {.endpoint = 0, .weight = 1};
    bench->service.start.kind = START_NONE;
    add_request(add_endpoint(bench, "POST", "/ok"), "/ok", 0, "");
    bench->stop_after = 20000;
    assert_int_equal(run(bench, schedule_closed(taped(&bench->service), &share, 1, 0, 1)), REPLAY_STOPPED);
    assert_int_equal(bench->rogue->accepts, 0);
    bench_free(bench);
}

static void test_big_bodies(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    size_t length = (size_t)6 << 20;
    static const char *const paths[] = {"/ok", "/too-large"};
    for (size_t i = 0; i < 2; i++) {
        struct request *request = add_request(add_endpoint(bench, "POST", paths[i]), paths[i], 0, "");
        request->body = xcalloc(length, 1);
        request->body_length = length;
    }
    assert_int_equal(run(bench, block_of(bench, 3)), REPLAY_WHOLE);
    assert_int_equal(bench->tallies[0].landed, 3);
    assert_int_equal(bench->tallies[1].done, 3);
    assert_int_equal(bench->tallies[1].wrong_status, 413);
    for (int i = 0; i < bench->rogue->requests; i++)
        if (strcmp(bench->rogue->log[i].url, "/ok") == 0)
            assert_int_equal(bench->rogue->log[i].body, length);
    bench_free(bench);
}

static void check_rendered(struct bench *bench, const char *expected)
{
    struct composer *composer = composer_new(&bench->service, &bench->origin, "42", true, false, &bench->err);
    if (composer == NULL)
        fail_msg("%s", bench->err.message);
    struct tape_request request;
    struct text text = TEXT_EMPTY;
    struct message message;
    tape_read(taped(&bench->service)->endpoints[0].tape, 0, &request);
    struct client nobody = {.times = 0};
    assert_int_equal(compose(composer, 0, &request, &(struct outfit){.own = &nobody}, &text, &message, NULL),
                     0);
    assert_string_equal(text_string(&text), expected);
    assert_int_equal(message.length, text.length);
    assert_int_equal(message.body, (size_t)(strstr(text.bytes, "\r\n\r\n") + 4 - text.bytes));
    text_release(&text);
    composer_free(composer);
}

static void test_rendering(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    struct endpoint *endpoint = add_endpoint(bench, "POST", "/cart");
    struct request *request = add_request(endpoint, "/cart?key={{redacted:1f}}&q=a b\x01", 0, "");
    static const char *const recorded[][2] = {
        {"Host", "shop.example"},
        {"connection", "keep-alive"},
        {"Keep-Alive", "5"},
        {"TE", "trailers"},
        {"Upgrade", "h2c"},
        {"Transfer-Encoding", "chunked"},
        {"Content-Length", "999"},
        {"Expect", "100-continue"},
        {"Proxy-Authorization", "x"},
        {":authority", "shop.example"},
        {"X-Seep-Run", "older"},
        {"Cookie", "a={{redacted:ff}}"},
        {"cookie", "b=2"},
        {"Cookie", "c=3"},
        {"Authorization", "{{redacted:0}}"},
        {"Accept", "*/*"},
        {"Accept-Encoding", "gzip"},
        {"X-Own", "recorded"},
        {"User-Agent", "Browser/1"},
    };
    for (size_t i = 0; i < sizeof recorded / sizeof *recorded; i++)
        headers_add(&request->headers, recorded[i][0], recorded[i][1]);
    headers_add(&endpoint->headers, "x-own", "mine");
    headers_add(&endpoint->headers, "Authorization", "Bearer t");
    request->body = (unsigned char *)xstrdup("{\"a\":\"{{redacted:2}}\"}");
    request->body_length = strlen((char *)request->body);
    snprintf(bench->origin.host, sizeof bench->origin.host, "127.0.0.1:81");
    check_rendered(
        bench, "POST /cart?key={{redacted:1f}}&q=a%20b%01 HTTP/1.1\r\nHost: 127.0.0.1:81\r\nx-own: mine\r\n"
               "Authorization: Bearer t\r\nX-Seep-Run: 42\r\nAccept: */*\r\nAccept-Encoding: gzip\r\n"
               "User-Agent: Browser/1\r\nCookie: b=2; c=3\r\nContent-Length: 22\r\nExpect: "
               "100-continue\r\n\r\n{\"a\":\"{{redacted:2}}\"}");
    bench_free(bench);
}

/* The Cookie line of GET /shop/a that was recorded with `b=2; c=3`, for clients with these cookies; "" is a jar without any. */
static void check_cookies(const char *own, const char *shared, const char *expected)
{
    struct bench *bench = bench_new();
    struct endpoint *endpoint = add_endpoint(bench, "GET", "/shop/a");
    headers_add(&add_request(endpoint, "/shop/a", 0, "")->headers, "Cookie", "b=2; c=3");
    struct composer *composer = composer_new(&bench->service, &bench->origin, "42", true, false, &bench->err);
    assert_non_null(composer);
    struct asking asking = {.target = {"/shop/login", 11}, .now_s = 1000};
    struct client of_session = {.times = 0}, of_all = {.times = 0};
    jar_set(&of_session.jar, (struct span){own, strlen(own)}, &asking);
    jar_set(&of_all.jar, (struct span){shared, strlen(shared)}, &asking);
    struct tape_request request;
    struct text text = TEXT_EMPTY;
    struct message message;
    tape_read(taped(&bench->service)->endpoints[0].tape, 0, &request);
    const struct outfit outfit = {.own = &of_session, .shared = &of_all, .asking = &asking};
    assert_int_equal(compose(composer, 0, &request, &outfit, &text, &message, NULL), 0);
    const char *line = strstr(text_string(&text), "\r\nCookie: ");
    assert_non_null(line);
    assert_int_equal(strncmp(line + 2, expected, strlen(expected)), 0);
    assert_null(strstr(line + 4, "\r\nCookie: "));
    text_release(&text);
    client_release(&of_session);
    client_release(&of_all);
    composer_free(composer);
    bench_free(bench);
}

static void test_cookies_beside_recorded_ones(void **state)
{
    (void)state;
    check_cookies("", "", "Cookie: b=2; c=3\r\n");
    check_cookies("s=1; Path=/", "", "Cookie: s=1; b=2; c=3\r\n");
    check_cookies("b=new; Path=/", "", "Cookie: b=new; c=3\r\n");
    check_cookies("", "t=9; Path=/", "Cookie: t=9; b=2; c=3\r\n");
    check_cookies("s=1; Path=/", "s=0; Path=/", "Cookie: s=1; b=2; c=3\r\n"); /* a session's own go before */
    check_cookies("s=1; Path=/elsewhere", "", "Cookie: b=2; c=3\r\n");
}

static void test_rendering_without_anything(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    add_request(add_endpoint(bench, "GET", "/"), "/", 0, "");
    headers_add(&bench->service.endpoints[0].headers, "Host", "shop.example");
    check_rendered(bench,
                   "GET / HTTP/1.1\r\nHost: shop.example\r\nX-Seep-Run: 42\r\nUser-Agent: seep/" SEEP_VERSION
                   "\r\n\r\n");
    bench_free(bench);
}

static void test_what_cannot_be_rendered(void **state)
{
    (void)state;
    static const struct {
        const char *method, *url, *name, *value;
    } rows[] = {
        {"GET", "/a\r\nX: y", NULL, NULL},
        {"GET", "/a\nb", NULL, NULL},
        {"GET", "http://other/", NULL, NULL},
        {"GET", "", NULL, NULL},
        {"G T", "/", NULL, NULL},
        {"", "/", NULL, NULL},
        {"GET", "/", "X", "a\r\nY: b"},
        {"GET", "/", "X\r\nY", "b"},
        {"GET", "/", "X", "a\n"},
        {"GET", "/", "", "b"},
        {"GET", "/", "X Y", "b"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench *bench = bench_new();
        struct endpoint *endpoint = add_endpoint(bench, rows[i].method, "/");
        add_request(endpoint, rows[i].url, 0, "");
        if (rows[i].name != NULL)
            headers_add(&endpoint->recording.requests[0].headers, rows[i].name, rows[i].value);
        struct rendering rendering = {0};
        struct tape_request rendered;
        assert_int_equal(render(&rendering, &bench->service, endpoint, &endpoint->recording.requests[0],
                                &rendered, &bench->err),
                         -1);
        assert_int_equal(bench->err.code, ERR_USAGE);
        rendering_release(&rendering);
        bench_free(bench);
    }
}

static void test_landing(void **state)
{
    (void)state;
    static const struct {
        int expect_status, expect_class, recorded, status;
        bool landed;
    } rows[] = {
        {0, 0, 200, 201, true},    {0, 0, 200, 302, false},   {0, 0, 200, 304, true},
        {0, 0, 304, 200, true},    {0, 0, 304, 302, true},    {0, 0, 304, 201, false},
        {0, 0, 404, 404, true},    {0, 0, 404, 200, false},   {0, 0, 0, 204, true},
        {0, 0, 0, 302, true},      {0, 0, 0, 404, false},     {0, 0, 499, 200, true},
        {0, 4, 200, 404, true},    {0, 4, 200, 200, false},   {201, 0, 200, 201, true},
        {201, 2, 200, 200, false}, {200, 0, 200, 304, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct endpoint endpoint = {
            .expect = {.status = rows[i].expect_status, .class = rows[i].expect_class}};
        if (expect_landed(&endpoint, rows[i].recorded, rows[i].status) != rows[i].landed)
            fail_msg("row %zu", i);
    }
}

static void stop_loop(void *owner)
{
    loop_stop(owner);
}

/* Last: a signal that came stays. */
static void test_interrupt(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    struct share shares[] = {{.endpoint = 0, .weight = 1}, {.endpoint = 1, .weight = 1}};
    interrupt_install();
    add_simple(bench, "/ok");
    add_sessions(bench);
    bench->stop_after = 50;
    bench->raise_signal = SIGTERM;
    assert_int_equal(run(bench, schedule_closed(taped(&bench->service), shares, 2, 0, 1)),
                     REPLAY_INTERRUPTED);
    assert_true(bench->tally.done >= 50);
    assert_int_equal(loop_run(bench->loop), SIGTERM);
    assert_int_equal(loop_sleep(bench->loop, 1000000000), SIGTERM);
    struct ticker *ticker = ticker_new(bench->loop, MS, stop_loop, bench->loop);
    loop_run_ignoring(bench->loop); /* clean-up still can wait for something */
    ticker_free(ticker);
    assert_int_equal(run(bench, schedule_closed(taped(&bench->service), shares, 2, 0, 1)),
                     REPLAY_INTERRUPTED);
    bench_free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_misbehaviour_with_shared_connections),
        cmocka_unit_test(test_misbehaviour_with_session_connections),
        cmocka_unit_test(test_misbehaviour_without_reuse),
        cmocka_unit_test(test_each_time_out_has_its_own_length),
        cmocka_unit_test(test_a_connect_is_not_awaited_for_ever),
        cmocka_unit_test(test_expect),
        cmocka_unit_test(test_how_often_it_connects),
        cmocka_unit_test(test_a_stale_connection_is_tried_again_once),
        cmocka_unit_test(test_a_talkative_connection_is_not_used_again),
        cmocka_unit_test(test_open_loop_keeps_sessions_in_order),
        cmocka_unit_test(test_closed_loop_keeps_sessions_in_order),
        cmocka_unit_test(test_many_sessions_on_few_connections),
        cmocka_unit_test(test_poisson_rate),
        cmocka_unit_test(test_prerequisites_are_sent_and_not_counted),
        cmocka_unit_test(test_late_ones_are_skipped),
        cmocka_unit_test(test_nothing_goes_outside_the_list),
        cmocka_unit_test(test_methods_that_are_not_allowed),
        cmocka_unit_test(test_retarget),
        cmocka_unit_test(test_a_target_that_is_gone),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_stop_with_requests_under_way),
        cmocka_unit_test(test_an_endless_schedule_of_what_may_not_be_sent),
        cmocka_unit_test(test_big_bodies),
        cmocka_unit_test(test_rendering),
        cmocka_unit_test(test_cookies_beside_recorded_ones),
        cmocka_unit_test(test_rendering_without_anything),
        cmocka_unit_test(test_what_cannot_be_rendered),
        cmocka_unit_test(test_landing),
        cmocka_unit_test(test_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
