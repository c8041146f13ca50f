/* HTTP/2 connections of the engine against a real server (nghttpd), in cleartext and over TLS; and a request in
 * the bytes of HTTP/1.1, taken apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "certificate.h"
#include "replay/dissect.h"
#include "wired.h"

#define SERVER "/usr/sbin/nghttpd"
#define BIG ((size_t)8 << 20)

struct bench {
    struct authority authority;
    struct service service;
    char ok[64], big[64], port[8], url[64];
    bool tls;
    pid_t server;
    struct wired *wired;
};

static bool accepts(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good = connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0;
    close(descriptor);
    return good;
}

static void serve(struct bench *bench)
{
    const struct authority *at = &bench->authority;
    bench->server = fork();
    if (bench->server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (bench->tls)
            execl(SERVER, SERVER, "-a", "127.0.0.1", "-d", at->directory, "--echo-upload",
                  "--trailer=x-end: 1", bench->port, at->key, at->cert, (char *)NULL);
        else
            execl(SERVER, SERVER, "-a", "127.0.0.1", "-d", at->directory, "--echo-upload",
                  "--trailer=x-end: 1", "--no-tls", bench->port, (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 200 && !accepts(bench->port); i++)
        usleep(20000);
}

static void stop_serving(struct bench *bench)
{
    kill(bench->server, SIGKILL);
    waitpid(bench->server, NULL, 0);
}

static void put_file(char path[64], const char *directory, const char *name, size_t length)
{
    snprintf(path, 64, "%s/%s", directory, name);
    FILE *file = fopen(path, "we");
    for (size_t i = 0; i < length; i++)
        fputc('x', file);
    fclose(file);
}

static void bench_open(struct bench *bench, bool tls)
{
    memset(bench, 0, sizeof *bench);
    authority_init(&bench->authority);
    put_file(bench->ok, bench->authority.directory, "ok", 5);
    put_file(bench->big, bench->authority.directory, "big", BIG);
    bench->tls = tls;
    snprintf(bench->port, sizeof bench->port, "%d", rogue_dead_port("127.0.0.1"));
    snprintf(bench->url, sizeof bench->url, "%s://127.0.0.1:%s", tls ? "https" : "http", bench->port);
    serve(bench);
    bench->service = (struct service){.tls = {.ca = bench->authority.ca}, .http = HTTP_2};
    bench->wired = wired_new(&bench->service, bench->url, NULL);
}

static void bench_close(struct bench *bench)
{
    wired_free(bench->wired);
    stop_serving(bench);
    unlink(bench->ok);
    unlink(bench->big);
    authority_release(&bench->authority);
}

static void test_answers(void **state)
{
    (void)state;
    for (int tls = 0; tls < 2; tls++) {
        struct bench bench;
        bench_open(&bench, tls);
        struct wired *wired = bench.wired;
        for (int i = 0; i < 50; i++) {
            assert_int_equal(wired_get(wired, "/ok"), PROGRESS_ANSWERED);
            assert_int_equal(wired->connection.response.status, 200);
            assert_int_equal(wired->body, 5);
            assert_true(wired->fields >= 3);
            assert_true(wired->connection.open && wired->connection.used);
        }
        assert_int_equal(wired_get(wired, "/nothing?a=b%20c"), PROGRESS_ANSWERED);
        assert_int_equal(wired->connection.response.status, 404);
        wired_say(wired, "HEAD", "/ok", "", 0);
        assert_int_equal(wired_send(wired), PROGRESS_ANSWERED);
        assert_int_equal(wired->connection.response.status, 200);
        assert_int_equal(wired->body, 0);
        assert_int_equal(wired_get(wired, "/big"), PROGRESS_ANSWERED);
        assert_int_equal(wired->body, BIG);
        assert_true(wired->connection.received > BIG);
        bench_close(&bench);
    }
}

static void go_on(void *owner)
{
    connection_go_on(&((struct wired *)owner)->connection);
}

static void test_bodies(void **state)
{
    (void)state;
    const size_t length = 300000;
    for (int tls = 0; tls < 2; tls++) {
        struct bench bench;
        bench_open(&bench, tls);
        struct wired *wired = bench.wired;
        wired_say(wired, "POST", "/echo", "", length);
        assert_int_equal(wired_send(wired), PROGRESS_ANSWERED);
        assert_int_equal(wired->body, length);
        wired_say(wired, "PUT", "/echo", "Expect: 100-continue\r\n", length)->pause = true;
        assert_int_equal(wired_send(wired), PROGRESS_ANSWERED);
        assert_true(wired->connection.response.continued);
        assert_int_equal(wired->body, length);
        /* It waits for a Continue that never comes. */
        struct ticker *moment = ticker_new(wired->loop, 20 * CLOCK_NS_PER_MS, go_on, wired);
        wired_say(wired, "POST", "/echo", "", length)->pause = true;
        assert_int_equal(wired_send(wired), PROGRESS_ANSWERED);
        ticker_free(moment);
        assert_false(wired->connection.response.continued);
        assert_int_equal(wired->body, length);
        bench_close(&bench);
    }
}

static void test_abandon(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, false);
    wired_say(bench.wired, "GET", "/big", "", 0)->abandon = true;
    assert_int_equal(wired_send(bench.wired), PROGRESS_ABANDONED);
    assert_true(bench.wired->connection.received > 0 && bench.wired->connection.received < BIG);
    assert_false(bench.wired->connection.open);
    assert_int_equal(wired_get(bench.wired, "/ok"), PROGRESS_ANSWERED);
    bench_close(&bench);
}

static void test_stale(void **state)
{
    (void)state;
    for (int tls = 0; tls < 2; tls++) {
        struct bench bench;
        bench_open(&bench, tls);
        assert_int_equal(wired_get(bench.wired, "/ok"), PROGRESS_ANSWERED);
        stop_serving(&bench);
        assert_int_equal(wired_get(bench.wired, "/ok"), PROGRESS_STALE);
        assert_int_equal(wired_get(bench.wired, "/ok"), PROGRESS_REFUSED);
        serve(&bench);
        assert_int_equal(wired_get(bench.wired, "/ok"), PROGRESS_ANSWERED);
        bench_close(&bench);
    }
}

static void test_not_trusted_or_another_version(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, true);
    wired_free(bench.wired);
    bench.service.tls.ca = NULL;
    bench.wired = wired_new(&bench.service, bench.url, NULL);
    assert_int_equal(wired_get(bench.wired, "/ok"), PROGRESS_REFUSED);
    wired_free(bench.wired);
    struct rogue *older = rogue_start_tls("127.0.0.1", authority_server(&bench.authority));
    char url[64];
    bench.service.tls.ca = bench.authority.ca;
    snprintf(url, sizeof url, "https://127.0.0.1:%d", older->port);
    bench.wired = wired_new(&bench.service, url, NULL);
    assert_int_equal(wired_get(bench.wired, "/ok"), PROGRESS_BROKEN); /* it answers in HTTP/1.1 */
    bench_close(&bench);
    rogue_stop(older);
}

static void test_nothing_goes_outside_the_list(void **state)
{
    (void)state;
    struct rogue *outside = rogue_start("127.0.0.2");
    char *url = xasprintf("http://127.0.0.2:%d", outside->port);
    struct wired *wired = wired_new(&(struct service){.http = HTTP_2}, url, "127.0.0.2");
    struct wired *other = wired_new(NULL, "http://127.0.0.1:9", NULL);
    wire_init(&wired->wire, loop_base(wired->loop), &wired->origin, other->allow);
    assert_int_equal(wired_get(wired, "/ok"), PROGRESS_FORBIDDEN);
    assert_int_equal(outside->accepts, 0);
    wired_free(other);
    wired_free(wired);
    rogue_stop(outside);
    free(url);
}

static void check_fields(const struct dissected *dissected, const char *const *expected)
{
    const struct curl_slist *at = dissected->fields;
    for (; *expected != NULL; expected++, at = at->next) {
        assert_non_null(at);
        assert_string_equal(at->data, *expected);
    }
    assert_null(at);
}

static void test_dissection(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *method, *target, *body;
        const char *fields[8];
    } rows[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
         "GET",
         "/",
         "",
         {"Host: a", "accept:", "content-type:", "expect:"}},
        {"POST /a?b=c HTTP/1.1\r\nHost: a:1\r\nConnection: close\r\nAccept: */*\r\nContent-Type: x\r\n"
         "Content-Length: 4\r\n\r\n\r\n\r\n",
         "POST",
         "/a?b=c",
         "\r\n\r\n",
         {"Host: a:1", "Accept: */*", "Content-Type: x", "expect:"}},
        {"PUT /x HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nX-Blank:  \r\nEXPECT: 100-continue\r\ncontent-length: "
         "1\r\n\r\nb",
         "PUT",
         "/x",
         "b",
         {"Host: a", "X-Empty;", "X-Blank;", "EXPECT: 100-continue", "accept:", "content-type:"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t length = strlen(rows[i].bytes), body = strlen(rows[i].body);
        struct message message = {.bytes = rows[i].bytes, .length = length, .body = length - body};
        struct dissected dissected;
        dissect(&dissected, &message);
        assert_string_equal(dissected.method, rows[i].method);
        assert_string_equal(dissected.target, rows[i].target);
        assert_int_equal(dissected.body_length, body);
        assert_memory_equal(dissected.body, rows[i].body, body);
        check_fields(&dissected, rows[i].fields);
        dissected_release(&dissected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_abandon),
        cmocka_unit_test(test_stale),
        cmocka_unit_test(test_not_trusted_or_another_version),
        cmocka_unit_test(test_nothing_goes_outside_the_list),
        cmocka_unit_test(test_dissection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
