/* A small HTTP/1.1 server in C that can leak: a thread per connection, keep-alive. Usage: native PORT (on 127.0.0.1).

   GET /health             200
   GET /ok?bytes=N         allocates N bytes (64), frees them
   GET /leak?bytes=N       allocates N bytes (40) and keeps them, where LEAK is in the environment and not "off"; else
                           frees them
   anything else           404

   Answers are JSON. SIGTERM ends it as exit() does. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_BYTES = 16384, BYTES_LIMIT = 64 << 20, THREAD_STACK_BYTES = 256 << 10 };

/* What is leaked stays reachable, as real leaks mostly do. */
struct kept {
    struct kept *next;
};

static _Atomic(struct kept *) kept;
static bool leaks;

/* Not inlined, so that a snapshot can name it. */
__attribute__((noinline)) static void keep(size_t bytes)
{
    struct kept *block = malloc(bytes < sizeof *block ? sizeof *block : bytes);
    if (block == NULL)
        return;
    struct kept *before = atomic_load(&kept);
    do {
        block->next = before;
    } while (!atomic_compare_exchange_weak(&kept, &before, block));
}

static void use(size_t bytes)
{
    volatile char *block = malloc(bytes > 0 ? bytes : 1);
    if (block != NULL)
        block[0] = 1;
    free((void *)block);
}

static void keep_or_use(size_t bytes)
{
    if (leaks)
        keep(bytes);
    else
        use(bytes);
}

static void nothing(size_t bytes)
{
    (void)bytes;
}

static const struct route {
    const char *path;
    size_t bytes; /* without a query */
    void (*serve)(size_t bytes);
} routes[] = {
    {"/health", 0, nothing},
    {"/ok", 64, use},
    {"/leak", 40, keep_or_use},
    {NULL, 0, NULL},
};

static const struct route *find_route(const char *target)
{
    size_t length = strcspn(target, "? ");
    for (const struct route *route = routes; route->path != NULL; route++)
        if (strlen(route->path) == length && strncmp(route->path, target, length) == 0)
            return route;
    return NULL;
}

static size_t bytes_asked(const struct route *route, const char *target)
{
    const char *query = strstr(target, "?bytes=");
    unsigned long asked = query != NULL ? strtoul(query + 7, NULL, 10) : route->bytes;
    return asked < BYTES_LIMIT ? asked : BYTES_LIMIT;
}

/* Answers `request`, which ends in an empty line; false where the connection is to be closed. */
static bool answer(int connection, const char *request)
{
    char response[300];
    bool get = strncmp(request, "GET ", 4) == 0;
    const struct route *route = get ? find_route(request + 4) : NULL;
    if (route != NULL)
        route->serve(bytes_asked(route, request));
    bool close_it = !get || strcasestr(request, "\r\nconnection: close") != NULL;
    const char *body = route != NULL ? "{\"ok\":true}\n" : "{\"ok\":false}\n";
    int length = snprintf(response, sizeof response,
                          "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n%s",
                          route != NULL ? "200 OK" : "404 Not Found", strlen(body),
                          close_it ? "Connection: close\r\n" : "", body);
    return send(connection, response, (size_t)length, MSG_NOSIGNAL) == length && !close_it;
}

/* Answers what is whole in `buffer` and moves the rest to its start; false where the connection is to be closed. */
static bool answer_whole(int connection, char *buffer, size_t *length)
{
    char *end;
    while ((end = strstr(buffer, "\r\n\r\n")) != NULL) {
        end[2] = '\0';
        if (!answer(connection, buffer))
            return false;
        *length -= (size_t)(end + 4 - buffer);
        memmove(buffer, end + 4, *length + 1);
    }
    return *length < REQUEST_BYTES;
}

static void *serve(void *argument)
{
    int connection = (int)(long)argument;
    char buffer[REQUEST_BYTES + 1];
    size_t length = 0;
    ssize_t got;
    while ((got = recv(connection, buffer + length, REQUEST_BYTES - length, 0)) > 0) {
        length += (size_t)got;
        buffer[length] = '\0';
        if (!answer_whole(connection, buffer, &length))
            break;
    }
    close(connection);
    return NULL;
}

static int listen_on(uint16_t port)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 512) != 0) {
        perror("native");
        exit(1);
    }
    return listener;
}

static void *wait_for_end(void *signals)
{
    int number;
    sigwait(signals, &number);
    exit(0);
}

static void start(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
    if (pthread_create(&thread, &attributes, run, argument) != 0)
        perror("native: thread");
    pthread_attr_destroy(&attributes);
}

int main(int count, char **arguments)
{
    static sigset_t ends;
    const char *leak = getenv("LEAK");
    leaks = leak != NULL && strcmp(leak, "off") != 0;
    if (count != 2) {
        fputs("usage: native PORT\n", stderr);
        return 2;
    }
    int listener = listen_on((uint16_t)atoi(arguments[1])), yes = 1;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    start(wait_for_end, &ends);
    for (;;) {
        int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection < 0)
            continue;
        setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        start(serve, (void *)(long)connection);
    }
}
