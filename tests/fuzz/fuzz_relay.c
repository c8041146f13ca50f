/* The recording proxy between a client and a service, both hostile: the first byte says in how many bytes each of them speaks, what
 * the client says stands before a line "%%", what the service says behind it. Whatever comes of it, each request that was begun
 * ends once, and what the service got, read strictly, is as many requests as were shown to whoever records them: none is
 * smuggled past. */
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/strings.h"
#include "net/loop.h"
#include "net/relay.h"

#include "fuzz.h"

#define TURNS_MOST 400
#define QUIET_MOST 6 /* turns in which nothing moved: nothing will */

static struct {
    struct loop *loop;
    struct allow *allow;
    struct origin origin;
    struct relay *relay;
    int listener, port;
    unsigned begun, ended, upgraded;
} bench;

static void *on_begin(void *owner, const struct request_head *head, const struct relay_client *client)
{
    (void)owner, (void)head, (void)client;
    bench.begun++;
    return &bench;
}

static void on_body(void *owner, void *kept, const char *bytes, size_t length)
{
    (void)owner, (void)bytes, (void)length;
    hold(kept == &bench);
}

static bool on_answer(void *owner, void *kept, const struct head *head)
{
    (void)owner, (void)head;
    hold(kept == &bench);
    return true;
}

static void on_end(void *owner, void *kept, enum relay_end how, int status)
{
    (void)owner;
    hold(kept == &bench && how < RELAY_ENDS && status >= 0 && status < 1000);
    bench.ended++;
    bench.upgraded += how == RELAY_UPGRADED;
}

static void open_service(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    unlink(path);
    bench.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    hold(bind(bench.listener, (const struct sockaddr *)&address, sizeof address) == 0 &&
         listen(bench.listener, 8) == 0);
}

static void bench_open(void)
{
    static const struct relay_limits limits = {
        3600 * CLOCK_NS_PER_S, 3600 * CLOCK_NS_PER_S, 3600 * CLOCK_NS_PER_S, 3600 * CLOCK_NS_PER_S,
        3600 * CLOCK_NS_PER_S, CLOCK_NS_PER_MS,       10 * CLOCK_NS_PER_MS};
    struct strings entries = {NULL, 0};
    struct err err = {0};
    char *path = xasprintf("%s/service.sock", fuzz_directory()), *url = xasprintf("unix:%s", path);
    signal(SIGPIPE, SIG_IGN);
    open_service(path);
    strings_add(&entries, url);
    bench.loop = loop_new(&err);
    bench.allow = allow_new(&entries, &err);
    hold(origin_resolve(&bench.origin, url, bench.allow, &err) == 0);
    const struct relay_setting setting = {.server = {.base = loop_base(bench.loop), .listen = "127.0.0.1:0"},
                                          .origin = &bench.origin,
                                          .allow = bench.allow,
                                          .most = 8,
                                          .limits = limits,
                                          .unreachable = "nobody there",
                                          .observer = {on_begin, on_body, on_answer, on_body, on_end, NULL}};
    bench.relay = relay_new(&setting, &err);
    hold(bench.relay != NULL);
    bench.port = atoi(strrchr(server_address(relay_server(bench.relay)), ':') + 1);
    strings_release(&entries);
    free(path);
    free(url);
}

/* Its end is a reset, so that no port waits for a minute. */
static int connect_client(void)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)bench.port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const struct linger reset = {1, 0};
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    hold(client >= 0 && setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0);
    hold(connect(client, (const struct sockaddr *)&address, sizeof address) == 0);
    return client;
}

/* A step of what is to be said; false: there is nothing more, or it cannot be said. */
static bool speak(int to, struct span *left, size_t step)
{
    size_t length = left->length < step ? left->length : step;
    ssize_t sent = length > 0 && to >= 0 ? send(to, left->bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
    if (sent <= 0)
        return false;
    *left = (struct span){left->bytes + sent, left->length - (size_t)sent};
    return true;
}

static bool hear(int from, struct text *heard)
{
    char bytes[4096];
    ssize_t came = from >= 0 ? recv(from, bytes, sizeof bytes, MSG_DONTWAIT) : -1;
    if (came > 0 && heard != NULL)
        text_add(heard, bytes, (size_t)came);
    return came > 0;
}

/* How many requests begin in what one connection to the service got; -1: what is there is none. */
static int requests_in(const struct text *got)
{
    static struct request_head head;
    const char *why;
    size_t at = 0, taken, end;
    int count = 0;
    while (at < got->length && (end = head_find_end(got->bytes + at, got->length - at, 0)) > 0) {
        struct request_body body;
        if (request_head_read(&head, got->bytes + at, end, &why) != 0)
            return -1;
        count++;
        request_body_init(&body, &head);
        at += end;
        if (request_body_feed(&body, got->bytes + at, got->length - at, &taken, NULL, NULL) !=
            REQUEST_BODY_DONE)
            return count;
        at += taken;
    }
    return count;
}

static void talk(struct span said, struct span answer, size_t step)
{
    struct text got = TEXT_EMPTY;
    int client = connect_client(), service = -1, seen = 0, quiet = 0;
    bool shut = false;
    for (int turn = 0; turn < TURNS_MOST && quiet < QUIET_MOST; turn++) {
        bool moved = speak(client, &said, step);
        event_base_loop(loop_base(bench.loop), EVLOOP_NONBLOCK);
        if (service < 0 || (recv(service, &(char){0}, 1, MSG_PEEK | MSG_DONTWAIT) == 0)) {
            int next = accept4(bench.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (next >= 0 && service >= 0) {
                int more = requests_in(&got);
                hold(more >= 0 || bench.upgraded > 0);
                seen += more;
                text_clear(&got);
                close(service);
            }
            service = next >= 0 ? next : service;
        }
        moved |= hear(service, &got);
        moved |= got.length > 0 && speak(service, &answer, step);
        moved |= hear(client, NULL);
        if (!moved && !shut && said.length == 0) {
            shut = true;
            moved = shutdown(client, SHUT_WR) == 0;
        }
        quiet = moved ? 0 : quiet + 1;
    }
    int more = requests_in(&got);
    hold(bench.upgraded > 0 || (more >= 0 && seen + more <= (int)bench.begun));
    if (service >= 0)
        close(service);
    close(client);
    text_release(&got);
}

FUZZ_TARGET(relay)
{
    struct span left = {(const char *)data, size};
    size_t step = fuzz_byte(&left);
    struct span said = fuzz_part(&left, "%%");
    if (bench.loop == NULL)
        bench_open();
    bench.begun = bench.ended = bench.upgraded = 0;
    talk(said, left, step > 0 && step < 200 ? step : 65536);
    for (int turn = 0;
         turn < TURNS_MOST && (bench.ended < bench.begun || relay_counts(bench.relay)->open > 0); turn++) {
        event_base_loop(loop_base(bench.loop), EVLOOP_NONBLOCK);
        if (turn > 20)
            usleep(500); /* what lingers, lingers a millisecond */
    }
    hold(bench.ended == bench.begun && relay_counts(bench.relay)->open == 0);
    return 0;
}
