/* A server on a port of 127.0.0.1 where one client says how much all others get. Usage: counting PORT [TELL NEEDS]
 *
 *   GET /let/N       lets N more requests of others be answered; 200 once they were
 *   GET /kept        {"objects": N}: what is kept here, at once
 *   GET /status/PID  what /proc/PID/status says, at once
 *   GET /part/N...   200, "ok"; an object is kept once all parts of NEEDS (bits, hexadecimal) were asked for
 *   anything else    200, "ok"
 *
 * Port 0 is a free one; the port is printed. With TELL, the port of another of these, it asks there once before it
 * listens, so that whoever lets requests be answered there counts how often this was started; itself it answers
 * everything at once. Requests have no bodies. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PEERS_MAX = 1024, REQUEST_MAX = 8192, EVENTS_MAX = 256, STATUS_MAX = 4096 };

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"

static const char ok[] = HEAD "Content-Length: 3\r\n\r\nok\n";

struct peer {
    size_t length;
    uint64_t until; /* the count at which its /let is answered; 0: it waits for nothing */
    char request[REQUEST_MAX + 1];
};

static struct peer *peers[PEERS_MAX]; /* by descriptor */
static uint64_t counted, let; /* requests that were answered, and that may be */
static bool held;             /* some wait until more may be */
static uint64_t needs, parts, kept;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static bool say(int descriptor, const char *bytes, size_t length)
{
    return send(descriptor, bytes, length, MSG_NOSIGNAL) == (ssize_t)length;
}

static bool say_kept(int descriptor)
{
    char number[64], answer[256];
    snprintf(number, sizeof number, "{\"objects\": %llu}", (unsigned long long)kept);
    int length = snprintf(answer, sizeof answer, HEAD "Content-Length: %zu\r\n\r\n%s", strlen(number), number);
    return say(descriptor, answer, (size_t)length);
}

static bool say_status(int descriptor, const char *pid)
{
    char path[64], status[STATUS_MAX], answer[STATUS_MAX + 128];
    snprintf(path, sizeof path, "/proc/%ld/status", strtol(pid, NULL, 10));
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, status, sizeof status) : 0;
    if (file >= 0)
        close(file);
    got = got > 0 ? got : 0;
    int length = snprintf(answer, sizeof answer, HEAD "Content-Length: %zd\r\n\r\n%.*s", got, (int)got, status);
    return say(descriptor, answer, (size_t)length);
}

static void take_part(const char *number)
{
    parts |= UINT64_C(1) << (strtoul(number, NULL, 10) & 63);
    kept += needs != 0 && (parts & needs) == needs;
}

/* More may be answered: what waits is gone through again. */
static void let_more(struct peer *peer, const char *number)
{
    peer->until = let += strtoull(number, NULL, 10);
    held = true;
}

static bool is_free(const char *request)
{
    return strncmp(request, "GET /let/", 9) == 0 || strncmp(request, "GET /kept ", 10) == 0 ||
           strncmp(request, "GET /status/", 12) == 0;
}

static bool answer(int descriptor, struct peer *peer, const char *request)
{
    if (strncmp(request, "GET /let/", 9) == 0) {
        let_more(peer, request + 9);
        return true;
    }
    if (strncmp(request, "GET /kept ", 10) == 0)
        return say_kept(descriptor);
    if (strncmp(request, "GET /status/", 12) == 0)
        return say_status(descriptor, request + 12);
    if (strncmp(request, "GET /part/", 10) == 0)
        take_part(request + 10);
    counted++;
    return say(descriptor, ok, sizeof ok - 1);
}

/* Every whole request of what has come, as far as it may be answered; false: not a peer to talk to any longer. */
static bool answer_whole(int descriptor, struct peer *peer)
{
    char *at = peer->request, *end;
    bool goes_on = true;
    peer->request[peer->length] = '\0';
    while (goes_on && (end = strstr(at, "\r\n\r\n")) != NULL) {
        if (counted == let && !is_free(at))
            break;
        goes_on = answer(descriptor, peer, at);
        at = end + 4;
    }
    peer->length -= (size_t)(at - peer->request);
    memmove(peer->request, at, peer->length);
    return goes_on && peer->length < REQUEST_MAX;
}

static void hang_up(int descriptor)
{
    close(descriptor);
    free(peers[descriptor]);
    peers[descriptor] = NULL;
}

static void on_readable(int descriptor)
{
    struct peer *peer = peers[descriptor];
    ssize_t got = recv(descriptor, peer->request + peer->length, REQUEST_MAX - peer->length, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got > 0)
        peer->length += (size_t)got;
    if (got <= 0 || !answer_whole(descriptor, peer))
        hang_up(descriptor);
}

static void answer_those_held(void)
{
    held = false;
    for (int descriptor = 0; descriptor < PEERS_MAX; descriptor++)
        if (peers[descriptor] != NULL && !answer_whole(descriptor, peers[descriptor]))
            hang_up(descriptor);
}

/* All that was let be answered was. */
static void answer_who_let(void)
{
    for (int descriptor = 0; descriptor < PEERS_MAX; descriptor++) {
        struct peer *peer = peers[descriptor];
        if (peer == NULL || peer->until == 0)
            continue;
        peer->until = 0;
        if (!say(descriptor, ok, sizeof ok - 1))
            hang_up(descriptor);
    }
}

static void watch(int epoll, int descriptor)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0)
        fail("epoll_ctl");
}

static void accept_all(int epoll, int listener)
{
    int descriptor, yes = 1;
    while ((descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (descriptor >= PEERS_MAX || (peers[descriptor] = calloc(1, sizeof **peers)) == NULL) {
            close(descriptor);
            continue;
        }
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        watch(epoll, descriptor);
    }
}

static struct sockaddr_in local(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void tell(uint16_t port)
{
    static const char request[] = "GET /started HTTP/1.1\r\nHost: counting\r\n\r\n";
    char answer_of_it[256];
    struct sockaddr_in address = local(port);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0 ||
        !say(descriptor, request, sizeof request - 1) || recv(descriptor, answer_of_it, sizeof answer_of_it, 0) <= 0)
        fail("tell");
    close(descriptor);
}

static int listen_on(uint16_t port)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;
    struct sockaddr_in address = local(port);
    socklen_t length = sizeof address;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 512) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        fail("listen");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int main(int count, char **arguments)
{
    struct epoll_event events[EVENTS_MAX];
    uint64_t told = 0;
    if (count != 2 && count != 4) {
        fputs("usage: counting PORT [TELL NEEDS]\n", stderr);
        return 2;
    }
    if (count == 4) {
        tell((uint16_t)atoi(arguments[2]));
        needs = strtoull(arguments[3], NULL, 16);
        let = UINT64_MAX;
    }
    int listener = listen_on((uint16_t)atoi(arguments[1])), epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(epoll, listener);
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS_MAX, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.fd == listener)
                accept_all(epoll, listener);
            else
                on_readable(events[i].data.fd);
        }
        while (held)
            answer_those_held();
        if (counted == let && counted != told) {
            told = counted;
            answer_who_let();
        }
    }
}
