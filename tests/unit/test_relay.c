/* Clients of the relay that take their time, one limit at a time: each is let go, is counted, and nobody else is. And what
 * the server does when no descriptor is left. The limits are short; that they are reached is waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/strings.h"
#include "base/text.h"
#include "net/loop.h"
#include "net/relay.h"

#define LONG_NS (3600 * CLOCK_NS_PER_S)
#define SHORT_NS (20 * CLOCK_NS_PER_MS)
#define STEP_NS (2 * CLOCK_NS_PER_MS)
#define STEPS_MOST 10000 /* then it never happens */

static int accepts; /* that net/server asked for */
static bool exhausted;

int accept4(int listener, __SOCKADDR_ARG address, socklen_t *length, int flags)
{
    accepts++;
    errno = EMFILE;
    if (exhausted)
        return -1;
    return (int)syscall(SYS_accept4, listener, address.__sockaddr__, length, flags);
}

/* A relay with one short limit, its origin that answers when the test says so, and one client. */
struct bench {
    struct loop *loop;
    struct ticker *step;
    struct allow *allow;
    struct origin origin;
    struct relay *relay;
    int listener, service, client;
    int ended, end_status;
    enum relay_end how;
    uint64_t connection; /* of the last request */
};

static void on_step(void *owner)
{
    loop_stop(owner);
}

static void steps(struct bench *bench, int count)
{
    while (count-- > 0)
        loop_run(bench->loop);
}

static void *on_begin(void *owner, const struct request_head *head, const struct relay_client *client)
{
    (void)head;
    struct bench *bench = owner;
    assert_string_equal(client->address, "127.0.0.1");
    bench->connection = client->connection;
    return bench;
}

static void on_body(void *owner, void *kept, const char *bytes, size_t length)
{
    (void)owner, (void)kept, (void)bytes, (void)length;
}

static bool on_answer(void *owner, void *kept, const struct head *head)
{
    (void)owner, (void)kept, (void)head;
    return false;
}

static void on_end(void *owner, void *kept, enum relay_end how, int status)
{
    (void)kept;
    struct bench *bench = owner;
    bench->ended++;
    bench->how = how;
    bench->end_status = status;
}

static int listen_on(struct sockaddr_in *address)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    socklen_t length = sizeof *address;
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    assert_int_equal(bind(listener, (struct sockaddr *)address, sizeof *address), 0);
    assert_int_equal(listen(listener, 8), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)address, &length), 0);
    return listener;
}

static int connect_to(const struct bench *bench)
{
    const char *text = server_address(relay_server(bench->relay));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), room = 4096;
    address.sin_port = htons((uint16_t)atoi(strrchr(text, ':') + 1));
    setsockopt(client, SOL_SOCKET, SO_RCVBUF, &room, sizeof room); /* that it is soon full */
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof address), 0);
    return client;
}

static struct relay_limits all_long(void)
{
    return (struct relay_limits){LONG_NS, LONG_NS, LONG_NS, LONG_NS, LONG_NS, SHORT_NS, STEP_NS};
}

static struct bench *bench_new(struct relay_limits limits)
{
    struct bench *bench = xcalloc(1, sizeof *bench);
    struct sockaddr_in address;
    struct strings entries = {NULL, 0};
    struct err err;
    signal(SIGPIPE, SIG_IGN);
    bench->service = -1;
    bench->listener = listen_on(&address);
    bench->loop = loop_new(&err);
    bench->step = ticker_new(bench->loop, STEP_NS, on_step, bench->loop);
    strings_add(&entries, "127.0.0.1");
    bench->allow = allow_new(&entries, &err);
    strings_release(&entries);
    char *url = xasprintf("http://127.0.0.1:%d", ntohs(address.sin_port));
    assert_int_equal(origin_resolve(&bench->origin, url, bench->allow, &err), 0);
    free(url);
    const struct relay_setting setting = {
        .server = {.base = loop_base(bench->loop), .listen = "127.0.0.1:0"},
        .origin = &bench->origin,
        .allow = bench->allow,
        .most = 64,
        .limits = limits,
        .unreachable = "nobody there",
        .observer = {.begin = on_begin, .body = on_body, .answer = on_answer, .end = on_end, .owner = bench}};
    bench->relay = relay_new(&setting, &err);
    assert_non_null(bench->relay);
    bench->client = connect_to(bench);
    return bench;
}

static void bench_free(struct bench *bench)
{
    relay_free(bench->relay);
    ticker_free(bench->step);
    loop_free(bench->loop);
    allow_free(bench->allow);
    close(bench->client);
    close(bench->listener);
    if (bench->service >= 0)
        close(bench->service);
    free(bench);
}

static void say(const struct bench *bench, const char *text)
{
    assert_int_equal(send(bench->client, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* The service has the request's header; it is read and not answered. */
static void take_request(struct bench *bench)
{
    char bytes[4096] = "";
    size_t length = 0;
    for (int i = 0; i < STEPS_MOST && strstr(bytes, "\r\n\r\n") == NULL; i++) {
        steps(bench, 1);
        if (bench->service < 0)
            bench->service =
                (int)syscall(SYS_accept4, bench->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        ssize_t came = recv(bench->service, bytes + length, sizeof bytes - 1 - length, MSG_DONTWAIT);
        length += came > 0 ? (size_t)came : 0;
        bytes[length] = '\0';
    }
    assert_non_null(strstr(bytes, "\r\n\r\n"));
}

static void answer(const struct bench *bench, const char *text)
{
    assert_int_equal(send(bench->service, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* What the client hears until it holds `text`, or, text NULL, until the relay closes; the caller's. */
static char *hear(struct bench *bench, const char *text)
{
    char bytes[4096] = "";
    size_t length = 0;
    for (int i = 0; i < STEPS_MOST; i++) {
        steps(bench, 1);
        ssize_t came = recv(bench->client, bytes + length, sizeof bytes - 1 - length, MSG_DONTWAIT);
        length += came > 0 ? (size_t)came : 0;
        bytes[length] = '\0';
        if (text != NULL ? strstr(bytes, text) != NULL : came == 0 || (came < 0 && errno != EAGAIN))
            return xstrdup(bytes);
    }
    fail_msg("never heard: %s", text != NULL ? text : "an end");
    return NULL;
}

static void hears(struct bench *bench, const char *text)
{
    free(hear(bench, text));
}

static void is_let_go(struct bench *bench)
{
    for (int i = 0; i < STEPS_MOST && relay_counts(bench->relay)->open > 0; i++)
        steps(bench, 1);
    assert_int_equal(relay_counts(bench->relay)->open, 0);
}

static uint64_t slow(const struct bench *bench)
{
    return relay_counts(bench->relay)->refused[RELAY_SLOW];
}

static void a_client_that_says_nothing(void **state)
{
    (void)state;
    struct relay_limits limits = all_long();
    limits.first_ns = SHORT_NS;
    struct bench *bench = bench_new(limits);
    hears(bench, NULL);
    is_let_go(bench);
    assert_int_equal(slow(bench), 0); /* it asked for nothing */
    assert_int_equal(bench->ended, 0);
    bench_free(bench);
}

/* Empty lines are no beginning of a request. */
static void a_client_that_says_empty_lines(void **state)
{
    (void)state;
    struct relay_limits limits = all_long();
    limits.first_ns = SHORT_NS;
    struct bench *bench = bench_new(limits);
    for (int i = 0; i < STEPS_MOST && (i < 2 || relay_counts(bench->relay)->open > 0); i++) {
        send(bench->client, "\r\n", 2, MSG_NOSIGNAL);
        steps(bench, 1);
    }
    assert_int_equal(relay_counts(bench->relay)->connections, 1);
    assert_int_equal(relay_counts(bench->relay)->open, 0);
    bench_free(bench);
}

static void half_a_header(void **state)
{
    (void)state;
    struct relay_limits limits = all_long();
    limits.header_ns = SHORT_NS;
    struct bench *bench = bench_new(limits);
    say(bench, "GET / HTTP/1.1\r\nHost: ");
    char *heard = hear(bench, NULL);
    assert_non_null(strstr(heard, "HTTP/1.1 408 "));
    assert_non_null(strstr(heard, "the header took longer than 0.02 s"));
    free(heard);
    close(bench->client);
    is_let_go(bench);
    assert_int_equal(slow(bench), 1);
    assert_int_equal(bench->ended, 0);
    bench->client = connect_to(bench);
    bench_free(bench);
}

static void a_header_that_drips(void **state)
{
    (void)state;
    struct relay_limits limits = all_long();
    limits.header_ns = SHORT_NS;
    struct bench *bench = bench_new(limits);
    for (int i = 0; i < STEPS_MOST && slow(bench) == 0; i++) {
        send(bench->client, "G", 1, MSG_NOSIGNAL);
        steps(bench, 1);
    }
    assert_int_equal(slow(bench), 1);
    is_let_go(bench);
    bench_free(bench);
}

static void half_a_body(void **state)
{
    (void)state;
    struct relay_limits limits = all_long();
    limits.stalled_ns = SHORT_NS;
    struct bench *bench = bench_new(limits);
    say(bench, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
    hears(bench, NULL);
    is_let_go(bench);
    assert_int_equal(slow(bench), 1);
    assert_int_equal(bench->ended, 1);
    assert_int_equal(bench->how, RELAY_INCOMPLETE);
    bench_free(bench);
}

/* The service sends for as long as it can be sent to. */
static void an_answer_that_is_not_read(void **state)
{
    (void)state;
    static const char piece[65536] = "x";
    struct relay_limits limits = all_long();
    limits.stalled_ns = SHORT_NS;
    struct bench *bench = bench_new(limits);
    say(bench, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    take_request(bench);
    answer(bench, "HTTP/1.1 200 OK\r\n\r\n");
    for (int i = 0; i < STEPS_MOST && relay_counts(bench->relay)->open > 0; i++) {
        while (send(bench->service, piece, sizeof piece, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
            ;
        steps(bench, 1);
    }
    assert_int_equal(relay_counts(bench->relay)->open, 0);
    assert_int_equal(slow(bench), 1);
    assert_int_equal(bench->ended, 1);
    assert_int_equal(bench->how, RELAY_LEFT);
    assert_int_equal(bench->end_status, 200);
    bench_free(bench);
}

static void silence_between_two_requests(void **state)
{
    (void)state;
    struct relay_limits limits = all_long();
    limits.idle_ns = SHORT_NS;
    struct bench *bench = bench_new(limits);
    say(bench, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    take_request(bench);
    answer(bench, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    hears(bench, "ok");
    hears(bench, NULL);
    is_let_go(bench);
    assert_int_equal(slow(bench), 0);
    assert_int_equal(bench->how, RELAY_ANSWERED);
    assert_int_equal(bench->connection, 1);
    bench_free(bench);
}

/* A client's limits went by many times; what it waits for is the service. */
static void a_service_may_take_its_time(void **state)
{
    (void)state;
    struct relay_limits limits = {SHORT_NS, SHORT_NS, LONG_NS, LONG_NS, LONG_NS, SHORT_NS, STEP_NS};
    struct bench *bench = bench_new(limits);
    say(bench, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    take_request(bench);
    int64_t until_ns = clock_now_ns() + 5 * SHORT_NS;
    while (clock_now_ns() < until_ns)
        steps(bench, 1);
    answer(bench, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    hears(bench, "ok");
    assert_int_equal(slow(bench), 0);
    assert_int_equal(relay_counts(bench->relay)->open, 1);
    bench_free(bench);
}

static void are_there(struct bench *bench, uint64_t connections)
{
    for (int i = 0; i < STEPS_MOST && relay_counts(bench->relay)->connections < connections; i++)
        steps(bench, 1);
    assert_int_equal(relay_counts(bench->relay)->connections, connections);
}

/* Who comes meanwhile waits in the kernel; between two attempts the loop does other things. */
static void no_descriptor_is_left(void **state)
{
    (void)state;
    struct bench *bench = bench_new(all_long());
    are_there(bench, 1);
    int late = connect_to(bench);
    exhausted = true;
    accepts = 0;
    for (int i = 0; i < STEPS_MOST && accepts < 3; i++) {
        int earlier = accepts;
        steps(bench, 1);
        assert_true(accepts <= earlier + 1);
    }
    exhausted = false;
    assert_int_equal(accepts, 3);
    are_there(bench, 1);
    are_there(bench, 2);
    close(late);
    bench_free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_that_says_nothing),
        cmocka_unit_test(a_client_that_says_empty_lines),
        cmocka_unit_test(half_a_header),
        cmocka_unit_test(a_header_that_drips),
        cmocka_unit_test(half_a_body),
        cmocka_unit_test(an_answer_that_is_not_read),
        cmocka_unit_test(silence_between_two_requests),
        cmocka_unit_test(a_service_may_take_its_time),
        cmocka_unit_test(no_descriptor_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
