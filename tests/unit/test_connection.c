/* Connections of the engine, one by one: HTTP/1.1 over TCP, TLS and a Unix socket, against a server that
 * misbehaves; who is trusted, and what is never opened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>

#include "base/clock.h"
#include "certificate.h"
#include "wired.h"

enum way { WAY_TCP, WAY_TLS, WAY_UNIX, WAYS };

struct bench {
    struct authority authority;
    struct rogue *rogue;
    struct service service;
    char url[80];
    struct wired *wired;
};

static void bench_open(struct bench *bench, enum way way)
{
    char path[64];
    memset(bench, 0, sizeof *bench);
    authority_init(&bench->authority);
    if (way == WAY_UNIX) {
        snprintf(path, sizeof path, "%s/socket", bench->authority.directory);
        bench->rogue = rogue_start_unix(path);
        snprintf(bench->url, sizeof bench->url, "unix:%s", path);
    } else {
        bench->rogue =
            rogue_start_tls("127.0.0.1", way == WAY_TLS ? authority_server(&bench->authority) : NULL);
        snprintf(bench->url, sizeof bench->url, "%s://127.0.0.1:%d", way == WAY_TLS ? "https" : "http",
                 bench->rogue->port);
    }
    bench->service.tls.ca = bench->authority.ca;
    bench->wired = wired_new(&bench->service, bench->url, way == WAY_UNIX ? bench->url : NULL);
}

/* The same server, reached as the service now says. */
static void reach_anew(struct bench *bench)
{
    wired_free(bench->wired);
    bench->wired = wired_new(&bench->service, bench->url, NULL);
}

static void bench_close(struct bench *bench)
{
    wired_free(bench->wired);
    rogue_stop(bench->rogue);
    authority_release(&bench->authority);
}

static void test_misbehaviour(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum progress progress;
        int status;
        bool reusable;
    } rows[] = {
        {"/ok", PROGRESS_ANSWERED, 200, true},          {"/close", PROGRESS_ANSWERED, 200, false},
        {"/drip", PROGRESS_ANSWERED, 200, true},        {"/chunks", PROGRESS_ANSWERED, 200, true},
        {"/short", PROGRESS_BROKEN, 0, false},          {"/until-close", PROGRESS_ANSWERED, 200, false},
        {"/reset", PROGRESS_BROKEN, 0, false},          {"/half", PROGRESS_BROKEN, 0, false},
        {"/garbage", PROGRESS_BROKEN, 0, false},        {"/surplus", PROGRESS_ANSWERED, 200, false},
        {"/continue", PROGRESS_ANSWERED, 200, true},    {"/status/204", PROGRESS_ANSWERED, 204, true},
        {"/big/3000000", PROGRESS_ANSWERED, 200, true}, {"/nothing", PROGRESS_BROKEN, 0, false},
    };
    for (enum way way = 0; way < WAYS; way++) {
        struct bench bench;
        bench_open(&bench, way);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            connection_close(&bench.wired->connection);
            wired_say(bench.wired, "GET", rows[i].path, "", 0);
            enum progress progress = wired_send(bench.wired);
            const struct connection *connection = &bench.wired->connection;
            if (progress != rows[i].progress || connection->open != rows[i].reusable ||
                (rows[i].status != 0 && connection->response.status != rows[i].status))
                fail_msg("way %d, %s: progress %d, status %d", (int)way, rows[i].path, (int)progress,
                         connection->response.status);
        }
        bench_close(&bench);
    }
}

/* RFC 9112, 9.8: without a length, only close_notify says that the body is whole. */
static void test_an_end_that_tls_was_not_told_of(void **state)
{
    (void)state;
    for (enum way way = 0; way < WAYS; way++) {
        struct bench bench;
        bench_open(&bench, way);
        assert_int_equal(wired_get(bench.wired, "/cut"),
                         way == WAY_TLS ? PROGRESS_BROKEN : PROGRESS_ANSWERED);
        bench_close(&bench);
    }
}

static void test_reuse(void **state)
{
    (void)state;
    for (enum way way = 0; way < WAYS; way++) {
        struct bench bench;
        bench_open(&bench, way);
        for (int i = 0; i < 20; i++)
            assert_int_equal(wired_get(bench.wired, i % 3 == 0 ? "/drip" : "/ok"), PROGRESS_ANSWERED);
        assert_int_equal(bench.rogue->accepts, 1);
        assert_int_equal(wired_get(bench.wired, "/stale"), PROGRESS_STALE); /* not its first request */
        assert_int_equal(wired_get(bench.wired, "/stale"), PROGRESS_ANSWERED);
        assert_int_equal(bench.rogue->accepts, 2);
        connection_close(&bench.wired->connection);
        assert_int_equal(wired_get(bench.wired, "/idle-close"), PROGRESS_ANSWERED);
        assert_int_equal(wired_await(bench.wired), PROGRESS_HUNG_UP);
        connection_close(&bench.wired->connection);
        bench_close(&bench);
    }
}

static void test_what_the_reader_gets(void **state)
{
    (void)state;
    for (enum way way = 0; way < WAYS; way++) {
        struct bench bench;
        bench_open(&bench, way);
        assert_int_equal(wired_get(bench.wired, "/big/1000001"), PROGRESS_ANSWERED);
        assert_int_equal(bench.wired->body, 1000001);
        assert_int_equal(bench.wired->fields, 1);
        assert_int_equal(bench.wired->connection.response.body_bytes, 1000001);
        wired_say(bench.wired, "HEAD", "/head", "", 0);
        assert_int_equal(wired_send(bench.wired), PROGRESS_ANSWERED);
        assert_int_equal(bench.wired->body, 0);
        assert_true(bench.wired->connection.open);
        bench_close(&bench);
    }
}

/* More than a socket takes at once: partial writes, and TLS records that wait. */
static void test_big_bodies(void **state)
{
    (void)state;
    const size_t length = (size_t)6 << 20;
    for (enum way way = 0; way < WAYS; way++) {
        struct bench bench;
        bench_open(&bench, way);
        for (int i = 0; i < 3; i++) {
            wired_say(bench.wired, "POST", "/ok", "", length);
            assert_int_equal(wired_send(bench.wired), PROGRESS_ANSWERED);
            assert_int_equal(bench.rogue->log[i].body, length);
        }
        assert_int_equal(bench.rogue->accepts, 1);
        wired_say(bench.wired, "POST", "/too-large", "",
                  length); /* answers and closes before it has read it */
        assert_int_equal(wired_send(bench.wired), PROGRESS_ANSWERED);
        assert_int_equal(bench.wired->connection.response.status, 413);
        assert_false(bench.wired->connection.open);
        bench_close(&bench);
    }
}

static void go_on(void *owner)
{
    struct wired *wired = owner;
    connection_go_on(&wired->connection);
    connection_go_on(&wired->connection); /* again is nothing */
}

static enum progress expect(struct wired *wired, const char *path, size_t length)
{
    wired_say(wired, "POST", path, "Expect: 100-continue\r\n", length)->pause = true;
    return wired_send(wired);
}

static void test_expect(void **state)
{
    (void)state;
    const size_t length = 300000;
    for (enum way way = 0; way < WAYS; way++) {
        struct bench bench;
        bench_open(&bench, way);
        struct wired *wired = bench.wired;
        assert_int_equal(expect(wired, "/expect", length), PROGRESS_ANSWERED);
        assert_true(wired->connection.response.continued && wired->connection.open);
        assert_int_equal(bench.rogue->log[0].body, length);
        /* A final answer comes first: the body stays here, and the connection cannot go on. */
        assert_int_equal(expect(wired, "/refuse", length), PROGRESS_ANSWERED);
        assert_int_equal(wired->connection.response.status, 417);
        assert_false(wired->connection.open);
        assert_int_equal(bench.rogue->log[1].body, 0);
        /* The server never says Continue. */
        struct ticker *moment = ticker_new(wired->loop, 10 * CLOCK_NS_PER_MS, go_on, wired);
        assert_int_equal(expect(wired, "/expect/never", length), PROGRESS_ANSWERED);
        ticker_free(moment);
        assert_false(wired->connection.response.continued);
        assert_int_equal(bench.rogue->log[2].body, length);
        assert_true(wired->connection.open);
        connection_go_on(&wired->connection); /* idle: nothing */
        assert_int_equal(wired_get(wired, "/ok"), PROGRESS_ANSWERED);
        bench_close(&bench);
    }
}

/* Told to go on before the connection stands. */
static void test_going_on_at_once(void **state)
{
    (void)state;
    for (enum way way = 0; way < WAYS; way++) {
        struct bench bench;
        bench_open(&bench, way);
        struct wired *wired = bench.wired;
        wired_say(wired, "POST", "/expect/never", "Expect: 100-continue\r\n", 500)->pause = true;
        assert_int_equal(connection_send(&wired->connection, &wired->message), PROGRESS_UNDER_WAY);
        connection_go_on(&wired->connection);
        assert_int_equal(wired_await(wired), PROGRESS_ANSWERED);
        assert_int_equal(bench.rogue->log[0].body, 500);
        bench_close(&bench);
    }
}

static void test_abandon(void **state)
{
    (void)state;
    for (enum way way = 0; way < WAYS; way++) {
        struct bench bench;
        bench_open(&bench, way);
        wired_say(bench.wired, "GET", "/big/30000000", "", 0)->abandon = true;
        assert_int_equal(wired_send(bench.wired), PROGRESS_ABANDONED);
        assert_false(bench.wired->connection.open);
        assert_true(bench.wired->connection.received > 0 && bench.wired->connection.received <= 65536);
        assert_int_equal(wired_get(bench.wired, "/ok"), PROGRESS_ANSWERED);
        bench_close(&bench);
    }
}

static void test_who_is_trusted(void **state)
{
    (void)state;
    struct authority other;
    struct bench bench;
    authority_init(&other);
    bench_open(&bench, WAY_TLS);
    const struct {
        struct tls_spec tls;
        enum progress progress;
    } rows[] = {
        {{.ca = bench.authority.ca}, PROGRESS_ANSWERED},
        {{.ca = bench.authority.ca, .name = (char *)"shop.example"}, PROGRESS_ANSWERED},
        {{.ca = bench.authority.ca, .name = (char *)"other.example"}, PROGRESS_REFUSED},
        {{.ca = other.ca}, PROGRESS_REFUSED},
        {{.ca = other.ca, .insecure = true}, PROGRESS_ANSWERED},
        {{.ca = bench.authority.ca, .name = (char *)"other.example", .insecure = true}, PROGRESS_ANSWERED},
        {{.ca = NULL}, PROGRESS_REFUSED},
        {{.ca = bench.authority.cert}, PROGRESS_ANSWERED}, /* the very certificate */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int before = bench.rogue->requests;
        bench.service.tls = rows[i].tls;
        reach_anew(&bench);
        enum progress progress = wired_get(bench.wired, "/ok");
        if (progress != rows[i].progress)
            fail_msg("row %zu: %d", i, (int)progress);
        assert_int_equal(bench.rogue->requests - before, progress == PROGRESS_ANSWERED);
    }
    bench_close(&bench);
    authority_release(&other);
}

static void test_files_of_tls(void **state)
{
    (void)state;
    struct authority one, other;
    struct err err = {0};
    authority_init(&one);
    authority_init(&other);
    const struct {
        struct tls_spec tls;
        const char *said;
    } rows[] = {
        {{.ca = one.key}, "tls.ca: "},     {{.ca = (char *)"/nowhere"}, "tls.ca: /nowhere: "},
        {{.cert = one.key}, "tls.cert: "}, {{.cert = one.cert, .key = other.key}, "tls.key: "},
        {{.cert = one.cert}, "tls.key: "}, /* a file that holds no key */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_null(trust_new(&rows[i].tls, &err));
        assert_int_equal(err.code, ERR_USAGE);
        if (strncmp(err.message, rows[i].said, strlen(rows[i].said)) != 0)
            fail_msg("%s", err.message);
    }
    struct trust *trust = trust_new(&(struct tls_spec){.cert = one.cert, .key = one.key}, &err);
    assert_non_null(trust);
    trust_free(trust);
    authority_release(&one);
    authority_release(&other);
}

static void *say_nonsense(void *argument)
{
    int client = accept(*(int *)argument, NULL, NULL);
    if (write(client, "What do you want?\r\n", 19) != 19)
        abort();
    close(client);
    return NULL;
}

/* Somebody, who does not speak TLS. */
static void test_no_handshake(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pthread_t thread;
    assert_int_equal(bind(listener, (struct sockaddr *)&address, length) | listen(listener, 1), 0);
    getsockname(listener, (struct sockaddr *)&address, &length);
    pthread_create(&thread, NULL, say_nonsense, &listener);
    char *url = xasprintf("https://127.0.0.1:%d", ntohs(address.sin_port));
    struct wired *wired = wired_new(NULL, url, NULL);
    assert_int_equal(wired_get(wired, "/ok"), PROGRESS_REFUSED);
    pthread_join(thread, NULL);
    close(listener);
    wired_free(wired);
    free(url);
}

static void test_nobody_there(void **state)
{
    (void)state;
    struct bench bench;
    for (enum way way = 0; way < WAYS; way++) {
        bench_open(&bench, way);
        rogue_stop(bench.rogue);
        assert_int_equal(wired_get(bench.wired, "/ok"), PROGRESS_REFUSED);
        bench.rogue = rogue_start("127.0.0.1");
        bench_close(&bench);
    }
}

/* Neither the target nor a proxy outside the list gets a byte. */
static void test_nothing_goes_outside_the_list(void **state)
{
    (void)state;
    struct bench bench;
    for (enum way way = 0; way < WAYS; way++) {
        bench_open(&bench, way);
        struct wired *elsewhere = wired_new(NULL, "http://127.0.0.3:9", "127.0.0.3");
        wire_init(&bench.wired->wire, loop_base(bench.wired->loop), &bench.wired->origin, elsewhere->allow);
        assert_int_equal(wired_get(bench.wired, "/ok"), PROGRESS_FORBIDDEN);
        assert_int_equal(bench.rogue->accepts, 0);
        wired_free(elsewhere);
        bench_close(&bench);
    }
    bench_open(&bench, WAY_TCP);
    struct rogue *proxy = rogue_start("127.0.0.2");
    char *url = xasprintf("http://127.0.0.2:%d", proxy->port);
    bench.service.proxy = url;
    struct origin origin;
    struct err err = {0};
    assert_int_equal(origin_of_service(&origin, &bench.service, bench.url, NULL, bench.wired->allow, &err),
                     -1);
    assert_int_equal(err.code, ERR_REFUSED);
    assert_non_null(strstr(err.message, "proxy: 127.0.0.2 is not an address that `allow` names"));
    struct wired *through = wired_new(&bench.service, bench.url, "127.0.0.0/24");
    wire_init(&through->wire, loop_base(through->loop), &through->origin, bench.wired->allow);
    assert_int_equal(wired_get(through, "/ok"), PROGRESS_FORBIDDEN);
    assert_int_equal(proxy->accepts + bench.rogue->accepts, 0);
    wired_free(through);
    free(url);
    rogue_stop(proxy);
    bench_close(&bench);
}

static size_t open_descriptors(void)
{
    size_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

/* What the engine reckons with when it raises the limit. */
static void test_descriptors(void **state)
{
    (void)state;
    for (enum way way = 0; way < WAYS; way++) {
        struct bench bench;
        bench_open(&bench, way);
        size_t before = open_descriptors(), server = 1;
        assert_int_equal(wired_get(bench.wired, "/ok"), PROGRESS_ANSWERED);
        assert_int_equal(open_descriptors() - before - server, wire_descriptors(&bench.wired->origin));
        bench_close(&bench);
    }
}

#define MANY 200 /* more than may shake hands at once */

struct crowd {
    struct connection connections[MANY];
    struct loop *loop;
    int left, answered;
};

static void count(void *owner, struct connection *connection, enum progress progress)
{
    struct crowd *crowd = owner;
    crowd->answered += progress == PROGRESS_ANSWERED;
    connection_close(connection);
    if (--crowd->left == 0)
        loop_stop(crowd->loop);
}

/* Each third gives up while it waits or connects; the others have their turn. */
static void test_many_handshakes(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, WAY_TLS);
    struct crowd *crowd = xcalloc(1, sizeof *crowd);
    crowd->loop = bench.wired->loop;
    bench.wired->wire.progressed = count;
    bench.wired->wire.owner = crowd;
    wired_say(bench.wired, "GET", "/ok", "", 0);
    for (size_t i = 0; i < MANY; i++) {
        connection_init(&crowd->connections[i], &bench.wired->wire);
        assert_int_equal(connection_send(&crowd->connections[i], &bench.wired->message), PROGRESS_UNDER_WAY);
    }
    crowd->left = MANY;
    for (size_t i = 0; i < MANY; i += 3, crowd->left--)
        connection_close(&crowd->connections[i]);
    struct ticker *patience = ticker_new(crowd->loop, WIRED_PATIENCE_NS, wired_lose_patience, NULL);
    while (crowd->left > 0)
        loop_run(crowd->loop);
    ticker_free(patience);
    assert_int_equal(crowd->answered, MANY - (MANY + 2) / 3);
    for (size_t i = 0; i < MANY; i++)
        connection_release(&crowd->connections[i]);
    free(crowd);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_misbehaviour),
        cmocka_unit_test(test_an_end_that_tls_was_not_told_of),
        cmocka_unit_test(test_reuse),
        cmocka_unit_test(test_what_the_reader_gets),
        cmocka_unit_test(test_big_bodies),
        cmocka_unit_test(test_expect),
        cmocka_unit_test(test_going_on_at_once),
        cmocka_unit_test(test_abandon),
        cmocka_unit_test(test_who_is_trusted),
        cmocka_unit_test(test_files_of_tls),
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_no_handshake),
        cmocka_unit_test(test_nothing_goes_outside_the_list),
        cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_many_handshakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
