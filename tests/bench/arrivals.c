/* A server that says when requests came, so that a driver's word on its own times can be checked.
 *
 *   arrivals [-a] [OUT]
 *
 * Listens on a free port of 127.0.0.1 and prints it. Answers 204 to whatever comes; with -a: 200, "ok" and the
 * fields that nginx sends. On SIGTERM writes a line per request to OUT: the number in its URL (`n=NUMBER`), or how
 * many came before it, and CLOCK_MONOTONIC in nanoseconds when its header was whole. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PEERS_MAX 4096 /* by descriptor */
#define HEADER_MAX 16384
#define EVENTS_MAX 512

static const char no_content[] = "HTTP/1.1 204 No Content\r\n\r\n";
static const char like_nginx[] =
    "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Tue, 15 Nov 1994 08:12:31 GMT\r\n"
    "Content-Type: text/plain\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nok\n";

struct peer {
    size_t length; /* of a header that is not whole */
    size_t body;   /* bytes of a body still to come */
    char header[HEADER_MAX + 1];
};

struct arrival {
    uint64_t number;
    int64_t ns;
};

static struct peer *peers[PEERS_MAX];
static struct arrival *arrivals;
static size_t arrival_count, arrival_room;
static bool noted;
static const char *answer = no_content;
static size_t answer_length = sizeof no_content - 1;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Of the first line of a header. NULL: it has none. */
static const char *number_in(const char *header)
{
    const char *end = strchr(header, '\r'), *at = strpbrk(header, "?&");
    for (; at != NULL && at < end; at = strpbrk(at + 1, "?&"))
        if (strncmp(at + 1, "n=", 2) == 0)
            return at + 3;
    return NULL;
}

static void note(const char *header, int64_t ns)
{
    if (!noted)
        return;
    if (arrival_count == arrival_room) {
        arrival_room = arrival_room == 0 ? 1 << 16 : 2 * arrival_room;
        if ((arrivals = realloc(arrivals, arrival_room * sizeof *arrivals)) == NULL)
            fail("realloc");
    }
    const char *number = number_in(header);
    arrivals[arrival_count] =
        (struct arrival){number != NULL ? strtoull(number, NULL, 10) : arrival_count, ns};
    arrival_count++;
}

static size_t content_length(const char *header)
{
    const char *field = strcasestr(header, "\r\nContent-Length:");
    return field != NULL ? strtoul(field + 17, NULL, 10) : 0;
}

/* Every whole request in what has come. False: not a peer to talk to any longer. */
static bool take(int descriptor, struct peer *peer, const char *bytes, size_t length, int64_t ns)
{
    while (length > 0) {
        size_t skipped = peer->body < length ? peer->body : length;
        peer->body -= skipped;
        bytes += skipped;
        length -= skipped;
        size_t room = HEADER_MAX - peer->length, taken = length < room ? length : room;
        memcpy(peer->header + peer->length, bytes, taken);
        peer->header[peer->length + taken] = '\0';
        char *end = strstr(peer->header, "\r\n\r\n");
        if (end == NULL) {
            peer->length += taken;
            return peer->length < HEADER_MAX;
        }
        size_t used = (size_t)(end + 4 - peer->header) - peer->length;
        end[2] = '\0';
        note(peer->header, ns);
        peer->body = content_length(peer->header);
        peer->length = 0;
        bytes += used;
        length -= used;
        if (send(descriptor, answer, answer_length, MSG_NOSIGNAL) != (ssize_t)answer_length)
            return false;
    }
    return true;
}

static void hang_up(int descriptor)
{
    close(descriptor);
    free(peers[descriptor]);
    peers[descriptor] = NULL;
}

static void on_readable(int descriptor)
{
    static char buffer[65536];
    ssize_t got = recv(descriptor, buffer, sizeof buffer, 0);
    int64_t ns = now_ns();
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0 || !take(descriptor, peers[descriptor], buffer, (size_t)got, ns))
        hang_up(descriptor);
}

static void watch(int epoll, int descriptor)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0)
        fail("epoll_ctl");
}

static void accept_all(int epoll, int listener)
{
    int descriptor;
    while ((descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (descriptor >= PEERS_MAX || (peers[descriptor] = calloc(1, sizeof **peers)) == NULL) {
            close(descriptor);
            continue;
        }
        watch(epoll, descriptor);
    }
}

static int listen_somewhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0 ||
        listen(listener, PEERS_MAX) != 0 || getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        fail("listen");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static int ending_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

static void serve(int listener, int ending)
{
    struct epoll_event events[EVENTS_MAX];
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(epoll, listener);
    watch(epoll, ending);
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
            int descriptor = events[i].data.fd;
            if (descriptor == ending)
                return;
            if (descriptor == listener)
                accept_all(epoll, listener);
            else
                on_readable(descriptor);
        }
    }
}

static void write_arrivals(const char *path)
{
    FILE *out = fopen(path, "we");
    if (out == NULL)
        fail(path);
    for (size_t i = 0; i < arrival_count; i++)
        fprintf(out, "%llu %lld\n", (unsigned long long)arrivals[i].number, (long long)arrivals[i].ns);
    if (fclose(out) != 0)
        fail(path);
}

int main(int count, char **arguments)
{
    struct rlimit limit;
    if (count > 1 && strcmp(arguments[1], "-a") == 0) {
        answer = like_nginx;
        answer_length = sizeof like_nginx - 1;
        count--;
        arguments++;
    }
    noted = count > 1;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max < PEERS_MAX ? limit.rlim_max : PEERS_MAX;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    serve(listen_somewhere(), ending_signals());
    if (noted)
        write_arrivals(arguments[1]);
    return 0;
}
