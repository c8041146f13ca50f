/* Fetches beside a replay: answers, limits, refusals, and the loop that they run on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "certificate.h"
#include "net/fetch.h"
#include "net/multi.h"
#include "net/trust.h"
#include "rogue.h"

#define SECOND INT64_C(1000000000)

struct bench {
    struct rogue *rogue;
    struct loop *loop;
    struct allow *allow;
    struct origin origin;
    struct fetch_request request;
    struct fetch_answer answer;
    struct err err;
    int answers, refusals, ticks;
};

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

static void point_to(struct bench *bench, const char *host, int port, const struct allow *allow)
{
    char *url = xasprintf("http://%s:%d", host, port);
    if (origin_resolve(&bench->origin, url, allow, &bench->err) != 0)
        fail_msg("%s", bench->err.message);
    free(url);
}

static struct bench *bench_new(void)
{
    struct bench *bench = xcalloc(1, sizeof *bench);
    bench->rogue = rogue_start("127.0.0.1");
    bench->loop = loop_new(&bench->err);
    bench->allow = allow_only("127.0.0.1");
    point_to(bench, "127.0.0.1", bench->rogue->port, bench->allow);
    bench->request = (struct fetch_request){.method = "GET",
                                            .origin = &bench->origin,
                                            .path = "/ok",
                                            .allow = bench->allow,
                                            .run_header = "7",
                                            .timeout_ns = 20 * SECOND};
    return bench;
}

static void bench_free(struct bench *bench)
{
    loop_free(bench->loop);
    rogue_stop(bench->rogue);
    text_release(&bench->answer.body);
    allow_free(bench->allow);
    free(bench);
}

static int get(struct bench *bench, const char *path)
{
    text_release(&bench->answer.body);
    bench->request.path = path;
    return fetch(bench->loop, &bench->request, &bench->answer);
}

static void test_answers(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int status;
        const char *body;
    } rows[] = {
        {"/ok", 200, "hello"},
        {"/ok?a=b/../c", 200, "hello"},
        {"/chunks", 200, "xxxxxxxxxxxxxxxxxxxx"},
        {"/until-close", 200, "until I close"},
        {"/drip", 200, "hello"},
        {"/status/204", 204, ""},
        {"/status/503", 503, ""},
        {"/redirect", 302, ""}, /* not followed */
    };
    struct bench *bench = bench_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (get(bench, rows[i].path) != 0)
            fail_msg("%s", bench->answer.err.message);
        assert_int_equal(bench->answer.status, rows[i].status);
        assert_string_equal(text_string(&bench->answer.body), rows[i].body);
        assert_string_equal(bench->rogue->log[i].url, rows[i].path);
    }
    assert_int_equal(bench->rogue->accepts, sizeof rows / sizeof *rows); /* a connection each */
    assert_non_null(strstr(bench->rogue->last, "X-Seep-Run: 7\r\n"));
    assert_non_null(strstr(bench->rogue->last, "User-Agent: seep/"));
    bench_free(bench);
}

static void test_head_and_other_methods(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    bench->request.method = "HEAD";
    assert_int_equal(get(bench, "/head"), 0);
    assert_int_equal(bench->answer.body.length, 0);
    bench->request.method = "POST";
    assert_int_equal(get(bench, "/ok"), 0);
    assert_int_equal(strncmp(bench->rogue->last, "POST /ok ", 9), 0);
    bench_free(bench);
}

static void test_no_answer_is_an_error(void **state)
{
    (void)state;
    static const char *const rows[] = {"/short", "/reset", "/garbage", "/nothing", "/never"};
    struct bench *bench = bench_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench->request.timeout_ns = strcmp(rows[i], "/never") == 0 ? SECOND / 5 : 20 * SECOND;
        assert_int_equal(get(bench, rows[i]), -1);
        assert_int_equal(bench->answer.err.code, ERR_USAGE);
        assert_int_equal(bench->answer.status, 0);
        assert_int_equal(strncmp(bench->answer.err.message, "GET http://127.0.0.1:", 21), 0);
        assert_non_null(strstr(bench->answer.err.message, rows[i]));
    }
    point_to(bench, "127.0.0.1", rogue_dead_port("127.0.0.1"), bench->allow);
    assert_int_equal(get(bench, "/ok"), -1);
    assert_non_null(strstr(bench->answer.err.message, "/ok: Connection refused"));
    bench_free(bench);
}

static void test_limit(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    bench->request.limit = 300000;
    assert_int_equal(get(bench, "/big/300000"), 0);
    assert_int_equal(bench->answer.body.length, 300000);
    bench->request.limit = 299999;
    assert_int_equal(get(bench, "/big/300000"), -1);
    assert_non_null(strstr(bench->answer.err.message, "longer than 299999 bytes"));
    bench_free(bench);
}

static void test_nothing_goes_outside_the_list(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    struct rogue *outside = rogue_start("127.0.0.2");
    struct allow *other = allow_only("127.0.0.2");
    point_to(bench, "127.0.0.2", outside->port, other);
    assert_int_equal(get(bench, "/ok"), -1);
    assert_int_equal(bench->answer.err.code, ERR_REFUSED);
    assert_int_equal(outside->accepts, 0);
    bench->request.allow = other;
    assert_int_equal(get(bench, "/ok"), 0);
    assert_int_equal(outside->accepts, 1);
    allow_free(other);
    bench_free(bench);
    rogue_stop(outside);
}

/* A proxy in the environment would see every request. */
static void test_no_proxy_from_the_environment(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    struct rogue *proxy = rogue_start("127.0.0.1");
    char *url = xasprintf("http://127.0.0.1:%d", proxy->port);
    setenv("http_proxy", url, 1);
    setenv("all_proxy", url, 1);
    assert_int_equal(get(bench, "/ok"), 0);
    assert_int_equal(proxy->accepts, 0);
    assert_int_equal(bench->rogue->accepts, 1);
    unsetenv("http_proxy");
    unsetenv("all_proxy");
    free(url);
    bench_free(bench);
    rogue_stop(proxy);
}

/* The address that was checked is the one that is used: the name is not asked for again. */
static void test_the_address_is_pinned(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    snprintf(bench->origin.host, sizeof bench->origin.host, "no-such-host.invalid:%d", bench->rogue->port);
    assert_int_equal(get(bench, "/ok"), 0);
    assert_non_null(strstr(bench->rogue->last, "Host: no-such-host.invalid:"));
    bench_free(bench);
}

/* The same way as replay: a Unix socket, a Host header of our own, a certificate that must be trusted. */
static void test_other_ways(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    struct authority authority;
    authority_init(&authority);
    char *path = xasprintf("%s/socket", authority.directory), *socket = xasprintf("unix:%s", path);
    struct rogue *local = rogue_start_unix(path);
    struct allow *allow = allow_only(socket);
    assert_int_equal(origin_resolve(&bench->origin, socket, allow, &bench->err), 0);
    assert_int_equal(get(bench, "/ok"), -1); /* the list is still the other one */
    assert_int_equal(bench->answer.err.code, ERR_REFUSED);
    bench->request.allow = allow;
    assert_int_equal(get(bench, "/ok"), 0);
    assert_non_null(strstr(local->last, "Host: localhost\r\n"));
    struct rogue *secure = rogue_start_tls("127.0.0.1", authority_server(&authority));
    struct service service = {.tls = {.ca = authority.ca}, .host = (char *)"shop.example"};
    struct trust *trust = trust_new(&service.tls, &bench->err);
    char *url = xasprintf("https://127.0.0.1:%d", secure->port);
    bench->request.allow = bench->allow;
    assert_int_equal(origin_of_service(&bench->origin, &service, url, trust, bench->allow, &bench->err), 0);
    assert_int_equal(get(bench, "/big/100000"), 0);
    assert_int_equal(bench->answer.body.length, 100000);
    assert_non_null(strstr(secure->last, "Host: shop.example\r\n"));
    bench->request.method = NULL; /* only as far as the handshake */
    assert_int_equal(get(bench, NULL), 0);
    assert_int_equal(secure->requests, 1);
    bench->origin.trust = NULL;
    assert_int_equal(get(bench, NULL), -1);
    assert_true(bench->answer.untrusted);
    assert_non_null(strstr(bench->answer.err.message, "the certificate is not trusted"));
    trust_free(trust);
    allow_free(allow);
    bench_free(bench);
    rogue_stop(local);
    rogue_stop(secure);
    authority_release(&authority);
    free(path), free(socket), free(url);
}

static void count_answer(void *owner, struct fetch_answer *answer)
{
    struct bench *bench = owner;
    bench->answers += answer->err.code == ERR_NONE && answer->status == 200;
    bench->refusals += answer->err.code != ERR_NONE;
    if (bench->answers + bench->refusals == 20)
        loop_stop(bench->loop);
    else if (bench->answers == 1) /* one may start from another's end */
        fetch_start(bench->loop, &bench->request, count_answer, bench);
}

static void test_many_at_once(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    for (int i = 0; i < 19; i++) {
        bench->request.path = i % 3 == 0 ? "/reset" : "/slow";
        fetch_start(bench->loop, &bench->request, count_answer, bench);
    }
    assert_int_equal(bench->answers + bench->refusals, 0);
    bench->request.path = "/ok";
    assert_int_equal(loop_run(bench->loop), 0);
    assert_int_equal(bench->answers, 13);
    assert_int_equal(bench->refusals, 7);
    bench_free(bench);
}

static void test_freed_while_under_way(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    bench->request.path = "/never";
    fetch_start(bench->loop, &bench->request, count_answer, bench);
    assert_int_equal(loop_sleep(bench->loop, SECOND / 50), 0);
    bench_free(bench); /* and the sanitizer finds nothing left */
}

static void on_tick(void *owner)
{
    struct bench *bench = owner;
    bench->ticks++;
}

static void test_timers_go_on_beside(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    struct ticker *ticker = ticker_new(bench->loop, SECOND / 500, on_tick, bench);
    assert_int_equal(loop_sleep(bench->loop, SECOND / 10), 0);
    assert_true(bench->ticks >= 2);
    bench->ticks = 0;
    bench->request.timeout_ns = SECOND / 10;
    assert_int_equal(get(bench, "/never"), -1);
    assert_true(bench->ticks >= 2);
    ticker_free(ticker);
    ticker_free(NULL);
    bench_free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_head_and_other_methods),
        cmocka_unit_test(test_no_answer_is_an_error),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_nothing_goes_outside_the_list),
        cmocka_unit_test(test_no_proxy_from_the_environment),
        cmocka_unit_test(test_the_address_is_pinned),
        cmocka_unit_test(test_other_ways),
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_freed_while_under_way),
        cmocka_unit_test(test_timers_go_on_beside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
