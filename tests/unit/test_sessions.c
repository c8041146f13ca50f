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
#include "engine.h"

static struct request *add_request(struct endpoint *endpoint, const char *url, const char *session,
                                   int64_t t_us)
{
    struct request *request = engine_request(endpoint, t_us, session);
    free(request->url);
    request->url = xstrdup(url);
    return request;
}

/* So many of the recorded requests, in the order of their times, pass after pass. */
static enum replay_end run(struct engine *engine, uint64_t requests)
{
    struct share shares[ENGINE_ENDPOINTS];
    size_t count = engine_shares(engine, shares, 0);
    return engine_run(engine, schedule_closed(&engine->service, shares, count, requests, 1));
}

/* Each of two sessions logs in and asks for what needs its own cookie and its own token. */
static void log_in_and_ask(struct engine *engine, int asks)
{
    struct endpoint *login = engine_endpoint(engine, "GET", "/login"),
                    *need = engine_endpoint(engine, "GET", "/need");
    engine_capture(engine, login, "token", CAPTURE_JSON, "/token");
    headers_add(&need->headers, "X-Token", "{{token}}");
    for (int i = 0; i < 2; i++)
        add_request(login, "/login", i == 0 ? "a" : "b", 0);
    for (int i = 0; i < 2 * asks; i++)
        add_request(need, "/need", i % 2 == 0 ? "a" : "b", 10 + i);
}

static void test_cookies_and_captures_stay_with_their_session(void **state)
{
    (void)state;
    struct engine *engine = engine_new();
    log_in_and_ask(engine, 10);
    assert_int_equal(run(engine, 22), REPLAY_WHOLE);
    assert_int_equal(engine->tally.landed, 22);
    assert_int_equal(run(engine, 22),
                     REPLAY_WHOLE); /* the same sessions again: they remember, and log in anew */
    assert_int_equal(engine->tally.landed, 44);
    assert_int_equal(engine->rogue->logins, 4);
    engine_free(engine);
}

/* A later pass is another session: nothing of the first is left. */
static void test_a_pass_begins_with_nothing(void **state)
{
    (void)state;
    struct engine *engine = engine_new();
    log_in_and_ask(engine, 1);
    assert_int_equal(run(engine, 8), REPLAY_WHOLE);
    assert_int_equal(engine->tally.landed, 8);
    for (int i = 0; i < engine->rogue->requests; i++)
        if (strcmp(engine->rogue->log[i].url, "/login") == 0)
            assert_string_equal(engine->rogue->log[i].cookie, "");
    engine_free(engine);
}

static void test_what_was_not_captured_is_never_sent(void **state)
{
    (void)state;
    struct engine *engine = engine_new();
    struct endpoint *ok = engine_endpoint(engine, "GET", "/ok"),
                    *need = engine_endpoint(engine, "POST", "/need");
    engine_capture(engine, ok, "csrf", CAPTURE_BODY, "csrf='(.*?)'");
    add_request(ok, "/ok", "a", 0);
    struct request *request = add_request(need, "/need?x={{csrf}}", "a", 1);
    add_request(need, "/need?y={{other}}", "a", 2); /* nobody captures that: it is what was recorded */
    request->body = (unsigned char *)xstrdup("c={{csrf}}");
    request->body_length = 10;
    assert_int_equal(run(engine, 3), REPLAY_WHOLE);
    assert_int_equal(engine->tallies[1].uncorrelated, 1);
    assert_int_equal(engine->tallies[1].skipped, 1);
    assert_int_equal(engine->rogue->requests, 2);
    assert_string_equal(engine->rogue->log[1].url, "/need?y={{other}}");
    assert_string_equal(replay_why(engine->replay, 1), "{{csrf}} was not captured");
    engine_free(engine);
}

/* In the URL, in a header, in a body whose length is said anew. */
static void test_values_go_where_they_are_named(void **state)
{
    (void)state;
    struct engine *engine = engine_new();
    struct endpoint *login = engine_endpoint(engine, "GET", "/login"),
                    *post = engine_endpoint(engine, "POST", "/ok");
    engine_capture(engine, login, "csrf", CAPTURE_BODY, "name='csrf' value='(.*?)'");
    engine_capture(engine, login, "id", CAPTURE_HEADER, "x-id");
    add_request(login, "/login", "a", 0);
    struct request *request = add_request(post, "/ok?c={{csrf}}", "a", 1);
    headers_add(&request->headers, "X-Token", "{{id}} and {{redacted:1}}");
    headers_add(&request->headers, "X-Mine", "{{id}}");
    request->body = (unsigned char *)xstrdup("{{csrf}}{{csrf}}!");
    request->body_length = strlen((char *)request->body);
    assert_int_equal(run(engine, 2), REPLAY_WHOLE);
    assert_int_equal(engine->tally.landed, 2);
    assert_string_equal(engine->rogue->log[1].url, "/ok?c=c1");
    assert_string_equal(engine->rogue->log[1].token,
                        ""); /* it holds a redacted part, so it does not go out */
    assert_non_null(strstr(engine->rogue->last, "X-Mine: i1\r\n"));
    assert_string_equal(engine->rogue->log[1].text, "c1c1!");
    assert_int_equal(engine->rogue->log[1].body, 5);
    engine_free(engine);
}

static void ask_after_setup(struct engine *engine, bool per_run, int sessions)
{
    struct endpoint *need = engine_endpoint(engine, "GET", "/need"),
                    *login = engine_setup(engine, "POST", "/login");
    char name[16];
    engine_capture(engine, login, "token", CAPTURE_JSON, "/token");
    headers_add(&need->headers, "X-Token", "{{token}}");
    engine->service.setup_per_run = per_run;
    for (int i = 0; i < 60; i++) {
        snprintf(name, sizeof name, "s%d", i % (sessions > 0 ? sessions : 1));
        add_request(need, "/need", sessions > 0 ? name : "", i);
    }
}

static void test_setup_once_per_session(void **state)
{
    (void)state;
    struct engine *engine = engine_new();
    ask_after_setup(engine, false, 6);
    assert_int_equal(run(engine, 60), REPLAY_WHOLE);
    assert_int_equal(engine->tally.landed, 60);
    assert_int_equal(engine->rogue->logins, 6);
    assert_int_equal(engine->tallies[1].uncounted, 6);
    assert_int_equal(engine->tally.uncounted, 6);
    assert_int_equal(run(engine, 60), REPLAY_WHOLE); /* the same server: they are logged in */
    assert_int_equal(engine->rogue->logins, 6);
    replay_retarget(engine->replay, &engine->origin); /* another one: nobody is */
    assert_int_equal(run(engine, 60), REPLAY_WHOLE);
    assert_int_equal(engine->rogue->logins, 12);
    assert_int_equal(engine->tally.landed, 180);
    engine_free(engine);
}

static void test_setup_once_per_run(void **state)
{
    (void)state;
    for (int sessions = 0; sessions < 7; sessions += 6)
        for (int per_run = sessions > 0; per_run < 2; per_run++) {
            struct engine *engine = engine_new();
            ask_after_setup(engine, per_run != 0, sessions);
            assert_int_equal(run(engine, 60), REPLAY_WHOLE);
            assert_int_equal(engine->tally.landed, 60);
            assert_int_equal(engine->rogue->logins, 1);
            assert_string_equal(engine->rogue->log[0].url, "/login");
            engine_free(engine);
        }
}

/* A token that runs out: each session logs in again, once, and no request is lost. */
static void test_setup_again_after_401(void **state)
{
    (void)state;
    for (int per_run = 0; per_run < 2; per_run++) {
        struct engine *engine = engine_new();
        ask_after_setup(engine, per_run != 0, 6);
        assert_int_equal(run(engine, 60), REPLAY_WHOLE);
        int logins = engine->rogue->logins;
        atomic_store(&engine->rogue->revoked, logins);
        assert_int_equal(run(engine, 60), REPLAY_WHOLE);
        assert_int_equal(engine->tally.landed, 120);
        assert_int_equal(engine->tally.planned, 120);
        assert_in_range(engine->rogue->logins - logins, per_run ? 1 : 6, per_run ? 4 : 6); /* 4 connections */
        engine_free(engine);
    }
}

static void test_a_setup_that_fails_sends_nothing_after_it(void **state)
{
    (void)state;
    for (int per_run = 0; per_run < 2; per_run++) {
        struct engine *engine = engine_new();
        engine_setup(engine, "POST", "/login/denied");
        engine->options.connections = 1; /* so that nobody tries while another does */
        engine->service.setup_per_run = per_run != 0;
        struct endpoint *ok = engine_endpoint(engine, "GET", "/ok");
        for (int i = 0; i < 20; i++)
            add_request(ok, "/ok", i % 2 == 0 ? "a" : "b", i);
        assert_int_equal(run(engine, 20), REPLAY_WHOLE);
        assert_int_equal(engine->tally.uncorrelated, 20);
        assert_int_equal(engine->rogue->requests,
                         CLIENT_FAILURES_MOST * (per_run ? 1 : 2)); /* two sessions */
        assert_string_equal(replay_why(engine->replay, 0), "setup POST /login/denied answered 403");
        engine_free(engine);
    }
}

static void test_fresh_keys(void **state)
{
    (void)state;
    struct engine *engine = engine_new();
    struct endpoint *ok = engine_endpoint(engine, "GET", "/ok/{sku}");
    ok->fresh = xcalloc(1, sizeof *ok->fresh);
    ok->fresh_count = 1;
    ok->fresh[0] = (struct fresh){FRESH_PATH, xstrdup("sku"), 1};
    add_request(ok, "/ok/7", "", 0);
    add_request(ok, "/ok/8", "", 1);
    engine->options.connections = 1;
    assert_int_equal(run(engine, 20), REPLAY_WHOLE);
    assert_int_equal(engine->tally.landed, 20);
    assert_string_equal(engine->rogue->log[0].url, "/ok/7");
    assert_string_equal(engine->rogue->log[1].url, "/ok/8");
    for (int i = 0; i < 20; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(engine->rogue->log[i].url, engine->rogue->log[k].url);
    engine_free(engine);
}

/* Recorded ones, and a share of the others; planned, so no failures. */
static void test_clients_that_hang_up(void **state)
{
    (void)state;
    struct engine *engine = engine_new();
    struct endpoint *big = engine_endpoint(engine, "GET", "/big/500000"),
                    *ok = engine_endpoint(engine, "GET", "/ok");
    add_request(big, "/big/500000", "", 0)->status = 499;
    add_request(big, "/big/500000", "", 1);
    ok->abandon = 0.25;
    for (int i = 0; i < 8; i++)
        add_request(ok, "/ok", "", 2 + i);
    assert_int_equal(run(engine, 1000), REPLAY_WHOLE);
    assert_int_equal(engine->tally.landed, 1000);
    assert_int_equal(engine->tallies[0].abandoned, 100);
    assert_in_range(engine->tallies[1].abandoned, 150, 250); /* binomial, 800 times a quarter: sd 12 */
    assert_true(engine->tallies[0].received_bytes > 100 * 500000 &&
                engine->tallies[0].received_bytes < 170 * 500000);
    engine_free(engine);
}

/* More than can be remembered: the oldest come again as strangers, and memory is bounded. */
static void test_too_many_sessions(void **state)
{
    (void)state;
    struct engine *engine = engine_new();
    struct endpoint *login = engine_endpoint(engine, "GET", "/login");
    add_request(login, "/login", "a", 0);
    engine->options.connections = 2;
    assert_int_equal(run(engine, SESSIONS_RESTING_MOST + 100), REPLAY_WHOLE);
    assert_int_equal(replay_forgotten(engine->replay), 98 + 2);
    engine_free(engine);
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
