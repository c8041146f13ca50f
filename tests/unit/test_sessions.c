/* What a session keeps, end to end: cookies, captured values, the setup, fresh keys, clients that hang up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "replay/replay.h"
#include "replay/session.h"
#include "rogue.h"
#include "taped.h"

#define ENDPOINTS_MAX 4
#define SETUP_MAX 2

struct bench {
    struct rogue *rogue;
    struct loop *loop;
    struct allow *allow;
    struct origin origin;
    struct service service;
    struct replay_options options;
    struct replay *replay;
    struct tally tallies[ENDPOINTS_MAX + SETUP_MAX], tally;
    uint64_t setups, abandoned;
};

static void on_outcome(void *owner, const struct outcome *outcome)
{
    struct bench *bench = owner;
    tally_add(&bench->tallies[outcome->endpoint], outcome);
    bench->setups += outcome->endpoint >= bench->service.endpoint_count;
    assert_true(outcome->endpoint < bench->service.endpoint_count || !outcome->counted);
}

static struct bench *bench_new(void)
{
    struct err err = {0};
    struct strings entries = {NULL, 0};
    struct bench *bench = xcalloc(1, sizeof *bench);
    bench->rogue = rogue_start("127.0.0.1");
    bench->loop = loop_new(&err);
    strings_add(&entries, "127.0.0.1");
    bench->allow = allow_new(&entries, &err);
    strings_release(&entries);
    char *url = xasprintf("http://127.0.0.1:%d", bench->rogue->port);
    assert_int_equal(origin_resolve(&bench->origin, url, bench->allow, &err), 0);
    free(url);
    bench->service.endpoints = xcalloc(ENDPOINTS_MAX, sizeof *bench->service.endpoints);
    bench->service.setup = xcalloc(SETUP_MAX, sizeof *bench->service.setup);
    bench->service.start.kind = START_COMMAND;
    bench->options = (struct replay_options){.service = &bench->service,
                                             .origin = &bench->origin,
                                             .allow = bench->allow,
                                             .run_header = "test",
                                             .connections = 4,
                                             .seed = 1,
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
    allow_free(bench->allow);
    free(bench);
}

static struct endpoint *add_endpoint(struct bench *bench, const char *method, const char *path)
{
    struct endpoint *endpoint = &bench->service.endpoints[bench->service.endpoint_count++];
    endpoint->name = xasprintf("%s %s", method, path);
    endpoint->method = xstrdup(method);
    endpoint->template = xstrdup(path);
    endpoint->weight = 1;
    return endpoint;
}

static struct request request_of(const char *method, const char *url, const char *session, int status)
{
    return (struct request){
        .method = xstrdup(method), .url = xstrdup(url), .session = xstrdup(session), .status = status};
}

static struct request *add_request(struct endpoint *endpoint, const char *url, const char *session,
                                   int64_t t_us)
{
    struct request request = request_of(endpoint->method, url, session, 200);
    request.t_us = t_us;
    recording_add(&endpoint->recording, &request);
    return &endpoint->recording.requests[endpoint->recording.count - 1];
}

static void capture(struct bench *bench, struct endpoint *endpoint, const char *name, enum capture_from from,
                    const char *what)
{
    struct captures *captures = &endpoint->captures;
    captures->items = xrealloc(captures->items, (captures->count + 1) * sizeof *captures->items);
    captures->items[captures->count++] =
        (struct capture){.name = xstrdup(name),
                         .from = from,
                         .pattern = from == CAPTURE_BODY ? pattern_new(what, NULL) : NULL,
                         .where = from != CAPTURE_BODY ? xstrdup(what) : NULL};
    if (!strings_has(&bench->service.variables, name))
        strings_add(&bench->service.variables, name);
}

static struct endpoint *add_setup(struct bench *bench, const char *url)
{
    struct setup_step *step = &bench->service.setup[bench->service.setup_count++];
    step->endpoint.name = xasprintf("setup POST %s", url);
    step->endpoint.method = xstrdup("POST");
    step->endpoint.template = xstrdup(url);
    step->request = request_of("POST", url, "", 0);
    return &step->endpoint;
}

/* All recorded requests once, in the order of their times, `passes` times. */
static enum replay_end run(struct bench *bench, uint64_t requests)
{
    struct err err = {0};
    struct share shares[ENDPOINTS_MAX];
    for (size_t i = 0; i < bench->service.endpoint_count; i++)
        shares[i] = (struct share){.endpoint = i, .weight = 1};
    struct schedule *schedule =
        schedule_closed(taped(&bench->service), shares, bench->service.endpoint_count, requests, 1);
    if (bench->replay == NULL)
        bench->replay = replay_new(bench->loop, &bench->options, &err);
    if (bench->replay == NULL)
        fail_msg("%s", err.message);
    enum replay_end end = replay_run(bench->replay, schedule, &bench->tally, NULL);
    schedule_free(schedule);
    assert_int_equal(bench->tally.planned, bench->tally.done + bench->tally.failed + bench->tally.skipped);
    return end;
}

/* Each of two sessions logs in and asks for what needs its own cookie and its own token. */
static void log_in_and_ask(struct bench *bench, int asks)
{
    struct endpoint *login = add_endpoint(bench, "GET", "/login"),
                    *need = add_endpoint(bench, "GET", "/need");
    capture(bench, login, "token", CAPTURE_JSON, "/token");
    headers_add(&need->headers, "X-Token", "{{token}}");
    for (int i = 0; i < 2; i++)
        add_request(login, "/login", i == 0 ? "a" : "b", 0);
    for (int i = 0; i < 2 * asks; i++)
        add_request(need, "/need", i % 2 == 0 ? "a" : "b", 10 + i);
}

static void test_cookies_and_captures_stay_with_their_session(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    log_in_and_ask(bench, 10);
    assert_int_equal(run(bench, 22), REPLAY_WHOLE);
    assert_int_equal(bench->tally.landed, 22);
    assert_int_equal(run(bench, 22),
                     REPLAY_WHOLE); /* the same sessions again: they remember, and log in anew */
    assert_int_equal(bench->tally.landed, 44);
    assert_int_equal(bench->rogue->logins, 4);
    bench_free(bench);
}

/* A later pass is another session: nothing of the first is left. */
static void test_a_pass_begins_with_nothing(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    log_in_and_ask(bench, 1);
    assert_int_equal(run(bench, 8), REPLAY_WHOLE);
    assert_int_equal(bench->tally.landed, 8);
    for (int i = 0; i < bench->rogue->requests; i++)
        if (strcmp(bench->rogue->log[i].url, "/login") == 0)
            assert_string_equal(bench->rogue->log[i].cookie, "");
    bench_free(bench);
}

static void test_what_was_not_captured_is_never_sent(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    struct endpoint *ok = add_endpoint(bench, "GET", "/ok"), *need = add_endpoint(bench, "POST", "/need");
    capture(bench, ok, "csrf", CAPTURE_BODY, "csrf='(.*?)'");
    add_request(ok, "/ok", "a", 0);
    struct request *request = add_request(need, "/need?x={{csrf}}", "a", 1);
    add_request(need, "/need?y={{other}}", "a", 2); /* nobody captures that: it is what was recorded */
    request->body = (unsigned char *)xstrdup("c={{csrf}}");
    request->body_length = 10;
    assert_int_equal(run(bench, 3), REPLAY_WHOLE);
    assert_int_equal(bench->tallies[1].uncorrelated, 1);
    assert_int_equal(bench->tallies[1].skipped, 1);
    assert_int_equal(bench->rogue->requests, 2);
    assert_string_equal(bench->rogue->log[1].url, "/need?y={{other}}");
    assert_string_equal(replay_why(bench->replay, 1), "{{csrf}} was not captured");
    bench_free(bench);
}

/* In the URL, in a header, in a body whose length is said anew. */
static void test_values_go_where_they_are_named(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    struct endpoint *login = add_endpoint(bench, "GET", "/login"), *post = add_endpoint(bench, "POST", "/ok");
    capture(bench, login, "csrf", CAPTURE_BODY, "name='csrf' value='(.*?)'");
    capture(bench, login, "id", CAPTURE_HEADER, "x-id");
    add_request(login, "/login", "a", 0);
    struct request *request = add_request(post, "/ok?c={{csrf}}", "a", 1);
    headers_add(&request->headers, "X-Token", "{{id}} and {{redacted:1}}");
    headers_add(&request->headers, "X-Mine", "{{id}}");
    request->body = (unsigned char *)xstrdup("{{csrf}}{{csrf}}!");
    request->body_length = strlen((char *)request->body);
    assert_int_equal(run(bench, 2), REPLAY_WHOLE);
    assert_int_equal(bench->tally.landed, 2);
    assert_string_equal(bench->rogue->log[1].url, "/ok?c=c1");
    assert_string_equal(bench->rogue->log[1].token, ""); /* it holds a redacted part, so it does not go out */
    assert_non_null(strstr(bench->rogue->last, "X-Mine: i1\r\n"));
    assert_string_equal(bench->rogue->log[1].text, "c1c1!");
    assert_int_equal(bench->rogue->log[1].body, 5);
    bench_free(bench);
}

static void ask_after_setup(struct bench *bench, bool per_run, int sessions)
{
    struct endpoint *need = add_endpoint(bench, "GET", "/need"), *login = add_setup(bench, "/login");
    char name[16];
    capture(bench, login, "token", CAPTURE_JSON, "/token");
    headers_add(&need->headers, "X-Token", "{{token}}");
    bench->service.setup_per_run = per_run;
    for (int i = 0; i < 60; i++) {
        snprintf(name, sizeof name, "s%d", i % (sessions > 0 ? sessions : 1));
        add_request(need, "/need", sessions > 0 ? name : "", i);
    }
}

static void test_setup_once_per_session(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    ask_after_setup(bench, false, 6);
    assert_int_equal(run(bench, 60), REPLAY_WHOLE);
    assert_int_equal(bench->tally.landed, 60);
    assert_int_equal(bench->rogue->logins, 6);
    assert_int_equal(bench->setups, 6);
    assert_int_equal(bench->tally.uncounted, 6);
    assert_int_equal(run(bench, 60), REPLAY_WHOLE); /* the same server: they are logged in */
    assert_int_equal(bench->rogue->logins, 6);
    replay_retarget(bench->replay, &bench->origin); /* another one: nobody is */
    assert_int_equal(run(bench, 60), REPLAY_WHOLE);
    assert_int_equal(bench->rogue->logins, 12);
    assert_int_equal(bench->tally.landed, 180);
    bench_free(bench);
}

static void test_setup_once_per_run(void **state)
{
    (void)state;
    for (int sessions = 0; sessions < 7; sessions += 6)
        for (int per_run = sessions > 0; per_run < 2; per_run++) {
            struct bench *bench = bench_new();
            ask_after_setup(bench, per_run != 0, sessions);
            assert_int_equal(run(bench, 60), REPLAY_WHOLE);
            assert_int_equal(bench->tally.landed, 60);
            assert_int_equal(bench->rogue->logins, 1);
            assert_string_equal(bench->rogue->log[0].url, "/login");
            bench_free(bench);
        }
}

/* A token that runs out: each session logs in again, once, and no request is lost. */
static void test_setup_again_after_401(void **state)
{
    (void)state;
    for (int per_run = 0; per_run < 2; per_run++) {
        struct bench *bench = bench_new();
        ask_after_setup(bench, per_run != 0, 6);
        assert_int_equal(run(bench, 60), REPLAY_WHOLE);
        int logins = bench->rogue->logins;
        atomic_store(&bench->rogue->revoked, logins);
        assert_int_equal(run(bench, 60), REPLAY_WHOLE);
        assert_int_equal(bench->tally.landed, 120);
        assert_int_equal(bench->tally.planned, 120);
        assert_in_range(bench->rogue->logins - logins, per_run ? 1 : 6, per_run ? 4 : 6); /* 4 connections */
        bench_free(bench);
    }
}

static void test_a_setup_that_fails_sends_nothing_after_it(void **state)
{
    (void)state;
    for (int per_run = 0; per_run < 2; per_run++) {
        struct bench *bench = bench_new();
        add_setup(bench, "/login/denied");
        bench->options.connections = 1; /* so that nobody tries while another does */
        bench->service.setup_per_run = per_run != 0;
        struct endpoint *ok = add_endpoint(bench, "GET", "/ok");
        for (int i = 0; i < 20; i++)
            add_request(ok, "/ok", i % 2 == 0 ? "a" : "b", i);
        assert_int_equal(run(bench, 20), REPLAY_WHOLE);
        assert_int_equal(bench->tally.uncorrelated, 20);
        assert_int_equal(bench->rogue->requests, CLIENT_FAILURES_MOST * (per_run ? 1 : 2)); /* two sessions */
        assert_string_equal(replay_why(bench->replay, 0), "setup POST /login/denied answered 403");
        bench_free(bench);
    }
}

static void test_fresh_keys(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    struct endpoint *ok = add_endpoint(bench, "GET", "/ok/{sku}");
    ok->fresh = xcalloc(1, sizeof *ok->fresh);
    ok->fresh_count = 1;
    ok->fresh[0] = (struct fresh){FRESH_PATH, xstrdup("sku"), 1};
    add_request(ok, "/ok/7", "", 0);
    add_request(ok, "/ok/8", "", 1);
    bench->options.connections = 1;
    assert_int_equal(run(bench, 20), REPLAY_WHOLE);
    assert_int_equal(bench->tally.landed, 20);
    assert_string_equal(bench->rogue->log[0].url, "/ok/7");
    assert_string_equal(bench->rogue->log[1].url, "/ok/8");
    for (int i = 0; i < 20; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(bench->rogue->log[i].url, bench->rogue->log[k].url);
    bench_free(bench);
}

/* Recorded ones, and a share of the others; planned, so no failures. */
static void test_clients_that_hang_up(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    struct endpoint *big = add_endpoint(bench, "GET", "/big/500000"), *ok = add_endpoint(bench, "GET", "/ok");
    add_request(big, "/big/500000", "", 0)->status = 499;
    add_request(big, "/big/500000", "", 1);
    ok->abandon = 0.25;
    for (int i = 0; i < 8; i++)
        add_request(ok, "/ok", "", 2 + i);
    assert_int_equal(run(bench, 1000), REPLAY_WHOLE);
    assert_int_equal(bench->tally.landed, 1000);
    assert_int_equal(bench->tallies[0].abandoned, 100);
    assert_in_range(bench->tallies[1].abandoned, 150, 250); /* binomial, 800 times a quarter: sd 12 */
    assert_true(bench->tallies[0].received_bytes > 100 * 500000 &&
                bench->tallies[0].received_bytes < 170 * 500000);
    bench_free(bench);
}

/* More than can be remembered: the oldest come again as strangers, and memory is bounded. */
static void test_too_many_sessions(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    struct endpoint *login = add_endpoint(bench, "GET", "/login");
    add_request(login, "/login", "a", 0);
    bench->options.connections = 2;
    assert_int_equal(run(bench, SESSIONS_RESTING_MOST + 100), REPLAY_WHOLE);
    assert_int_equal(replay_forgotten(bench->replay), 98 + 2);
    bench_free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cookies_and_captures_stay_with_their_session),
        cmocka_unit_test(test_a_pass_begins_with_nothing),
        cmocka_unit_test(test_what_was_not_captured_is_never_sent),
        cmocka_unit_test(test_values_go_where_they_are_named),
        cmocka_unit_test(test_setup_once_per_session),
        cmocka_unit_test(test_setup_once_per_run),
        cmocka_unit_test(test_setup_again_after_401),
        cmocka_unit_test(test_a_setup_that_fails_sends_nothing_after_it),
        cmocka_unit_test(test_fresh_keys),
        cmocka_unit_test(test_clients_that_hang_up),
        cmocka_unit_test(test_too_many_sessions),
    };
    return cmocka_run_group_tests_name("sessions", tests, NULL, NULL);
}
